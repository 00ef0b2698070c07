import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import {
  accredit,
  ALL_TYPES,
  apply,
  approve,
  dossierNumbered,
  expectStatus,
  foundNetwork,
  IDENTITY_FIELDS,
  issueLegalIdentity,
  putDossier,
  readToken,
  recordChecks,
  registerOrganisation,
  rely,
  STATUS_FIELDS,
  type Organisation,
  type Registered,
} from '../support/network.js';
import { joinAs, refusalOf } from '../support/people.js';

const PURPOSE = 'Opening a business account';

let t: TestApp;
let network: Registered;
let credentialId: string;
let token: string;
let numbered = 0;

beforeAll(async () => {
  t = await startApp();
  network = await foundNetwork(t);
  ({ credentialId, token } = await issueLegalIdentity(network.coop, network.registrar));
});
afterAll(() => t.close());

async function verify(by: Organisation, credential: string = token) {
  return expectStatus(await by.api.post('/v1/verifications', { credential }), 200).body;
}

async function attempt(by: Organisation, verificationId: string) {
  return by.api.post('/v1/reliances', { verificationId, purpose: PURPOSE });
}

async function issueAnother(registrar = network.registrar) {
  numbered += 1;
  const coop = await registerOrganisation(t.api, `Another Co-operative ${numbered}`);
  return { coop, ...(await issueLegalIdentity(coop, registrar, dossierNumbered(`RELY ${numbered}`))) };
}

const relianceOf = async (by: Organisation, id: string) => by.api.get(`/v1/reliances/${id}`);

describe('a partner that relies on a credential', () => {
  test('is on record for itself and the holder, and for nobody else', async () => {
    const { partner, coop, registrar } = network;
    const { id: verificationId } = await verify(partner);
    const answer = expectStatus(await attempt(partner, verificationId), 201);
    const { id } = answer.body;
    expect(answer.headers['location']).toBe(`/v1/reliances/${id}`);
    const partyOf = ({ id: organisationId, did, name }: Organisation) => ({ id: organisationId, did, name });
    const shown = {
      id,
      partner: partyOf(partner),
      holder: partyOf(coop),
      credentials: [
        { id: credentialId, type: 'CoopLegalIdentityCredential', validUntil: expect.any(String) },
      ],
      purpose: PURPOSE,
      since: t.clock.now().toISOString(),
    };
    expect(answer.body).toEqual({ ...shown, verificationId });
    expect((await relianceOf(partner, id)).body).toEqual({ ...shown, verificationId });
    expect((await relianceOf(coop, id)).body).toEqual(shown);
    const another = await registerOrganisation(t.api, 'Another Partner');
    for (const stranger of [registrar, another])
      expect(refusalOf(await relianceOf(stranger, id))).toBe('404 resource/not-found');
  });

  test('finds it in its list, the holder in the list of who relies on it, the issuer in none', async () => {
    const { partner, coop, registrar } = network;
    const idsFor = async (by: Organisation, role: string) =>
      expectStatus(await by.api.get(`/v1/reliances?role=${role}`), 200).body.items.map(
        (one: { id: string }) => one.id,
      );
    const [id] = await idsFor(partner, 'partner');
    expect(id).toBeDefined();
    expect(await idsFor(coop, 'holder')).toEqual([id]);
    for (const [by, role] of [
      [partner, 'holder'],
      [coop, 'partner'],
      [registrar, 'holder'],
      [registrar, 'partner'],
    ] as const)
      expect(await idsFor(by, role)).toEqual([]);
  });

  test('may not do so twice for one verification, but for the next', async () => {
    const { partner } = network;
    const { id } = await verify(partner);
    expectStatus(await attempt(partner, id), 201);
    expect(refusalOf(await attempt(partner, id))).toBe('409 reliances/already-open');
    expectStatus(await attempt(partner, (await verify(partner)).id), 201);
  });

  test('ends it, once, and the record stays', async () => {
    const { partner, coop } = network;
    const { id, verificationId } = await rely(partner, token);
    expect(refusalOf(await coop.api.delete(`/v1/reliances/${id}`))).toBe('403 auth/forbidden');
    t.clock.advance(60);
    const endedAt = t.clock.now().toISOString();
    for (let times = 0; times < 2; times += 1) {
      expectStatus(await partner.api.delete(`/v1/reliances/${id}`), 204);
      t.clock.advance(60);
    }
    for (const by of [partner, coop]) expect((await relianceOf(by, id)).body.endedAt).toBe(endedAt);
    expectStatus(await attempt(partner, verificationId), 201);
  });

  test('relies on all that a presentation held', async () => {
    const { partner, registrar, operator } = network;
    await accredit(operator, registrar, { credentialTypes: ALL_TYPES });
    numbered += 1;
    const coop = await registerOrganisation(t.api, 'A Co-operative with two');
    await putDossier(coop, dossierNumbered(`RELY ${numbered}`));
    const applicationId = await apply(coop, registrar, ALL_TYPES);
    await recordChecks(registrar, applicationId, [...new Set([...IDENTITY_FIELDS, ...STATUS_FIELDS])]);
    const issued = await approve(registrar, applicationId);
    const report = {
      id: crypto.randomUUID(),
      verdict: 'accepted',
      verifiedAt: t.clock.now().toISOString(),
      checks: [],
      credentials: await Promise.all(
        issued.map(async ({ id }) => await verify(partner, await readToken(coop, id))),
      ),
    };
    await t.connection.db
      .insertInto('verifications')
      .values({
        id: report.id as never,
        organisation_id: partner.id as never,
        verdict: 'accepted',
        report: JSON.stringify(report),
        verified_at: t.clock.now(),
      })
      .execute();
    const { body } = expectStatus(await attempt(partner, report.id), 201);
    expect(body.credentials.map(({ id }: { id: string }) => id)).toEqual(issued.map(({ id }) => id).sort());
  });
});

