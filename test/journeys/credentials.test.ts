import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { coopLegalIdentity } from '../../src/credentials/profiles/coopLegalIdentity.js';
import { coopStatus } from '../../src/credentials/profiles/coopStatus.js';
import { publishTypeMetadata } from '../../src/credentials/profiles/typeMetadata.js';
import { startApp, type TestApp } from '../support/app.js';
import {
  ALL_TYPES,
  apply,
  checkOf,
  DOSSIER,
  dossierNumbered,
  expectStatus,
  foundNetwork,
  IDENTITY_FIELDS,
  issueLegalIdentity,
  putDossier,
  recordChecks,
  registerOrganisation,
  STATUS_FIELDS,
  type Organisation,
  type Registered,
} from '../support/network.js';
import { addEvidence, PDF_FILE } from '../support/multipart.js';
import { createMachine, joinAs, refusalOf } from '../support/people.js';
import { createHash } from 'node:crypto';

let t: TestApp;
let network: Registered;
let registrar: Organisation;
beforeAll(async () => {
  t = await startApp();
  network = await foundNetwork(t);
  registrar = network.registrar;
});
afterAll(() => t.close());

let numbers = 0;
const VC_JWT = 'application/vc+jwt';
const FORMATS = [
  VC_JWT,
  'application/dc+sd-jwt',
  'application/vc+sd-jwt',
  'application/vc',
  'application/jwt',
];
const urlOf = (id: string, action = '') => `/v1/credentials/${id}${action && `/${action}`}`;

