import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DC_SD_JWT_PROFILE } from '../../src/credentials/securing/dcSdJwt.js';
import { presentSdJwt } from '../../src/credentials/securing/sdJwt/present.js';
import { parseVcSdJwt } from '../../src/credentials/securing/vcSdJwt.js';
import { SECURING_FORMATS } from '../../src/credentials/securing/formats.js';
import { startApp, type TestApp } from '../support/app.js';
import { borrowKey, payloadOf } from '../support/forgery.js';
import {
  approve,
  checkOf,
  dossierNumbered,
  expectStatus,
  foundNetwork,
  issueLegalIdentity,
  putDossier,
  recordChecks,
  registerOrganisation,
  type Organisation,
  type Registered,
} from '../support/network.js';
import { refusalOf, signInAgain } from '../support/people.js';
import { JOURNEY_TYPES, PERSONAL, walkPersonalJourney } from '../support/personalJourney.js';

/** Credentials that are issued once more: after a key of their issuer was compromised, or their holder has another key. */

const DAY = 86_400;
const LEGAL_NAME = '/legalIdentity/legalName';

let t: TestApp;
let network: Registered;
let registrar: Organisation;
let numbers = 0;

beforeAll(async () => {
  t = await startApp();
  network = await foundNetwork(t);
  ({ registrar } = network);
});
afterAll(() => t.close());

async function issueTo(name: string) {
  const dossier = dossierNumbered(`R${(numbers += 1)}`);
  const coop = await registerOrganisation(t.api, name);
  const issued = await issueLegalIdentity(coop, registrar, dossier);
  return { ...issued, coop, dossier };
}
type Issued = Awaited<ReturnType<typeof issueTo>>;

async function revokeKey(organisation: Organisation, compromisedAt: Date, algorithm = 'ES256') {
  const keys = `/v1/organisations/${organisation.id}/keys`;
  const { items } = expectStatus(await organisation.api.get(keys), 200).body;
  const isActive = (key: { algorithm: string; state: string }) =>
    key.algorithm === algorithm && key.state === 'active';
  const revocation = { compromisedAt: compromisedAt.toISOString(), reason: 'stolen' };
  expectStatus(await organisation.api.post(`${keys}/${items.find(isActive).id}/revoke`, revocation), 200);
}

async function formOf(organisation: Organisation, id: string, format: string): Promise<string> {
  const answer = await organisation.api.get(`/v1/credentials/${id}`, { accept: `application/${format}` });
  return expectStatus(answer, 200).text;
}

async function verify(secured: string) {
  const credential: unknown = secured.startsWith('{') ? JSON.parse(secured) : secured;
  return expectStatus(await t.api.post('/v1/verifications', { credential }), 200).body;
}
const codesOf = (report: { checks: { code: string }[] }) => report.checks.map(({ code }) => code);

const metadata = async (organisation: Organisation, id: string) =>
  expectStatus(await organisation.api.get(`/v1/credentials/${id}`), 200).body;

async function affected(query = 'any', by = registrar): Promise<string[]> {
  const address = `/v1/credentials?role=issuer&needsReissue=${query}`;
  return expectStatus(await by.api.get(address), 200).body.items.map(({ id }: { id: string }) => id);
}

interface Outcome {
  id: string;
  outcome: string;
  supersededBy?: string;
  code?: string;
  detail?: string;
}

async function reissue(body: object = {}, by = registrar): Promise<{ items: Outcome[]; next?: string }> {
  return expectStatus(await by.api.post('/v1/credentials/reissues', body), 200).body;
}

/** One that there is. */
async function reissueOne(id: string): Promise<string> {
  const { items } = await reissue({ credentialIds: [id] });
  expect(items).toMatchObject([{ id, outcome: 'reissued' }]);
  return items[0]?.supersededBy ?? '';
}

const kindsOf = async (organisation: Organisation, id: string): Promise<string[]> =>
  expectStatus(await organisation.api.get('/v1/notices?limit=100'), 200)
    .body.items.filter(({ subjectId }: { subjectId: string }) => subjectId === id)
    .map(({ kind }: { kind: string }) => kind);

