import { issuing, unlessThrown, verifying, type Comparison } from '../comparison.js';
import {
  checkCredential,
  createCanonizer,
  createContextCatalogue,
  keyDidDocument,
  parseSecuredDocument,
  prepareProof,
  signProof,
  verifyProofs,
} from '../core.js';
import {
  createSignCryptosuite,
  createVerifyCryptosuite,
  DataIntegrityProof,
  digitalbazaarVc,
  Ed25519Multikey,
} from '../peers.js';
import { createIssuer, eachSample, PROFILE_CONTEXT, sampleCredential, tamper } from '../samples.js';

type Secured = Readonly<Record<string, unknown>>;

/** `eddsa-jcs-2022`, credential in and verdict or secured credential out. Both sides sign and verify with keys that are imported already. */
export async function compareEddsaJcs(): Promise<readonly Comparison[]> {
  const issuer = createIssuer('EdDSA');
  const credentials = eachSample((number) => sampleCredential(issuer.did, number));
  type Credential = (typeof credentials)[number];
  const contexts = createContextCatalogue(
    new Map([[PROFILE_CONTEXT, { '@context': { '@vocab': `${PROFILE_CONTEXT}#` } }]]),
  );
  const canonizer = createCanonizer(contexts);
  const check = (document: object) => {
    const outcome = checkCredential(document);
    return 'problems' in outcome ? outcome.problems : [];
  };

  const issueOurs = async (credential: Credential): Promise<Secured> => {
    const prepared = await prepareProof(
      credential,
      {
        cryptosuite: 'eddsa-jcs-2022',
        verificationMethod: issuer.kid,
        algorithm: 'EdDSA',
        proofPurpose: 'assertionMethod',
        created: credential.validFrom,
      },
      { canonizer, check },
    );
    if (!('value' in prepared)) throw new Error(JSON.stringify(prepared));
    return signProof(prepared.value, {
      verificationMethod: issuer.kid,
      sign: async (data) => issuer.sign(data),
    });
  };
  const weAccept = async (secured: Secured): Promise<boolean> => {
    const parsed = parseSecuredDocument(secured);
    if ('problem' in parsed || check(parsed.document).length > 0) return false;
    const expectations = { purpose: 'assertionMethod', now: new Date(), toleranceSeconds: 60 } as const;
    return 'verified' in (await verifyProofs(parsed, [issuer.key], expectations, canonizer));
  };

  const documentLoader = createDocumentLoader(issuer.did, issuer.kid, contexts.find);
  const { publicKeyMultibase } = documentOf(issuer.did).verificationMethod[0];
  const method = { id: issuer.kid, type: 'Multikey', controller: issuer.did, publicKeyMultibase };
  const verifier = (await Ed25519Multikey.from(method)).verifier();
  const verifySuite = new DataIntegrityProof({
    cryptosuite: { ...createVerifyCryptosuite(), createVerifier: async () => verifier },
  });
  const ourSigner = {
    id: issuer.kid,
    algorithm: 'Ed25519',
    sign: async ({ data }: { data: Uint8Array }) => issuer.sign(data),
  };
  const theirSigner = (
    await Ed25519Multikey.from({ ...method, secretKeyMultibase: issuer.secretMultikey })
  ).signer();
  const issueTheirs = (signer: object) => (credential: Credential) =>
    digitalbazaarVc.issue({
      credential: { ...credential },
      suite: new DataIntegrityProof({ signer, cryptosuite: createSignCryptosuite() }),
      documentLoader,
    });
  const checkStatus = async () => ({ verified: true });
  const theyAccept = (secured: Secured) =>
    unlessThrown(async () => {
      const request = { credential: secured, suite: verifySuite, documentLoader, checkStatus };
      return (await digitalbazaarVc.verifyCredential(request)).verified;
    });

  const good = await Promise.all(credentials.map(issueOurs));
  const samples = { good, tampered: good.map(tamper) };
  return [
    {
      title: 'verify eddsa-jcs-2022',
      ours: verifying('ours', weAccept, samples),
      others: [verifying('@digitalbazaar/vc verifyCredential', theyAccept, samples, 1.8)],
    },
    {
      title: 'issue eddsa-jcs-2022',
      ours: issuing('ours', credentials, issueOurs, theyAccept, tamper),
      others: [
        issuing('@digitalbazaar/vc issue', credentials, issueTheirs(theirSigner), weAccept, tamper, 5),
        issuing('… with our signer', credentials, issueTheirs(ourSigner), weAccept, tamper),
      ],
    },
  ];
}

/** Everything that their library may ask for, at hand. */
function createDocumentLoader(did: string, kid: string, findContext: (url: string) => object | undefined) {
  const document = documentOf(did);
  const [method] = document.verificationMethod;
  const known = new Map<string, object>([
    [did, document],
    [kid, { '@context': 'https://w3id.org/security/multikey/v1', ...method }],
  ]);
  return async (url: string) => {
    const found = known.get(url) ?? findContext(url);
    if (!found) throw new Error(`not found: ${url}`);
    return { documentUrl: url, document: found };
  };
}

function documentOf(did: string) {
  const document = keyDidDocument(did);
  const [method] = document?.verificationMethod ?? [];
  if (!document || !method) throw new Error('not a did:key');
  return { ...document, verificationMethod: [method] as const };
}
