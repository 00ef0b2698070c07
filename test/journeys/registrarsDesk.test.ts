import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer, ApiClient } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { addEvidence } from '../support/multipart.js';
import {
  accredit,
  apply,
  checkOf,
  dossierNumbered,
  expectStatus,
  IDENTITY_FIELDS,
  putDossier,
  readToken,
  recordChecks,
  registerOrganisation,
  signInOperator,
  type Organisation,
} from '../support/network.js';
import { createMachine, joinAs, refusalOf, signInAgain, type Colleague } from '../support/people.js';

const DAY_SECONDS = 86_400;
const TYPE = 'CoopLegalIdentityCredential';
const APPROVE = { outcome: 'approved', validFor: 'P6M' };

let t: TestApp;
let registrar: Organisation;
let ada: Colleague;
let ben: Colleague;

let numbers = 0;
const freshDossier = () => dossierNumbered(`DESK${(numbers += 1)}`);
const urlOf = (id: string, action = '') => `/v1/applications/${id}${action && `/${action}`}`;
const read = async (who: { api: ApiClient }, id: string) =>
  expectStatus(await who.api.get(urlOf(id)), 200).body;
const pointersOf = (answer: Answer) => answer.body.errors?.map(({ pointer }: { pointer: string }) => pointer);

interface Case {
  readonly coop: Organisation;
  readonly dossier: ReturnType<typeof dossierNumbered>;
  readonly id: string;
}

async function open(name = 'Applying Co-op', types: readonly string[] = [TYPE]): Promise<Case> {
  const coop = await registerOrganisation(t.api, name);
  const dossier = freshDossier();
  await putDossier(coop, dossier);
  return { coop, dossier, id: await apply(coop, registrar, types) };
}

async function settle(settings: object): Promise<void> {
  const url = `/v1/organisations/${registrar.id}/review-settings`;
  const { headers } = expectStatus(await registrar.api.get(url), 200);
  const etag = headers['etag'] ?? '';
  expectStatus(
    await registrar.api.put(url, settings, { headers: etag === '"0"' ? {} : { 'if-match': etag } }),
    200,
  );
}

async function auditOf(id: string, action: string): Promise<unknown[]> {
  const rows = await t.connection.db
    .selectFrom('audit_entries')
    .select('detail')
    .where('subject_id', '=', id)
    .where('action', '=', action)
    .orderBy('id')
    .execute();
  return rows.map(({ detail }) => detail);
}

beforeAll(async () => {
  t = await startApp();
  registrar = await registerOrganisation(t.api, 'Desk Federation');
  await accredit(await signInOperator(t.api), registrar, { maxAssurance: 'high' });
  ada = await joinAs(t, registrar, 'reviewer');
  ben = await joinAs(t, registrar, 'reviewer');
});
afterAll(() => t.close());

