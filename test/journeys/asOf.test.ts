import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkReceipt } from '../../src/credentials/receipts/checkReceipt.js';
import { startApp, type TestApp } from '../support/app.js';
import { borrowKey, payloadOf, present, signAs } from '../support/forgery.js';
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
import { refusalOf, signInAgain } from '../support/people.js';

let t: TestApp;
let network: Registered;
let partner: Organisation;
let numbers = 0;

beforeAll(async () => {
  t = await startApp();
  network = await foundNetwork(t);
  ({ partner } = network);
});
afterAll(() => t.close());

const verify = (body: object, as = partner.api) => as.post('/v1/verifications', body);
const judge = async (credential: unknown, asOf?: Date, more: object = {}) =>
  expectStatus(await verify({ credential, ...(asOf && { asOf: asOf.toISOString() }), ...more }), 200).body;
const codeOf = (report: { checks: { check: string; code: string }[] }, name: string) =>
  report.checks.find(({ check }) => check === name)?.code;
const sinceOf = (report: { since: { code: string }[] }) => report.since.map(({ code }) => code);

/** A registrar of its own, whose keys and accreditation a test may end, and what it issued. */
async function issue() {
  const registrar = await registerOrganisation(t.api, 'A Registrar');
  const operator = await signInOperator(t.api);
  const accreditationId = await accredit(operator, registrar);
  const coop = await registerOrganisation(t.api, 'A Co-op');
  partner = await signInAgain(t, partner);
  const before = pass(240);
  const issued = await issueLegalIdentity(coop, registrar, dossierNumbered(`P${(numbers += 1)}`));
  return { registrar, coop, operator, accreditationId, before, ...issued };
}

/** Lets time go by, and returns the instant in its middle. */
function pass(seconds: number): Date {
  t.clock.advance(seconds / 2);
  const middle = t.clock.now();
  t.clock.advance(seconds / 2);
  return middle;
}

const act = (by: Organisation, id: string, action: string) =>
  by.api.post(`/v1/credentials/${id}/${action}`, { reason: 'As the minutes say' });

