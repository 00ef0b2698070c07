import { once } from 'node:events';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import type { Answer } from '../support/api.js';
import {
  borrowKey,
  createJwkKey,
  payloadOf,
  present,
  signAs,
  type OrganisationSigner,
} from '../support/forgery.js';
import { createKey, documentOf, signer } from '../support/issuer.js';
import {
  accredit,
  dossierNumbered,
  expectStatus,
  foundNetwork,
  issueLegalIdentity,
  registerOrganisation,
  signInOperator,
  type Organisation,
  type Registered,
} from '../support/network.js';
import { createMachine, joinAs, refusalOf } from '../support/people.js';

let t: TestApp;
let network: Registered;
let registrar: Organisation;
let coop: Organisation;
let token: string;

beforeAll(async () => {
  t = await startApp({ environment: { ALLOW_LOOPBACK: 'true' } });
  network = await foundNetwork(t);
  ({ registrar, coop } = network);
  ({ token } = await issueLegalIdentity(coop, registrar));
});
afterAll(() => t.close());

const verify = (body: object, as = t.api) => as.post('/v1/verifications', body);
const verifyToken = (credential: unknown, as = t.api) => verify({ credential }, as);
const codesOf = ({ body }: Answer): string[] => body.checks.map(({ code }: { code: string }) => code);
const countStored = async () =>
  Number(
    (
      await t.connection.db
        .selectFrom('verifications')
        .select((eb) => eb.fn.countAll().as('rows'))
        .executeTakeFirstOrThrow()
    ).rows,
  );

function expectReason(answer: Answer, verdict: string, code: string): void {
  expectStatus(answer, 200);
  expect(codesOf(answer)).toContain(code);
  expect(answer.body.verdict).toBe(verdict);
}

describe('fields that somebody was shown, for anybody to have proven', () => {
  const proof = { pointer: '/officers', length: 2, salt: 'AA', index: 0, path: ['AA'] };

  test.each<[string, object[], string]>([
    ['more than a thousand', Array.from({ length: 1001 }, () => proof), '/fields'],
    ['a path longer than any tree is high', [{ ...proof, path: Array(65).fill('AA') }], '/fields/0/path'],
    ['a value hitched to the proof of a length', [{ ...proof, value: ['Eve Board'] }], '/fields/0'],
    ['a place below zero', [{ ...proof, index: -1 }], '/fields/0/index'],
    ['a pointer of a page', [{ ...proof, pointer: `/${'x'.repeat(500)}` }], '/fields/0/pointer'],
  ])('refuses %s before it looks at the credential', async (_what, fields, pointer) => {
    const answer = await verify({ credential: token, fields });
    expect(refusalOf(answer)).toBe('400 request/invalid');
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
  });

  test('proves none of a credential that commits to nothing', async () => {
    const { body } = expectStatus(await verify({ credential: token, fields: [proof] }), 200);
    expect(body.fields).toEqual([{ pointer: '/officers', isProven: false }]);
    expect(body.verdict).toBe('rejected');
  });
});

/** A registrar of its own, whose keys and accreditation a test may end. */
async function foundRegistrar() {
  const organisation = await registerOrganisation(t.api, 'Another Registrar');
  const accreditationId = await accredit(await signInOperator(t.api), organisation);
  return { organisation, accreditationId };
}
let numbers = 0;
async function issueBy(organisation: Organisation) {
  const holder = await registerOrganisation(t.api, 'Holder');
  return {
    holder,
    ...(await issueLegalIdentity(holder, organisation, dossierNumbered(`V${(numbers += 1)}`))),
  };
}