describe('the queue', () => {
  let cases: Case[];
  const list = async (query: string, api = ada.api) =>
    expectStatus(await api.get(`/v1/applications?role=registrar&${query}`), 200).body;
  const indexesOf = ({ items }: { items: { id: string }[] }) =>
    items.map(({ id }) => cases.findIndex((known) => known.id === id));

  beforeAll(async () => {
    cases = [];
    for (const name of ['Société Alpha', 'Beta Housing', 'Gamma Housing', 'Delta Works']) {
      cases.push(await open(name));
      t.clock.advance(60);
    }
    await recordChecks({ ...registrar, api: ben.api }, cases[1]!.id, ['/representation']);
    expectStatus(await ada.api.post(urlOf(cases[2]!.id, 'assignee'), {}), 200);
  });

  test.each<[string, number[]]>([
    ['status=submitted', [0, 3]],
    ['status=submitted&status=in_review', [0, 1, 2, 3]],
    ['status=issued', []],
    ['assignee=me', [2]],
    ['assignee=nobody', [0, 1, 3]],
    ['assignee=nobody&status=in_review', [1]],
    ['q=societe', [0]],
    ['q=hous%20gam', [2]],
    ['q=mutual', []],
    // The legal name of the dossier is looked through as well.
    ['q=albion&status=in_review', [1, 2]],
    ['jurisdiction=GB', [0, 1, 2, 3]],
    ['jurisdiction=GB-ENG', [0, 1, 2, 3]],
    ['jurisdiction=GB-SCT', []],
    [`credentialType=${TYPE}`, [0, 1, 2, 3]],
    ['credentialType=CoopStatusCredential', []],
    ['overdue=true', []],
    ['dueBefore=2030-01-01T00:00:00Z', [0, 1, 2, 3]],
    ['sort=submittedAt', [0, 1, 2, 3]],
    ['sort=submittedAt&order=desc', [3, 2, 1, 0]],
    ['sort=dueAt&status=in_review', [1, 2]],
  ])('by %s', async (query, expected) => {
    expect(indexesOf(await list(query))).toEqual(expected);
  });

  test('is read page by page under each sort, and what is worked on meanwhile moves nobody else', async () => {
    for (const sort of ['submittedAt', 'dueAt', 'updatedAt'])
      for (const order of ['asc', 'desc']) {
        const whole = (await list(`sort=${sort}&order=${order}`)).items.map(({ id }: Case) => id);
        const seen: string[] = [];
        let after = '';
        do {
          const page = await list(`sort=${sort}&order=${order}&limit=1${after && `&after=${after}`}`);
          seen.push(...page.items.map(({ id }: Case) => id));
          after = page.next ?? '';
          if (seen.length === 2)
            expectStatus(await ben.api.post(urlOf(seen[0]!, 'messages'), { text: 'Hm.' }), 201);
        } while (after !== '');
        expect(seen, `${sort} ${order}`).toEqual(whole);
      }
  });

  test.each([
    ['assignee=me', '/querystring/assignee'],
    ['role=registrar&order=desc', '/querystring/order'],
    ['role=registrar&q=%2C', '/querystring/q'],
    [`role=registrar&sort=dueAt&after=${crypto.randomUUID()}`, '/querystring/after'],
    [`role=registrar&after=17950000-${crypto.randomUUID()}`, '/querystring/after'],
  ])('does not take %s', async (query, pointer) => {
    const answer = await ada.api.get(`/v1/applications?${query}`);
    expect(refusalOf(answer)).toBe('400 request/invalid');
    expect(pointersOf(answer)).toEqual([pointer]);
  });

  test('is counted', async () => {
    const { body } = expectStatus(await ada.api.get('/v1/applications/counts'), 200);
    expect(body).toMatchObject({ overdue: 0, unassigned: 3, mine: 1 });
    expect(body.byStatus).toMatchObject({ submitted: 2, in_review: 2, issued: 0, withdrawn: 0 });
  });

  test('what a colleague has is theirs until they, an administrator or an express wish hand it over', async () => {
    const { id } = cases[2]!;
    const claim = await ben.api.post(urlOf(id, 'assignee'), {});
    expect(refusalOf(claim)).toBe('409 applications/already-claimed');
    expect(claim.body.assigneeId).toBe(ada.id);
    expect(refusalOf(await ben.api.delete(urlOf(id, 'assignee')))).toBe('409 applications/already-claimed');
    expectStatus(await ben.api.post(urlOf(id, 'assignee'), { handOver: true }), 200);
    expectStatus(await ben.api.post(urlOf(id, 'assignee'), { memberId: ada.id }), 200);
    expectStatus(await registrar.api.post(urlOf(id, 'assignee'), {}), 200);
    expectStatus(await registrar.api.delete(urlOf(id, 'assignee')), 204);
    expect(await read(ada, id)).not.toHaveProperty('assigneeId');
    const trail = [await auditOf(id, 'application.assign'), await auditOf(id, 'application.release')].flat();
    expect(trail.map((detail) => (detail as { assignee: { to: string | null } }).assignee.to)).toEqual([
      ada.id,
      ben.id,
      ada.id,
      expect.any(String),
      null,
    ]);
  });

  test('gives the next one: due first, nobody’s yet, and not of an organisation of one’s own', async () => {
    const insider = await joinAs(t, registrar, 'reviewer');
    await joinAs(t, cases[0]!.coop, 'viewer', insider);
    const next = expectStatus(await insider.api.post('/v1/applications/claims', {}), 200).body;
    expect(next).toMatchObject({ id: cases[1]!.id, status: 'in_review', assigneeId: insider.id });
    const machine = await createMachine(t, registrar, ['review']);
    expect(refusalOf(await machine.post('/v1/applications/claims', {}))).toBe('403 auth/forbidden');
  });

  test('says what is overdue, but not while information is awaited; a resubmission begins anew', async () => {
    const { coop, id } = cases[3]!;
    const { dueAt } = await read(coop, id);
    expect(dueAt).toBe(
      new Date(Date.parse((await read(coop, id)).submittedAt) + 14 * DAY_SECONDS * 1000).toISOString(),
    );
    expectStatus(await ada.api.post(urlOf(id, 'assignee'), {}), 200);
    const ask = { outcome: 'information_requested', reason: 'Which?' };
    expectStatus(await ada.api.post(urlOf(id, 'decision'), ask), 200);
    t.clock.advance(15 * DAY_SECONDS);
    registrar = await signInAgain(t, registrar);
    const again = await signInAgain(t, coop);
    const isOverdue = async () => indexesOf(await list('overdue=true&sort=dueAt', registrar.api)).includes(3);
    expect(await isOverdue()).toBe(false);
    expect(await read(again, id)).not.toHaveProperty('dueAt');
    const resubmitted = expectStatus(await again.api.post(urlOf(id, 'resubmit'), {}), 200).body;
    expect(Date.parse(resubmitted.dueAt)).toBe(t.clock.now().getTime() + 14 * DAY_SECONDS * 1000);
    expect(await isOverdue()).toBe(false);
    expect(indexesOf(await list('overdue=true&sort=dueAt', registrar.api))).toEqual([0, 1, 2]);
  });
});