describe('as of an instant', () => {
  test('a revocation that came later does not change the verdict, and stands in since[]', async () => {
    const { registrar, credentialId, token } = await issue();
    const then = pass(60);
    expectStatus(await act(registrar, credentialId, 'revoke'), 200);
    const revokedAt = t.clock.now();
    pass(60);
    expect((await judge(token)).verdict).toBe('rejected');
    const report = await judge(token, then);
    expect(report).toMatchObject({
      verdict: 'accepted',
      asOf: then.toISOString(),
      verifiedAt: t.clock.now().toISOString(),
    });
    expect(report.since).toEqual([
      {
        code: 'credential.revoked',
        at: revokedAt.toISOString(),
        detail: 'It was revoked.',
        credential: payloadOf(token).id,
      },
    ]);
    const after = await judge(token, revokedAt);
    expect(codeOf(after, 'status')).toBe('status/revoked');
    expect(after.since).toEqual([]);
  });

  test('before it was issued there was nothing to accept', async () => {
    const { before, token } = await issue();
    const report = await judge(token, before);
    expect(report.verdict).toBe('rejected');
    expect(sinceOf(report)).toEqual(['credential.issued']);
    const longAgo = await judge(token, new Date('1999-01-01T00:00:00Z'));
    expect(codeOf(longAgo, 'key')).toBe('key/did-not-found');
  });

  test('a key that turned out to be compromised was a good key until that was known', async () => {
    const { registrar, coop, token } = await issue();
    const thief = await borrowKey(t, registrar);
    const forged = await signAs(thief, { ...payloadOf(token), validFrom: '2026-11-19T00:00:00Z' });
    const then = pass(60);
    const keys = `/v1/organisations/${registrar.id}/keys`;
    const { items } = expectStatus(await registrar.api.get(keys), 200).body;
    const { id } = items.find((key: { algorithm: string }) => key.algorithm === 'ES256');
    const compromisedAt = new Date(t.clock.now().getTime() - 3_600_000);
    expectStatus(
      await registrar.api.post(`${keys}/${id}/revoke`, {
        compromisedAt: compromisedAt.toISOString(),
        reason: 'stolen',
      }),
      200,
    );
    const revokedAt = t.clock.now();
    pass(60);
    expect(codeOf(await judge(token), 'key')).toBe('key/revoked');
    const report = await judge(token, then);
    expect(report.verdict).toBe('accepted');
    expect(report.since).toMatchObject([{ code: 'credential.key_compromised', at: revokedAt.toISOString() }]);
    expect(report.since[0].detail).toContain('issued only after');
    // What the thief made of it was never accepted: nothing was recorded of it. And it is not the credential that since[] is about.
    const twin = await judge(forged, then);
    expect(twin.verdict).toBe('undetermined');
    expect(codeOf(twin, 'accreditation')).toBe('accreditation/issuance-unrecorded');
    expect(twin.since).toEqual([]);
    expect(coop.did).toBe(report.credential.subject.did);
  });

  test('an accreditation that ended and a contest stand in since[]', async () => {
    const { registrar, coop, operator, accreditationId, credentialId, token } = await issue();
    const then = pass(60);
    const contest = expectStatus(
      await coop.api.post(`/v1/credentials/${credentialId}/contests`, {
        pointer: '/credentialSubject/legalName',
        statement: 'Our name has changed.',
      }),
      201,
    ).body;
    const contested = pass(60);
    expectStatus(
      await coop.api.post(`/v1/credentials/${credentialId}/contests/${contest.id}/withdrawal`, {}),
      200,
    );
    pass(60);
    expectStatus(await operator.delete(`/v1/accreditations/${accreditationId}`), 204);
    pass(60);
    const report = await judge(token, then);
    expect(report.verdict).toBe('accepted');
    expect(report.credential).not.toHaveProperty('contested');
    expect(report.credential.facts.accreditation.isHeld).toBe(true);
    expect(sinceOf(report)).toEqual(['credential.contested', 'credential.accreditation_ended']);
    expect(report.since[0].pointer).toBe('/credentialSubject/legalName');
    const between = await judge(token, contested);
    expect(between.credential.contested).toHaveLength(1);
    expect(sinceOf(between)).toEqual(['credential.contest_closed', 'credential.accreditation_ended']);
    expect(registrar.did).toBe(report.credential.issuer.did);
  });

  test('what was issued in its place, and a contest that went along with it, were not there then', async () => {
    const { registrar, coop, credentialId, token } = await issue();
    const then = pass(60);
    const contest = { pointer: '/credentialSubject/legalName', statement: 'Not our name' };
    expectStatus(await coop.api.post(`/v1/credentials/${credentialId}/contests`, contest), 201);
    const contested = pass(60);
    const keys = `/v1/organisations/${registrar.id}/keys`;
    const { items } = expectStatus(await registrar.api.get(keys), 200).body;
    const { id } = items.find((key: { algorithm: string }) => key.algorithm === 'ES256');
    const revocation = { compromisedAt: t.clock.now().toISOString(), reason: 'stolen' };
    expectStatus(await registrar.api.post(`${keys}/${id}/revoke`, revocation), 200);
    pass(60);
    const reissued = await registrar.api.post('/v1/credentials/reissues', { credentialIds: [credentialId] });
    expect(expectStatus(reissued, 200).body.items[0].outcome).toBe('reissued');
    pass(60);
    const early = await judge(token, then);
    expect(early.verdict).toBe('accepted');
    expect(sinceOf(early)).toEqual([
      'credential.contested',
      'credential.key_compromised',
      'credential.revoked',
      'credential.superseded',
    ]);
    expect(early.since[1].detail).toContain('issued before');
    // The contest has moved to the successor since; at that time it was of this one.
    const between = await judge(token, contested);
    expect(between.credential.contested).toHaveLength(1);
    expect(between.credential.facts.openContests).toBe(1);
  });

  test('a policy is the one of then, unless a version is named', async () => {
    const { token } = await issue();
    const early = pass(60);
    const rules = (anyOf: string[]) => ({
      name: 'Somewhere',
      rules: [{ rule: 'jurisdictions', anyOf }],
    });
    const { id } = expectStatus(await partner.api.post('/v1/policies', rules(['GB'])), 201).body;
    const then = pass(60);
    const changed = await partner.api.put(`/v1/policies/${id}`, rules(['IT']), {
      headers: { 'if-match': '"1"' },
    });
    expectStatus(changed, 200);
    pass(60);
    const past = await judge(token, then, { policyId: id });
    expect(past).toMatchObject({ verdict: 'accepted', policy: { version: 1 } });
    const named = await judge(token, then, { policyId: id, policyVersion: 2 });
    expect(named).toMatchObject({ verdict: 'rejected', policy: { version: 2 } });
    const none = await verify({ credential: token, policyId: id, asOf: early.toISOString() });
    expect(refusalOf(none)).toBe('400 request/invalid');
    expect(none.body.errors[0].pointer).toBe('/policyId');
  });

  test('a presentation is judged as of then, and the keys that signed it too', async () => {
    const { coop, registrar, credentialId, token } = await issue();
    const presentation = await present(await borrowKey(t, coop), {
      audience: 'https://bank.example',
      nonce: 'n-1',
      issuedAt: t.clock.now(),
      expiresAt: new Date(t.clock.now().getTime() + 3_600_000),
      credentials: [token],
    });
    const then = pass(60);
    expectStatus(await coop.api.post(`/v1/organisations/${coop.id}/keys`, { algorithm: 'ES256' }), 201);
    expectStatus(await act(registrar, credentialId, 'suspend'), 200);
    pass(60);
    const body = { presentation, audience: 'https://bank.example', nonce: 'n-1' };
    expect(expectStatus(await verify(body), 200).body.verdict).toBe('rejected');
    const report = expectStatus(await verify({ ...body, asOf: then.toISOString() }), 200).body;
    expect(report.verdict).toBe('accepted');
    expect(report.credentials[0].verifiedAt).toBe(report.verifiedAt);
    expect(sinceOf(report)).toEqual(['credential.suspended']);
  });

  test('all five formats are judged as of then', async () => {
    const { coop, registrar, credentialId } = await issue();
    const formats = ['vc+jwt', 'vc+sd-jwt', 'dc+sd-jwt', 'vc', 'jwt'];
    const forms: string[] = [];
    for (const format of formats) {
      const answer = await coop.api.get(`/v1/credentials/${credentialId}`, {
        accept: `application/${format}`,
      });
      forms.push(expectStatus(answer, 200).text);
    }
    const then = pass(60);
    expectStatus(await act(registrar, credentialId, 'suspend'), 200);
    const suspended = pass(60);
    expectStatus(await act(registrar, credentialId, 'reinstate'), 200);
    pass(60);
    for (const [n, form] of forms.entries()) {
      const early = await judge(form, then);
      expect([formats[n], early.verdict]).toEqual([formats[n], 'accepted']);
      expect(sinceOf(early)).toEqual(['credential.suspended', 'credential.reinstated']);
      const later = await judge(form, suspended);
      expect(codeOf(later, 'status')).toBe('status/suspended');
      expect(sinceOf(later)).toEqual(['credential.reinstated']);
    }
  });

  test('it can be signed as a receipt, which rests on the list of then', async () => {
    const { registrar, credentialId, token } = await issue();
    const then = pass(60);
    expectStatus(await act(registrar, credentialId, 'revoke'), 200);
    pass(60);
    const report = await judge(token, then, { receipt: true });
    const document = (await t.api.get(`/orgs/${partner.slug}/did.json`)).body;
    const verdict = await checkReceipt(report.receipt, {
      now: t.clock.now(),
      sources: { resolveDid: async () => ({ document }) },
      submitted: token,
    });
    expect(verdict.verdict).toBe('genuine');
    expect(verdict.receipt?.report).toMatchObject({ asOf: then.toISOString(), verdict: 'accepted' });
    expect(verdict.receipt?.restsOn.statusLists).toHaveLength(2);
  });

  test('nobody may rely on it: it says nothing of the present', async () => {
    const { token } = await issue();
    const { id } = await judge(token, pass(60));
    const answer = await partner.api.post('/v1/reliances', { verificationId: id, purpose: 'x' });
    expect(refusalOf(answer)).toBe('409 reliances/not-accepted');
  });
});