describe('what is kept', () => {
  test('of an anonymous verification: nothing', async () => {
    const before = await countStored();
    const { body } = expectStatus(await verifyToken(token), 200);
    expect(body.verdict).toBe('accepted');
    expect(body).not.toHaveProperty('id');
    expect(await countStored()).toBe(before);
  });

  test('of a signed-in one: the report, for who asked for it', async () => {
    const { api } = network.partner;
    const { body } = expectStatus(await verifyToken(token, api), 200);
    const url = `/v1/verifications/${body.id}`;
    expect(expectStatus(await api.get(url), 200).body).toEqual(body);
    for (const other of [registrar, coop])
      expect(refusalOf(await other.api.get(url))).toBe('404 resource/not-found');
    expect(refusalOf(await t.api.get(url))).toBe('401 auth/required');
    expect(refusalOf(await network.operator.get(url))).toBe('403 auth/forbidden');
    expect(refusalOf(await api.get(`/v1/verifications/${crypto.randomUUID()}`))).toBe(
      '404 resource/not-found',
    );
  });

  test('of a rejected one too', async () => {
    const { body } = await verifyToken('garbage', network.partner.api);
    expect((await network.partner.api.get(`/v1/verifications/${body.id}`)).body.verdict).toBe('rejected');
  });

  test('of the operator: nothing', async () => {
    const { body } = expectStatus(await verifyToken(token, network.operator), 200);
    expect(body).not.toHaveProperty('id');
  });

  test('a viewer verifies, a machine needs the scope "verify", a bad token is a 401', async () => {
    const viewer = await joinAs(t, network.partner, 'viewer');
    expect((await verifyToken(token, viewer.api)).body.id).toBeTypeOf('string');
    const machine = await createMachine(t, network.partner, ['credentials']);
    expect(refusalOf(await verifyToken(token, machine))).toBe('403 auth/forbidden');
    expect(refusalOf(await verifyToken(token, t.api.as('not.a.token')))).toBe('401 auth/required');
  });
});

describe('whatever is sent as a credential is judged', () => {
  const deep = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth);

  test.each<[string, string]>([
    ['null', 'null'],
    ['a number', '42'],
    ['a number beyond a double', '1e999'],
    ['a boolean', 'false'],
    ['an empty string', '""'],
    ['text', '"hello"'],
    ['dots', '"..."'],
    ['three parts of nothing', '"e.e.e"'],
    ['NUL', '"a\\u0000b"'],
    ['half a character', '"\\ud800"'],
    ['a list', '[1, 2, []]'],
    ['an empty object', '{}'],
    [
      'an unsecured credential',
      '{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"]}',
    ],
    ['a prototype', '{"__proto__":{"verdict":"accepted"}}'],
    ['a constructor', '{"constructor":{"prototype":{"verdict":"accepted"}}}'],
    ['a member that stands twice', '{"proof":{"type":"DataIntegrityProof"},"id":"urn:x:1","id":"urn:x:2"}'],
    ['a member that stands twice, spelled differently', '{"id":"urn:x:1","\\u0069d":"urn:x:2"}'],
    ['a list in a list, 100,000 deep', deep(100_000, '[', ']')],
    ['an object in an object, 50,000 deep', deep(50_000, '{"a":', '').concat('1', '}'.repeat(50_000))],
    ['a long text', JSON.stringify('x'.repeat(900_000))],
    ['many dots', JSON.stringify('.'.repeat(900_000))],
  ])('%s is rejected as malformed', async (_what, value) => {
    for (const api of [t.api, network.partner.api]) {
      const answer = await api.post('/v1/verifications', undefined, {
        headers: { 'content-type': 'application/json' },
        raw: `{"credential":${value}}`,
      });
      expectReason(answer, 'rejected', 'format/malformed');
      expect(answer.body).not.toHaveProperty('credential');
    }
  });

  test.each<[string, string]>([
    ['null', 'null'],
    ['text', '"hello"'],
    ['a list', '[]'],
  ])('%s as a presentation, too', async (_what, value) => {
    const answer = await t.api.post('/v1/verifications', undefined, {
      headers: { 'content-type': 'application/json' },
      raw: `{"presentation":${value},"audience":"us","nonce":"n"}`,
    });
    expectReason(answer, 'rejected', 'format/malformed');
    expect(answer.body.credentials).toEqual([]);
  });

  test('two megabytes are a 413, since the envelope is too large', async () => {
    expect(refusalOf(await verifyToken('x'.repeat(2_000_000)))).toBe('413 request/too-large');
  });
});