/** What a credential says, apart from which one it is and since when. */
function saidIn(token: string) {
  const { id: _id, validFrom: _from, credentialStatus: _status, ...said } = payloadOf(token);
  return said as object;
}

function subjectOf(secured: string): unknown {
  const parsed = parseVcSdJwt(secured);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed.credential.credentialSubject;
}

describe('after the compromise of a key of the issuer', () => {
  let before: Issued;
  let after: Issued;
  let suspended: Issued;

  beforeAll(async () => {
    before = await issueTo('Before Co-op');
    t.clock.advance(60);
    const compromisedAt = t.clock.now();
    after = await issueTo('After Co-op');
    suspended = await issueTo('Suspended Co-op');
    const address = `/v1/credentials/${suspended.credentialId}/suspend`;
    expectStatus(await registrar.api.post(address, { reason: 'because' }), 200);
    t.clock.advance(60);
    expect(await affected()).toEqual([]);
    await revokeKey(registrar, compromisedAt);
  });

  test('the list of credentials names what it signed, by what is left of it, page by page', async () => {
    expect(await affected('signed_after_compromise')).toEqual([after.credentialId, suspended.credentialId]);
    expect(await affected('signed_by_revoked_key')).toEqual([before.credentialId]);
    expect(await affected('holder_key_replaced')).toEqual([]);
    const all = [before, after, suspended].map(({ credentialId }) => credentialId);
    expect(await affected()).toEqual(all);
    const first = (await registrar.api.get('/v1/credentials?role=issuer&needsReissue=any&limit=1')).body;
    expect([first.items[0].id, first.items[0].needsReissue]).toEqual([all[0], 'signed_by_revoked_key']);
    expect(await affected(`any&after=${first.next}`)).toEqual(all.slice(1));
    expect(await affected('any', before.coop), 'of what it has issued itself').toEqual([]);
    expect((await metadata(after.coop, after.credentialId)).needsReissue).toBe('signed_after_compromise');
    expect(codesOf(await verify(after.token))).toContain('key/revoked');
  });

  test('one call issues all of it once more: it says the same, until the same day, at places of its own', async () => {
    const { items, next } = await reissue();
    expect(next).toBeUndefined();
    expect(items.map(({ id, outcome, code }) => [id, outcome, code])).toEqual([
      [before.credentialId, 'reissued', undefined],
      [after.credentialId, 'reissued', undefined],
      [suspended.credentialId, 'refused', 'credentials/not-reissuable'],
    ]);
    for (const [n, { coop, credentialId, token }] of [before, after].entries()) {
      const successor = await metadata(coop, items[n]?.supersededBy ?? '');
      const former = await metadata(coop, credentialId);
      expect(successor).toMatchObject({
        state: 'active',
        supersedes: credentialId,
        reissuedFor: ['signed_by_revoked_key', 'signed_after_compromise'][n],
        validUntil: former.validUntil,
        renewableFrom: former.renewableFrom,
        applicationId: former.applicationId,
        assurance: former.assurance,
      });
      expect(successor).not.toHaveProperty('needsReissue');
      expect(former).toMatchObject({ state: 'revoked', supersededBy: successor.id });
      expect(former).not.toHaveProperty('needsReissue');
      expect(former.statusChanges.at(-1).reason).toBe('superseded');
      expect(await kindsOf(coop, credentialId)).toEqual(['credential.superseded']);
      expect(saidIn(await formOf(coop, successor.id, 'vc+jwt'))).toEqual(saidIn(token));
      for (const format of SECURING_FORMATS)
        expect((await verify(await formOf(coop, successor.id, format))).verdict, format).toBe('accepted');
      expect(await trailOf(credentialId)).toContainEqual({
        action: 'credential.reissueBegun',
        actor_kind: 'person',
        organisation_id: registrar.id,
      });
    }
    const places = await t.connection.db.selectFrom('status_entries').select(['list_id', 'index']).execute();
    expect(new Set(places.map(({ list_id, index }) => `${list_id} ${index}`)).size).toBe(places.length);
  });

  test('what was suspended waits until it is reinstated, and what was done is not done again', async () => {
    expect(await affected()).toEqual([suspended.credentialId]);
    expect((await reissue()).items[0]?.detail).toBe('It is suspended: reinstate it first.');
    const address = `/v1/credentials/${suspended.credentialId}/reinstate`;
    expectStatus(await registrar.api.post(address, { reason: 'because' }), 200);
    await reissueOne(suspended.credentialId);
    expect(await affected()).toEqual([]);
    expect(await reissue()).toEqual({ items: [] });
    const again = await reissue({ credentialIds: [after.credentialId] });
    expect(again.items[0]).toMatchObject({ outcome: 'refused', detail: 'Another one has taken its place.' });
  });

  test('a key of another algorithm takes the whole credential with it as well', async () => {
    const { credentialId, coop } = await issueTo('Ed Co-op');
    await revokeKey(registrar, t.clock.now(), 'EdDSA');
    expect(codesOf(await verify(await formOf(coop, credentialId, 'vc')))).toContain('key/revoked');
    const successor = await reissueOne(credentialId);
    expect((await verify(await formOf(coop, successor, 'vc'))).verdict).toBe('accepted');
  });
});