describe('what is not known is not guessed', () => {
  test('keys that nobody has seen then', async () => {
    const { token } = await issue();
    const then = pass(60);
    const foreign = { ...payloadOf(token), issuer: 'did:web:elsewhere.example' };
    const thief = await borrowKey(t, network.registrar);
    const forged = await signAs(thief, foreign, { kid: 'did:web:elsewhere.example#key-1' });
    const report = await judge(forged, then);
    expect(report.verdict).toBe('undetermined');
    expect(codeOf(report, 'key')).toBe('key/not-archived');
  });
});

describe('an instant that is none', () => {
  test.each<[string, unknown]>([
    ['of the future', new Date('2999-01-01T00:00:00Z').toISOString()],
    ['without a day', '2026-11'],
    ['a number', 1_700_000_000],
    ['a leap second', '2016-12-31T23:59:60Z'],
  ])('%s', async (_what, asOf) => {
    const answer = await verify({ credential: 'x', asOf });
    expect(refusalOf(answer)).toBe('400 request/invalid');
    expect(answer.body.errors[0].pointer).toBe('/asOf');
  });

  test('is for who is signed in', async () => {
    const asOf = t.clock.now().toISOString();
    expect(refusalOf(await verify({ credential: 'x', asOf }, t.api))).toBe('401 auth/required');
    const operator = await signInOperator(t.api);
    expect(refusalOf(await verify({ credential: 'x', asOf }, operator))).toBe('403 auth/forbidden');
  });
});
