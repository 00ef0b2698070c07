import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OPERATOR, startApp, type TestApp } from '../support/app.js';
import {
  apply,
  approve,
  checkOf,
  dossierNumbered,
  expectStatus,
  foundNetwork,
  IDENTITY_FIELDS,
  putDossier,
  readToken,
  recordChecks,
  registerOrganisation,
  type Organisation,
} from '../support/network.js';
import { joinAs, refusalOf, signInAgain } from '../support/people.js';

const DAY = 86_400;
const LEGAL_NAME = '/legalIdentity/legalName';

let t: TestApp;
let registrar: Organisation;
let coop: Organisation;
let partner: Organisation;
const dossier = dossierNumbered('LIFE 1');
const renamed = {
  ...dossier,
  legalIdentity: { ...dossier.legalIdentity, legalName: 'Albion Homes Limited' },
};
/** The credential that lives now, and the versions of the dossier that were saved. */
let id: string;
let token: string;
let version = 0;

async function save(blocks: object): Promise<void> {
  await putDossier(coop, blocks, version === 0 ? undefined : `"${version}"`);
  version += 1;
}

/** Time passes, everybody signs in again, and the job has its turn. */
async function later(days: number): Promise<void> {
  t.clock.advance(days * DAY);
  [registrar, coop, partner] = (await Promise.all(
    [registrar, coop, partner].map((one) => signInAgain(t, one)),
  )) as [Organisation, Organisation, Organisation];
  await t.app.watchCredentials();
}

const metadata = async (of = id, by = coop) =>
  expectStatus(await by.api.get(`/v1/credentials/${of}`), 200).body;
const changeStatus = (action: string, of = id) =>
  registrar.api.post(`/v1/credentials/${of}/${action}`, { reason: 'because' });

async function noticesOf(
  organisation: Organisation,
): Promise<{ kind: string; subjectId: string; pointers: string[] }[]> {
  return expectStatus(await organisation.api.get('/v1/notices?limit=100'), 200).body.items;
}
const kindsOf = async (organisation: Organisation, of = id) =>
  (await noticesOf(organisation)).filter(({ subjectId }) => subjectId === of).map(({ kind }) => kind);

async function verify(secured = token) {
  return expectStatus(await t.api.post('/v1/verifications', { credential: secured }), 200).body;
}
const statusOf = async (secured = token) => {
  const { checks } = await verify(secured);
  return checks.find(({ check }: { check: string }) => check === 'status').code;
};

beforeAll(async () => {
  t = await startApp();
  ({ registrar, coop, partner } = await foundNetwork(t));
  await save(dossier);
  const applicationId = await apply(coop, registrar);
  await recordChecks(registrar, applicationId);
  const record = { type: 'company_register', date_of_expiry: '2026-12-10' };
  const evidence = { type: 'electronic_record', record };
  const check = checkOf(LEGAL_NAME, { evidence });
  expectStatus(await registrar.api.post(`/v1/applications/${applicationId}/checks`, check), 201);
  id = (await approve(registrar, applicationId))[0]?.id ?? '';
  token = await readToken(coop, id);
});
afterAll(() => t.close());