describe('an envelope that is malformed is a 400', () => {
  test.each<[string, object, string]>([
    ['neither member', {}, '/credential'],
    ['both', { credential: 'x', presentation: 'y', audience: 'a', nonce: 'n' }, '/presentation'],
    ['a presentation for nobody', { presentation: 'x', nonce: 'n' }, '/audience'],
    ['a presentation without a nonce', { presentation: 'x', audience: 'a' }, '/nonce'],
    ['an audience for a credential', { credential: 'x', audience: 'a' }, '/audience'],
    ['a nonce for a credential', { credential: 'x', nonce: 'n' }, '/nonce'],
    ['an audience that is no text', { presentation: 'x', audience: 7, nonce: 'n' }, '/audience'],
    ['an empty nonce', { presentation: 'x', audience: 'a', nonce: '' }, '/nonce'],
    ['an unknown member', { credential: 'x', verdict: 'accepted' }, '/verdict'],
  ])('%s', async (_what, body, pointer) => {
    const answer = await verify(body);
    expect(refusalOf(answer)).toBe('400 request/invalid');
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
  });

  test.each(['', '{', 'null', '[]', '"x"', '{"credential":"x"}x', '\ufeff{"credential":"x"}'])(
    'the body %j',
    async (raw) => {
      const answer = await t.api.post('/v1/verifications', undefined, {
        headers: { 'content-type': 'application/json' },
        raw,
      });
      expect(answer.status).toBe(400);
    },
  );
});

describe('a presentation', () => {
  const AUDIENCE = 'https://bank.example';
  const NONCE = 'n-0S6_WzA2Mj';
  let holder: OrganisationSigner;
  beforeAll(async () => {
    holder = await borrowKey(t, coop);
  });
  const parts = () => ({
    audience: AUDIENCE,
    nonce: NONCE,
    credentials: [token],
    issuedAt: t.clock.now(),
    expiresAt: new Date(t.clock.now().getTime() + 300_000),
  });
  const judge = async (changes: object = {}, by = holder, expected: object = {}) =>
    verify({
      presentation: await present(by, { ...parts(), ...changes }),
      audience: AUDIENCE,
      nonce: NONCE,
      ...expected,
    });

  test('by the subject of its credentials is accepted', async () => {
    const answer = await judge();
    expect(codesOf(answer)).toEqual([
      'format/well-formed',
      'signature/valid',
      'key/listed',
      'holder/bound',
      'audience/matches',
      'nonce/matches',
      'validity/current',
    ]);
    expect(answer.body).toMatchObject({ verdict: 'accepted', holder: { did: coop.did } });
    expect(answer.body.credentials).toMatchObject([{ verdict: 'accepted' }]);
  });

  test('for somebody else is rejected', async () => {
    expectReason(await judge({ audience: 'https://other.example' }), 'rejected', 'audience/mismatch');
  });
  test('in answer to another request is rejected', async () => {
    expectReason(await judge({ nonce: 'another' }), 'rejected', 'nonce/mismatch');
  });
  test('by somebody else is rejected', async () => {
    const thief = { key: createJwkKey(), signer };
    expectReason(await judge({}, thief), 'rejected', 'holder/not-subject');
    const partner = await borrowKey(t, network.partner);
    expectReason(await judge({}, partner), 'rejected', 'holder/not-subject');
  });
  test('that has expired is rejected', async () => {
    const past = (seconds: number) => new Date(t.clock.now().getTime() - seconds * 1000);
    const answer = await judge({ issuedAt: past(600), expiresAt: past(300) });
    expectReason(answer, 'rejected', 'validity/signature-expired');
  });
  test('of a revoked credential is rejected', async () => {
    const { holder: owner, token: credential, credentialId } = await issueBy(registrar);
    expectStatus(
      await registrar.api.post(`/v1/credentials/${credentialId}/revoke`, { reason: 'Closed' }),
      200,
    );
    const answer = await judge({ credentials: [credential] }, await borrowKey(t, owner));
    expect(codesOf(answer)).toContain('holder/bound');
    expect(answer.body.credentials[0].verdict).toBe('rejected');
    expect(answer.body.verdict).toBe('rejected');
  });
  test('of garbage is rejected', async () => {
    const answer = await judge({ credentials: ['garbage'] });
    expect(answer.body.credentials[0].verdict).toBe('rejected');
    expect(answer.body.verdict).toBe('rejected');
  });
  test('sent as a credential is rejected, and a credential sent as a presentation', async () => {
    expectReason(await verifyToken(await present(holder, parts())), 'rejected', 'format/unsupported');
    const answer = await verify({ presentation: token, audience: AUDIENCE, nonce: NONCE });
    expectReason(answer, 'rejected', 'format/unsupported');
  });
});

