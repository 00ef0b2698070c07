import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkReceipt, type ReceiptVerdict } from '../../src/credentials/receipts/checkReceipt.js';
import { digestOf } from '../../src/credentials/receipts/digest.js';
import { startApp, type TestApp } from '../support/app.js';
import { payloadOf } from '../support/forgery.js';
import {
  dossierNumbered,
  expectStatus,
  foundNetwork,
  issueLegalIdentity,
  registerOrganisation,
  type Organisation,
  type Registered,
} from '../support/network.js';
import { createMachine, joinAs, refusalOf } from '../support/people.js';

let t: TestApp;
let network: Registered;
let partner: Organisation;
let token: string;
let credentialId: string;

beforeAll(async () => {
  t = await startApp();
  network = await foundNetwork(t);
  ({ partner } = network);
  ({ token, credentialId } = await issueLegalIdentity(network.coop, network.registrar));
});
afterAll(() => t.close());

const verify = (body: object, as = partner.api) => as.post('/v1/verifications', { receipt: true, ...body });

async function obtain(credential: unknown = token, by: Organisation = partner) {
  const { body } = expectStatus(await verify({ credential }, by.api), 200);
  expect(body.receipt).toBeTypeOf('string');
  return body as { id: string; receipt: string; verdict: string };
}

/** As anybody would: with nothing but what is public. */
function check(receipt: unknown, submitted?: unknown): Promise<ReceiptVerdict> {
  return checkReceipt(receipt, { now: t.clock.now(), sources: { resolveDid }, submitted });
}
async function resolveDid(did: string) {
  const slug = did.split(':').at(-1) ?? '';
  const answer = await t.api.get(`/orgs/${slug}/did.json`);
  return answer.status === 200 ? { document: answer.body } : { problem: 'notFound' as const };
}
const outcomeOf = (verdict: ReceiptVerdict, name: string) =>
  verdict.checks.find(({ check: one }) => one === name)?.outcome;

describe('a receipt', () => {
  test('is the report, signed by who verified, and kept with it', async () => {
    const { receipt, ...report } = await obtain();
    expect(report.verdict).toBe('accepted');
    const verdict = await check(receipt, token);
    expect(verdict.verdict).toBe('genuine');
    expect(verdict.receipt).toMatchObject({
      verifierDid: partner.did,
      id: `https://passport.test/v1/verifications/${report.id}`,
      report,
    });
    const stored = await partner.api.get(`/v1/verifications/${report.id}`);
    expect(expectStatus(stored, 200).body).toEqual({ ...report, receipt });
  });

  test('names by digest everything that the report rested on', async () => {
    const { receipt } = await obtain();
    const { submitted, restsOn } = (await check(receipt)).receipt ?? {};
    expect(submitted).toEqual({ kind: 'credential', digest: digestOf(token) });
    const { registrar } = network;
    const document = (await t.api.get(`/orgs/${registrar.slug}/did.json`)).body;
    expect(restsOn?.didDocuments).toEqual([{ did: registrar.did, digest: digestOf(document) }]);
    const urls = payloadOf(token)['credentialStatus'] as { statusListCredential: string }[];
    expect(urls).toHaveLength(2);
    for (const { statusListCredential: url } of urls) {
      const list = await t.api.get(new URL(url).pathname, { accept: 'application/vc+jwt' });
      expect(restsOn?.statusLists).toContainEqual({ url, digest: digestOf(list.text) });
    }
    const { body: registrars } = await t.api.get('/v1/registrars');
    const [accreditation] = registrars.items[0].accreditations;
    const state = {
      name: registrar.name,
      entries: [
        {
          credentialTypes: accreditation.credentialTypes,
          jurisdictions: accreditation.jurisdictions,
          maxAssurance: accreditation.maxAssurance,
          validFrom: accreditation.createdAt,
        },
      ],
    };
    expect(restsOn?.accreditations).toEqual([{ issuer: registrar.did, digest: digestOf(state) }]);
    expect(restsOn?.issuances).toMatchObject([
      { credential: `https://passport.test/v1/credentials/${credentialId}` },
    ]);
  });

  test('is given of what is rejected, and under a policy', async () => {
    const garbage = await obtain('garbage');
    expect(garbage.verdict).toBe('rejected');
    expect((await check(garbage.receipt, 'garbage')).verdict).toBe('genuine');
    const policy = expectStatus(
      await partner.api.post('/v1/policies', {
        name: 'Wales only',
        rules: [{ rule: 'jurisdictions', anyOf: ['GB-WLS'] }],
      }),
      201,
    ).body;
    const { body } = expectStatus(await verify({ credential: token, policyId: policy.id }), 200);
    expect(body.verdict).toBe('rejected');
    const verdict = await check(body.receipt, token);
    expect(verdict.verdict).toBe('genuine');
    expect(verdict.receipt?.report).toMatchObject({ policy: { id: policy.id, version: 1 } });
  });

  test('is for who signs in to an organisation, and its machines', async () => {
    expect(refusalOf(await verify({ credential: token }, t.api))).toBe('401 auth/required');
    expect(refusalOf(await verify({ credential: token }, network.operator))).toBe('403 auth/forbidden');
    const viewer = await joinAs(t, partner, 'viewer');
    const machine = await createMachine(t, partner, ['verify']);
    for (const api of [viewer.api, machine]) {
      const { body } = expectStatus(await verify({ credential: token }, api), 200);
      expect((await check(body.receipt)).receipt?.verifierDid).toBe(partner.did);
    }
    const { body } = expectStatus(await verify({ credential: token, receipt: false }, t.api), 200);
    expect(body).not.toHaveProperty('receipt');
    expect(refusalOf(await verify({ credential: token, receipt: 'yes' }))).toBe('400 request/invalid');
  });

  test('is read by nobody else, and goes with the organisation into its export', async () => {
    const { id, receipt } = await obtain();
    for (const other of [network.registrar, network.coop])
      expect(refusalOf(await other.api.get(`/v1/verifications/${id}`))).toBe('404 resource/not-found');
    const { body } = expectStatus(await partner.api.get(`/v1/organisations/${partner.id}/export`), 200);
    expect(body.verifications.find((one: { id: string }) => one.id === id).receipt).toBe(receipt);
  });
});

