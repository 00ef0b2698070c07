import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer } from '../support/api.js';
import type { TestApp } from '../support/app.js';
import { canonizer, createDidKeyIssuer, type DidKeyIssuer } from '../support/dataIntegrity.js';
import { prepareProof, signProof } from '../../src/credentials/securing/dataIntegrity/dataIntegrity.js';
import { expectStatus, type Organisation } from '../support/network.js';
import { refusalOf } from '../support/people.js';
import {
  createInstance,
  credentialV1,
  credentialV2,
  foundIssuer,
  issue,
  startVcApi,
  type InstanceWish,
} from '../support/vcApi.js';

let t: TestApp;
let organisation: Organisation;

const EDDSA: InstanceWish = { format: 'vc', cryptosuite: 'eddsa-rdfc-2022', keyType: 'Ed25519' };
const SD: InstanceWish = { format: 'vc', cryptosuite: 'ecdsa-sd-2023', keyType: 'P-256' };

beforeAll(async () => {
  t = await startVcApi();
  ({ organisation } = await foundIssuer(t, EDDSA));
});
afterAll(() => t.close());

const verify = (verifiableCredential: unknown, options?: object): Promise<Answer> =>
  t.api.post('/vc-api/credentials/verify', { verifiableCredential, ...(options ? { options } : {}) });
const present = (verifiablePresentation: unknown, options?: object): Promise<Answer> =>
  t.api.post('/vc-api/presentations/verify', { verifiablePresentation, ...(options ? { options } : {}) });
const derive = (verifiableCredential: unknown, selectivePointers?: unknown): Promise<Answer> =>
  t.api.post('/vc-api/credentials/derive', {
    verifiableCredential,
    ...(selectivePointers === undefined ? {} : { options: { selectivePointers } }),
  });

async function issueWith(wish: InstanceWish, credential: object = credentialV2(), options?: object) {
  const instance = await createInstance(organisation, wish);
  const answer = expectStatus(await issue(organisation.api, instance, credential, options), 201);
  return answer.body.verifiableCredential;
}

/** The last part of each problem's type. */
function problemsOf(answer: Answer): string[] {
  expect(refusalOf(answer)).toBe('400 vc-api/not-verified');
  expect(answer.body.verified).toBe(false);
  return answer.body.problemDetails.map(({ type }: { type: string }) => type.split('#')[1]);
}

function tamper<T extends { id?: string; credentialSubject?: object; type: unknown }>(secured: T): T {
  if (secured.type !== 'EnvelopedVerifiableCredential') {
    return { ...secured, credentialSubject: { ...secured.credentialSubject, id: 'did:example:mallory' } };
  }
  const [prefix, token = ''] = (secured.id ?? '').split(',');
  const [header, payload = '', rest] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const forged = Buffer.from(JSON.stringify({ ...claims, validFrom: '2024-01-02T00:00:00Z' }));
  return { ...secured, id: `${prefix},${header}.${forged.toString('base64url')}.${rest}` };
}

describe('what an instance issues is verified, and its tampered twin is not', () => {
  const wishes: InstanceWish[] = [
    EDDSA,
    { ...EDDSA, cryptosuite: 'eddsa-jcs-2022' },
    ...['P-256', 'P-384'].flatMap((keyType) =>
      ['ecdsa-rdfc-2019', 'ecdsa-jcs-2019'].map((cryptosuite) => ({ format: 'vc', cryptosuite, keyType })),
    ),
    ...['Ed25519', 'P-256', 'P-384'].flatMap((keyType) =>
      ['vc+jwt', 'vc+sd-jwt'].map((format) => ({ format, keyType })),
    ),
  ];
  const cases = wishes.flatMap((wish) => (['key', 'web'] as const).map((did) => ({ ...wish, did })));
  test.each(cases)('$format $cryptosuite $keyType did:$did', async (wish) => {
    const secured = await issueWith(wish);
    expect(expectStatus(await verify(secured), 200).body).toEqual({ verified: true, problemDetails: [] });
    expect(problemsOf(await verify(tamper(secured)))).toEqual(['CRYPTOGRAPHIC_SECURITY_ERROR']);
  });

  test.each(['eddsa-rdfc-2022', 'eddsa-jcs-2022'])('version 1.1 with %s', async (cryptosuite) => {
    const secured = await issueWith({ ...EDDSA, cryptosuite }, credentialV1());
    expectStatus(await verify(secured), 200);
    expect(problemsOf(await verify(tamper(secured)))).toEqual(['CRYPTOGRAPHIC_SECURITY_ERROR']);
  });

  test('a credential comes back to who asks for it', async () => {
    const credential = await issueWith(EDDSA);
    const { body } = expectStatus(await verify(credential, { returnCredential: true }), 200);
    expect(body.credential).toEqual(credential);
  });
});