describe('a credential that the registrar did not sign', () => {
  test('with another signature is rejected', async () => {
    const stranger = createKey(registrar.did);
    const { key } = await borrowKey(t, registrar);
    const forged = await signAs({ key: { ...stranger, kid: key.kid }, signer }, payloadOf(token));
    expectReason(await verifyToken(forged), 'rejected', 'signature/invalid');
  });
  test('with a key that the registrar does not have is rejected', async () => {
    const forged = await signAs({ key: createKey(registrar.did), signer }, payloadOf(token));
    expectReason(await verifyToken(forged), 'rejected', 'key/not-found');
  });
  test("under a stranger's own DID is rejected, in nobody's name", async () => {
    const forged = await signAs({ key: createJwkKey(), signer }, payloadOf(token));
    const answer = await verifyToken(forged);
    expectReason(answer, 'rejected', 'issuer/mismatch');
    expect(answer.body).not.toHaveProperty('credential');
  });
  test('by a stranger who says so is rejected for want of accreditation', async () => {
    const key = createJwkKey();
    const forged = await signAs({ key, signer }, { ...payloadOf(token), issuer: key.did });
    const answer = await verifyToken(forged);
    expectReason(answer, 'rejected', 'accreditation/not-accredited');
    expect(answer.body.credential.issuer).toEqual({ did: key.did });
  });
  test('by a member that is not accredited is rejected', async () => {
    const { did } = network.partner;
    const forged = await signAs(await borrowKey(t, network.partner), { ...payloadOf(token), issuer: did });
    expectReason(await verifyToken(forged), 'rejected', 'accreditation/not-accredited');
  });
  test('with one letter changed is rejected', async () => {
    const [header, , signature] = token.split('.');
    const payload = JSON.stringify(payloadOf(token)).replace('Albion', 'Alb1on');
    const forged = `${header}.${Buffer.from(payload).toString('base64url')}.${signature}`;
    expectReason(await verifyToken(forged), 'rejected', 'signature/invalid');
  });
  test("with the registrar's key, but past the service, is not recorded", async () => {
    const id = `${t.config.publicUrl}/v1/credentials/${crypto.randomUUID()}`;
    const forged = await signAs(await borrowKey(t, registrar), { ...payloadOf(token), id });
    expectReason(await verifyToken(forged), 'undetermined', 'accreditation/issuance-unrecorded');
  });
});

