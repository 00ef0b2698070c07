import { describe, expect, it } from 'vitest';
import { checkCredential } from '../../src/credentials/dataModel.js';
import { encodeBase58 } from '../../src/credentials/encoding/base58.js';
import {
  deriveSdProof,
  parseSecuredDocument,
  prepareProof,
  signProof,
  verifyBaseProof,
  verifyProofs,
  type DataIntegrityProof,
} from '../../src/credentials/securing/dataIntegrity/dataIntegrity.js';
import { canonicalJson, sha256 } from '../../src/kernel/canonicalJson.js';
import {
  canonizer,
  createDidKeyIssuer,
  EXPECTED,
  issue,
  prepare,
  sampleCredential,
  signRaw,
  verdictOf,
} from '../support/dataIntegrity.js';

const ed = createDidKeyIssuer('Ed25519');
const p256 = createDidKeyIssuer('P-256');
const p384 = createDidKeyIssuer('P-384');
const other = createDidKeyIssuer('Ed25519');

const KINDS = [
  ['eddsa-jcs-2022', ed],
  ['eddsa-rdfc-2022', ed],
  ['ecdsa-jcs-2019', p256],
  ['ecdsa-jcs-2019', p384],
  ['ecdsa-rdfc-2019', p256],
  ['ecdsa-rdfc-2019', p384],
] as const;

type Any = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any

describe.each(KINDS)('%s', (cryptosuite, issuer) => {
  const credential = sampleCredential(issuer.did);

  it('signs what it verifies, with every proof option', async () => {
    const secured = await issue(credential, issuer, {
      cryptosuite,
      id: 'urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544',
      expires: '2026-12-01T00:00:00+01:00',
      domain: ['https://b.example', 'https://a.example'],
      challenge: 'c-1',
      nonce: 'n-1',
    });
    expect(await verdictOf(secured)).toBe('verified');
    expect(await verdictOf(JSON.stringify(secured))).toBe('verified');
    const domain = ['https://a.example', 'https://b.example'];
    expect(await verdictOf(secured, { domain, challenge: 'c-1' })).toBe('verified');
    expect(await verdictOf(secured, { domain: 'https://a.example' })).toBe('domainMismatch');
    expect(await verdictOf(secured, { challenge: 'c-2' })).toBe('challengeMismatch');
    expect(await verdictOf(secured, { now: new Date('2026-12-02T00:00:00Z') })).toBe('expired');
    expect(await verdictOf(secured, { now: new Date('2026-11-20T10:00:00Z') })).toBe('notYetValid');
  });

  it('refuses a proof value in another base', async () => {
    const secured: Any = await issue(credential, issuer, { cryptosuite });
    const { proofValue } = secured['proof'];
    for (const wrong of [
      // What follows may begin with a `z` of its own.
      proofValue.replace(/^z+/, ''),
      `u${proofValue.slice(1)}`,
      `${proofValue}0`,
      `z1${proofValue.slice(1)}`,
      'z',
    ]) {
      const tampered = { ...secured, proof: { ...secured['proof'], proofValue: wrong } };
      expect(await verdictOf(tampered)).toBe('proofValueMalformed');
    }
  });

  it('gives back the document that the signature covers', async () => {
    const secured = await issue(credential, issuer, { cryptosuite });
    const parsed = parseSecuredDocument(secured);
    if ('problem' in parsed) throw new Error(parsed.problem);
    const outcome = await verifyProofs(parsed, [issuer.key], EXPECTED, canonizer);
    expect(outcome).toEqual({ verified: credential, results: ['verified'] });
  });
});