async function issue(): Promise<{ coop: Organisation; id: string; token: string; applicationId: string }> {
  const coop = await registerOrganisation(t.api, 'Holding Co-op');
  const issued = await issueLegalIdentity(coop, registrar, dossierNumbered(`H${(numbers += 1)}`));
  return { coop, id: issued.credentialId, token: issued.token, applicationId: issued.applicationId };
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a test looks wherever it wants
const payloadOf = (token: string): any =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

describe('reading', () => {
  let issued: Awaited<ReturnType<typeof issue>>;
  beforeAll(async () => {
    issued = await issue();
  });

  test('the metadata are the same for holder and issuer', async () => {
    const { coop, id, applicationId } = issued;
    const { body } = expectStatus(await coop.api.get(urlOf(id)), 200);
    expect(body).toEqual({
      id,
      type: 'CoopLegalIdentityCredential',
      state: 'active',
      issuer: { id: registrar.id, did: registrar.did, name: registrar.name },
      holder: { id: coop.id, did: coop.did, name: coop.name },
      applicationId,
      assurance: 'substantial',
      validFrom: t.clock.now().toISOString(),
      validUntil: '2027-11-20T09:00:00.000Z',
      issuedAt: t.clock.now().toISOString(),
      formats: FORMATS,
      renewableFrom: '2027-08-22T09:00:00.000Z',
      statusChanges: [],
      concerns: [],
    });
    expect((await registrar.api.get(urlOf(id))).body).toEqual(body);
  });

  test.each([
    [undefined, 'application/json'],
    ['*/*', 'application/json'],
    ['application/json', 'application/json'],
    ['application/*', 'application/json'],
    [VC_JWT, VC_JWT],
    ['text/html, application/vc+jwt;q=0.5', VC_JWT],
    ['application/json;q=0.1, application/vc+jwt', VC_JWT],
    ['application/vc+jwt;q=0.2, application/json;q=0.9', 'application/json'],
    ['application/vc', 'application/vc'],
    ['application/vc+jwt;q=0.2, application/dc+sd-jwt;q=0.9', 'application/dc+sd-jwt'],
  ])('Accept: %s gives %s', async (accept, type) => {
    const answer = await issued.coop.api.get(urlOf(issued.id), accept === undefined ? {} : { accept });
    expectStatus(answer, 200);
    expect(answer.headers['content-type']?.split(';')[0]).toBe(type);
    expect(answer.headers['vary']).toMatch(/accept/i);
    expect(answer.headers['cache-control']).toBe('private, no-store');
    if (type === VC_JWT) expect(answer.text).toBe(issued.token);
  });

  test.each(['application/cose', 'application/vc+cose', 'text/html', 'application/vc+jwt;q=0'])(
    'Accept: %s is a 406',
    async (accept) => {
      const answer = await issued.coop.api.get(urlOf(issued.id), { accept });
      expect(refusalOf(answer)).toBe('406 credentials/format-unavailable');
    },
  );

  test('for everybody else it is not there', async () => {
    for (const api of [network.partner.api, network.coop.api])
      for (const accept of ['application/json', VC_JWT])
        expect(refusalOf(await api.get(urlOf(issued.id), { accept }))).toBe('404 resource/not-found');
    expect(refusalOf(await t.api.get(urlOf(issued.id)))).toBe('401 auth/required');
    expect(refusalOf(await network.operator.get(urlOf(issued.id)))).toBe('403 auth/forbidden');
  });

  test('a viewer reads; a machine needs the scope "credentials"', async () => {
    const viewer = await joinAs(t, issued.coop, 'viewer');
    expectStatus(await viewer.api.get(urlOf(issued.id), { accept: VC_JWT }), 200);
    const machine = await createMachine(t, issued.coop, ['verify']);
    expect(refusalOf(await machine.get(urlOf(issued.id)))).toBe('403 auth/forbidden');
  });

  test('lists are by role and by page', async () => {
    const idsOf = (answer: { body: { items: { id: string }[] } }) => answer.body.items.map(({ id }) => id);
    const held = expectStatus(await issued.coop.api.get('/v1/credentials'), 200);
    expect(idsOf(held)).toEqual([issued.id]);
    expect(held.text).not.toContain('eyJ');
    expect(idsOf(await issued.coop.api.get('/v1/credentials?role=issuer'))).toEqual([]);
    expect(idsOf(await registrar.api.get('/v1/credentials?role=holder'))).toEqual([]);
    const second = await issue();
    const all = idsOf(await registrar.api.get('/v1/credentials?role=issuer&limit=100'));
    expect(all.slice(-2)).toEqual([issued.id, second.id]);
    const last = await registrar.api.get(`/v1/credentials?role=issuer&after=${issued.id}`);
    expect(idsOf(last)).toEqual([second.id]);
    expect(refusalOf(await registrar.api.get('/v1/credentials?role=verifier'))).toBe('400 request/invalid');
  });
});

describe('what is inside', () => {
  test('claims are those that a confirmed check covers, and no others', async () => {
    const { coop, token } = await issue();
    const { credentialSubject } = payloadOf(token);
    expect(credentialSubject).toEqual({
      id: coop.did,
      legalName: DOSSIER.legalIdentity.legalName,
      registrationNumber: `H${numbers}`,
      registrationAuthority: DOSSIER.legalIdentity.registrationAuthority,
      jurisdiction: DOSSIER.legalIdentity.jurisdiction,
    });
  });

  test('more checks, more claims; refuted ones give none', async () => {
    const coop = await registerOrganisation(t.api, 'Checked Co-op');
    await putDossier(coop, dossierNumbered('CHECKED'));
    const id = await apply(coop, registrar, ALL_TYPES);
    const fields = [...IDENTITY_FIELDS, ...STATUS_FIELDS, '/addresses/0'];
    await recordChecks(registrar, id, [...new Set(fields)]);
    const refuted = checkOf('/legalIdentity/incorporatedOn', { result: 'refuted' });
    expectStatus(await registrar.api.post(`/v1/applications/${id}/checks`, refuted), 201);
    const { body } = await registrar.api.post(`/v1/applications/${id}/decision`, { outcome: 'approved' });
    const claims: Record<string, object> = {};
    for (const credential of body.credentials) {
      const { text } = await coop.api.get(urlOf(credential.id), { accept: VC_JWT });
      claims[credential.type] = payloadOf(text).credentialSubject;
    }
    expect(claims['CoopLegalIdentityCredential']).toHaveProperty('addresses', DOSSIER.addresses);
    expect(claims['CoopLegalIdentityCredential']).not.toHaveProperty('incorporatedOn');
    expect(claims['CoopStatusCredential']).toEqual({
      id: coop.did,
      jurisdiction: 'GB-ENG',
      category: 'housing',
      votingRule: 'one_member_one_vote',
      memberCount: 42,
      memberCountOn: '2026-10-01',
    });
  });

  test('of the evidence leaves what is listed, and never a person, a note or a file name', async () => {
    const coop = await registerOrganisation(t.api, 'Discreet Co-op');
    await putDossier(coop, dossierNumbered('DISCREET'));
    const evidenceId = await addEvidence(coop);
    const id = await apply(coop, registrar);
    await recordChecks(registrar, id);
    const secret = 'SECRET';
    const checks = [
      checkOf('/representation', {
        method: 'vouch',
        evidence: {
          type: 'vouch',
          attestation: {
            type: 'written_attestation',
            reference_number: secret,
            voucher: { name: secret, occupation: secret, organization: secret },
          },
        },
        note: secret,
      }),
      checkOf('/legalIdentity/legalName', {
        method: 'document_inspection',
        evidenceId,
        evidence: {
          type: 'document',
          document_details: { type: 'bylaws', document_number: secret, issuer: { name: 'Register' } },
        },
      }),
    ];
    for (const check of checks)
      expectStatus(await registrar.api.post(`/v1/applications/${id}/checks`, check), 201);
    const { body } = await registrar.api.post(`/v1/applications/${id}/decision`, { outcome: 'approved' });
    const { text } = await coop.api.get(urlOf(body.credentials[0].id), { accept: VC_JWT });
    const payload = payloadOf(text);
    expect(JSON.stringify(payload)).not.toContain(secret);
    expect(JSON.stringify(payload)).not.toContain('Rules of the society');
    const evidenceOf = (field: string) =>
      payload.evidence.find((entry: { field: string }) => entry.field === field);
    expect(evidenceOf('/representation')).toEqual({
      type: 'vouch',
      field: '/representation',
      provenance: 'third_party',
      check_details: [{ check_method: 'vouch', time: '2026-11-20T09:00:00Z' }],
    });
    const document = evidenceOf('/legalIdentity/legalName');
    expect(document.document_details).toEqual({ type: 'bylaws', issuer: { name: 'Register' } });
    const { salt, value } = document.digest;
    const digest = createHash('sha256').update(PDF_FILE).digest();
    expect(value).toBe(
      createHash('sha256').update(Buffer.from(salt, 'base64url')).update(digest).digest('base64url'),
    );
  });

  test('it says what it does not say', async () => {
    const { token } = await issue();
    expect(payloadOf(token).termsOfUse).toEqual([
      { type: 'AssertionLimits', notAsserted: ['trustworthiness', 'credit-worthiness'] },
    ]);
  });

  test('it is a VC 2.0 secured with JOSE, with nothing of the 1.1 kind', async () => {
    const { id, token } = await issue();
    const header = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());
    expect(header).toMatchObject({ alg: 'ES256', typ: 'vc+jwt', iss: registrar.did });
    expect(header.kid.startsWith(`${registrar.did}#`)).toBe(true);
    const payload = payloadOf(token);
    expect(payload).not.toHaveProperty('vc');
    expect(payload['@context'][0]).toBe('https://www.w3.org/ns/credentials/v2');
    expect(payload).toMatchObject({
      id: `${t.config.publicUrl}/v1/credentials/${id}`,
      issuer: registrar.did,
    });
    expect(
      payload.credentialStatus.map(({ statusPurpose }: { statusPurpose: string }) => statusPurpose),
    ).toEqual(['revocation', 'suspension']);
  });

  test('its schema and context are where it says, for good, and it conforms', async () => {
    const { token } = await issue();
    const { credentialSchema, '@context': contexts } = payloadOf(token);
    const path = (url: string) => url.slice(t.config.publicUrl.length);
    const schema = expectStatus(await t.api.get(path(credentialSchema.id)), 200);
    expect(schema.body.$id).toBe(credentialSchema.id);
    const context = expectStatus(await t.api.get(path(contexts[1])), 200);
    expect(context.body['@context']).toMatchObject({ '@protected': true });
    for (const answer of [schema, context])
      expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(schema.headers['content-type']).toContain('application/schema+json');
    expect(context.headers['content-type']).toContain('application/ld+json');
  });

  test('its type metadata is where `vct` says, for good, as the bytes that `vct#integrity` is of', async () => {
    const { publicUrl } = t.config;
    for (const profile of [coopLegalIdentity, coopStatus]) {
      const { document, integrity } = publishTypeMetadata(profile, publicUrl);
      expect(document.vct.startsWith(publicUrl)).toBe(true);
      const answer = expectStatus(await t.api.get(document.vct.slice(publicUrl.length)), 200);
      const digest = createHash('sha256').update(answer.text).digest('base64');
      expect(`sha256-${digest}`).toBe(integrity);
      expect(answer.body).toEqual(document);
      expect(answer.headers['content-type']).toMatch(/^application\/json/);
      expect(answer.headers).toMatchObject({
        'cache-control': 'public, max-age=31536000, immutable',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'",
      });
    }
  });

  test.each([
    '/schemas/CoopLegalIdentityCredential/v2',
    '/types/CoopLegalIdentityCredential/v2',
    '/types/__proto__/v1',
    '/contexts/TrustMeCredential/v1',
    '/schemas/constructor/v1',
  ])('%s is not there', async (path) => {
    expect((await t.api.get(path)).status).toBe(404);
  });
  test('a version that is none is a 400', async () => {
    expect(refusalOf(await t.api.get('/schemas/CoopStatusCredential/latest'))).toBe('400 request/invalid');
  });
});