const trailOf = (id: string) =>
  t.connection.db
    .selectFrom('audit_entries')
    .select(['action', 'actor_kind', 'organisation_id'])
    .where('subject_id', '=', id)
    .execute();

describe('is refused', () => {
  test('of what has good keys, to anybody but the issuer, and of what is not there, each by itself', async () => {
    const { credentialId, coop } = await issueTo('Sound Co-op');
    const elsewhere = crypto.randomUUID();
    const { items } = await reissue({ credentialIds: [credentialId, elsewhere] });
    expect(items.map(({ id, code, detail }) => [id, code, detail])).toEqual([
      [credentialId, 'credentials/not-reissuable', 'Nothing is wrong with the keys behind it.'],
      [elsewhere, 'resource/not-found', 'There is no such credential, or it is not yours to see.'],
    ]);
    const codeFor = async (by: Organisation) =>
      (await reissue({ credentialIds: [credentialId] }, by)).items[0]?.code;
    expect(await codeFor(coop)).toBe('auth/forbidden');
    expect(await codeFor(network.partner)).toBe('resource/not-found');
    const both = { credentialIds: [credentialId], after: elsewhere };
    const refused = await registrar.api.post('/v1/credentials/reissues', both);
    expect([refusalOf(refused), refused.body.errors[0].pointer]).toEqual(['400 request/invalid', '/after']);
  });

  test('once the issuer is not accredited any more, and leaves the credential as it was', async () => {
    const other = await registerOrganisation(t.api, 'Passing Federation');
    const terms = { organisationId: other.id, credentialTypes: ['CoopLegalIdentityCredential'] };
    const accreditation = await network.operator.post('/v1/accreditations', {
      ...terms,
      jurisdictions: ['GB'],
      maxAssurance: 'substantial',
    });
    const coop = await registerOrganisation(t.api, 'Left Co-op');
    const { credentialId } = await issueLegalIdentity(coop, other, dossierNumbered('LEFT'));
    await revokeKey(other, t.clock.now());
    t.clock.advance(1);
    const { id } = expectStatus(accreditation, 201).body;
    expectStatus(await network.operator.delete(`/v1/accreditations/${id}`), 204);
    const { items } = await reissue({ credentialIds: [credentialId] }, other);
    expect(items[0]).toMatchObject({
      outcome: 'refused',
      code: 'credentials/not-reissuable',
      detail: 'It failed: the registrar is not accredited for it any more.',
    });
    expect((await metadata(coop, credentialId)).state).toBe('active');
    const { body } = await coop.api.get('/v1/applications');
    expect(body.items[0].status, 'its application stays decided').toBe('issued');
  });
});