describe('evidence that lapses', () => {
  test('raises a concern that says when the credential will be suspended, told to holder and registrar once', async () => {
    await later(20);
    expect((await metadata()).concerns, 'the evidence counts to the end of its last day').toEqual([]);
    await later(1);
    const since = t.clock.now();
    const expected = {
      kind: 'evidence_lapsed',
      pointer: LEGAL_NAME,
      since: since.toISOString(),
      suspendsAt: new Date(since.getTime() + 30 * DAY * 1000).toISOString(),
      isEnforced: false,
    };
    await t.app.watchCredentials();
    for (const party of [coop, registrar]) {
      expect((await metadata(id, party)).concerns).toEqual([expected]);
      expect(await kindsOf(party)).toEqual(['credential.lapsing']);
    }
    expect(await noticesOf(partner)).toEqual([]);
    expect((await verify()).verdict).toBe('accepted');
  });

  test('suspends it when the grace is over and not before, by the system, with a reason that names no value', async () => {
    await later(29);
    expect(await statusOf()).toBe('status/clear');
    await later(1);
    const { state, concerns, statusChanges } = await metadata();
    expect([state, concerns[0].isEnforced]).toEqual(['suspended', true]);
    expect(statusChanges).toEqual([
      {
        change: 'suspended',
        reason: `Suspended automatically after the grace period: evidence_lapsed at ${LEGAL_NAME}`,
        at: t.clock.now().toISOString(),
      },
    ]);
    expect(await statusOf()).toBe('status/suspended');
    for (const party of [coop, registrar])
      expect(await kindsOf(party)).toEqual(['credential.lapsing', 'credential.suspended']);
    const audited = await t.connection.db
      .selectFrom('audit_entries')
      .select(['actor_kind', 'organisation_id'])
      .where('action', '=', 'credential.suspended')
      .execute();
    expect(audited).toEqual([{ actor_kind: 'system', organisation_id: registrar.id }]);
    expect(await t.app.watchCredentials(), 'nothing is left to do').toBe(0);
  });

  test('keeps it suspended: it cannot be reinstated while that is so', async () => {
    expect(refusalOf(await changeStatus('reinstate'))).toBe('409 credentials/concern-open');
  });
});

describe('a renewal', () => {
  let renewalId: string;
  const renew = (body: object = {}) =>
    coop.api.post('/v1/applications', {
      registrarId: registrar.id,
      credentialTypes: ['CoopLegalIdentityCredential'],
      renews: [id],
      ...body,
    });

  test('takes over the checks that still stand, with the time at which they were made, and names the rest as missing', async () => {
    const { body } = expectStatus(await renew(), 201);
    renewalId = body.id;
    expect(body.renews).toEqual([id]);
    const carried = body.checks.map(({ field, checkedAt }: Record<string, string>) => [field, checkedAt]);
    const kept = IDENTITY_FIELDS.filter((field) => field !== LEGAL_NAME);
    expect(carried.sort()).toEqual(kept.map((field) => [field, '2026-11-20T09:00:00.000Z']).sort());
    expect(body.missingChecks.map(({ pointer }: { pointer: string }) => pointer)).toEqual([LEGAL_NAME]);
  });

  test('cures the concern with the new check of the field, so that it may be reinstated meanwhile', async () => {
    await recordChecks(registrar, renewalId, [LEGAL_NAME]);
    expect((await metadata()).concerns).toEqual([]);
    expect((await kindsOf(coop)).at(-1)).toBe('concern.cured');
    expectStatus(await changeStatus('reinstate'), 200);
    expect(await statusOf()).toBe('status/clear');
  });

  test('takes the place of the old one in one step: that is revoked, and each names the other', async () => {
    const [issued] = await approve(registrar, renewalId);
    const [before, after] = [await metadata(id), await metadata(issued?.id)];
    expect([before.state, before.supersededBy, before.statusChanges.at(-1).reason]).toEqual([
      'revoked',
      after.id,
      'superseded',
    ]);
    expect([after.state, after.supersedes, after.supersededBy]).toEqual(['active', id, undefined]);
    expect(await statusOf()).toBe('status/revoked');
    expect((await kindsOf(coop)).at(-1)).toBe('credential.superseded');
    const former = id;
    ({ id } = after);
    token = await readToken(coop, id);
    expect((await verify()).verdict).toBe('accepted');
    const places = await t.connection.db
      .selectFrom('status_entries')
      .select(['list_id', 'index'])
      .where('credential_id', 'in', [former, id] as never[])
      .execute();
    expect(new Set(places.map(({ list_id, index }) => `${list_id} ${index}`)).size).toBe(places.length);
  });

  test('is refused before its window, of what is not held, elsewhere, and for other types', async () => {
    expect(refusalOf(await renew())).toBe('409 credentials/not-renewable');
    const stranger = await registerOrganisation(t.api, 'Other Federation');
    for (const wrong of [
      { renews: [crypto.randomUUID()] },
      { registrarId: stranger.id },
      { credentialTypes: ['CoopStatusCredential'] },
    ]) {
      const { status, body } = await renew(wrong);
      expect([status, body.errors?.[0].pointer], JSON.stringify(wrong)).toEqual([400, '/renews/0']);
    }
  });

  test('is announced to the holder when its window opens', async () => {
    const { renewableFrom } = await metadata();
    const days = (new Date(renewableFrom).getTime() - t.clock.now().getTime()) / 1000 / DAY;
    await later(days - 1);
    expect(await kindsOf(coop)).toEqual([]);
    await later(1);
    await t.app.watchCredentials();
    expect(await kindsOf(coop)).toEqual(['credential.expiring']);
  });

  test('in its window needs nothing again where nothing has changed, and makes the chain longer', async () => {
    const { body } = expectStatus(await renew(), 201);
    expect(body.missingChecks).toEqual([]);
    expectStatus(await registrar.api.post(`/v1/applications/${body.id}/assignee`, {}), 200);
    const [issued] = await approve(registrar, body.id);
    expect((await metadata(id)).supersededBy).toBe(issued?.id);
    id = issued?.id ?? '';
    token = await readToken(coop, id);
  });
});

