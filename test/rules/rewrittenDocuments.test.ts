import { describe, expect, it } from 'vitest';
import { createBitstring, setBit } from '../../src/credentials/status/bitstring.js';
import { verifyPresentation } from '../../src/credentials/verification/verifyPresentation.js';
import { addSeconds } from '../../src/kernel/instants.js';
import { createWorldOfForms, prove } from '../support/forms.js';
import {
  forgeToken,
  NOW,
  registrarEdKey,
  registrarKey,
  REGISTRAR_DID,
  REVOCATION_URL,
  signList,
  SUSPENSION_URL,
  type World,
} from '../support/issuer.js';
import { codesOf, HEADER, verify } from '../support/reports.js';

/**
 * A signature over RDF stays good when the JSON is written in another way. Each of these documents is signed, says as JSON-LD what it said, and
 * would show something else to whoever reads it as JSON.
 */
type Json = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any

const V1 = 'https://www.w3.org/2018/credentials/v1';
const DATA_INTEGRITY = 'https://w3id.org/security/data-integrity/v2';
const SECURITY = 'https://w3id.org/security#';
const STATUS = 'https://www.w3.org/ns/credentials/status#';
const CREDENTIALS = 'https://www.w3.org/2018/credentials#';

const entryOf = (statusPurpose: string, listUrl: string, index: number) => ({
  id: `${listUrl}#${index}`,
  type: 'BitstringStatusListEntry',
  statusPurpose,
  statusListIndex: String(index),
  statusListCredential: listUrl,
});
const revocation = entryOf('revocation', REVOCATION_URL, 94_567);
const suspension = entryOf('suspension', SUSPENSION_URL, 23_452);

/** In which the credential at 94,567 is revoked. */
async function worldWithRevocation(): Promise<World> {
  const { world } = await createWorldOfForms();
  const bits = createBitstring();
  setBit(bits, 94_567, true);
  world.lists.set(REVOCATION_URL, await signList('revocation', { bits }));
  return world;
}

const membership = (changes: Json = {}): Json => ({
  '@context': ['https://www.w3.org/ns/credentials/v2', 'https://www.w3.org/ns/credentials/examples/v2'],
  id: 'urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33',
  type: ['VerifiableCredential', 'MembershipCredential'],
  issuer: REGISTRAR_DID,
  validFrom: addSeconds(NOW, -86_400).toISOString(),
  credentialSubject: { id: 'did:example:coop', legalName: 'Honest Name' },
  credentialStatus: [revocation, suspension],
  ...changes,
});

describe('a revoked credential is not clear', () => {
  it('as it was signed', async () => {
    expect(codesOf(await verify(await prove(membership()), await worldWithRevocation()))).toContain(
      'status/revoked',
    );
  });

  it.each<[string, (secured: Json) => Json]>([
    [
      'with another entry twice in the place of the one that is hidden under its IRI',
      (secured) => ({
        ...secured,
        credentialStatus: [suspension, suspension],
        [`${CREDENTIALS}credentialStatus`]: revocation,
      }),
    ],
    [
      'with that entry hidden under a term of its own',
      (secured) => ({
        ...secured,
        '@context': [...secured['@context'], { other: `${CREDENTIALS}credentialStatus` }],
        credentialStatus: [suspension, suspension],
        other: revocation,
      }),
    ],
    [
      'with a size of its entries under an IRI',
      (secured) => ({
        ...secured,
        credentialStatus: [{ ...revocation, [`${STATUS}statusSize`]: 2 }, suspension],
      }),
    ],
  ])('%s', async (_, rewrite) => {
    const report = await verify(rewrite(await prove(membership())), await worldWithRevocation());
    expect(codesOf(report)).not.toContain('status/clear');
    expect(report.verdict).not.toBe('accepted');
  });

  it('of version 1.1 whose index is swapped by a context', async () => {
    const terms = {
      id: '@id',
      type: '@type',
      statusPurpose: `${STATUS}statusPurpose`,
      statusListIndex: `${STATUS}statusListIndex`,
      statusListCredential: { '@id': `${STATUS}statusListCredential`, '@type': '@id' },
    };
    const contextWith = (more: Json) => ({
      BitstringStatusListEntry: {
        '@id': `${STATUS}BitstringStatusListEntry`,
        '@context': { ...terms, ...more },
      },
    });
    const secured = await prove({
      '@context': [V1, DATA_INTEGRITY, contextWith({})],
      id: 'urn:x:1',
      type: ['VerifiableCredential'],
      issuer: REGISTRAR_DID,
      issuanceDate: addSeconds(NOW, -86_400).toISOString(),
      credentialSubject: { id: 'did:example:coop' },
      credentialStatus: revocation,
    });
    const swapped = {
      index: `${STATUS}statusListIndex`,
      statusListIndex: {
        '@id': `${STATUS}statusListCredential`,
        '@type': '@vocab',
        '@context': { '6': REVOCATION_URL },
      },
    };
    const rewritten = {
      ...secured,
      '@context': [V1, DATA_INTEGRITY, contextWith(swapped)],
      credentialStatus: { ...revocation, index: '94567', statusListIndex: '6' },
    };
    expect(codesOf(await verify(rewritten, await worldWithRevocation()))).not.toContain('status/clear');
  });

  it.each(['vc+jwt', 'JWT'])('whose status stands in a claim of its token, %s', async (typ) => {
    const { world } = await createWorldOfForms();
    const status = { status_list: { idx: 7, uri: 'https://a.example/status' } };
    const { credentialStatus: _, validFrom, ...credential } = membership();
    const payload =
      typ === 'JWT'
        ? {
            iss: REGISTRAR_DID,
            status,
            vc: { ...credential, '@context': [V1], type: ['VerifiableCredential'], issuanceDate: validFrom },
          }
        : { ...credential, validFrom, status };
    const report = await verify(forgeToken(registrarKey, { ...HEADER, typ }, payload), world);
    expect(codesOf(report)).toContain('status/unreachable');
  });
});