describe('a date without its offset', () => {
  const { privateKey, did, verificationMethod } = ed;

  /** As somebody would sign who does not mind the form of dates. */
  function forge(dates: Any): Any {
    const document = sampleCredential(did);
    const options = {
      type: 'DataIntegrityProof',
      cryptosuite: 'eddsa-jcs-2022',
      verificationMethod,
      proofPurpose: 'assertionMethod',
      '@context': document['@context'],
      ...dates,
    };
    const hashes = [options, document].map((part) => sha256(canonicalJson(part)));
    const signature = signRaw(privateKey, Buffer.concat(hashes));
    return { ...document, proof: { ...options, proofValue: `z${encodeBase58(signature)}` } };
  }

  it.each([
    [{ created: '2026-11-20T11:00:00' }, 'verified'],
    [{ created: '2026-11-20T12:30:00' }, 'notYetValid'],
    [{ expires: '2026-11-20T12:30:00' }, 'verified'],
    [{ expires: '2026-11-20T11:30:00' }, 'expired'],
  ])('%j is read as UTC', async (dates, verdict) => {
    expect(await verdictOf(forge(dates))).toBe(verdict);
  });

  it('is not signed', async () => {
    const request = { cryptosuite: 'eddsa-jcs-2022', created: '2026-11-20T11:00:00' };
    expect(await prepare(sampleCredential(did), ed, request)).toMatchObject({
      problems: [{ pointer: '/proof/created' }],
    });
  });
});

describe('the form of a proof', () => {
  const proof = {
    type: 'DataIntegrityProof',
    cryptosuite: 'eddsa-jcs-2022',
    verificationMethod: ed.verificationMethod,
    proofPurpose: 'assertionMethod',
    proofValue: 'z1',
  };
  const detailsOf = (value: unknown) => {
    const parsed = parseSecuredDocument({ proof: value });
    return 'details' in parsed ? parsed.details.map(({ pointer }) => pointer) : parsed;
  };

  it.each([
    ['type', [undefined, null, 'Ed25519Signature2020', ['DataIntegrityProof'], 7]],
    ['cryptosuite', [undefined, null, '', 7, {}]],
    ['verificationMethod', [undefined, null, '', 'not a URL', 7, { id: ed.verificationMethod }]],
    ['proofPurpose', [undefined, null, '', 7, ['assertionMethod']]],
    ['proofValue', [undefined, null, 7, ['z1']]],
    ['id', [null, 'relative', 7]],
    ['created', [null, '', 'yesterday', '2026-11-20', '2026-11-20T12:00', '2026-02-30T12:00:00', 0]],
    ['expires', [null, '', '2026-11-20T12:00', 0]],
    ['domain', [null, '', 7, [], ['a', 'a'], [7]]],
    ['challenge', [null, '', 7, ['a']]],
    ['nonce', [null, '', 7]],
    ['previousProof', [null, '', 7, [], ['a', 'a']]],
  ])('%s', (name, values) => {
    for (const value of values) expect(detailsOf({ ...proof, [name]: value })).toEqual([`/proof/${name}`]);
  });

  it.each([
    ['no object', 'text', 'malformed'],
    ['a list', [proof], 'malformed'],
    ['null', null, 'malformed'],
    ['no JSON', '{"proof":', 'malformed'],
    ['equal members', '{"proof":{},"proof":{}}', 'malformed'],
    ['a long text', ' '.repeat(1_000_001), 'malformed'],
    ['deep nesting', '['.repeat(100_000), 'malformed'],
    ['no proof', {}, 'proofMissing'],
    ['an empty list of proofs', { proof: [] }, 'proofMissing'],
    ['proof: null', { proof: null }, 'proofMalformed'],
    ['a proof that is text', { proof: 'x' }, 'proofMalformed'],
    ['a list in the list', { proof: [[proof]] }, 'proofMalformed'],
    ['too many proofs', { proof: Array.from({ length: 11 }, () => proof) }, 'proofMalformed'],
    [
      'two proofs of one id',
      {
        proof: [
          { ...proof, id: 'urn:a:b' },
          { ...proof, id: 'urn:a:b' },
        ],
      },
      'proofMalformed',
    ],
  ])('%s is refused', (_, value, problem) => {
    expect(parseSecuredDocument(value)).toMatchObject({ problem });
  });

  it('depth is bounded without recursion', () => {
    let value: unknown = {};
    for (let level = 0; level < 200_000; level++) value = { value };
    expect(parseSecuredDocument({ value, proof })).toEqual({ problem: 'malformed' });
  });

  it('an unknown cryptosuite says nothing about the document', async () => {
    expect(await verdictOf({ proof: { ...proof, cryptosuite: 'bbs-2023' } })).toBe('unsupportedCryptosuite');
  });
});