describe('a field that changes in the dossier', () => {
  test('raises a concern at once, which is over when the value is put back', async () => {
    await save({ ...renamed, contacts: [{ purpose: 'general', phone: '+441130000000' }] });
    const [concern, ...others] = (await metadata()).concerns;
    expect([concern.kind, concern.pointer, others]).toEqual(['field_changed', LEGAL_NAME, []]);
    await save(dossier);
    expect((await metadata()).concerns).toEqual([]);
    for (const party of [coop, registrar])
      expect((await kindsOf(party)).slice(-2)).toEqual(['credential.lapsing', 'concern.cured']);
  });

  test('suspends it after the grace; put back later, the registrar reinstates it', async () => {
    await save(renamed);
    await later(31);
    expect((await metadata()).state).toBe('suspended');
    await save(dossier);
    expect((await metadata()).state).toBe('suspended');
    expectStatus(await changeStatus('reinstate'), 200);
    expect((await metadata()).state).toBe('active');
    expect((await kindsOf(coop)).slice(-2)).toEqual(['concern.cured', 'credential.reinstated']);
  });

  test('while an application is examined is seen when the credential is issued', async () => {
    const second = await registerOrganisation(t.api, 'Second Co-operative');
    const numbered = dossierNumbered('LIFE 2');
    await putDossier(second, numbered);
    const applicationId = await apply(second, registrar);
    await recordChecks(registrar, applicationId);
    await putDossier(
      second,
      { ...numbered, legalIdentity: { ...numbered.legalIdentity, legalName: 'X' } },
      '"1"',
    );
    const [issued] = await approve(registrar, applicationId);
    const { concerns } = await metadata(issued?.id, second);
    expect(concerns.map(({ kind, pointer }: Record<string, string>) => [kind, pointer])).toEqual([
      ['field_changed', LEGAL_NAME],
    ]);
    expectStatus(await changeStatus('revoke', issued?.id), 200);
    expect((await metadata(issued?.id, second)).concerns, 'nothing is left to suspend').toEqual([]);
  });
});