describe('keys', () => {
  async function revokeKey(organisation: Organisation, compromisedAt: Date): Promise<void> {
    const keys = `/v1/organisations/${organisation.id}/keys`;
    const { items } = expectStatus(await organisation.api.get(keys), 200).body;
    const key = items.find(
      ({ algorithm, state }: { algorithm: string; state: string }) =>
        algorithm === 'ES256' && state === 'active',
    );
    const revocation = { compromisedAt: compromisedAt.toISOString(), reason: 'A backup was stolen' };
    expectStatus(await organisation.api.post(`${keys}/${key.id}/revoke`, revocation), 200);
  }

  test('rotated away keep verifying what they signed, and the new one signs', async () => {
    const { organisation } = await foundRegistrar();
    const before = await issueBy(organisation);
    const keys = `/v1/organisations/${organisation.id}/keys`;
    expectStatus(await organisation.api.post(keys, { algorithm: 'ES256' }), 201);
    const after = await issueBy(organisation);
    for (const issued of [before, after])
      expectReason(await verifyToken(issued.token), 'accepted', 'key/listed');
    const kidOf = (issued: string) =>
      JSON.parse(Buffer.from(issued.split('.')[0] ?? '', 'base64url').toString()).kid;
    expect(kidOf(after.token)).not.toBe(kidOf(before.token));
  });

  test('compromised after the issuance leave what our record shows to be older', async () => {
    const { organisation } = await foundRegistrar();
    const { token: issued } = await issueBy(organisation);
    const stolen = await borrowKey(t, organisation);
    const id = `${t.config.publicUrl}/v1/credentials/${crypto.randomUUID()}`;
    const backdated = await signAs(stolen, { ...payloadOf(issued), id });
    t.clock.advance(10);
    await revokeKey(organisation, t.clock.now());
    expectReason(await verifyToken(issued), 'accepted', 'key/issued-before-revocation');
    expectReason(await verifyToken(backdated), 'rejected', 'key/revoked');
  });

  test('compromised before the issuance take it with them', async () => {
    const { organisation } = await foundRegistrar();
    const before = t.clock.now();
    t.clock.advance(10);
    const { token: issued } = await issueBy(organisation);
    await revokeKey(organisation, before);
    const answer = await verifyToken(issued);
    expectReason(answer, 'rejected', 'key/revoked');
    expect(answer.body).not.toHaveProperty('credential');
  });

  test('a new one signs the status lists anew, and goes on issuing', async () => {
    const { organisation } = await foundRegistrar();
    const first = await issueBy(organisation);
    t.clock.advance(10);
    await revokeKey(organisation, t.clock.now());
    t.clock.advance(10);
    const second = await issueBy(organisation);
    expectReason(await verifyToken(second.token), 'accepted', 'key/listed');
    expectStatus(
      await organisation.api.post(`/v1/credentials/${first.credentialId}/revoke`, { reason: 'x' }),
      200,
    );
    expectReason(await verifyToken(first.token), 'rejected', 'status/revoked');
  });
});

describe('accreditation', () => {
  test('that ended later keeps what was issued before', async () => {
    const { organisation, accreditationId } = await foundRegistrar();
    const { token: issued } = await issueBy(organisation);
    t.clock.advance(10);
    expectStatus(await network.operator.delete(`/v1/accreditations/${accreditationId}`), 204);
    expectReason(await verifyToken(issued), 'accepted', 'accreditation/accredited');
  });

  test('that ended before is none for what is signed afterwards, whatever its dates say', async () => {
    const { organisation, accreditationId } = await foundRegistrar();
    const { token: issued } = await issueBy(organisation);
    t.clock.advance(10);
    expectStatus(await network.operator.delete(`/v1/accreditations/${accreditationId}`), 204);
    const id = `${t.config.publicUrl}/v1/credentials/${crypto.randomUUID()}`;
    const late = await signAs(await borrowKey(t, organisation), { ...payloadOf(issued), id });
    expectReason(await verifyToken(late), 'undetermined', 'accreditation/issuance-unrecorded');
  });

  test('that begins later does not reach back', async () => {
    const organisation = await registerOrganisation(t.api, 'Late Registrar');
    const signature = await borrowKey(t, organisation);
    const forged = await signAs(signature, { ...payloadOf(token), issuer: organisation.did });
    expectReason(await verifyToken(forged), 'rejected', 'accreditation/not-accredited');
    await accredit(network.operator, organisation);
    const answer = await verifyToken(forged);
    expect(answer.body.verdict).not.toBe('accepted');
  });
});