describe('what may be signed', () => {
  const credential = sampleCredential(ed.did);
  const request = { cryptosuite: 'eddsa-rdfc-2022' };

  it('is nothing in the name of another issuer or holder', async () => {
    expect(await prepare({ ...credential, issuer: other.did }, ed, request)).toMatchObject({
      problems: [{ pointer: '/issuer' }],
    });
    expect(await prepare({ ...credential, issuer: { id: other.did } }, ed, request)).toHaveProperty(
      'problems',
    );
    const presentation = {
      '@context': credential['@context'],
      type: 'VerifiablePresentation',
      holder: other.did,
    };
    expect(await prepare(presentation, ed, { ...request, proofPurpose: 'authentication' })).toMatchObject({
      problems: [{ pointer: '/holder' }],
    });
  });

  it('is nothing that the check refuses', async () => {
    const { credentialSubject: _, ...incomplete } = credential;
    const outcome = await prepareProof(
      incomplete,
      {
        ...request,
        verificationMethod: ed.verificationMethod,
        algorithm: 'EdDSA',
        proofPurpose: 'assertionMethod',
      },
      {
        canonizer,
        check: (document) => {
          const checked = checkCredential(document);
          return 'problems' in checked ? checked.problems : [];
        },
      },
    );
    expect(outcome).toMatchObject({ problems: [{ pointer: '/credentialSubject' }] });
  });

  it.each([
    ['an undefined term', { '@context': ['https://www.w3.org/ns/credentials/v2'] }, 'notJsonLd'],
    [
      'an unknown context',
      { '@context': ['https://www.w3.org/ns/credentials/v2', 'https://x.example'] },
      'unknownContext',
    ],
  ])('is not %s', async (_, change, problem) => {
    expect(await prepare({ ...credential, ...change }, ed, request)).toEqual({ problem });
  });

  it('is not with a key of another kind or an unknown cryptosuite', async () => {
    expect(await prepare(credential, ed, { cryptosuite: 'ecdsa-rdfc-2019' })).toEqual({
      problem: 'algorithmMismatch',
    });
    expect(await prepare(credential, p384, { cryptosuite: 'ecdsa-sd-2023' })).toEqual({
      problem: 'algorithmMismatch',
    });
    expect(await prepare(credential, ed, { cryptosuite: 'x' })).toEqual({
      problem: 'unsupportedCryptosuite',
    });
  });

  it('is not with options of the wrong form, nor what is no JSON', async () => {
    expect(await prepare(credential, ed, { ...request, created: '2026-11-20' })).toHaveProperty('problems');
    expect(await prepare(credential, ed, { ...request, verificationMethod: 'did:key:x' })).toHaveProperty(
      'problems',
    );
    expect(await prepare(credential, ed, { ...request, mandatoryPointers: [] })).toHaveProperty('problems');
    expect(await prepare({ ...credential, name: 1n }, ed, request)).toHaveProperty('problems');
    expect(await prepare({ ...credential, proof: null }, ed, request)).toHaveProperty('problems');
  });

  it('is signed by the prepared key only', async () => {
    const prepared = await prepare(credential, ed, request);
    if (!('value' in prepared)) throw new Error('not prepared');
    await expect(signProof(prepared.value, other.signer)).rejects.toThrow(TypeError);
    const short = { ...ed.signer, sign: async () => new Uint8Array(63) };
    await expect(signProof(prepared.value, short)).rejects.toThrow(TypeError);
  });

  it('gets a context for the terms of its proof where none is there', async () => {
    const plain = { '@context': ['https://www.w3.org/2018/credentials/v1'], issuer: ed.did };
    for (const cryptosuite of ['eddsa-rdfc-2022', 'eddsa-jcs-2022']) {
      const type = ['VerifiableCredential'];
      const secured = await issue({ ...plain, type, credentialSubject: { id: 'did:example:x' } }, ed, {
        cryptosuite,
      });
      expect(secured['@context']).toEqual([
        'https://www.w3.org/2018/credentials/v1',
        'https://w3id.org/security/data-integrity/v2',
      ]);
      expect(await verdictOf(secured)).toBe('verified');
    }
  });
});