describe('what is settled by the registrar', () => {
  beforeAll(async () => {
    ada = await joinAs(t, registrar, 'reviewer');
    ben = await joinAs(t, registrar, 'reviewer');
  });
  const url = () => `/v1/organisations/${registrar.id}/review-settings`;

  test('is its administrators’ to change, version by version', async () => {
    const { body, headers } = expectStatus(await ada.api.get(url()), 200);
    expect(body).toEqual({ version: 0, fourEyes: [], dueIn: 'P14D', dueInByType: {}, templates: {} });
    expect(headers['etag']).toBe('"0"');
    expect(refusalOf(await ada.api.put(url(), {}))).toBe('403 auth/forbidden');
    for (const [settings, pointer] of [
      [{ dueIn: 'P2Y' }, '/dueIn'],
      [{ dueInByType: { [TYPE]: 'P0D' } }, `/dueInByType/${TYPE}`],
      [
        { templates: { [TYPE]: [{ field: '/addresses', maximumAge: 'P9Y' }] } },
        `/templates/${TYPE}/0/maximumAge`,
      ],
      [{ fourEyes: ['TrustMeCredential'] }, '/fourEyes/0'],
    ] as const)
      expect(pointersOf(await registrar.api.put(url(), settings))).toContain(pointer);
    await settle({ dueIn: 'P7D' });
    expect(refusalOf(await registrar.api.put(url(), {}))).toBe('428 applications/settings-version-required');
    const stale = await registrar.api.put(url(), {}, { headers: { 'if-match': '"0"' } });
    expect(refusalOf(stale)).toBe('412 applications/settings-version-stale');
    const { id } = await open();
    const { submittedAt, dueAt } = await read(registrar, id);
    expect(Date.parse(dueAt) - Date.parse(submittedAt)).toBe(7 * DAY_SECONDS * 1000);
  });

  test('a template adds to what a profile requires, for reviews that begin under it', async () => {
    const before = await open();
    await recordChecks(registrar, before.id, ['/representation']);
    await settle({
      templates: { [TYPE]: [{ field: '/addresses', methods: ['site_visit'], maximumAge: 'P30D' }] },
    });
    const { id } = await open();
    await recordChecks(registrar, id);
    const missing = async (of: string) =>
      (await read(registrar, of)).missingChecks.map(({ pointer }: { pointer: string }) => pointer);
    expect(await missing(id)).toEqual(['/addresses']);
    expect(await missing(before.id)).not.toContain('/addresses');
    await recordChecks(registrar, id, ['/addresses']);
    const refused = await registrar.api.post(urlOf(id, 'decision'), APPROVE);
    expect(refusalOf(refused)).toBe('409 applications/checks-missing');
    expect(refused.body.errors).toEqual([{ pointer: '/addresses', detail: 'must be checked by site_visit' }]);
    const visit = checkOf('/addresses', { method: 'site_visit' });
    expectStatus(await registrar.api.post(urlOf(id, 'checks'), visit), 201);
    expectStatus(await registrar.api.post(urlOf(id, 'decision'), APPROVE), 200);
    await settle({});
  });
});