describe('what is elsewhere', () => {
  let host: HttpServer;
  let origin: string;
  let asked: string[];
  const pages = new Map<string, string>();

  beforeAll(async () => {
    asked = [];
    host = createServer((request, response) => {
      asked.push(request.url ?? '');
      const page = pages.get(request.url ?? '');
      response.writeHead(page === undefined ? 503 : 200, { 'content-type': 'application/json' }).end(page);
    }).listen(0, '127.0.0.1');
    await once(host, 'listening');
    origin = `127.0.0.1%3A${(host.address() as AddressInfo).port}`;
  });
  afterAll(() => void host.close());

  const foreignCredential = (issuer: string, lists: readonly string[] = []) => ({
    '@context': ['https://www.w3.org/ns/credentials/v2', 'https://foreign.example/contexts/v1'],
    type: ['VerifiableCredential', 'VeryForeignCredential'],
    issuer,
    credentialSubject: { id: 'did:example:subject' },
    ...(lists.length > 0 && {
      credentialStatus: lists.map((statusListCredential, index) => ({
        type: 'BitstringStatusListEntry',
        statusPurpose: index === 0 ? 'revocation' : 'suspension',
        statusListIndex: '1',
        statusListCredential,
      })),
    }),
  });
  const outcomeOf = (answer: Answer, check: string) =>
    answer.body.checks.find((result: { check: string }) => result.check === check);

  /** A foreign issuer with a page of its own. */
  function foundForeigner(name: string) {
    const did = `did:web:${origin}:${name}`;
    const key = createKey(did);
    pages.set(`/${name}/did.json`, JSON.stringify(documentOf(did, [key])));
    return { did, key };
  }

  test('a DID document that is there is used', async () => {
    const { did, key } = foundForeigner('there');
    const answer = await verifyToken(await signAs({ key, signer }, foreignCredential(did)));
    expect(outcomeOf(answer, 'key').code).toBe('key/listed');
    expect(outcomeOf(answer, 'status').code).toBe('status/none-declared');
    expect(answer.body.verdict).toBe('rejected');
  });

  test('a DID document out of reach leaves the verdict undetermined', async () => {
    const did = `did:web:${origin}:away`;
    const answer = await verifyToken(await signAs({ key: createKey(did), signer }, foreignCredential(did)));
    expectReason(answer, 'undetermined', 'key/unresolvable');
  });

  test('a status list out of reach is undetermined, and never passed', async () => {
    const { did, key } = foundForeigner('listless');
    const list = `http://${decodeURIComponent(origin)}/list`;
    const answer = await verifyToken(await signAs({ key, signer }, foreignCredential(did, [list])));
    expect(outcomeOf(answer, 'status')).toMatchObject({
      outcome: 'undetermined',
      code: 'status/unreachable',
    });
    expect(asked).toContain('/list');
  });

  test('a stranger makes this service ask three times at the most', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const credentials = [];
    for (const name of names) {
      const { did, key } = foundForeigner(`many-${name}`);
      const lists = [1, 2].map((number) => `http://${decodeURIComponent(origin)}/${name}/${number}`);
      credentials.push(await signAs({ key, signer }, foreignCredential(did, lists)));
    }
    const presentation = await present(
      { key: createJwkKey(), signer },
      {
        audience: 'us',
        nonce: 'n',
        credentials,
        issuedAt: t.clock.now(),
        expiresAt: new Date(t.clock.now().getTime() + 60_000),
      },
    );
    asked = [];
    const body = { presentation, audience: 'us', nonce: 'n' };
    expect((await verify(body)).body.verdict).not.toBe('accepted');
    expect(asked).toHaveLength(3);
    asked = [];
    await verify(body, network.partner.api);
    expect(asked.length).toBeGreaterThan(3);
    expect(asked.length).toBeLessThanOrEqual(20);
  });
});

test('while our own status list cannot be signed the verdict is undetermined', async () => {
  const { organisation } = await foundRegistrar();
  const { token: issued } = await issueBy(organisation);
  const { db } = t.connection;
  const breakKey = { sealed_private_key: Buffer.from('broken') };
  await db
    .updateTable('signing_keys')
    .set(breakKey)
    .where('did', '=', organisation.did)
    .where('sealed_private_key', 'is not', null)
    .execute();
  await db.deleteFrom('status_publications').execute();
  const lists = await db.selectFrom('status_lists').select('id').execute();
  t.app.changes.onChange({ kind: 'did', id: organisation.did });
  for (const { id } of lists) t.app.changes.onChange({ kind: 'status-list', id });
  expectReason(await verifyToken(issued), 'undetermined', 'status/unreachable');
});