describe('contexts under JCS', () => {
  it('appended after signing are not in what was verified', async () => {
    const credential = sampleCredential(ed.did);
    const secured = await issue(credential, ed, { cryptosuite: 'eddsa-jcs-2022' });
    const contexts = [...(credential['@context'] as string[]), { name: 'urn:x:legalName' }];
    const parsed = parseSecuredDocument({ ...secured, '@context': contexts });
    if ('problem' in parsed) throw new Error(parsed.problem);
    expect(await verifyProofs(parsed, [ed.key], EXPECTED, canonizer)).toMatchObject({ verified: credential });
  });

  it('put before or taken away are refused', async () => {
    const credential = sampleCredential(ed.did);
    const secured = await issue(credential, ed, { cryptosuite: 'eddsa-jcs-2022' });
    const [first, second] = credential['@context'] as string[];
    for (const context of [
      [second, first],
      [first],
      ['https://www.w3.org/ns/did/v1', first, second],
      first,
      undefined,
    ]) {
      expect(await verdictOf({ ...secured, '@context': context })).toBe('contextMismatch');
    }
  });
});

describe('statements that a reader of the JSON would not see', () => {
  const status = sampleCredential(ed.did)['credentialStatus'];
  const CRED = 'https://www.w3.org/2018/credentials#';
  const hide = async (change: (secured: Any) => void) => {
    const secured = structuredClone(
      await issue(sampleCredential(ed.did), ed, { cryptosuite: 'eddsa-rdfc-2022' }),
    ) as Any;
    change(secured);
    return verdictOf(secured);
  };

  it('a status under its full IRI', async () => {
    const verdict = await hide((secured) => {
      delete secured['credentialStatus'];
      secured[`${CRED}credentialStatus`] = status;
    });
    expect(verdict).toBe('hiddenStatement');
  });

  it('a status under a name that an added context defines', async () => {
    const verdict = await hide((secured) => {
      delete secured['credentialStatus'];
      secured['@context'].push({ state: { '@id': `${CRED}credentialStatus`, '@type': '@id' } });
      secured['state'] = status;
    });
    expect(verdict).toBe('hiddenStatement');
  });

  it('an expiry under its full IRI', async () => {
    const verdict = await hide((secured) => {
      secured[`${CRED}validUntil`] = {
        type: 'http://www.w3.org/2001/XMLSchema#dateTime',
        '@value': secured['validUntil'],
      };
      delete secured['validUntil'];
    });
    expect(verdict).toBe('hiddenStatement');
  });

  it('a type under @type', async () => {
    const verdict = await hide((secured) => {
      secured['type'] = ['VerifiableCredential'];
      secured['@type'] = ['MembershipCredential'];
    });
    expect(verdict).toBe('hiddenStatement');
  });

  it('an id under @id', async () => {
    const verdict = await hide((secured) => {
      secured['@id'] = secured['id'];
      delete secured['id'];
    });
    expect(verdict).toBe('hiddenStatement');
  });

  it('a status in another place', async () => {
    const verdict = await hide((secured) => {
      delete secured['credentialStatus'];
      secured['@nest'] = { credentialStatus: status };
    });
    expect(verdict).toBe('notJsonLd');
  });
});