describe('a contest', () => {
  const pointer = '/credentialSubject/legalName';
  const statement = 'That is not our name any more';
  const open = (by: Organisation, body: object = { pointer, statement }) =>
    by.api.post(`/v1/credentials/${id}/contests`, body);
  let contestId: string;

  test('is for the holder, of something that the credential says, and one a place', async () => {
    expect(refusalOf(await open(registrar))).toBe('403 auth/forbidden');
    expect(refusalOf(await open(partner))).toBe('404 resource/not-found');
    for (const wrong of ['/credentialSubject/memberCount', '/issuer', 'legalName'])
      expect((await open(coop, { pointer: wrong, statement })).body.errors[0].pointer).toBe('/pointer');
    const viewer = await joinAs(t, coop, 'viewer');
    const delegate = await joinAs(t, coop, 'delegate');
    expect(refusalOf(await viewer.api.post(`/v1/credentials/${id}/contests`, { pointer, statement }))).toBe(
      '403 auth/forbidden',
    );
    const opened = await delegate.api.post(`/v1/credentials/${id}/contests`, { pointer, statement });
    contestId = expectStatus(opened, 201).body.id;
    expect(refusalOf(await open(coop))).toBe('409 contests/already-open');
  });

  test('is noted in every report while it is open, without its words and without another verdict', async () => {
    const { verdict, credential } = await verify();
    const since = t.clock.now().toISOString();
    expect([verdict, credential.contested]).toEqual(['accepted', [{ pointer, since }]]);
    expect(JSON.stringify(credential)).not.toContain(statement);
  });

  test('is visible to holder and registrar, and to nobody else', async () => {
    for (const party of [coop, registrar]) {
      const { body } = expectStatus(await party.api.get(`/v1/credentials/${id}/contests`), 200);
      expect(body.items.map((item: Record<string, string>) => [item['state'], item['statement']])).toEqual([
        ['open', statement],
      ]);
    }
    expect(refusalOf(await partner.api.get(`/v1/credentials/${id}/contests`))).toBe('404 resource/not-found');
    expect((await kindsOf(registrar)).at(-1)).toBe('credential.contested');
  });

  test('ends with the answer of the registrar, and with it the note', async () => {
    const url = `/v1/credentials/${id}/contests/${contestId}`;
    const answer = { outcome: 'dismissed', reason: 'The register says so' };
    expect(refusalOf(await coop.api.post(`${url}/resolution`, answer))).toBe('403 auth/forbidden');
    const { body } = expectStatus(await registrar.api.post(`${url}/resolution`, answer), 200);
    expect([body.state, body.reason]).toEqual(['dismissed', answer.reason]);
    expect((await verify()).credential).not.toHaveProperty('contested');
    expect((await kindsOf(coop)).at(-1)).toBe('contest.resolved');
    expect(refusalOf(await coop.api.post(`${url}/withdrawal`, {}))).toBe('409 contests/closed');
  });

  test('may be withdrawn by who opened it, and opened again', async () => {
    const again = expectStatus(await open(coop), 201).body.id;
    const url = `/v1/credentials/${id}/contests/${again}/withdrawal`;
    expect(refusalOf(await registrar.api.post(url, {}))).toBe('403 auth/forbidden');
    expect(expectStatus(await coop.api.post(url, {}), 200).body.state).toBe('withdrawn');
    expect((await verify()).credential).not.toHaveProperty('contested');
  });
});

describe('notices', () => {
  test('come a page at a time, are read once for all, and are nobody else’s', async () => {
    const all = await noticesOf(coop);
    const { body: page } = expectStatus(await coop.api.get('/v1/notices?limit=2'), 200);
    const { body: rest } = expectStatus(await coop.api.get(`/v1/notices?limit=100&after=${page.next}`), 200);
    expect([...page.items, ...rest.items]).toEqual(all);
    const url = `/v1/notices/${page.items[0].id}/read`;
    expect(refusalOf(await registrar.api.post(url, {}))).toBe('404 resource/not-found');
    const { readAt } = expectStatus(await coop.api.post(url, {}), 200).body;
    t.clock.advance(60);
    expect(expectStatus(await coop.api.post(url, {}), 200).body.readAt).toBe(readAt);
    const { body: unread } = expectStatus(await coop.api.get('/v1/notices?unread=true&limit=100'), 200);
    expect(unread.items).toEqual(all.slice(1));
    const said = JSON.stringify(all);
    for (const value of [OPERATOR.email, coop.email, coop.name, 'That is not our name'])
      expect(said).not.toContain(value);
  });
});
