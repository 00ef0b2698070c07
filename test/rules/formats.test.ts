import { describe, expect, it } from 'vitest';
import { createContextCatalogue } from '../../src/credentials/contexts/catalogue.js';
import { createCanonizer } from '../../src/credentials/jsonLd/inProcessCanonizer.js';
import { importJwk, toMultikey } from '../../src/credentials/keys.js';
import { coopLegalIdentity } from '../../src/credentials/profiles/coopLegalIdentity.js';
import { claimSubject, type SecuringFormat } from '../../src/credentials/profiles/profile.js';
import { contextUrl, profileContext } from '../../src/credentials/profiles/publication.js';
import { PROFILES } from '../../src/credentials/profiles/index.js';
import {
  parseSecuredDocument,
  verifyProofs,
} from '../../src/credentials/securing/dataIntegrity/dataIntegrity.js';
import { parseDcSdJwt, verifyDcSdJwtSignature } from '../../src/credentials/securing/dcSdJwt.js';
import {
  FORMATS,
  joinPayloads,
  prepareForms,
  SECURING_FORMATS,
  type FormParts,
} from '../../src/credentials/securing/formats.js';
import type { IssuerKey } from '../../src/credentials/securing/issuerKey.js';
import { parseVcJwt, verifyVcJwtSignature } from '../../src/credentials/securing/vcJwt.js';
import { parseVcJwt11, verifyVcJwt11Signature } from '../../src/credentials/securing/vcJwt11.js';
import { parseVcSdJwt, verifyVcSdJwtSignature } from '../../src/credentials/securing/vcSdJwt.js';
import type { StatusPlaces } from '../../src/credentials/status/statusLists.js';
import { addSeconds } from '../../src/kernel/instants.js';
import {
  checks,
  COOP_DID,
  coopKey,
  createKey,
  CREDENTIAL_UUID,
  dossier,
  NOW,
  profiles,
  PUBLIC_URL,
  REGISTRAR_DID,
  REVOCATION_URL,
  registrarEdKey,
  registrarKey,
  signer,
  SUSPENSION_URL,
  type TestKey,
} from '../support/issuer.js';

/** One credential in every format of the table. */
const canonizer = createCanonizer(
  createContextCatalogue(
    new Map(
      PROFILES.map((profile) => [contextUrl(profile, PUBLIC_URL), profileContext(profile, PUBLIC_URL)]),
    ),
  ),
);
const tools = { profiles, signer, canonizer };
const SEED = Buffer.alloc(32, 7);
const PLACES: StatusPlaces = {
  revocation: { listUrl: REVOCATION_URL, index: 11 },
  suspension: { listUrl: SUSPENSION_URL, index: 12 },
  token: { listUrl: `${PUBLIC_URL}/status/token-1`, index: 13 },
};
const parts: FormParts = {
  profile: coopLegalIdentity,
  publicUrl: PUBLIC_URL,
  credentialId: CREDENTIAL_UUID,
  issuerDid: REGISTRAR_DID,
  issuerUrl: `${PUBLIC_URL}/orgs/registrar`,
  subjectDid: COOP_DID,
  holderKey: coopKey.jwk,
  claims: claimSubject(coopLegalIdentity, dossier, ['/legalIdentity', '/addresses', '/identifiers']),
  checks,
  assuranceLevel: 'substantial',
  validFrom: addSeconds(NOW, -60),
  validUntil: addSeconds(NOW, 86_400),
};

function issuerKeyOf(key: TestKey): IssuerKey {
  const imported = importJwk(key.jwk);
  if (!imported) throw new Error('not a key');
  return { ...key, multikeyId: `${key.did}#${toMultikey(imported)}` };
}
const keyFor = (format: SecuringFormat, did = REGISTRAR_DID): IssuerKey => {
  const { algorithm } = FORMATS[format];
  const own = algorithm === 'ES256' ? registrarKey : registrarEdKey;
  return issuerKeyOf(did === REGISTRAR_DID ? own : createKey(did, algorithm));
};

function prepare(seed = SEED) {
  const documents = new Map(
    SECURING_FORMATS.map((format) => [format, FORMATS[format].compose(parts, PLACES)]),
  );
  const forms = prepareForms(documents, { profile: coopLegalIdentity, profiles, seed });
  if ('problems' in forms) throw new Error(JSON.stringify(forms.problems));
  return forms.value;
}
const secure = (format: SecuringFormat, key = keyFor(format)) =>
  prepare().get(format)?.secure(key, NOW, tools) ?? Promise.reject(new Error('not prepared'));

describe('every format', () => {
  it.each(SECURING_FORMATS)('%s has the media type of its name', (format) => {
    expect(FORMATS[format].mediaType).toBe(`application/${format}`);
  });

  it.each(SECURING_FORMATS)('%s is prepared again as it was, from its document and the seed', (format) => {
    expect(prepare().get(format)?.payload).toBe(prepare().get(format)?.payload);
  });

  it.each(SECURING_FORMATS)('%s is signed by no key of somebody else', async (format) => {
    await expect(secure(format, keyFor(format, COOP_DID))).rejects.toThrow(TypeError);
  });

  it.each(SECURING_FORMATS)('%s is not made without a place for its status', (format) => {
    expect(() => FORMATS[format].compose(parts, {})).toThrow(TypeError);
  });

  it.each(SECURING_FORMATS)('%s refuses what the profile does not know', (format) => {
    const document = { ...FORMATS[format].compose(parts, PLACES) };
    const subject = document['credentialSubject'];
    const changed =
      typeof subject === 'object'
        ? { ...document, credentialSubject: { ...subject, creditRating: 'AAA' } }
        : { ...document, legalName: 7 };
    const context = { profile: coopLegalIdentity, profiles, seed: SEED };
    expect(FORMATS[format].prepare(changed, context)).toHaveProperty('problems');
  });
});