describe('four eyes', () => {
  const decide = (who: { api: ApiClient }, id: string, decision: object = APPROVE) =>
    who.api.post(urlOf(id, 'decision'), decision);
  const confirm = (who: { api: ApiClient }, id: string, proposalId: string) =>
    who.api.post(urlOf(id, 'decision/confirmation'), { proposalId });
  const inReview = async () => {
    const opened = await open();
    await recordChecks(registrar, opened.id);
    return opened;
  };
  beforeAll(() => settle({ fourEyes: [TYPE] }));
  afterAll(() => settle({}));

  test('the first proposes, and another person confirms exactly that', async () => {
    const { coop, id } = await inReview();
    const { body } = expectStatus(await decide(ada, id), 200);
    expect(body).toMatchObject({
      status: 'in_review',
      secondReviewer: true,
      proposal: { outcome: 'approved', validFor: 'P6M', proposedBy: ada.id, dossierVersion: 1 },
      credentials: [],
    });
    const seen = await read(coop, id);
    expect([seen.status, seen.proposal, seen.secondReviewer]).toEqual(['in_review', undefined, undefined]);

    expect(refusalOf(await decide(ada, id))).toBe('403 applications/second-reviewer-required');
    expect(refusalOf(await confirm(ada, id, body.proposal.id))).toBe(
      '403 applications/second-reviewer-required',
    );
    const machine = { api: await createMachine(t, registrar, ['review']) };
    expect(refusalOf(await decide(machine, id))).toBe('403 applications/second-reviewer-required');
    expect(refusalOf(await decide(ben, id, { outcome: 'approved' }))).toBe(
      '409 applications/proposal-differs',
    );
    expect(refusalOf(await confirm(ben, id, crypto.randomUUID()))).toBe('409 applications/proposal-ended');

    const decided = expectStatus(await decide(ben, id), 200).body;
    expect([decided.status, decided.credentials.length]).toEqual(['issued', 1]);
    expect(await auditOf(id, 'application.proposal.confirmed')).toEqual([{ proposalId: body.proposal.id }]);
  });

  test('another membership of the same person is no other person', async () => {
    const { id } = await inReview();
    const first = await joinAs(t, registrar, 'reviewer');
    const { body } = expectStatus(await decide(first, id), 200);
    expectStatus(await registrar.api.delete(`/v1/organisations/${registrar.id}/members/${first.id}`), 204);
    const again = await joinAs(t, registrar, 'reviewer', first);
    expect(again.id).not.toBe(first.id);
    expect(refusalOf(await confirm(again, id, body.proposal.id))).toBe(
      '403 applications/second-reviewer-required',
    );
  });

  test('a check voids what was proposed, and so does its being taken back, refused or left by its proposer', async () => {
    const { id } = await inReview();
    const propose = async (who: { api: ApiClient } = ada) =>
      expectStatus(await decide(who, id), 200).body.proposal.id as string;
    const first = await propose();
    await recordChecks(registrar, id, ['/addresses']);
    expect(await read(ben, id)).not.toHaveProperty('proposal');
    expect(refusalOf(await confirm(ben, id, first))).toBe('409 applications/proposal-ended');
    const second = await propose();
    expectStatus(await ben.api.delete(urlOf(id, 'decision/proposal')), 204);
    expect(refusalOf(await confirm(ben, id, second))).toBe('409 applications/proposal-ended');
    const leaver = await joinAs(t, registrar, 'reviewer');
    const third = await propose(leaver);
    expectStatus(await registrar.api.delete(`/v1/organisations/${registrar.id}/members/${leaver.id}`), 204);
    expect(refusalOf(await confirm(ben, id, third))).toBe('409 applications/proposal-ended');
    const demoted = await joinAs(t, registrar, 'reviewer');
    const lost = await propose(demoted);
    const membership = `/v1/organisations/${registrar.id}/members/${demoted.id}`;
    expectStatus(await registrar.api.patch(membership, { role: 'viewer' }), 200);
    expect(refusalOf(await confirm(ben, id, lost))).toBe('409 applications/proposal-ended');
    const fourth = await propose(ben);
    const refusal = {
      outcome: 'refused',
      reason: 'No.',
      reasons: [{ pointer: '/addresses/0', code: 'outdated', detail: 'They moved.' }],
    };
    expect(expectStatus(await decide(ada, id, refusal), 200).body).toMatchObject({
      status: 'refused',
      reasons: refusal.reasons,
    });
    expect(refusalOf(await confirm(ada, id, fourth))).toBe('409 applications/already-decided');
  });

  test('switched off, it still takes two for what is under review', async () => {
    const [proposed, begun] = [await inReview(), await inReview()];
    expectStatus(await decide(ada, proposed.id), 200);
    await settle({});
    expect(refusalOf(await decide(ada, proposed.id))).toBe('403 applications/second-reviewer-required');
    expect(expectStatus(await decide(registrar, begun.id), 200).body.status).toBe('in_review');
    expect(expectStatus(await decide(ben, begun.id), 200).body.status).toBe('issued');
    const later = await inReview();
    expect(expectStatus(await decide(ada, later.id), 200).body.status).toBe('issued');
  });
});