describe('suspending, reinstating and revoking', () => {
  const change = (who: Organisation, id: string, action: string, reason = 'Under investigation') =>
    who.api.post(urlOf(id, action), { reason });
  const verdictOn = async (credential: string) => {
    const { body } = expectStatus(await t.api.post('/v1/verifications', { credential }), 200);
    const status = body.checks.find(({ check }: { check: string }) => check === 'status');
    return `${body.verdict} ${status.code}`;
  };

  test('shows in the next verification, each time', async () => {
    const { id, token } = await issue();
    expect(await verdictOn(token)).toBe('accepted status/clear');
    expect(expectStatus(await change(registrar, id, 'suspend'), 200).body.state).toBe('suspended');
    expect(await verdictOn(token)).toBe('rejected status/suspended');
    expect(expectStatus(await change(registrar, id, 'reinstate'), 200).body.state).toBe('active');
    expect(await verdictOn(token)).toBe('accepted status/clear');
    expect(expectStatus(await change(registrar, id, 'revoke'), 200).body.state).toBe('revoked');
    expect(await verdictOn(token)).toBe('rejected status/revoked');
  });

  test('touches no other credential', async () => {
    const [first, second] = [await issue(), await issue()];
    expectStatus(await change(registrar, first.id, 'revoke'), 200);
    expect(await verdictOn(second.token)).toBe('accepted status/clear');
  });

  test('what does not apply is a 409', async () => {
    const { id } = await issue();
    expect(refusalOf(await change(registrar, id, 'reinstate'))).toBe('409 credentials/not-suspended');
    expectStatus(await change(registrar, id, 'suspend'), 200);
    expect(refusalOf(await change(registrar, id, 'suspend'))).toBe('409 credentials/already-suspended');
    expectStatus(await change(registrar, id, 'revoke'), 200);
    for (const action of ['suspend', 'reinstate', 'revoke'])
      expect(refusalOf(await change(registrar, id, action))).toBe('409 credentials/already-revoked');
  });

  test('the holder reads the history with its reasons', async () => {
    const { coop, id } = await issue();
    await change(registrar, id, 'suspend', 'A complaint');
    t.clock.advance(5);
    await change(registrar, id, 'reinstate', 'Unfounded');
    const { body } = await coop.api.get(urlOf(id));
    expect(
      body.statusChanges.map(({ change: made, reason }: { change: string; reason: string }) => [
        made,
        reason,
      ]),
    ).toEqual([
      ['suspended', 'A complaint'],
      ['reinstated', 'Unfounded'],
    ]);
  });

  test('is for the issuer, in a role that may', async () => {
    const { coop, id } = await issue();
    for (const action of ['suspend', 'reinstate', 'revoke']) {
      expect(refusalOf(await change(coop, id, action))).toBe('403 auth/forbidden');
      expect(refusalOf(await change(network.partner, id, action))).toBe('404 resource/not-found');
    }
    for (const role of ['viewer', 'delegate'] as const) {
      const { api } = await joinAs(t, registrar, role);
      expect(refusalOf(await api.post(urlOf(id, 'suspend'), { reason: 'x' }))).toBe('403 auth/forbidden');
    }
    const reviewer = await joinAs(t, registrar, 'reviewer');
    expectStatus(await reviewer.api.post(urlOf(id, 'suspend'), { reason: 'x' }), 200);
  });

  test.each([{}, { reason: '' }, { reason: '  ' }, { reason: 7 }, { reason: 'x', until: 'tomorrow' }])(
    '%j is no reason',
    async (body) => {
      const { id } = await issue();
      expect(refusalOf(await registrar.api.post(urlOf(id, 'revoke'), body))).toBe('400 request/invalid');
      expect((await registrar.api.get(urlOf(id))).body.state).toBe('active');
    },
  );

  test('what has run out is expired, for its holder and for whoever verifies it', async () => {
    const world = await startApp();
    try {
      const { registrar: issuer, coop } = await foundNetwork(world);
      const { token, credentialId } = await issueLegalIdentity(coop, issuer);
      world.clock.advance(366 * 86_400);
      const { accessToken } = (
        await world.api.post('/v1/sessions', { email: coop.email, password: coop.password })
      ).body;
      expect((await world.api.as(accessToken).get(urlOf(credentialId))).body.state).toBe('expired');
      const { body } = await world.api.post('/v1/verifications', { credential: token });
      expect(body.checks.map(({ code }: { code: string }) => code)).toContain('validity/expired');
      expect(body.verdict).toBe('rejected');
    } finally {
      await world.close();
    }
  });
});