describe('read by its own format, with its key,', () => {
  const es256 = importJwk(registrarKey.jwk);
  const ed25519 = importJwk(registrarEdKey.jwk);
  if (!es256 || !ed25519) throw new Error('not keys');
  const bitstringEntries = [
    { statusListCredential: REVOCATION_URL, statusListIndex: '11', statusPurpose: 'revocation' },
    { statusListCredential: SUSPENSION_URL, statusListIndex: '12', statusPurpose: 'suspension' },
  ];

  it('vc+jwt is the credential', async () => {
    const parsed = parseVcJwt(await secure('vc+jwt'));
    if ('problem' in parsed) throw new Error(parsed.problem);
    expect(verifyVcJwtSignature(parsed, es256)).toBe(true);
    expect(parsed.credential.credentialSubject).toMatchObject({ id: COOP_DID, registrationNumber: 'C3455' });
    expect(parsed.credential.credentialStatus).toMatchObject(bitstringEntries);
  });

  it('vc+sd-jwt is the same, with every claim but the jurisdiction disclosable', async () => {
    const parsed = parseVcSdJwt(await secure('vc+sd-jwt'));
    if ('problem' in parsed) throw new Error(parsed.problem);
    expect(verifyVcSdJwtSignature(parsed, es256)).toBe(true);
    expect(parsed.credential.credentialStatus).toMatchObject(bitstringEntries);
    const kept = parsed.payload['credentialSubject'] as object;
    expect(Object.keys(kept).sort()).toEqual(['_sd', 'id', 'jurisdiction']);
    const whole = FORMATS['vc+sd-jwt'].compose(parts, PLACES);
    expect(parsed.credential).toEqual(JSON.parse(JSON.stringify(whole)));
  });

  it('dc+sd-jwt has the claims at the top, the holder’s key and a token status', async () => {
    const parsed = parseDcSdJwt(await secure('dc+sd-jwt'));
    if ('problem' in parsed) throw new Error(parsed.problem);
    expect(verifyDcSdJwtSignature(parsed, es256)).toBe(true);
    expect(parsed.claims).toMatchObject({
      iss: `${PUBLIC_URL}/orgs/registrar`,
      sub: COOP_DID,
      vct: `${PUBLIC_URL}/types/CoopLegalIdentityCredential/v1`,
      cnf: { jwk: coopKey.jwk },
      status: { status_list: { idx: 13, uri: `${PUBLIC_URL}/status/token-1` } },
      registrationNumber: 'C3455',
    });
    expect(parsed.payload).not.toHaveProperty('registrationNumber');
    expect(parsed.payload).not.toHaveProperty('credentialStatus');
  });

  it('jwt is the credential in the words of version 1.1', async () => {
    const parsed = parseVcJwt11(await secure('jwt'));
    if ('problem' in parsed) throw new Error(parsed.problem);
    expect(verifyVcJwt11Signature(parsed, es256)).toBe(true);
    expect(parsed.credential).toMatchObject({
      issuer: REGISTRAR_DID,
      credentialStatus: bitstringEntries,
      issuanceDate: '2026-11-20T11:59:00Z',
    });
  });

  it('vc has a proof by the Multikey of the Ed25519 key', async () => {
    const secured = parseSecuredDocument(await secure('vc'));
    if ('problem' in secured) throw new Error(secured.problem);
    expect(secured.proofs).toMatchObject([
      {
        cryptosuite: 'eddsa-rdfc-2022',
        verificationMethod: `${REGISTRAR_DID}#${toMultikey(ed25519)}`,
        proofPurpose: 'assertionMethod',
        created: '2026-11-20T12:00:00Z',
      },
    ]);
    expect(secured.document['credentialStatus']).toMatchObject(bitstringEntries);
    const expectations = { purpose: 'assertionMethod', now: NOW, toleranceSeconds: 60 } as const;
    const outcome = await verifyProofs(secured, [ed25519], expectations, canonizer);
    expect(outcome.results).toEqual(['verified']);
    const tampered = { ...secured, document: { ...secured.document, validUntil: '2036-01-01T00:00:00Z' } };
    const again = await verifyProofs(tampered, [ed25519], expectations, canonizer);
    expect(again.results).toEqual([{ problem: 'signatureInvalid' }]);
  });
});

describe('the secret seed', () => {
  const SELECTIVE = ['vc+sd-jwt', 'dc+sd-jwt'] as const;

  it.each(SELECTIVE)('decides what %s is prepared as', (format) => {
    const other = prepare(Buffer.alloc(32, 8)).get(format);
    expect(other?.payload).not.toBe(prepare().get(format)?.payload);
  });

  it('gives two forms no digest in common', () => {
    const forms = prepare();
    const digestsOf = (format: SecuringFormat): string[] =>
      forms.get(format)?.payload.match(/[A-Za-z0-9_-]{43}/g) ?? [];
    const [one, other] = SELECTIVE.map(digestsOf);
    expect(one?.length).toBeGreaterThan(5);
    expect(other?.filter((digest) => one?.includes(digest))).toEqual([]);
  });
});

it('the text for the log is the same in whatever order the forms come', () => {
  const forms = [...prepare()];
  expect(joinPayloads(new Map(forms.toReversed()))).toBe(joinPayloads(new Map(forms)));
  expect(joinPayloads(new Map(forms)).split('\n')).toHaveLength(forms.length);
});