describe('proof sets and chains', () => {
  const FIRST = 'urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544';
  const SECOND = 'urn:uuid:8cc9022b-6b14-4cf3-8571-74972c5feb54';

  it.each(['eddsa-jcs-2022', 'eddsa-rdfc-2022'])('%s: a set, and a chain over it', async (cryptosuite) => {
    const first = await issue(sampleCredential(ed.did), ed, { cryptosuite, id: FIRST });
    const set = await issue(first, other, { cryptosuite, id: SECOND });
    const chain = await issue(set, p256, {
      cryptosuite: cryptosuite.replace('eddsa', 'ecdsa').replace('2022', '2019'),
      previousProof: [SECOND, FIRST],
    });
    expect(await verdictOf(set)).toBe('verified');
    expect(await verdictOf(chain)).toBe('verified');
    const [a, b, c] = chain['proof'] as DataIntegrityProof[];
    expect(await verdictOf({ ...chain, proof: [b, a] })).toBe('verified');
    expect(await verdictOf({ ...chain, proof: [c, b] })).toBe('previousProofUnknown');
    expect(await verdictOf({ ...chain, proof: c })).toBe('previousProofUnknown');
    expect(await verdictOf({ ...chain, proof: [a, { ...b, nonce: 'x' }, c] })).toBe('signatureInvalid');
  });

  it('a proof falls with the one that it vouches for', async () => {
    const first = await issue(sampleCredential(ed.did), ed, {
      cryptosuite: 'eddsa-jcs-2022',
      id: FIRST,
      expires: '2026-11-20T11:30:00Z',
    });
    const chain = await issue(first, other, { cryptosuite: 'eddsa-jcs-2022', previousProof: FIRST });
    const parsed = parseSecuredDocument(chain);
    if ('problem' in parsed) throw new Error(parsed.problem);
    expect(await verifyProofs(parsed, [ed.key, other.key], EXPECTED, canonizer)).toEqual({
      problem: 'expired',
      results: [{ problem: 'expired' }, { problem: 'previousProofUnverified' }],
    });
  });

  it('vouching for what is not there is refused on signing', async () => {
    const request = { cryptosuite: 'eddsa-jcs-2022', previousProof: FIRST };
    expect(await prepare(sampleCredential(ed.did), ed, request)).toEqual({ problem: 'previousProofUnknown' });
  });

  it('cycles are refused, long ones and those of one', async () => {
    const secured: Any = await issue(sampleCredential(ed.did), ed, {
      cryptosuite: 'eddsa-jcs-2022',
      id: FIRST,
    });
    const proof = secured['proof'];
    expect(await verdictOf({ ...secured, proof: { ...proof, previousProof: FIRST } })).toBe(
      'previousProofCycle',
    );
    const ids = ['urn:a:1', 'urn:a:2', 'urn:a:3'];
    const ring = ids.map((id, index) => ({ ...proof, id, previousProof: ids[(index + 1) % 3] }));
    expect(await verdictOf({ ...secured, proof: ring })).toBe('previousProofCycle');
  });

  it('what failed weighs more than what could not be looked at', async () => {
    const secured: Any = await issue(sampleCredential(ed.did), ed, { cryptosuite: 'eddsa-jcs-2022' });
    const proof = secured['proof'];
    const unknown = { ...proof, cryptosuite: 'bbs-2023' };
    expect(await verdictOf({ ...secured, proof: [unknown, proof] })).toBe('unsupportedCryptosuite');
    expect(await verdictOf({ ...secured, proof: [unknown, { ...proof, nonce: 'x' }] })).toBe(
      'signatureInvalid',
    );
  });
});