describe('examining', () => {
  test('the draft says what the approval then issues', async () => {
    const { coop, id } = await open();
    const draftOf = async (query = '') =>
      expectStatus(await registrar.api.get(`${urlOf(id, 'draft')}${query}`), 200).body;
    const empty = await draftOf();
    expect(empty).toMatchObject({ draft: true, dossierVersion: 1 });
    expect(empty.missingChecks.map(({ pointer }: { pointer: string }) => pointer)).toEqual(IDENTITY_FIELDS);
    await recordChecks(registrar, id, [...IDENTITY_FIELDS, '/addresses']);
    const draft = await draftOf('?validFor=P6M');
    expect([draft.missingChecks, draft.credentials[0].problems]).toEqual([[], []]);
    expect(refusalOf(await coop.api.get(urlOf(id, 'draft')))).toBe('403 auth/forbidden');
    expect(refusalOf(await registrar.api.get(urlOf(id, 'draft?validFor=P9Y')))).toBe('400 request/invalid');
    const before = await t.connection.db.selectFrom('status_entries').selectAll().execute();
    expect((await draftOf()).credentials[0]).not.toHaveProperty('proof');
    expect(await t.connection.db.selectFrom('status_entries').selectAll().execute()).toEqual(before);

    const { body } = expectStatus(await registrar.api.post(urlOf(id, 'decision'), APPROVE), 200);
    const token = await readToken(coop, body.credentials[0].id);
    const issued = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
    const { credentialSubject, evidence, validFrom, validUntil, assuranceLevel } = issued;
    expect({ credentialSubject, evidence, validFrom, validUntil }).toEqual({
      credentialSubject: draft.credentials[0].credentialSubject,
      evidence: draft.credentials[0].evidence,
      validFrom: draft.credentials[0].validFrom,
      validUntil: draft.credentials[0].validUntil,
    });
    expect(assuranceLevel).toBe(draft.credentials[0].assurance);
    expect(refusalOf(await registrar.api.get(urlOf(id, 'draft')))).toBe('409 applications/already-decided');
  });

  test('several checks are recorded at once or not at all, and two kinds of them give the highest level', async () => {
    const { coop, id } = await open();
    const batch = (checks: readonly object[]) => ben.api.post(urlOf(id, 'checks/batch'), { checks });
    const bad = await batch([checkOf('/representation'), checkOf('/nowhere')]);
    expect(pointersOf(bad)).toEqual(['/checks/1/field']);
    expect((await read(coop, id)).checks).toEqual([]);
    const lookups = IDENTITY_FIELDS.map((field) => checkOf(field));
    expect(expectStatus(await batch(lookups), 201).body.items).toHaveLength(IDENTITY_FIELDS.length);
    const { assurance } = await read(coop, id);
    expect(assurance[TYPE].level).toBe('substantial');
    expect(assurance[TYPE].limitedBy.map(({ field }: { field: string }) => field)).toEqual(IDENTITY_FIELDS);
    expect(assurance[TYPE].limitedBy[1].howToRaise).toEqual([
      'document_inspection',
      'site_visit',
      'callback',
    ]);
    const inspect = { method: 'document_inspection', evidence: { type: 'document' } };
    expectStatus(await batch(IDENTITY_FIELDS.map((field) => checkOf(field, inspect))), 201);
    expect((await read(coop, id)).assurance[TYPE]).toEqual({ level: 'high', limitedBy: [] });
    const { body } = expectStatus(await ben.api.post(urlOf(id, 'decision'), APPROVE), 200);
    expect(body.credentials[0]).toMatchObject({ assurance: 'high', state: 'issued' });
    const token = await readToken(coop, body.credentials[0].id);
    const verified = expectStatus(await t.api.post('/v1/verifications', { credential: token }), 200).body;
    expect(verified.verdict).toBe('accepted');
    expect(verified.credential.evidence).toHaveLength(2 * IDENTITY_FIELDS.length);
  });

  test('what was looked at is what is checked and decided, though another version was handed in meanwhile', async () => {
    const { coop, dossier, id } = await open();
    await recordChecks(registrar, id);
    const ask = { outcome: 'information_requested', reason: 'Which name?' };
    expectStatus(await registrar.api.post(urlOf(id, 'decision'), { ...ask, dossierVersion: 1 }), 200);
    const tradingNames = ['Something Else Entirely'];
    await putDossier(coop, { ...dossier, legalIdentity: { ...dossier.legalIdentity, tradingNames } }, '"1"');
    expectStatus(await coop.api.post(urlOf(id, 'resubmit'), {}), 200);
    const changed = '409 applications/dossier-changed';
    const check = checkOf('/legalIdentity/legalName', { dossierVersion: 1 });
    expect(refusalOf(await registrar.api.post(urlOf(id, 'checks'), check))).toBe(changed);
    const both = { checks: [{ ...check, dossierVersion: 2 }, check] };
    expect(refusalOf(await registrar.api.post(urlOf(id, 'checks/batch'), both))).toBe(changed);
    const approve = { outcome: 'approved', dossierVersion: 1 };
    expect(refusalOf(await ada.api.post(urlOf(id, 'decision'), approve))).toBe(changed);
    expect((await read(registrar, id)).checks).toHaveLength(IDENTITY_FIELDS.length);
    expectStatus(await registrar.api.post(urlOf(id, 'checks'), { ...check, dossierVersion: 2 }), 201);
    const { body } = expectStatus(
      await ada.api.post(urlOf(id, 'decision'), { ...approve, dossierVersion: 2 }),
      200,
    );
    expect(body.status).toBe('issued');
  });

  test('the versions that were handed in lie side by side, with the checks that fell', async () => {
    const { coop, dossier, id } = await open();
    await recordChecks(registrar, id);
    const ask = { outcome: 'information_requested', reason: 'Which name?' };
    expectStatus(await registrar.api.post(urlOf(id, 'decision'), ask), 200);
    await putDossier(coop, { ...dossier, contacts: undefined, addresses: [] }, '"1"');
    const legalName = 'A Mended Name Limited';
    const officers = [{ fullName: 'Olga Officer', role: 'chair' }];
    const mended = { ...dossier, legalIdentity: { ...dossier.legalIdentity, legalName }, officers };
    await putDossier(coop, mended, '"2"');
    expectStatus(await coop.api.post(urlOf(id, 'resubmit'), {}), 200);

    const { body, text } = expectStatus(await registrar.api.get(urlOf(id, 'dossier-difference')), 200);
    expect(body).toEqual({
      from: 1,
      to: 3,
      truncated: false,
      items: [
        {
          pointer: '/legalIdentity/legalName',
          change: 'changed',
          before: dossier.legalIdentity.legalName,
          after: legalName,
          checkNowStale: true,
        },
        { pointer: '/officers', change: 'added', withheld: true },
      ],
    });
    expect(text).not.toContain('Olga');
    const between = await registrar.api.get(urlOf(id, 'dossier-difference?from=2&to=3'));
    expect(pointersOf(between)).toEqual(['/querystring/from']);
    expect(
      (await read(registrar, id)).dossierVersions.map(({ version }: { version: number }) => version),
    ).toEqual([1, 3]);
    const own = expectStatus(
      await coop.api.get(`/v1/organisations/${coop.id}/dossier/difference?from=1&to=2`),
      200,
    );
    expect(own.body.items).toEqual([
      { pointer: '/addresses/0', change: 'removed', before: dossier.addresses[0] },
    ]);
    expectStatus(await coop.api.post(urlOf(id, 'withdraw'), {}), 200);
    expect(refusalOf(await registrar.api.get(urlOf(id, 'dossier-difference')))).toBe(
      '409 applications/wrong-state',
    );
  });

  test('questions have answers, with files that the other side may read, until the application is withdrawn', async () => {
    const { coop, id } = await open();
    const say = (who: { api: ApiClient }, message: object) => who.api.post(urlOf(id, 'messages'), message);
    const fileOf = (who: Organisation, evidenceId: string) =>
      `/v1/organisations/${who.id}/evidence/${evidenceId}`;
    const form = await addEvidence(registrar);
    t.clock.advance(60);
    const reply = await addEvidence(coop);
    expect((await coop.api.get(fileOf(registrar, form))).status).toBe(404);
    expect((await registrar.api.get(fileOf(coop, reply))).status).toBe(404);

    const asked = { text: 'Fill this in?', kind: 'question', about: '/addresses/0', attachments: [form] };
    const { body } = expectStatus(await say(ada, asked), 201);
    const question = body.messages[0];
    expect(question).toMatchObject({ ...asked, organisationId: registrar.id });
    expect((await read(coop, id)).openQuestions).toEqual([question.id]);
    expect(pointersOf(await say(coop, { text: 'Mine', attachments: [form] }))).toEqual(['/attachments/0']);
    expect(pointersOf(await say(ada, { text: 'Mine', answers: question.id }))).toEqual(['/answers']);
    const machine = { api: await createMachine(t, coop, ['applications']) };
    expect(refusalOf(await say(machine, { text: 'Here', attachments: [reply] }))).toBe('403 auth/forbidden');
    const answer = { text: 'Here', answers: question.id, attachments: [reply] };
    expect(expectStatus(await say(coop, answer), 201).body.openQuestions).toEqual([]);

    expect((await coop.api.get(fileOf(registrar, form))).status).toBe(200);
    expect((await machine.api.get(fileOf(registrar, form))).status).toBe(200);
    expect((await ada.api.get(fileOf(coop, reply))).status).toBe(200);
    const other = await registerOrganisation(t.api, 'Other');
    expect((await other.api.get(fileOf(coop, reply))).status).toBe(404);
    const check = checkOf('/addresses', { evidenceId: reply });
    expectStatus(await ada.api.post(urlOf(id, 'checks'), check), 201);
    expectStatus(await coop.api.post(urlOf(id, 'withdraw'), {}), 200);
    expect((await ada.api.get(fileOf(coop, reply))).status).toBe(404);
    expect((await coop.api.get(fileOf(registrar, form))).status).toBe(200);
  });
});