describe('status lists', () => {
  async function listsOf(token: string): Promise<{ path: string; index: number; purpose: string }[]> {
    return payloadOf(token).credentialStatus.map((entry: Record<string, string>) => ({
      path: entry['statusListCredential']?.slice(t.config.publicUrl.length),
      index: Number(entry['statusListIndex']),
      purpose: entry['statusPurpose'],
    }));
  }
  const bitsOf = (token: string) =>
    gunzipSync(Buffer.from(payloadOf(token).credentialSubject.encodedList.slice(1), 'base64url'));

  test('have one purpose, one issuer and 131,072 entries, and may be kept for a minute', async () => {
    const { token } = await issue();
    for (const { path, purpose } of await listsOf(token)) {
      const { text, headers } = expectStatus(await t.api.get(path), 200);
      expect(headers).toMatchObject({ 'content-type': VC_JWT, 'cache-control': 'public, max-age=60' });
      const list = payloadOf(text);
      expect(list).toMatchObject({
        id: `${t.config.publicUrl}${path}`,
        issuer: registrar.did,
        type: ['VerifiableCredential', 'BitstringStatusListCredential'],
        credentialSubject: { type: 'BitstringStatusList', statusPurpose: purpose, ttl: 60_000 },
      });
      expect(bitsOf(text)).toHaveLength(131_072 / 8);
    }
  });

  test('carry the bit at the index of the credential, and change their ETag with it', async () => {
    const { id, token } = await issue();
    const [revocation] = await listsOf(token);
    if (!revocation) throw new Error('no revocation list');
    const { path, index } = revocation;
    const bitOf = (text: string) => ((bitsOf(text)[index >> 3] ?? 0) >> (7 - (index & 7))) & 1;
    const before = await t.api.get(path);
    expect(bitOf(before.text)).toBe(0);
    const etag = before.headers['etag'] ?? '';
    const known = await t.api.get(path, { 'if-none-match': etag });
    expect([known.status, known.text, known.headers['etag']]).toEqual([304, '', etag]);
    expectStatus(await registrar.api.post(urlOf(id, 'revoke'), { reason: 'x' }), 200);
    const after = await t.api.get(path, { 'if-none-match': etag });
    expectStatus(after, 200);
    expect(bitOf(after.text)).toBe(1);
    expect(after.headers['etag']).not.toBe(etag);
  });

  test('of two issuers are two', async () => {
    const second = await registerOrganisation(t.api, 'Second Issuer');
    expectStatus(
      await network.operator.post('/v1/accreditations', {
        organisationId: second.id,
        credentialTypes: ALL_TYPES,
        jurisdictions: ['GB'],
        maxAssurance: 'high',
      }),
      201,
    );
    const coop = await registerOrganisation(t.api, 'Their Co-op');
    const theirs = await issueLegalIdentity(coop, second, dossierNumbered('THEIRS'));
    const ours = await issue();
    const paths = [...(await listsOf(theirs.token)), ...(await listsOf(ours.token))].map(({ path }) => path);
    expect(new Set(paths).size).toBe(4);
  });

  test.each(['application/statuslist+jwt', 'application/json', 'text/html'])(
    'Accept: %s is a 406',
    async (accept) => {
      const { token } = await issue();
      const [list] = await listsOf(token);
      expect(refusalOf(await t.api.get(list?.path ?? '', { accept }))).toBe('406 request/not-acceptable');
    },
  );

  test('that nobody keeps are not there', async () => {
    expect(refusalOf(await t.api.get(`/status/${crypto.randomUUID()}`))).toBe('404 resource/not-found');
    expect(refusalOf(await t.api.get('/status/1'))).toBe('400 request/invalid');
  });
});