describe('ecdsa-sd-2023', () => {
  const credential = sampleCredential(p256.did);
  const mandatoryPointers = ['/issuer', '/validUntil', '/credentialStatus'];
  const base = async (pointers: readonly string[] = mandatoryPointers) => {
    const secured = await issue(credential, p256, {
      cryptosuite: 'ecdsa-sd-2023',
      mandatoryPointers: pointers,
    });
    const { proof, ...document } = secured;
    return { secured, document, proof: proof as DataIntegrityProof };
  };
  const derive = async (pointers: unknown, mandatory?: readonly string[]) => {
    const { document, proof } = await base(mandatory);
    const outcome = await deriveSdProof(document, proof, pointers, canonizer);
    if (!('secured' in outcome)) throw new Error(JSON.stringify(outcome));
    return outcome.secured as Any;
  };

  it('makes a base proof that its maker can verify and nobody can present', async () => {
    const { secured, document, proof } = await base();
    expect(await verifyBaseProof({ document, proof, key: p256.key, canonizer })).toHaveProperty('verified');
    expect(await verdictOf(secured)).toBe('baseProof');
  });

  it('discloses what is mandatory and what was chosen, and nothing else', async () => {
    const disclosed = await derive(['/credentialSubject/address/1/street']);
    const { proof: _, ...rest } = disclosed;
    expect(rest).toEqual({
      '@context': credential['@context'],
      id: credential['id'],
      type: credential['type'],
      issuer: p256.did,
      validUntil: credential['validUntil'],
      credentialStatus: credential['credentialStatus'],
      credentialSubject: { id: 'did:example:coop', address: [{ street: '2 Mutual Way' }] },
    });
    expect(await verdictOf(disclosed)).toBe('verified');
  });

  it.each([
    ['nothing chosen', [], mandatoryPointers],
    ['everything', [''], mandatoryPointers],
    ['nothing mandatory', ['/credentialSubject/legalName'], []],
    ['everything mandatory', [], ['']],
    ['equal nodes', ['/credentialSubject/address'], ['/credentialSubject/address/0/locality']],
  ])('%s', async (_, pointers, mandatory) => {
    expect(await verdictOf(await derive(pointers, mandatory))).toBe('verified');
  });

  it('refuses pointers that lead nowhere, on signing and on deriving', async () => {
    expect(
      await prepare(credential, p256, { cryptosuite: 'ecdsa-sd-2023', mandatoryPointers: ['/x'] }),
    ).toMatchObject({
      problems: [{ pointer: '/mandatoryPointers/0' }],
    });
    const { document, proof } = await base([]);
    for (const pointers of [['/x'], ['issuer'], 'text', [7], null, undefined, []]) {
      expect(await deriveSdProof(document, proof, pointers, canonizer)).toHaveProperty('problems');
    }
    expect(await deriveSdProof(document, { ...proof, proofValue: 'uAA' }, [''], canonizer)).toEqual({
      problem: 'proofValueMalformed',
    });
  });

  it('is not verified when text that looks like a label is changed', async () => {
    const disclosed = await derive(['/credentialSubject/legalName']);
    for (const legalName of [
      'Abeona _:c14n1 <urn:bnid:x> "Housing" Co-operative',
      'Abeona _:c14n0 <urn:bnid:y> "Housing" Co-operative',
    ]) {
      const tampered = { ...disclosed, credentialSubject: { ...disclosed['credentialSubject'], legalName } };
      expect(await verdictOf(tampered)).toBe('signatureInvalid');
    }
  });

  it('is not verified when disclosures of two presentations are put together', async () => {
    const { document, proof } = await base();
    const [one, two] = await Promise.all(
      [['/credentialSubject/legalName'], ['/credentialSubject/members']].map(async (pointers) => {
        const outcome = await deriveSdProof(document, proof, pointers, canonizer);
        return 'secured' in outcome ? outcome.secured : {};
      }),
    );
    const both = { ...(one?.['credentialSubject'] as object), ...(two?.['credentialSubject'] as object) };
    expect(await verdictOf({ ...one, credentialSubject: both })).not.toBe('verified');
    expect(await verdictOf({ ...one, proof: two?.['proof'] })).not.toBe('verified');
  });
});

describe.each(['eddsa-jcs-2022', 'eddsa-rdfc-2022'])('%s: a presentation', (cryptosuite) => {
  it('of a secured and an enveloped credential is signed for a challenge and a domain', async () => {
    const credential = await issue(sampleCredential(p256.did), p256, { cryptosuite: 'ecdsa-rdfc-2019' });
    const presentation = {
      '@context': ['https://www.w3.org/ns/credentials/v2', 'https://www.w3.org/ns/credentials/examples/v2'],
      type: ['VerifiablePresentation'],
      holder: ed.did,
      verifiableCredential: [
        credential,
        {
          '@context': 'https://www.w3.org/ns/credentials/v2',
          type: 'EnvelopedVerifiableCredential',
          id: 'data:application/vc+jwt,eyJhbGciOiJFUzI1NiJ9.e30.AA',
        },
      ],
    };
    const asked = { domain: 'https://verifier.example', challenge: 'fresh' };
    const secured: Any = await issue(presentation, ed, {
      cryptosuite,
      proofPurpose: 'authentication',
      ...asked,
    });
    const expected = { purpose: 'authentication', ...asked } as const;
    expect(await verdictOf(secured, expected)).toBe('verified');
    expect(await verdictOf(secured)).toBe('purposeMismatch');
    const [first, second] = secured['verifiableCredential'];
    expect(await verdictOf({ ...secured, verifiableCredential: [first] }, expected)).toBe('signatureInvalid');
    const forged = [{ ...first, validUntil: '2099-01-01T00:00:00Z' }, second];
    expect(await verdictOf({ ...secured, verifiableCredential: forged }, expected)).toBe('signatureInvalid');
    expect(await verdictOf(secured['verifiableCredential'][0])).toBe('verified');
  });
});