describe('selective disclosure', () => {
  test('a base proof is for its holder, and what is derived from it is verified', async () => {
    const base = await issueWith(SD, credentialV2(), { mandatoryPointers: ['/issuer', '/validFrom'] });
    expect(problemsOf(await verify(base))).toEqual(['PROOF_VERIFICATION_ERROR']);
    const derived = expectStatus(await derive(base, ['/credentialSubject/degree']), 201).body
      .verifiableCredential;
    expect(derived.credentialSubject).toEqual({ id: base.credentialSubject.id, degree: 'Weaving' });
    expect(derived.validFrom).toBe(base.validFrom);
    expectStatus(await verify(derived), 200);
    const forged = { ...derived, credentialSubject: { ...derived.credentialSubject, degree: 'Sorcery' } };
    expect(problemsOf(await verify(forged))).toEqual(['CRYPTOGRAPHIC_SECURITY_ERROR']);
  });

  test('what decides whether it is valid is mandatory unless the issuer names something else', async () => {
    const dated = credentialV2({ validUntil: '2099-01-01T00:00:00Z' });
    const { issuer, validFrom, validUntil } = await derivedFrom(await issueWith(SD, dated));
    expect([issuer, validFrom, validUntil].every(Boolean)).toBe(true);
    const named = await issueWith({ ...SD, statusList: true }, dated, { mandatoryPointers: ['/issuer'] });
    const derived = await derivedFrom(named);
    expect(Object.keys(derived)).toContain('credentialStatus');
    expect(Object.keys(derived)).not.toContain('validUntil');
  });

  const derivedFrom = async (base: unknown) =>
    expectStatus(await derive(base, ['/credentialSubject/id']), 201).body.verifiableCredential;

  test.each([
    ['names nothing', ['/credentialSubject/nothing'], '/options/selectivePointers/0'],
    ['is no pointer', ['credentialSubject'], '/options/selectivePointers/0'],
    ['points into the proof', ['/proof/created'], '/options/selectivePointers/0'],
  ])('a pointer that %s is refused', async (_what, pointers, at) => {
    const answer = await derive(await issueWith(SD), pointers);
    expect(refusalOf(answer)).toBe('400 request/invalid');
    expect(answer.body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([at]);
  });

  test('nothing is derived from another proof, from a derived one, or from no credential', async () => {
    const derived = expectStatus(await derive(await issueWith(SD), ['/issuer']), 201).body;
    for (const value of [await issueWith(EDDSA), derived.verifiableCredential, 'text', null, { proof: null }])
      expect(refusalOf(await derive(value, ['/issuer']))).toBe('400 request/invalid');
  });
});

describe('a status list of its own', () => {
  const withList = (wish: InstanceWish) => ({ ...wish, statusList: true });

  test.each([
    ['a proof', withList(EDDSA), 'application/vc'],
    ['selective disclosure', withList(SD), 'application/vc'],
    ['a token', withList({ format: 'vc+jwt', keyType: 'P-256' }), 'application/vc+jwt'],
  ])('revokes what was issued with %s', async (_what, wish, mediaType) => {
    const instance = await createInstance(organisation, { ...wish, did: 'key' });
    const credential = credentialV2();
    const secured = expectStatus(await issue(organisation.api, instance, credential), 201).body
      .verifiableCredential;
    const shown =
      wish.cryptosuite === 'ecdsa-sd-2023'
        ? expectStatus(await derive(secured, ['/credentialSubject/id']), 201).body.verifiableCredential
        : secured;
    expectStatus(await verify(shown), 200);

    const [list] = await t.connection.db
      .selectFrom('instance_status_lists')
      .select('id')
      .where('instance_id', '=', instance.id as never)
      .execute();
    const listPath = `/vc-api/${instance.id}/status-lists/${list?.id}`;
    const before = expectStatus(await t.api.get(listPath), 200);
    expect(before.headers['content-type']).toBe(mediaType);

    const change = {
      credentialId: credential['id'],
      credentialStatus: { type: 'BitstringStatusListEntry', statusPurpose: 'revocation' },
    };
    const path = `/vc-api/${instance.id}/credentials/status`;
    expectStatus(await organisation.api.post(path, change), 200);
    expect(problemsOf(await verify(shown))).toEqual(['STATUS_VERIFICATION_ERROR']);
    expect((await t.api.get(listPath)).headers['etag']).not.toBe(before.headers['etag']);
    expect(refusalOf(await organisation.api.post(path, { ...change, status: false }))).toBe(
      '409 credentials/already-revoked',
    );
  });

  test('gives an entry as the specification has it', async () => {
    const { credentialStatus } = await issueWith(withList(EDDSA));
    expect(credentialStatus).toEqual({
      id: `${credentialStatus.statusListCredential}#${credentialStatus.statusListIndex}`,
      type: 'BitstringStatusListEntry',
      statusPurpose: 'revocation',
      statusListIndex: expect.stringMatching(/^\d+$/),
      statusListCredential: expect.stringMatching(/^https:\/\/passport\.test\/vc-api\/.*\/status-lists\//),
    });
  });

  test('goes on after the instance has ended', async () => {
    const instance = await createInstance(organisation, withList(EDDSA));
    const { verifiableCredential } = (await issue(organisation.api, instance, credentialV2())).body;
    await organisation.api.delete(`/v1/organisations/${organisation.id}/issuer-instances/${instance.id}`);
    t.clock.advance(120);
    expectStatus(await verify(verifiableCredential), 200);
  });

  test('takes no place for what is not issued', async () => {
    const instance = await createInstance(organisation, withList(EDDSA));
    await issue(organisation.api, instance, credentialV2({ unheardOf: 1, type: 7 }));
    const lists = await t.connection.db
      .selectFrom('instance_status_lists')
      .selectAll()
      .where('instance_id', '=', instance.id as never)
      .execute();
    expect(lists).toEqual([]);
  });

  test('changes nothing of what it did not issue', async () => {
    const instance = await createInstance(organisation, withList(EDDSA));
    const other = await createInstance(organisation, withList(EDDSA));
    const credential = credentialV2();
    expectStatus(await issue(organisation.api, other, credential), 201);
    const answer = await organisation.api.post(`/vc-api/${instance.id}/credentials/status`, {
      credentialId: credential['id'],
      credentialStatus: { type: 'BitstringStatusListEntry', statusPurpose: 'revocation' },
      status: true,
    });
    expect(refusalOf(answer)).toBe('404 resource/not-found');
  });
});

describe('what does not verify', () => {
  test("a credential in another issuer's name", async () => {
    const [one, other] = [await issueWith(EDDSA), await issueWith(EDDSA)];
    expect(problemsOf(await verify({ ...one, issuer: other.issuer }))).toEqual([
      'CRYPTOGRAPHIC_SECURITY_ERROR',
    ]);
    expect(problemsOf(await verify({ ...one, proof: other.proof }))).toEqual([
      'CRYPTOGRAPHIC_SECURITY_ERROR',
    ]);
  });

  test.each<[string, object, string]>([
    ['not valid yet', { validFrom: '2099-01-01T00:00:00Z' }, 'RANGE_ERROR'],
    ['expired', { validUntil: '2024-06-01T00:00:00Z' }, 'RANGE_ERROR'],
    [
      'a status of a kind that nobody here knows',
      { credentialStatus: { id: 'https://elsewhere.example/1', type: 'https://elsewhere.example/Status' } },
      'STATUS_VERIFICATION_ERROR',
    ],
    [
      'a schema of a kind that nobody here knows',
      { credentialSchema: { id: 'https://elsewhere.example/1', type: 'https://elsewhere.example/Schema' } },
      'MALFORMED_VALUE_ERROR',
    ],
  ])('a credential that is %s', async (_what, members, type) => {
    expect(problemsOf(await verify(await issueWith(EDDSA, credentialV2(members))))).toEqual([type]);
  });

  test.each<[string, (proof: Record<string, unknown>) => unknown, string]>([
    ['null', () => null, 'PARSING_ERROR'],
    ['text', () => 'proof', 'PARSING_ERROR'],
    ['an empty list', () => [], 'PARSING_ERROR'],
    ['without a type', ({ type: _, ...proof }) => proof, 'PARSING_ERROR'],
    ['of an unknown type', (proof) => ({ ...proof, type: 'UnknownProofType' }), 'PARSING_ERROR'],
    ['of an unknown cryptosuite', (proof) => ({ ...proof, cryptosuite: 'x' }), 'PROOF_VERIFICATION_ERROR'],
    [
      'for another purpose',
      (proof) => ({ ...proof, proofPurpose: 'authentication' }),
      'PROOF_VERIFICATION_ERROR',
    ],
    ['without a purpose', ({ proofPurpose: _, ...proof }) => proof, 'PARSING_ERROR'],
    ['without a method', ({ verificationMethod: _, ...proof }) => proof, 'PARSING_ERROR'],
    [
      'of no method',
      (proof) => ({ ...proof, verificationMethod: 'did:key:invalidVm' }),
      'CRYPTOGRAPHIC_SECURITY_ERROR',
    ],
    ['without a value', ({ proofValue: _, ...proof }) => proof, 'PARSING_ERROR'],
    ['with a value of null', (proof) => ({ ...proof, proofValue: null }), 'PARSING_ERROR'],
    [
      'in no multibase',
      (proof) => ({ ...proof, proofValue: String(proof['proofValue']).slice(1) }),
      'PROOF_VERIFICATION_ERROR',
    ],
    [
      'made at another time',
      (proof) => ({ ...proof, created: '2024-01-01T00:00:00Z' }),
      'CRYPTOGRAPHIC_SECURITY_ERROR',
    ],
    ['made at no time', ({ created: _, ...proof }) => proof, 'CRYPTOGRAPHIC_SECURITY_ERROR'],
  ])('a credential whose proof is %s', async (_what, change, type) => {
    const secured = await issueWith(EDDSA);
    expect(problemsOf(await verify({ ...secured, proof: change(secured.proof) }))).toEqual([type]);
  });

  test.each(['eddsa-rdfc-2022', 'eddsa-jcs-2022'])(
    'a credential with a term that no context defines, signed with %s elsewhere',
    async (cryptosuite) => {
      const issuer = createDidKeyIssuer('Ed25519');
      const good = credentialV2({
        '@context': ['https://www.w3.org/ns/credentials/v2'],
        type: ['VerifiableCredential'],
        credentialSubject: { id: 'did:example:alice' },
      });
      const secured = await signAs(issuer, { ...good, issuer: issuer.did }, { cryptosuite });
      expectStatus(await verify(secured), 200);
      if (cryptosuite === 'eddsa-rdfc-2022') return;
      const lossy = await signAs(
        issuer,
        { ...good, issuer: issuer.did, undefinedTerm: 'lost' },
        { cryptosuite },
      );
      expect(problemsOf(await verify(lossy))).toEqual(['DATA_LOSS_DETECTION_ERROR']);
    },
  );

  test('a credential for another purpose, audience or request than the caller expects', async () => {
    const secured = await issueWith(EDDSA);
    expect(problemsOf(await verify(secured, { expectedProofPurpose: 'authentication' }))).toEqual([
      'PROOF_VERIFICATION_ERROR',
    ]);
    expect(problemsOf(await verify(secured, { domain: 'domain.example', challenge: '1' }))).toEqual([
      'INVALID_DOMAIN_ERROR',
      'INVALID_CHALLENGE_ERROR',
    ]);
  });

  test.each([
    null,
    true,
    7,
    '',
    'text',
    'a.b.c',
    '.'.repeat(100),
    [],
    {},
    [[]],
    { type: ['NonconformingDocument'] },
    { '@context': 4 },
  ])('the value %j', async (value) => {
    for (const answer of [await verify(value), await present(value)]) {
      expect(['PARSING_ERROR', 'MALFORMED_VALUE_ERROR']).toContain(problemsOf(answer)[0]);
    }
  });

  test('a request with an option that nobody knows, or without the credential', async () => {
    expect(refusalOf(await verify({}, { surprise: 1 }))).toBe('400 request/invalid');
    expect(refusalOf(await t.api.post('/vc-api/credentials/verify', {}))).toBe('400 request/invalid');
    expect(refusalOf(await t.api.post('/vc-api/presentations/verify', {}))).toBe('400 request/invalid');
  });
});

/** A proof of somebody who is not here. */
async function signAs(
  issuer: DidKeyIssuer,
  document: object,
  {
    cryptosuite = 'eddsa-rdfc-2022',
    ...options
  }: {
    cryptosuite?: string;
    domain?: string;
    challenge?: string;
    proofPurpose?: 'authentication' | 'assertionMethod';
  } = {},
): Promise<Readonly<Record<string, unknown>>> {
  const { verificationMethod, key } = issuer;
  const prepared = await prepareProof(
    document,
    {
      cryptosuite,
      verificationMethod,
      algorithm: key.algorithm,
      proofPurpose: 'assertionMethod',
      ...options,
    },
    { canonizer, check: () => [] },
  );
  if (!('value' in prepared)) throw new Error(JSON.stringify(prepared));
  return signProof(prepared.value, issuer.signer);
}

describe('a presentation', () => {
  const holder = createDidKeyIssuer('Ed25519');
  const asked = { domain: 'verifier.example', challenge: 'c-1' };
  const presentation = (members: object = {}) => ({
    '@context': ['https://www.w3.org/ns/credentials/v2'],
    type: ['VerifiablePresentation'],
    ...members,
  });
  const signPresentation = (document: object, options: object = asked) =>
    signAs(holder, document, { proofPurpose: 'authentication', ...options });

  test.each([EDDSA, { format: 'vc+jwt', keyType: 'P-384' }])('with a credential of $format', async (wish) => {
    const verifiableCredential = [await issueWith(wish)];
    const signed = await signPresentation(presentation({ holder: holder.did, verifiableCredential }));
    expectStatus(await present(signed, asked), 200);
    // What was not asked for is not compared.
    expectStatus(await present(signed), 200);
    const { body } = expectStatus(await present(signed, { ...asked, returnPresentation: true }), 200);
    expect(body.verifiablePresentation).toEqual(signed);

    expect(problemsOf(await present(signed, { ...asked, challenge: 'c-2' }))).toEqual([
      'INVALID_CHALLENGE_ERROR',
    ]);
    expect(problemsOf(await present(signed, { ...asked, domain: 'other.example' }))).toEqual([
      'INVALID_DOMAIN_ERROR',
    ]);
    const [credential] = verifiableCredential;
    const forged = presentation({ holder: holder.did, verifiableCredential: [tamper(credential)] });
    expect(problemsOf(await present(await signPresentation(forged), asked))).toEqual([
      'CRYPTOGRAPHIC_SECURITY_ERROR',
    ]);
  });

  test.each([{}, { verifiableCredential: [] }, { holder: holder.did }, { holder: { id: holder.did } }])(
    'of nothing but oneself: %j',
    async (members) => {
      const signed = await signPresentation(presentation(members));
      expectStatus(await present(signed, asked), 200);
      expect(problemsOf(await present({ ...signed, id: 'urn:uuid:0190' }, asked))).toEqual([
        'CRYPTOGRAPHIC_SECURITY_ERROR',
      ]);
    },
  );

  test('by somebody else than its holder', async () => {
    const other = createDidKeyIssuer('Ed25519');
    const prepared = presentation({ verifiableCredential: [await issueWith(EDDSA)] });
    const signed = await signPresentation(prepared);
    expect(problemsOf(await present({ ...signed, holder: other.did }, asked))).toEqual([
      'CRYPTOGRAPHIC_SECURITY_ERROR',
    ]);
  });

  test('of what one has issued oneself, where one has to be named', async () => {
    const own = await signAs(holder, { ...credentialV2(), issuer: holder.did });
    const named = await signPresentation(presentation({ holder: holder.did, verifiableCredential: [own] }));
    expectStatus(await present(named, asked), 200);
    const unnamed = await signPresentation(presentation({ verifiableCredential: [own] }));
    expect(problemsOf(await present(unnamed, asked))).toEqual(['MALFORMED_VALUE_ERROR']);
  });

  test('without a proof, or with an unsecured credential', async () => {
    const unsecured = { ...credentialV2(), issuer: 'did:example:issuer' };
    expect(
      problemsOf(await present(presentation({ verifiableCredential: [await issueWith(EDDSA)] }))),
    ).toEqual(['PARSING_ERROR']);
    expect(
      problemsOf(
        await present(await signPresentation(presentation({ verifiableCredential: [unsecured] })), asked),
      ),
    ).toEqual(['MALFORMED_VALUE_ERROR']);
  });
});