describe('what is known of the credential goes along', () => {
  test('grounds, an open concern with its day, and a contest', async () => {
    const { coop, credentialId, dossier } = await issueTo('Watched Co-op');
    const renamed = { ...dossier, legalIdentity: { ...dossier.legalIdentity, legalName: 'Another Limited' } };
    await putDossier(coop, renamed, '"1"');
    const [concern] = (await metadata(coop, credentialId)).concerns;
    const contest = { pointer: '/credentialSubject/legalName', statement: 'Not our name' };
    const contests = (id: string) => `/v1/credentials/${id}/contests`;
    expectStatus(await coop.api.post(contests(credentialId), contest), 201);
    t.clock.advance(60);
    await revokeKey(registrar, t.clock.now());
    const id = await reissueOne(credentialId);
    expect((await metadata(coop, id)).concerns).toEqual([concern]);
    expect((await metadata(coop, credentialId)).concerns).toEqual([]);
    const { credential } = await verify(await formOf(coop, id, 'vc+jwt'));
    expect(credential.contested).toMatchObject([{ pointer: contest.pointer }]);
    const [open] = expectStatus(await coop.api.get(contests(id)), 200).body.items;
    const answer = { outcome: 'dismissed', reason: 'It is' };
    expectStatus(await registrar.api.post(`${contests(id)}/${open.id}/resolution`, answer), 200);
    await putDossier(coop, dossier, '"2"');
    expect((await metadata(coop, id)).concerns, 'it holds what it held').toEqual([]);
    await putDossier(coop, renamed, '"3"');
    expect((await metadata(coop, id)).concerns).toMatchObject([
      { kind: 'field_changed', pointer: LEGAL_NAME },
    ]);
  });

  test('so that evidence lapses, is checked anew and expires as it would have', async () => {
    const { coop, credentialId, applicationId } = await issueTo('Ageing Co-op');
    await t.connection.db
      .updateTable('credential_grounds')
      .set({ expires_at: new Date(t.clock.now().getTime() + DAY * 1000) })
      .where('credential_id', '=', credentialId as never)
      .where('pointer', '=', LEGAL_NAME)
      .execute();
    t.clock.advance(60);
    await revokeKey(registrar, t.clock.now());
    const first = await reissueOne(credentialId);
    // Twice, so that what is digested stays that of the first.
    t.clock.advance(60);
    await revokeKey(registrar, t.clock.now());
    const id = await reissueOne(first);
    t.clock.advance(DAY);
    const [holder, issuer] = [await signInAgain(t, coop), await signInAgain(t, registrar)];
    registrar = issuer;
    await t.app.watchCredentials();
    expect((await metadata(holder, id)).concerns).toMatchObject([
      { kind: 'evidence_lapsed', pointer: LEGAL_NAME },
    ]);
    const renewal = {
      registrarId: issuer.id,
      credentialTypes: ['CoopLegalIdentityCredential'],
      renews: [id],
    };
    const { body } = expectStatus(await holder.api.post('/v1/applications', renewal), 201);
    expect(body.missingChecks, 'the checks of the application behind it').toEqual([]);
    expectStatus(await issuer.api.post(`/v1/applications/${body.id}/checks`, checkOf(LEGAL_NAME)), 201);
    expect((await metadata(holder, id)).concerns).toEqual([]);
    expect((await metadata(holder, id)).applicationId).toBe(applicationId);
  });

  test('and a renewal that was asked for before takes the place of the one that is there', async () => {
    const { coop, credentialId, dossier } = await issueTo('Renewing Co-op');
    const renamed = {
      ...dossier,
      legalIdentity: { ...dossier.legalIdentity, legalName: 'New Name Limited' },
    };
    await putDossier(coop, renamed, '"1"');
    const wanted = { registrarId: registrar.id, credentialTypes: ['CoopLegalIdentityCredential'] };
    const renewal = await coop.api.post('/v1/applications', { ...wanted, renews: [credentialId] });
    const renewalId = expectStatus(renewal, 201).body.id;
    t.clock.advance(60);
    await revokeKey(registrar, t.clock.now());
    const id = await reissueOne(credentialId);
    await recordChecks(registrar, renewalId, [LEGAL_NAME]);
    const [renewed] = await approve(registrar, renewalId);
    expect((await metadata(coop, id)).supersededBy).toBe(renewed?.id);
    expect((await metadata(coop, renewed?.id ?? '')).supersedes).toBe(id);
  });

  test('with what is said of persons, which stays sealed', async () => {
    const own = await startApp();
    try {
      const { decide } = await walkPersonalJourney(own);
      const { registrar: issuer, coop, credentials } = await decide();
      own.clock.advance(60);
      await revokeKey(issuer, own.clock.now());
      const { items } = await reissue({}, issuer);
      expect(items.map(({ outcome }) => outcome)).toEqual(JOURNEY_TYPES.map(() => 'reissued'));
      const former = credentials['AuthorisedSignatoryCredential'] ?? '';
      const { supersededBy: id = '' } = items.find((item) => item.id === former) ?? {};
      const secured = await formOf(coop, id, 'vc+sd-jwt');
      expect(subjectOf(secured)).toEqual(subjectOf(await formOf(coop, former, 'vc+sd-jwt')));
      expect(JSON.stringify(subjectOf(secured))).toContain(PERSONAL.signatory);
      const answer = await own.api.post('/v1/verifications', { credential: secured });
      expect(answer.body.verdict).toBe('accepted');
      const rows = await own.connection.db
        .selectFrom('credential_forms')
        .select('secured')
        .where('credential_id', '=', id as never)
        .execute();
      expect(rows.map((row) => row.secured)).not.toContain(secured);
    } finally {
      await own.close();
    }
  });
});