describe('what was done to a receipt shows', () => {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever a forger writes
  type Change = (payload: any) => object;
  const withPayload = (receipt: string, change: Change): string => {
    const [header, payload, signature] = receipt.split('.') as [string, string, string];
    const changed = change(JSON.parse(Buffer.from(payload, 'base64url').toString()));
    return [header, Buffer.from(JSON.stringify(changed)).toString('base64url'), signature].join('.');
  };

  test.each<[string, Change]>([
    ['another verdict', (payload) => ({ ...payload, report: { ...payload.report, verdict: 'rejected' } })],
    ['another time', (payload) => ({ ...payload, iat: payload.iat - 1 })],
    [
      'another credential',
      (payload) => ({ ...payload, submitted: { ...payload.submitted, digest: digestOf('x') } }),
    ],
    ['a ground taken away', (payload) => ({ ...payload, restsOn: { ...payload.restsOn, statusLists: [] } })],
    ['another id', (payload) => ({ ...payload, jti: 'urn:x' })],
  ])('%s', async (_what, change) => {
    const { receipt } = await obtain();
    const verdict = await check(withPayload(receipt, change));
    expect(verdict.verdict).toBe('refused');
    expect(outcomeOf(verdict, 'signature')).toBe('fail');
  });

  test('another verifier in it', async () => {
    const { receipt } = await obtain();
    const verdict = await check(withPayload(receipt, (payload) => ({ ...payload, iss: network.coop.did })));
    expect(outcomeOf(verdict, 'key')).toBe('fail');
    expect(verdict.verdict).toBe('refused');
  });

  test('it is of another credential than the one that is shown', async () => {
    const { receipt } = await obtain();
    const other = await check(receipt, `${token.slice(0, -2)}AA`);
    expect(other.verdict).toBe('refused');
    expect(outcomeOf(other, 'submitted')).toBe('fail');
  });

  test('a credential is no receipt, and a receipt no credential', async () => {
    const { receipt } = await obtain();
    expect((await check(token)).verdict).toBe('refused');
    const { body } = expectStatus(await verify({ credential: receipt }), 200);
    expect(body.verdict).toBe('rejected');
  });
});

