import { DataIntegrityProof } from '@digitalbazaar/data-integrity';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import { cryptosuite as ecdsaRdfc2019 } from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import * as ecdsaSd2023 from '@digitalbazaar/ecdsa-sd-2023-cryptosuite';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import { cryptosuite as eddsaRdfc2022 } from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import * as vc from '@digitalbazaar/vc';
import { describe, expect, it } from 'vitest';
import { keyDidDocument } from '../../src/credentials/did/keyDid.js';
import { deriveSdProof } from '../../src/credentials/securing/dataIntegrity/dataIntegrity.js';
import type { DataIntegrityProof as Proof } from '../../src/credentials/securing/dataIntegrity/proof.js';
import {
  canonizer,
  contexts,
  importKeyPair,
  issue,
  issuerOf,
  sampleCredential,
  verdictOf,
  type DidKeyIssuer,
} from '../support/dataIntegrity.js';
import { NOW } from '../support/issuer.js';

/** Digital Bazaar's libraries accept what we sign and derive, and we accept theirs. */

interface Party {
  readonly issuer: DidKeyIssuer;
  readonly signer: unknown;
}

async function createParty(kind: 'Ed25519' | 'P-256' | 'P-384'): Promise<Party> {
  const library = kind === 'Ed25519' ? Ed25519Multikey : EcdsaMultikey;
  const generated = await library.generate(kind === 'Ed25519' ? {} : { curve: kind });
  const pair = await generated.export({ publicKey: true, secretKey: true });
  const { publicKeyMultibase, secretKeyMultibase } = pair;
  const issuer = issuerOf(importKeyPair(publicKeyMultibase, secretKeyMultibase));
  const key = await library.from({ ...pair, id: issuer.verificationMethod, controller: issuer.did });
  return { issuer, signer: key.signer() };
}

/** The bundled contexts and did:key, as their document loader. */
async function documentLoader(url: string) {
  const did = url.split('#')[0] ?? '';
  const document = keyDidDocument(did);
  const found = url.includes('#') ? document?.verificationMethod?.[0] : document;
  const context = { '@context': 'https://w3id.org/security/multikey/v1' };
  const loaded = found ? { ...(url.includes('#') && context), ...found } : contexts.find(url);
  if (!loaded) throw new Error(`not found: ${url}`);
  return { documentUrl: url, document: structuredClone(loaded) };
}

const theirVerdict = async (credential: unknown, cryptosuite: unknown) => {
  const result = await vc.verifyCredential({
    credential,
    suite: new DataIntegrityProof({ cryptosuite }),
    documentLoader,
    now: NOW,
    checkStatus: async () => ({ verified: true }),
  });
  return result.verified || JSON.stringify(result.error, null, 1);
};

const theirs = (credential: object, signer: unknown, cryptosuite: unknown) =>
  vc.issue({
    credential: structuredClone(credential),
    suite: new DataIntegrityProof({ signer, cryptosuite, date: NOW }),
    documentLoader,
    now: NOW,
  });

const direction = { '@value': 'عضوية 😀 \uFF5E', '@language': 'ar', '@direction': 'rtl' };

describe.each([
  ['eddsa-rdfc-2022', 'Ed25519', eddsaRdfc2022],
  ['ecdsa-rdfc-2019', 'P-256', ecdsaRdfc2019],
  ['ecdsa-rdfc-2019', 'P-384', ecdsaRdfc2019],
] as const)('%s with %s', (name, kind, cryptosuite) => {
  it('they accept ours', async () => {
    const { issuer } = await createParty(kind);
    const credential = { ...sampleCredential(issuer.did), name: direction };
    const secured = await issue(credential, issuer, { cryptosuite: name, expires: '2026-12-01T00:00:00Z' });
    expect(await theirVerdict(secured, cryptosuite)).toBe(true);
  });

  it('we accept theirs', async () => {
    const { issuer, signer } = await createParty(kind);
    const secured = await theirs({ ...sampleCredential(issuer.did), name: direction }, signer, cryptosuite);
    expect(await verdictOf(secured)).toBe('verified');
  });

  it('neither accepts what was tampered with', async () => {
    const { issuer, signer } = await createParty(kind);
    const ours = await issue(sampleCredential(issuer.did), issuer, { cryptosuite: name });
    expect(await theirVerdict({ ...ours, validFrom: '2025-01-01T00:00:00Z' }, cryptosuite)).not.toBe(true);
    const their = await theirs(sampleCredential(issuer.did), signer, cryptosuite);
    expect(await verdictOf({ ...their, validFrom: '2025-01-01T00:00:00Z' })).toBe('signatureInvalid');
  });
});

describe('ecdsa-sd-2023', () => {
  const mandatoryPointers = ['/issuer', '/validFrom', '/credentialStatus'];
  const selectivePointers = ['/credentialSubject/address/1', '/credentialSubject/members', '/validUntil'];
  // Their replacement of labels looks into literals as well, so that they and we differ on texts that look like one.
  const sample = (did: string) => {
    const { credentialSubject, ...rest } = sampleCredential(did);
    return { ...rest, credentialSubject: { ...(credentialSubject as object), legalName: 'Abeona' } };
  };
  const theirDisclosure = (verifiableCredential: unknown) =>
    vc.derive({
      verifiableCredential,
      suite: new DataIntegrityProof({
        cryptosuite: ecdsaSd2023.createDiscloseCryptosuite({ selectivePointers }),
      }),
      documentLoader,
    });
  const ourDisclosure = async ({ proof, ...document }: Record<string, unknown>) => {
    const outcome = await deriveSdProof(document, proof as Proof, selectivePointers, canonizer);
    if (!('secured' in outcome)) throw new Error(JSON.stringify(outcome));
    return outcome.secured;
  };
  const ourBase = async ({ issuer }: Party) =>
    issue(sample(issuer.did), issuer, { cryptosuite: 'ecdsa-sd-2023', mandatoryPointers });
  const theirBase = async ({ issuer, signer }: Party) =>
    theirs(sample(issuer.did), signer, ecdsaSd2023.createSignCryptosuite({ mandatoryPointers }));

  it('they derive from our base proof, and we accept it', async () => {
    const base = await ourBase(await createParty('P-256'));
    expect(await theirVerdict(base, ecdsaSd2023.createConfirmCryptosuite())).toBe(true);
    expect(await verdictOf(await theirDisclosure(base))).toBe('verified');
  });

  it('we derive from theirs, and they accept it', async () => {
    const disclosed = await ourDisclosure(await theirBase(await createParty('P-256')));
    expect(await theirVerdict(disclosed, ecdsaSd2023.createVerifyCryptosuite())).toBe(true);
    expect(await verdictOf(disclosed)).toBe('verified');
  });

  it('they accept what we derive from ours, and we what they derive from theirs', async () => {
    const ours = await ourDisclosure(await ourBase(await createParty('P-256')));
    expect(await theirVerdict(ours, ecdsaSd2023.createVerifyCryptosuite())).toBe(true);
    const their = await theirDisclosure(await theirBase(await createParty('P-256')));
    expect(await verdictOf(their)).toBe('verified');
  });
});