describe('after its holder has made another key', () => {
  test('both sides are told, and what is issued once more can be presented with it', async () => {
    const { coop, credentialId } = await issueTo('Rotating Co-op');
    const keys = `/v1/organisations/${coop.id}/keys`;
    expectStatus(await coop.api.post(keys, { algorithm: 'EdDSA' }), 201);
    expect(await kindsOf(coop, credentialId), 'nothing is bound to that one').toEqual([]);
    expectStatus(await coop.api.post(keys, { algorithm: 'ES256' }), 201);
    for (const party of [coop, registrar]) {
      expect(await kindsOf(party, credentialId)).toEqual(['credential.reissuable']);
      expect((await metadata(party, credentialId)).needsReissue).toBe('holder_key_replaced');
    }
    expect(await affected('holder_key_replaced')).toEqual([credentialId]);
    const id = await reissueOne(credentialId);
    expect((await metadata(coop, id)).reissuedFor).toBe('holder_key_replaced');
    const reply = { audience: 'https://partner.test', nonce: 'n-1' };
    const present = async (secured: string) =>
      presentSdJwt(secured, DC_SD_JWT_PROFILE, {
        disclose: ['/legalName'],
        keyBinding: { ...reply, issuedAt: t.clock.now(), ...(await borrowKey(t, coop)) },
      });
    const former = await formOf(coop, credentialId, 'dc+sd-jwt');
    await expect(present(former), 'the key that it is bound to is gone').rejects.toThrow(TypeError);
    const presented = await present(await formOf(coop, id, 'dc+sd-jwt'));
    if ('problem' in presented) throw new Error(presented.problem);
    const body = { presentation: presented.presentation, ...reply };
    expect((await t.api.post('/v1/verifications', body)).body.verdict).toBe('accepted');
  });

  test('a key that its holder reports as stolen is no other case', async () => {
    const { coop, credentialId } = await issueTo('Robbed Co-op');
    await revokeKey(coop, t.clock.now());
    expect(await kindsOf(coop, credentialId)).toEqual(['credential.reissuable']);
    await reissueOne(credentialId);
    expect(await affected('holder_key_replaced')).toEqual([]);
  });
});