describe('while the key cannot sign', () => {
  /** The private key is there and cannot be opened, as when the key-encryption key's service is away. */
  async function withSealedKeyBroken<T>(work: () => Promise<T>): Promise<T> {
    const { db } = t.connection;
    const keys = await db
      .selectFrom('signing_keys')
      .select(['id', 'sealed_private_key'])
      .where('did', '=', registrar.did)
      .where('sealed_private_key', 'is not', null)
      .execute();
    for (const { id } of keys)
      await db
        .updateTable('signing_keys')
        .set({ sealed_private_key: Buffer.from('broken') })
        .where('id', '=', id)
        .execute();
    t.app.changes.onChange({ kind: 'did', id: registrar.did });
    try {
      return await work();
    } finally {
      for (const { id, sealed_private_key } of keys)
        await db.updateTable('signing_keys').set({ sealed_private_key }).where('id', '=', id).execute();
    }
  }

  async function approvedButNotSigned(terms: object = {}): Promise<{
    coop: Organisation;
    applicationId: string;
    id: string;
    decision: Promise<{ status: number; body: { status: string; credentials: { state: string }[] } }>;
  }> {
    const coop = await registerOrganisation(t.api, 'Waiting Co-op');
    await putDossier(coop, dossierNumbered(`W${(numbers += 1)}`));
    const applicationId = await apply(coop, registrar);
    await recordChecks(registrar, applicationId);
    const decision = registrar.api.post(`/v1/applications/${applicationId}/decision`, {
      outcome: 'approved',
      ...terms,
    });
    const held = async () => (await coop.api.get('/v1/credentials')).body.items;
    await expect.poll(held, { timeout: 5_000 }).toHaveLength(1);
    const [{ id, state }] = await held();
    expect(state).toBe('pending');
    await expect
      .poll(
        async () =>
          (
            await t.connection.db
              .selectFrom('credentials')
              .select('attempts')
              .where('id', '=', id)
              .executeTakeFirst()
          )?.attempts,
      )
      .toBeGreaterThan(0);
    return { coop, applicationId, id, decision };
  }

  test('a credential is pending, cannot be had or changed, and is issued once it can be', async () => {
    const { coop, id, decision } = await withSealedKeyBroken(async () => {
      const pending = await approvedButNotSigned();
      const { api } = pending.coop;
      expect(refusalOf(await api.get(urlOf(pending.id), { accept: VC_JWT }))).toBe(
        '409 credentials/not-issued',
      );
      expect((await api.get(urlOf(pending.id))).body).toMatchObject({ state: 'pending', formats: [] });
      for (const action of ['suspend', 'revoke'])
        expect(refusalOf(await registrar.api.post(urlOf(pending.id, action), { reason: 'x' }))).toBe(
          '409 credentials/not-issued',
        );
      expect((await api.get(`/v1/applications/${pending.applicationId}`)).body.status).toBe('approved');
      return pending;
    });
    t.clock.advance(16);
    expect((await decision).body.status).toBe('issued');
    expectStatus(await coop.api.get(urlOf(id), { accept: VC_JWT }), 200);
  });

  test('who loses the accreditation in the meantime issues nothing, and may try again with a new one', async () => {
    const { body } = await t.api.get('/v1/registrars?limit=100');
    const own = body.items.find(
      ({ organisation }: { organisation: { id: string } }) => organisation.id === registrar.id,
    );
    const [accreditation] = own.accreditations;
    const { coop, applicationId, id, decision } = await withSealedKeyBroken(async () => {
      const pending = await approvedButNotSigned({ validFor: 'P30D' });
      expectStatus(await network.operator.delete(`/v1/accreditations/${accreditation.id}`), 204);
      return pending;
    });
    t.clock.advance(16);
    const failed = (await decision).body;
    expect(failed.status).toBe('issuance_failed');
    expect(failed.credentials[0]?.state).toBe('failed');
    expect(refusalOf(await coop.api.get(urlOf(id), { accept: VC_JWT }))).toBe('409 credentials/not-issued');
    const retry = () => registrar.api.post(`/v1/applications/${applicationId}/retry`, {});
    expect(refusalOf(await retry())).toBe('403 applications/not-accredited');
    const { id: _id, createdAt: _at, ...terms } = accreditation;
    expectStatus(
      await network.operator.post('/v1/accreditations', { organisationId: registrar.id, ...terms }),
      201,
    );
    const retried = expectStatus(await retry(), 200).body;
    expect(retried.status).toBe('issued');
    expect(retried.credentials.map(({ state }: { state: string }) => state)).toEqual(['failed', 'issued']);
    const { validFrom, validUntil } = (await coop.api.get(urlOf(retried.credentials[1].id))).body;
    expect((Date.parse(validUntil) - Date.parse(validFrom)) / 86_400_000, 'days, as decided').toBe(30);
  });
});