describe('nobody relies', () => {
  test('on a verification of somebody else, or on none', async () => {
    const { id } = await verify(network.coop);
    for (const verificationId of [id, crypto.randomUUID()]) {
      const answer = await attempt(network.partner, verificationId);
      expect([refusalOf(answer), answer.body.errors]).toEqual([
        '400 request/invalid',
        [{ pointer: '/verificationId', detail: expect.any(String) }],
      ]);
    }
  });

  test('on the own credentials', async () => {
    const answer = await attempt(network.coop, (await verify(network.coop)).id);
    expect(refusalOf(answer)).toBe('400 request/invalid');
  });

  test('on what was not accepted', async () => {
    const { id, verdict } = await verify(network.partner, 'garbage');
    expect(verdict).toBe('rejected');
    expect(refusalOf(await attempt(network.partner, id))).toBe('409 reliances/not-accepted');
  });

  test('as somebody who only looks', async () => {
    const { api } = await joinAs(t, network.partner, 'viewer');
    const { id } = await verify(network.partner);
    const answer = await api.post('/v1/reliances', { verificationId: id, purpose: PURPOSE });
    expect(refusalOf(answer)).toBe('403 auth/forbidden');
  });

  const status = (action: string) => async (id: string) => {
    expectStatus(
      await network.registrar.api.post(`/v1/credentials/${id}/${action}`, { reason: 'A reason' }),
      200,
    );
  };
  const contest = async (id: string, coop: Organisation) => {
    const body = { pointer: '/credentialSubject/legalName', statement: 'Not our name' };
    expectStatus(await coop.api.post(`/v1/credentials/${id}/contests`, body), 201);
  };
  const revokeKeys = async () => {
    const keys = `/v1/organisations/${network.registrar.id}/keys`;
    const { items } = expectStatus(await network.registrar.api.get(keys), 200).body;
    for (const { id, state } of items) {
      const body = { compromisedAt: t.clock.now().toISOString(), reason: 'Lost' };
      if (state === 'active')
        expectStatus(await network.registrar.api.post(`${keys}/${id}/revoke`, body), 200);
    }
  };
  const endAccreditations = async () => {
    const { items } = expectStatus(await t.api.get('/v1/registrars'), 200).body;
    for (const { organisation, accreditations } of items) {
      if (organisation.id !== network.registrar.id) continue;
      for (const { id } of accreditations)
        expectStatus(await network.operator.delete(`/v1/accreditations/${id}`), 204);
    }
    await accredit(network.operator, network.registrar);
  };

  test.each<[string, RegExp, (id: string, coop: Organisation) => Promise<void>]>([
    ['suspended', /suspended/, status('suspend')],
    ['revoked', /revoked/, status('revoke')],
    ['contested', /contested/, contest],
    ['of a key that was revoked', /key/, revokeKeys],
    ['of an issuer that lost its accreditation', /accreditation/, endAccreditations],
  ])('on what has since been %s', async (_name, words, change) => {
    const { coop, credentialId: id, token: other } = await issueAnother();
    t.clock.advance(60);
    const { id: verificationId } = await verify(network.partner, other);
    t.clock.advance(60);
    await change(id, coop);
    const answer = await attempt(network.partner, verificationId);
    expect(refusalOf(answer)).toBe('409 reliances/changed-since');
    expect(answer.body.detail).toMatch(words);
  });

  test('but does again once it was verified with what has changed', async () => {
    const { coop, credentialId: id, token: other } = await issueAnother();
    await contest(id, coop);
    await endAccreditations();
    t.clock.advance(60);
    const report = await verify(network.partner, other);
    expect([report.verdict, report.credential.contested.length]).toEqual(['accepted', 1]);
    expectStatus(await attempt(network.partner, report.id), 201);
  });
});

test('a partner that closes its account relies on nothing any more', async () => {
  const partner = await registerOrganisation(t.api, 'A Partner for a while');
  const { coop, token: other } = await issueAnother();
  const { id } = await rely(partner, other);
  t.clock.advance(60);
  expectStatus(await partner.api.delete(`/v1/organisations/${partner.id}`), 204);
  expect((await relianceOf(coop, id)).body.endedAt).toBe(t.clock.now().toISOString());
});