describe('what a report says of a credential is what was signed', () => {
  it('also where a context swaps two names', async () => {
    const terms = (legalName: string, tradingName: string) => ({ legalName, tradingName });
    const contexts = membership()['@context'] as unknown[];
    const secured = await prove(
      membership({
        '@context': [contexts[0], terms('urn:x:legal', 'urn:x:trading')],
        type: ['VerifiableCredential'],
        credentialSubject: { id: 'did:example:coop', legalName: 'Evil', tradingName: 'Good' },
      }),
    );
    const rewritten = {
      ...secured,
      '@context': [contexts[0], terms('urn:x:trading', 'urn:x:legal')],
      credentialSubject: { id: 'did:example:coop', legalName: 'Good', tradingName: 'Evil' },
    };
    const { credential } = await verify(rewritten, await worldWithRevocation());
    expect(credential?.subject.name).not.toBe('Good');
  });

  it('and nothing under __proto__', async () => {
    const world = await worldWithRevocation();
    const text = JSON.stringify(await prove(membership()));
    const hidden = text.replace('"legalName":"Honest Name"', '"__proto__":{"legalName":"Evil"},$&');
    expect(codesOf(await verify(text, world))).toContain('signature/valid');
    expect(codesOf(await verify(hidden, world))).toContain('format/malformed');
  });

  it('and not the first of several subjects', async () => {
    const { world } = await createWorldOfForms();
    const subjects = [{ id: 'did:example:coop' }, { id: 'did:example:other' }];
    const { credential } = await verify(await prove(membership({ credentialSubject: subjects })), world);
    expect(credential?.subject).toEqual({});
  });
});

describe('a proof holds for whom and as long as it was made', () => {
  const presentation = {
    '@context': [V1, DATA_INTEGRITY],
    type: ['VerifiablePresentation'],
    holder: REGISTRAR_DID,
  };
  const request = { proofPurpose: 'authentication', domain: 'attacker.example', challenge: 'n2' } as const;

  async function verdictFor(secured: unknown, audience: string, nonce: string) {
    const { world } = await createWorldOfForms();
    const context = { now: NOW, sources: world.sources, leastCredentials: 0, audience, nonce } as const;
    return (await verifyPresentation(secured, context)).verdict;
  }

  /** The context of a proof, written out, with some of its terms changed. */
  const proofTerms = (changes: Json) => ({
    DataIntegrityProof: {
      '@id': `${SECURITY}DataIntegrityProof`,
      '@context': {
        id: '@id',
        type: '@type',
        domain: `${SECURITY}domain`,
        challenge: `${SECURITY}challenge`,
        created: {
          '@id': 'http://purl.org/dc/terms/created',
          '@type': 'http://www.w3.org/2001/XMLSchema#dateTime',
        },
        cryptosuite: { '@id': `${SECURITY}cryptosuite`, '@type': `${SECURITY}cryptosuiteString` },
        proofPurpose: {
          '@id': `${SECURITY}proofPurpose`,
          '@type': '@vocab',
          '@context': { authentication: `${SECURITY}authenticationMethod` },
        },
        verificationMethod: { '@id': `${SECURITY}verificationMethod`, '@type': '@id' },
        ...changes,
      },
    },
  });

  it('as it was made', async () => {
    const secured = await prove(presentation, registrarEdKey, request);
    expect(await verdictFor(secured, 'attacker.example', 'n2')).toBe('accepted');
  });

  it('also where a context swaps its domain and its challenge', async () => {
    const secured: Json = await prove(presentation, registrarEdKey, request);
    const swapped = proofTerms({ domain: `${SECURITY}challenge`, challenge: `${SECURITY}domain` });
    const rewritten = {
      ...secured,
      '@context': [V1, swapped],
      proof: { ...secured['proof'], domain: 'n2', challenge: 'attacker.example' },
    };
    expect(await verdictFor(rewritten, 'n2', 'attacker.example')).not.toBe('accepted');
  });

  it('also where a context shows another domain in the place of its purpose', async () => {
    const secured: Json = await prove(presentation, registrarEdKey, request);
    const replaced = proofTerms({
      meant: `${SECURITY}domain`,
      domain: {
        '@id': `${SECURITY}proofPurpose`,
        '@type': '@vocab',
        '@context': { 'partner.example': `${SECURITY}authenticationMethod` },
      },
    });
    const rewritten = {
      ...secured,
      '@context': [V1, replaced],
      proof: { ...secured['proof'], domain: 'partner.example', meant: 'attacker.example' },
    };
    expect(await verdictFor(rewritten, 'partner.example', 'n2')).not.toBe('accepted');
  });

  it('also where its expiry stands under its IRI', async () => {
    const { world } = await createWorldOfForms();
    const secured: Json = await prove(membership(), registrarEdKey, { expires: '2026-11-20T11:30:00Z' });
    expect(codesOf(await verify(secured, world))).toContain('validity/signature-expired');
    const { expires, ...proof } = secured['proof'] as Json;
    const literal = { '@value': expires as string, '@type': 'http://www.w3.org/2001/XMLSchema#dateTime' };
    const report = await verify(
      { ...secured, proof: { ...proof, [`${SECURITY}expiration`]: literal } },
      world,
    );
    expect(report.verdict).not.toBe('accepted');
    expect(codesOf(report)).not.toContain('validity/current');
  });
});