describe('the key of a receipt', () => {
  const keysOf = async (organisation: Organisation) =>
    (await organisation.api.get(`/v1/organisations/${organisation.id}/keys`)).body.items as {
      id: string;
      algorithm: string;
      state: string;
    }[];
  const activeKeyOf = async (organisation: Organisation) =>
    (await keysOf(organisation)).find(({ algorithm, state }) => algorithm === 'ES256' && state === 'active')
      ?.id ?? '';
  const revoke = async (organisation: Organisation, keyId: string, compromisedAt: Date) =>
    expectStatus(
      await organisation.api.post(`/v1/organisations/${organisation.id}/keys/${keyId}/revoke`, {
        compromisedAt: compromisedAt.toISOString(),
        reason: 'Lost laptop',
      }),
      200,
    );

  test('may be rotated: what it signed stays', async () => {
    const verifier = await registerOrganisation(t.api, 'Rotating Partner');
    const { receipt } = await obtain(token, verifier);
    expectStatus(
      await verifier.api.post(`/v1/organisations/${verifier.id}/keys`, { algorithm: 'ES256' }),
      201,
    );
    expect((await check(receipt, token)).verdict).toBe('genuine');
    expect((await check((await obtain(token, verifier)).receipt)).verdict).toBe('genuine');
  });

  test('compromised before: refused; compromised later: nobody but the verifier can say', async () => {
    const verifier = await registerOrganisation(t.api, 'Careless Partner');
    const keyId = await activeKeyOf(verifier);
    const early = await obtain(token, verifier);
    t.clock.advance(60);
    const compromisedAt = t.clock.now();
    t.clock.advance(60);
    const late = await obtain(token, verifier);
    await revoke(verifier, keyId, compromisedAt);
    const refused = await check(late.receipt, token);
    expect(refused.verdict).toBe('refused');
    expect(outcomeOf(refused, 'key')).toBe('fail');
    const doubtful = await check(early.receipt, token);
    expect(doubtful.verdict).toBe('undetermined');
    expect(outcomeOf(doubtful, 'key')).toBe('undetermined');
    // Its own record, which no thief can write.
    const { body } = await verifier.api.get(`/v1/verifications/${early.id}`);
    expect(body.receipt).toBe(early.receipt);
    expect((await check((await obtain(token, verifier)).receipt)).verdict).toBe('genuine');
  });

  test('missing: it says so, and stores nothing', async () => {
    const verifier = await registerOrganisation(t.api, 'Keyless Partner');
    const { db } = t.connection;
    await db
      .updateTable('signing_keys')
      .set({ retired_at: t.clock.now(), sealed_private_key: null })
      .where('did', '=', verifier.did)
      .execute();
    expect(refusalOf(await verify({ credential: token }, verifier.api))).toBe('409 keys/none-active');
    const rows = await db
      .selectFrom('verifications')
      .select('id')
      .where('organisation_id', '=', verifier.id as never)
      .execute();
    expect(rows).toEqual([]);
    expectStatus(await verify({ credential: token, receipt: false }, verifier.api), 200);
  });

  test('in no DID that can be asked: undetermined', async () => {
    const { receipt } = await obtain();
    const verdict = await checkReceipt(receipt, {
      now: t.clock.now(),
      sources: { resolveDid: async () => ({ problem: 'unreachable' }) },
    });
    expect(verdict.verdict).toBe('undetermined');
  });
});

test('a receipt of the future is refused', async () => {
  const { receipt } = await obtain();
  const verdict = await checkReceipt(receipt, {
    now: new Date(t.clock.now().getTime() - 3_600_000),
    sources: { resolveDid },
  });
  expect(verdict.verdict).toBe('refused');
  expect(outcomeOf(verdict, 'date')).toBe('fail');
});

test('a revocation afterwards leaves the receipt what it was', async () => {
  const holder = await registerOrganisation(t.api, 'Later Revoked');
  const issued = await issueLegalIdentity(holder, network.registrar, dossierNumbered('R77'));
  const { receipt } = await obtain(issued.token);
  t.clock.advance(60);
  expectStatus(
    await network.registrar.api.post(`/v1/credentials/${issued.credentialId}/revoke`, {
      reason: 'Dissolved',
    }),
    200,
  );
  const now = expectStatus(await verify({ credential: issued.token }), 200).body;
  expect(now.verdict).toBe('rejected');
  const verdict = await check(receipt, issued.token);
  expect(verdict.verdict).toBe('genuine');
  expect(verdict.receipt?.report['verdict']).toBe('accepted');
});
