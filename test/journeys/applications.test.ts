import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import {
  accredit,
  ALL_TYPES,
  apply,
  approve,
  checkOf,
  DOSSIER,
  dossierNumbered,
  expectStatus,
  IDENTITY_FIELDS,
  issueLegalIdentity,
  putDossier,
  readToken,
  recordChecks,
  registerOrganisation,
  signInOperator,
  STATUS_FIELDS,
  type Organisation,
} from '../support/network.js';
import { addEvidence } from '../support/multipart.js';
import { createMachine, joinAs, refusalOf } from '../support/people.js';

let t: TestApp;
let registrar: Organisation;
beforeAll(async () => {
  t = await startApp();
  registrar = await registerOrganisation(t.api, 'Housing Federation');
  await accredit(await signInOperator(t.api), registrar);
});
afterAll(() => t.close());

let numbers = 0;
const freshDossier = () => dossierNumbered(`N${(numbers += 1)}`);

interface Case {
  readonly coop: Organisation;
  readonly id: string;
  readonly dossier: typeof DOSSIER;
}

/** A co-op of its own that has applied. */
async function open(types: readonly string[] = ['CoopLegalIdentityCredential']): Promise<Case> {
  const coop = await registerOrganisation(t.api, 'Applying Co-op');
  const dossier = freshDossier();
  await putDossier(coop, dossier);
  return { coop, dossier, id: await apply(coop, registrar, types) };
}

const urlOf = (id: string, action = '') => `/v1/applications/${id}${action && `/${action}`}`;
const act = (who: Organisation, id: string, action: string, body: object = {}) =>
  who.api.post(urlOf(id, action), body);
const decide = (who: Organisation, id: string, decision: object) => act(who, id, 'decision', decision);
const recordCheck = (id: string, field: string, changes: object = {}) =>
  registrar.api.post(urlOf(id, 'checks'), checkOf(field, changes));
const read = async (who: Organisation, id: string) => expectStatus(await who.api.get(urlOf(id)), 200).body;
const statusOf = async (id: string) => (await read(registrar, id)).status;
const pointersOf = (answer: Answer) => answer.body.errors?.map(({ pointer }: { pointer: string }) => pointer);
const ASK = { outcome: 'information_requested', reason: 'Which address is right?' };
const REFUSE = { outcome: 'refused', reason: 'Not a co-operative.' };
const APPROVE = { outcome: 'approved' };

async function askBack(id: string): Promise<void> {
  expectStatus(await act(registrar, id, 'assignee'), 200);
  expectStatus(await decide(registrar, id, ASK), 200);
}

describe('submitting', () => {
  test('puts the newest dossier under review', async () => {
    const coop = await registerOrganisation(t.api, 'Submitting Co-op');
    await putDossier(coop, freshDossier());
    const dossier = freshDossier();
    await putDossier(coop, dossier, '"1"');
    const answer = await coop.api.post('/v1/applications', {
      registrarId: registrar.id,
      credentialTypes: ALL_TYPES,
    });
    const { body, headers } = expectStatus(answer, 201);
    expect(body).toMatchObject({
      status: 'submitted',
      dossierVersion: 2,
      dossier,
      applicant: { id: coop.id, did: coop.did },
      registrar: { id: registrar.id, did: registrar.did },
      credentialTypes: ALL_TYPES,
      checks: [],
      credentials: [],
    });
    expect(headers['location']).toBe(urlOf(body.id));
    expect(await read(coop, body.id)).toEqual(body);
  });

  test.each<[string, object | undefined, readonly string[], string[]]>([
    [
      'an empty dossier',
      undefined,
      ALL_TYPES,
      [
        '/legalIdentity/legalName',
        '/legalIdentity/registrationNumber',
        '/legalIdentity/registrationAuthority',
        '/legalIdentity/jurisdiction',
        '/democraticControl/category',
        '/democraticControl/votingRule',
        '/democraticControl/memberCount',
        '/democraticControl/memberCountOn',
      ],
    ],
    [
      'a dossier without the democratic control that the status speaks of',
      { legalIdentity: DOSSIER.legalIdentity },
      ['CoopStatusCredential'],
      [
        '/democraticControl/category',
        '/democraticControl/votingRule',
        '/democraticControl/memberCount',
        '/democraticControl/memberCountOn',
      ],
    ],
  ])('%s is a 409 that names what is missing', async (_what, dossier, credentialTypes, missing) => {
    const coop = await registerOrganisation(t.api, 'Incomplete Co-op');
    if (dossier) await putDossier(coop, dossier);
    const answer = await coop.api.post('/v1/applications', { registrarId: registrar.id, credentialTypes });
    expect(refusalOf(answer)).toBe('409 applications/dossier-incomplete');
    expect(pointersOf(answer)).toEqual(missing);
    expect((await coop.api.get('/v1/applications')).body.items).toEqual([]);
  });

  test('the status alone needs the legal identity too, which says who it is about', async () => {
    const coop = await registerOrganisation(t.api, 'Nameless Co-op');
    await putDossier(coop, { democraticControl: DOSSIER.democraticControl });
    const answer = await coop.api.post('/v1/applications', {
      registrarId: registrar.id,
      credentialTypes: ['CoopStatusCredential'],
    });
    expect(refusalOf(answer)).toBe('409 applications/dossier-incomplete');
    expect(pointersOf(answer)).toContain('/legalIdentity/jurisdiction');
  });

  test.each<[string, object, string]>([
    ['an unknown type', { credentialTypes: ['TrustMeCredential'] }, '/credentialTypes/0'],
    ['no type', { credentialTypes: [] }, '/credentialTypes'],
    ['a type twice', { credentialTypes: [ALL_TYPES[0], ALL_TYPES[0]] }, '/credentialTypes'],
    ['no registrar of this network', { registrarId: crypto.randomUUID() }, '/registrarId'],
    ['an id that is none', { registrarId: 'the federation' }, '/registrarId'],
  ])('%s is a 400', async (_what, changes, pointer) => {
    const { coop } = await open();
    const wanted = { registrarId: registrar.id, credentialTypes: ALL_TYPES, ...changes };
    const answer = await coop.api.post('/v1/applications', wanted);
    expect(refusalOf(answer)).toBe('400 request/invalid');
    expect(pointersOf(answer)).toContain(pointer);
  });

  test('the same thing twice is a 409 while the first is open, and possible afterwards', async () => {
    const { coop, id } = await open();
    const again = () =>
      coop.api.post('/v1/applications', { registrarId: registrar.id, credentialTypes: ALL_TYPES });
    expect(refusalOf(await again())).toBe('409 applications/already-open');
    expectStatus(await act(coop, id, 'withdraw'), 200);
    expectStatus(await again(), 201);
  });
});

describe('the life of an application', () => {
  test('a check takes it into review', async () => {
    const { id } = await open();
    const { body } = expectStatus(await recordCheck(id, '/representation'), 201);
    expect(body).toMatchObject({ field: '/representation', result: 'confirmed', current: true });
    expect(await statusOf(id)).toBe('in_review');
  });

  test('so does an assignee: whoever takes it on, or a named colleague', async () => {
    const { id } = await open();
    const reviewer = await joinAs(t, registrar, 'reviewer');
    const taken = expectStatus(await reviewer.api.post(urlOf(id, 'assignee'), {}), 200);
    expect(taken.body).toMatchObject({ status: 'in_review', assigneeId: reviewer.id });
    const other = await joinAs(t, registrar, 'reviewer');
    const handed = expectStatus(await act(registrar, id, 'assignee', { memberId: other.id }), 200);
    expect(handed.body.assigneeId).toBe(other.id);
  });

  test('an assignee from elsewhere is a 400, and a machine has to name one', async () => {
    const { id, coop } = await open();
    const stranger = await joinAs(t, coop, 'reviewer');
    const answer = await act(registrar, id, 'assignee', { memberId: stranger.id });
    expect(pointersOf(answer)).toEqual(['/memberId']);
    const machine = await createMachine(t, registrar, ['review']);
    expect(refusalOf(await machine.post(urlOf(id, 'assignee'), {}))).toBe('400 request/invalid');
    expect(await statusOf(id)).toBe('submitted');
  });

  test('both sides talk, and both read it', async () => {
    const { coop, id } = await open();
    expectStatus(await act(registrar, id, 'messages', { text: 'Who are you?' }), 201);
    expectStatus(await act(coop, id, 'messages', { text: 'A co-op.' }), 201);
    const seen = [await read(coop, id), await read(registrar, id)].map(({ messages }) =>
      messages.map(({ organisationId, text }: { organisationId: string; text: string }) => [
        organisationId,
        text,
      ]),
    );
    const talk = [
      [registrar.id, 'Who are you?'],
      [coop.id, 'A co-op.'],
    ];
    expect(seen).toEqual([talk, talk]);
  });

  test('asked for more, the co-op hands in its newest dossier, and only the checks of what changed fall', async () => {
    const { coop, dossier, id } = await open();
    await recordChecks(registrar, id);
    expectStatus(await decide(registrar, id, ASK), 200);
    expect(await statusOf(id)).toBe('information_requested');
    expect((await read(coop, id)).reason).toBe(ASK.reason);
    const legalName = 'A Mended Name Limited';
    await putDossier(coop, { ...dossier, legalIdentity: { ...dossier.legalIdentity, legalName } }, '"1"');
    expect((await read(registrar, id)).dossierVersion).toBe(1);

    const { body } = expectStatus(await act(coop, id, 'resubmit'), 200);
    expect(body).toMatchObject({ status: 'in_review', dossierVersion: 2 });
    expect(body.missingChecks.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      '/legalIdentity/legalName',
    ]);
    const current = Object.fromEntries(
      body.checks.map((check: { field: string; current: boolean }) => [check.field, check.current]),
    );
    expect(current).toEqual(
      Object.fromEntries(IDENTITY_FIELDS.map((field) => [field, field !== '/legalIdentity/legalName'])),
    );
    expect(refusalOf(await decide(registrar, id, APPROVE))).toBe('409 applications/checks-missing');
    await recordChecks(registrar, id, ['/legalIdentity/legalName']);
    const [credential] = await approve(registrar, id);
    expect(claimsOf(await readToken(coop, credential?.id ?? '')).legalName).toBe(legalName);
  });

  test('who becomes another entity in the meantime is asked anew whom the applicant acts for', async () => {
    const { coop, id } = await open();
    await recordChecks(registrar, id);
    expectStatus(await decide(registrar, id, ASK), 200);
    await putDossier(coop, freshDossier(), '"1"');
    const { body } = expectStatus(await act(coop, id, 'resubmit'), 200);
    expect(body.missingChecks.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      '/representation',
      '/legalIdentity/registrationNumber',
    ]);
  });

  test('handing in the same version again keeps all checks', async () => {
    const { coop, id } = await open();
    await recordChecks(registrar, id);
    expectStatus(await decide(registrar, id, ASK), 200);
    expect(expectStatus(await act(coop, id, 'resubmit'), 200).body.missingChecks).toEqual([]);
    await approve(registrar, id);
  });

  test('a dossier that lost what is needed cannot be handed in', async () => {
    const { coop, id } = await open();
    await askBack(id);
    await putDossier(coop, {}, '"1"');
    expect(refusalOf(await act(coop, id, 'resubmit'))).toBe('409 applications/dossier-incomplete');
    expect(await statusOf(id)).toBe('information_requested');
  });

  test('refused with a reason, it is over', async () => {
    const { coop, id } = await open();
    await recordChecks(registrar, id);
    const { body } = expectStatus(await decide(registrar, id, REFUSE), 200);
    expect(body).toMatchObject({
      status: 'refused',
      reason: REFUSE.reason,
      credentials: [],
      decidedAt: t.clock.now().toISOString(),
    });
    expect((await read(coop, id)).reason).toBe(REFUSE.reason);
    expect(refusalOf(await decide(registrar, id, APPROVE))).toBe('409 applications/already-decided');
    expect(refusalOf(await act(coop, id, 'withdraw'))).toBe('409 applications/already-decided');
  });

  test('withdrawn, the registrar sees no more what was handed in', async () => {
    const coop = await registerOrganisation(t.api, 'Withdrawing Co-op');
    const dossier = freshDossier();
    await putDossier(coop, dossier);
    await addEvidence(coop);
    const id = await apply(coop, registrar);
    expect((await read(registrar, id)).evidence).toHaveLength(1);
    expectStatus(await act(coop, id, 'withdraw'), 200);
    const { status, dossier: shown, evidence } = await read(registrar, id);
    expect({ status, shown, evidence }).toEqual({ status: 'withdrawn', shown: {}, evidence: [] });
    expect((await read(coop, id)).dossier).toEqual(dossier);
  });

  test('withdrawn, it is over for both', async () => {
    const { coop, id } = await open();
    expect(expectStatus(await act(coop, id, 'withdraw'), 200).body.status).toBe('withdrawn');
    expect(refusalOf(await recordCheck(id, '/representation'))).toBe('409 applications/wrong-state');
    expect(refusalOf(await decide(registrar, id, REFUSE))).toBe('409 applications/not-in-review');
    expect(refusalOf(await act(coop, id, 'resubmit'))).toBe('409 applications/wrong-state');
  });

  test.each([APPROVE, REFUSE, ASK])('a decision needs a review: $outcome', async (decision) => {
    const { id } = await open();
    expect(refusalOf(await decide(registrar, id, decision))).toBe('409 applications/not-in-review');
    expect(await statusOf(id)).toBe('submitted');
  });

  test('while information is awaited nothing is checked or decided', async () => {
    const { id } = await open();
    await askBack(id);
    expect(refusalOf(await recordCheck(id, '/representation'))).toBe('409 applications/wrong-state');
    expect(refusalOf(await decide(registrar, id, APPROVE))).toBe('409 applications/not-in-review');
  });

  test('issued, it is decided for good', async () => {
    const { coop, id } = await open();
    await recordChecks(registrar, id);
    await approve(registrar, id);
    expect(await statusOf(id)).toBe('issued');
    expect(refusalOf(await decide(registrar, id, REFUSE))).toBe('409 applications/already-decided');
    expect(refusalOf(await recordCheck(id, '/addresses'))).toBe('409 applications/already-decided');
    expect(refusalOf(await act(coop, id, 'withdraw'))).toBe('409 applications/already-decided');
    expect(refusalOf(await act(registrar, id, 'retry'))).toBe('409 applications/already-decided');
  });

  test.each([
    [{ outcome: 'refused' }, '/reason'],
    [{ outcome: 'information_requested' }, '/reason'],
    [{ ...REFUSE, validFor: 'P1Y' }, '/validFor'],
    [{ outcome: 'maybe' }, '/outcome'],
    [{}, '/outcome'],
    [{ outcome: 'approved', reason: ' ' }, '/reason'],
  ])('%j is no decision', async (decision, pointer) => {
    const { id } = await open();
    expectStatus(await act(registrar, id, 'assignee'), 200);
    const answer = await decide(registrar, id, decision);
    expect(refusalOf(answer)).toBe('400 request/invalid');
    expect(pointersOf(answer)).toContain(pointer);
  });
});

function claimsOf(token: string): { readonly legalName?: string } {
  const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  return payload.credentialSubject;
}

describe('approving', () => {
  test('without the checks is a 409 that lists all of them', async () => {
    const { id } = await open(ALL_TYPES);
    expectStatus(await act(registrar, id, 'assignee'), 200);
    const answer = await decide(registrar, id, APPROVE);
    expect(refusalOf(answer)).toBe('409 applications/checks-missing');
    expect(pointersOf(answer).sort()).toEqual([...new Set([...IDENTITY_FIELDS, ...STATUS_FIELDS])].sort());
    expect(await statusOf(id)).toBe('in_review');
  });

  test.each(IDENTITY_FIELDS)('without %s lists just that', async (left) => {
    const { id } = await open();
    await recordChecks(
      registrar,
      id,
      IDENTITY_FIELDS.filter((field) => field !== left),
    );
    const answer = await decide(registrar, id, APPROVE);
    expect(pointersOf(answer)).toEqual([left]);
  });

  test('a check of the whole block is none of the field', async () => {
    const { id } = await open();
    await recordChecks(registrar, id, ['/representation', '/legalIdentity']);
    expect(pointersOf(await decide(registrar, id, APPROVE))).toEqual(
      IDENTITY_FIELDS.filter((field) => field !== '/representation'),
    );
  });

  test.each(['refuted', 'inconclusive'])(
    'a %s required check blocks, until a later one confirms',
    async (result) => {
      const { id } = await open();
      await recordChecks(registrar, id);
      expectStatus(await recordCheck(id, '/representation', { result }), 201);
      const answer = await decide(registrar, id, APPROVE);
      expect(answer.body.errors).toEqual([
        { pointer: '/representation', detail: `the latest check is ${result}` },
      ]);
      await recordChecks(registrar, id, ['/representation']);
      await approve(registrar, id);
    },
  );

  test('what is refuted is not said, though the block around it is confirmed', async () => {
    const { coop, id } = await open();
    await recordChecks(registrar, id, [...IDENTITY_FIELDS, '/legalIdentity', '/addresses']);
    expectStatus(await recordCheck(id, '/addresses/0/street', { result: 'refuted' }), 201);
    const [credential] = await approve(registrar, id);
    const claims = claimsOf(await readToken(coop, credential?.id ?? ''));
    expect(claims).toMatchObject({ incorporatedOn: expect.any(String) as string });
    expect(claims).not.toHaveProperty('addresses');
  });

  test('a refutation of what the credential cannot do without blocks it', async () => {
    const { id } = await open(['CoopStatusCredential']);
    await recordChecks(registrar, id, STATUS_FIELDS);
    expectStatus(await recordCheck(id, '/legalIdentity/jurisdiction', { result: 'refuted' }), 201);
    const answer = await decide(registrar, id, APPROVE);
    expect(refusalOf(answer)).toBe('409 applications/checks-missing');
    expect(pointersOf(answer)).toEqual(['/legalIdentity/jurisdiction']);
  });

  test('issues what was reviewed, not what the dossier says now', async () => {
    const { coop, dossier, id } = await open();
    const legalName = 'Somebody Else Limited';
    await putDossier(coop, { ...dossier, legalIdentity: { ...dossier.legalIdentity, legalName } }, '"1"');
    expect((await read(registrar, id)).dossier.legalIdentity.legalName).toBe(dossier.legalIdentity.legalName);
    await recordChecks(registrar, id);
    const [credential] = await approve(registrar, id);
    expect(claimsOf(await readToken(coop, credential?.id ?? '')).legalName).toBe(
      dossier.legalIdentity.legalName,
    );
  });

  test('issues every requested type at once', async () => {
    const { id } = await open(ALL_TYPES);
    await recordChecks(registrar, id, [...new Set([...IDENTITY_FIELDS, ...STATUS_FIELDS])]);
    const credentials = await approve(registrar, id);
    expect(credentials.map(({ type }) => type).sort()).toEqual([...ALL_TYPES].sort());
  });

  test.each<[string, string | undefined]>([
    ['P0D', undefined],
    ['PT0S', undefined],
    ['P1Y1D', undefined],
    ['P9999Y', undefined],
    ['1 year', undefined],
    ['P', undefined],
    ['-P1D', undefined],
    ['P1Y', '2027-11-20'],
    ['P6M', '2027-05-20'],
    ['P30D', '2026-12-20'],
  ])('for %s', async (validFor, end) => {
    const { id } = await open();
    await recordChecks(registrar, id);
    const answer = await decide(registrar, id, { ...APPROVE, validFor });
    if (end === undefined) {
      expect(refusalOf(answer)).toBe('400 request/invalid');
      expect(pointersOf(answer)).toEqual(['/validFor']);
      expect(await statusOf(id)).toBe('in_review');
      return;
    }
    const { body } = expectStatus(
      await registrar.api.get(`/v1/credentials/${answer.body.credentials[0].id}`),
      200,
    );
    expect(body.validUntil).toMatch(new RegExp(`^${end}`));
  });

  test('the level is the lowest over the required checks', async () => {
    const { id } = await open();
    await recordChecks(registrar, id);
    expectStatus(await recordCheck(id, '/representation', { method: 'interview' }), 201);
    expectStatus(await recordCheck(id, '/addresses', { method: 'register_lookup' }), 201);
    const { body } = expectStatus(await decide(registrar, id, APPROVE), 200);
    expect(body.credentials[0].assurance).toBe('low');
  });
});

describe('one live credential a registration', () => {
  const holderOf = async (registrationNumber: string, changes: object = {}) => {
    const coop = await registerOrganisation(t.api, 'Namesake Co-op');
    const dossier = dossierNumbered(registrationNumber);
    await putDossier(coop, { ...dossier, legalIdentity: { ...dossier.legalIdentity, ...changes } });
    const id = await apply(coop, registrar);
    await recordChecks(registrar, id);
    return { coop, id };
  };

  test.each<[string, string, object?]>([
    ['the same', 'D-1 a'],
    ['in another case', 'd-1 A'],
    ['without spaces and hyphens', 'D1A'],
    ['with others', 'D – 1-a'],
    ['in another subdivision', 'D-1 a', { jurisdiction: 'GB' }],
    [
      'under the authority in capitals',
      'D-1 a',
      { registrationAuthority: { name: 'REGULATOR OF SOCIAL HOUSING' } },
    ],
  ])('a second one is a 409: %s', async (_how, number, changes) => {
    const first = await holderOf(`D-1 a`).then(({ id }) => decide(registrar, id, APPROVE));
    expect([200, 409]).toContain(first.status);
    const { id } = await holderOf(number, changes);
    expect(refusalOf(await decide(registrar, id, APPROVE))).toBe('409 credentials/duplicate');
    expect(await read(registrar, id)).toMatchObject({ status: 'in_review', credentials: [] });
  });

  test('also for the same co-op', async () => {
    const { coop, id } = await holderOf('D-2');
    await approve(registrar, id);
    const again = await apply(coop, registrar);
    await recordChecks(registrar, again);
    expect(refusalOf(await decide(registrar, again, APPROVE))).toBe('409 credentials/duplicate');
  });

  test('another type is another matter', async () => {
    const { coop, id } = await holderOf('D-3');
    await approve(registrar, id);
    const status = await apply(coop, registrar, ['CoopStatusCredential']);
    await recordChecks(registrar, status, STATUS_FIELDS);
    await approve(registrar, status);
  });

  test('once revoked, a new one may be issued', async () => {
    const { coop, id } = await holderOf('D-4');
    const [credential] = await approve(registrar, id);
    expectStatus(
      await registrar.api.post(`/v1/credentials/${credential?.id}/revoke`, { reason: 'Wrong name' }),
      200,
    );
    const again = await apply(coop, registrar);
    await recordChecks(registrar, again);
    await approve(registrar, again);
  });
});

describe('nobody decides on their own organisation', () => {
  test('not as the organisation', async () => {
    const own = await registerOrganisation(t.api, 'Registrar and Co-op');
    await accredit(await signInOperator(t.api), own);
    await putDossier(own, freshDossier());
    const id = await apply(own, own);
    await own.api.post(urlOf(id, 'assignee'), {});
    for (const decision of [APPROVE, REFUSE, ASK])
      expect(refusalOf(await decide(own, id, decision))).toBe('403 applications/own-organisation');
  });

  test('not as a person who is a member of both, in whichever role', async () => {
    const { coop, id } = await open();
    await recordChecks(registrar, id);
    const reviewer = await joinAs(t, registrar, 'reviewer');
    const decideAsReviewer = () => reviewer.api.post(urlOf(id, 'decision'), ASK);
    await joinAs(t, coop, 'viewer', reviewer);
    expect(refusalOf(await decideAsReviewer())).toBe('403 applications/own-organisation');
    const check = reviewer.api.post(urlOf(id, 'checks'), checkOf('/representation'));
    expect(refusalOf(await check)).toBe('403 applications/own-organisation');
    expect(await statusOf(id)).toBe('in_review');
  });

  test('not by a machine client that a member of both has made', async () => {
    const { coop, id } = await open();
    await recordChecks(registrar, id);
    const insider = await joinAs(t, registrar, 'admin', coop);
    const machine = await createMachine(t, { ...registrar, api: insider.api }, ['review']);
    const decideByMachine = () => machine.post(urlOf(id, 'decision'), APPROVE);
    expect(refusalOf(await decideByMachine())).toBe('403 applications/own-organisation');
    // Who leaves goes on knowing the client's secret.
    const leave = insider.api.delete(`/v1/organisations/${registrar.id}/members/${insider.id}`);
    expectStatus(await leave, 204);
    expect(refusalOf(await decideByMachine())).toBe('403 applications/own-organisation');
    expect(await statusOf(id)).toBe('in_review');
  });
});

describe('who may decide', () => {
  async function registrarWith(terms: object | undefined): Promise<Organisation> {
    const organisation = await registerOrganisation(t.api, 'Some Registrar');
    if (terms) await accredit(await signInOperator(t.api), organisation, terms);
    return organisation;
  }
  async function examinedBy(examiner: Organisation, types?: readonly string[]): Promise<string> {
    const coop = await registerOrganisation(t.api, 'Co-op');
    await putDossier(coop, freshDossier());
    const id = await apply(coop, examiner, types);
    await recordChecks(examiner, id, [...new Set([...IDENTITY_FIELDS, ...STATUS_FIELDS])]);
    return id;
  }

  test.each<[string, object | undefined, string]>([
    ['nobody without an accreditation', undefined, '403 applications/not-accredited'],
    ['nobody for another country', { jurisdictions: ['IE', 'US'] }, '403 applications/not-accredited'],
    [
      'nobody for another part of the country',
      { jurisdictions: ['GB-SCT'] },
      '403 applications/not-accredited',
    ],
    [
      'nobody for another type',
      { credentialTypes: ['CoopStatusCredential'] },
      '403 applications/not-accredited',
    ],
    ['nobody beyond the highest level', { maxAssurance: 'low' }, '403 applications/assurance-too-high'],
    ['who is accredited for the whole country', { jurisdictions: ['GB'] }, '200 undefined'],
    ['who is accredited for that part of it', { jurisdictions: ['GB-ENG'] }, '200 undefined'],
    ['who is accredited for more than is needed', { maxAssurance: 'high' }, '200 undefined'],
  ])('%s', async (_who, terms, outcome) => {
    const examiner = await registrarWith(terms);
    const id = await examinedBy(examiner);
    expect(refusalOf(await decide(examiner, id, APPROVE))).toBe(outcome);
    const { status } = await read(examiner, id);
    expect(status).toBe(outcome.startsWith('200') ? 'issued' : 'in_review');
  });

  test('nobody for two types with an accreditation for one', async () => {
    const examiner = await registrarWith({ credentialTypes: ['CoopLegalIdentityCredential'] });
    const id = await examinedBy(examiner, ALL_TYPES);
    expect(refusalOf(await decide(examiner, id, APPROVE))).toBe('403 applications/not-accredited');
    expect((await read(examiner, id)).credentials).toEqual([]);
  });

  test('nobody once the accreditation has ended', async () => {
    const operator = await signInOperator(t.api);
    const examiner = await registerOrganisation(t.api, 'Former Registrar');
    const accreditationId = await accredit(operator, examiner);
    const id = await examinedBy(examiner);
    expectStatus(await operator.delete(`/v1/accreditations/${accreditationId}`), 204);
    expect(refusalOf(await decide(examiner, id, APPROVE))).toBe('403 applications/not-accredited');
  });

  test('nobody with weaker checks is stopped by a low maximum', async () => {
    const examiner = await registrarWith({ maxAssurance: 'low' });
    const id = await examinedBy(examiner);
    const weaker = checkOf('/representation', { method: 'interview' });
    expectStatus(await examiner.api.post(urlOf(id, 'checks'), weaker), 201);
    await approve(examiner, id);
  });
});

describe('checks', () => {
  test.each<[string, object, string]>([
    ['of a field that the dossier lacks', { field: '/legalIdentity/legalForm' }, '/field'],
    ['of a field that is none', { field: '/legalIdentity/constructor' }, '/field'],
    ['of the length of a list', { field: '/addresses/length' }, '/field'],
    ['below the representation', { field: '/representation/who' }, '/field'],
    ['of everything', { field: '' }, '/field'],
    ['of no pointer', { field: 'legalIdentity' }, '/field'],
    ['with a broken escape', { field: '/legalIdentity~2' }, '/field'],
    ['by an unknown method', { method: 'divination' }, '/method'],
    ['with an unknown result', { result: 'verified' }, '/result'],
    ['with evidence of no kind', { evidence: { type: 'rumour' } }, '/evidence/type'],
    ["with another kind's evidence", { evidence: { type: 'vouch', record: {} } }, '/evidence/record'],
    ['with a level', { assurance: 'high' }, '/assurance'],
    ['with a piece of evidence that is not there', { evidenceId: crypto.randomUUID() }, '/evidenceId'],
  ])('%s are a 400', async (_what, changes, pointer) => {
    const { id } = await open();
    const answer = await recordCheck(id, '/legalIdentity/legalName', changes);
    expect(refusalOf(answer)).toBe('400 request/invalid');
    expect(pointersOf(answer)).toContain(pointer);
    expect(await statusOf(id)).toBe('submitted');
  });

  test('name evidence of the applicant or of the registrar, and of nobody else', async () => {
    const coop = await registerOrganisation(t.api, 'Evident Co-op');
    await putDossier(coop, freshDossier());
    const handedIn = await addEvidence(coop);
    const id = await apply(coop, registrar);
    t.clock.advance(1);
    const late = await addEvidence(coop);
    const own = await addEvidence(registrar);
    const foreign = await addEvidence(await registerOrganisation(t.api, 'Bystander'));
    const outcomes = [];
    for (const evidenceId of [handedIn, own, late, foreign])
      outcomes.push((await recordCheck(id, '/representation', { evidenceId })).status);
    expect(outcomes).toEqual([201, 201, 400, 400]);
  });

  test('the note is for the registrar only', async () => {
    const { coop, id } = await open();
    const note = 'The secretary sounded unsure.';
    expect((await recordCheck(id, '/representation', { note })).body.note).toBe(note);
    expect((await read(registrar, id)).checks[0].note).toBe(note);
    expect(JSON.stringify(await read(coop, id))).not.toContain('unsure');
    const exported = await coop.api.get(`/v1/organisations/${coop.id}/export`);
    expect(exported.text).not.toContain('unsure');
  });
});

describe('rights', () => {
  test('for everybody else it is not there', async () => {
    const { id } = await open();
    const stranger = await registerOrganisation(t.api, 'Stranger');
    const attempts = [
      await stranger.api.get(urlOf(id)),
      await act(stranger, id, 'messages', { text: 'Hello' }),
      await act(stranger, id, 'withdraw'),
      await act(stranger, id, 'resubmit'),
      await act(stranger, id, 'assignee'),
      await act(stranger, id, 'retry'),
      await decide(stranger, id, REFUSE),
      await stranger.api.post(urlOf(id, 'checks'), checkOf('/representation')),
    ];
    expect(attempts.map(refusalOf)).toEqual(attempts.map(() => '404 resource/not-found'));
    expect((await stranger.api.get('/v1/applications')).body.items).toEqual([]);
  });

  test("the other side's actions are a 403", async () => {
    const { coop, id } = await open();
    const attempts = [
      await act(coop, id, 'assignee'),
      await act(coop, id, 'retry'),
      await decide(coop, id, APPROVE),
      await coop.api.post(urlOf(id, 'checks'), checkOf('/representation')),
      await act(registrar, id, 'withdraw'),
      await act(registrar, id, 'resubmit'),
    ];
    expect(attempts.map(refusalOf)).toEqual(attempts.map(() => '403 auth/forbidden'));
  });

  test('a delegate applies and withdraws, a reviewer and a viewer of the co-op only read', async () => {
    const coop = await registerOrganisation(t.api, 'Staffed Co-op');
    await putDossier(coop, freshDossier());
    const wanted = { registrarId: registrar.id, credentialTypes: ALL_TYPES };
    const delegate = await joinAs(t, coop, 'delegate');
    const { id } = expectStatus(await delegate.api.post('/v1/applications', wanted), 201).body;
    for (const role of ['reviewer', 'viewer'] as const) {
      const { api } = await joinAs(t, coop, role);
      expectStatus(await api.get(urlOf(id)), 200);
      const attempts = [
        await api.post('/v1/applications', wanted),
        await api.post(urlOf(id, 'withdraw'), {}),
        await api.post(urlOf(id, 'messages'), { text: 'Hello' }),
      ];
      expect(attempts.map(refusalOf)).toEqual(attempts.map(() => '403 auth/forbidden'));
    }
    expectStatus(await delegate.api.post(urlOf(id, 'messages'), { text: 'Hello' }), 201);
    expectStatus(await delegate.api.post(urlOf(id, 'withdraw'), {}), 200);
  });

  test('a reviewer works on applications, a delegate and a viewer of the registrar only read', async () => {
    const { id } = await open();
    for (const role of ['delegate', 'viewer'] as const) {
      const { api } = await joinAs(t, registrar, role);
      expectStatus(await api.get(urlOf(id)), 200);
      const attempts = [
        await api.post(urlOf(id, 'checks'), checkOf('/representation')),
        await api.post(urlOf(id, 'assignee'), {}),
        await api.post(urlOf(id, 'decision'), REFUSE),
        await api.post(urlOf(id, 'messages'), { text: 'Hello' }),
      ];
      expect(attempts.map(refusalOf)).toEqual(attempts.map(() => '403 auth/forbidden'));
    }
    const reviewer = await joinAs(t, registrar, 'reviewer');
    expectStatus(await reviewer.api.post(urlOf(id, 'checks'), checkOf('/representation')), 201);
    expectStatus(await reviewer.api.post(urlOf(id, 'decision'), REFUSE), 200);
  });

  test('a machine sees the side that its scopes are for', async () => {
    const { coop, id } = await open();
    const none = await createMachine(t, coop, ['verify', 'dossier']);
    expect(refusalOf(await none.get(urlOf(id)))).toBe('403 auth/forbidden');
    expect(refusalOf(await none.get('/v1/applications'))).toBe('403 auth/forbidden');
    expect(refusalOf(await none.post(urlOf(id, 'messages'), { text: 'x' }))).toBe('403 auth/forbidden');
    const wrongSide = await createMachine(t, coop, ['review']);
    expect(refusalOf(await wrongSide.get(urlOf(id)))).toBe('403 auth/forbidden');
    expect((await wrongSide.get('/v1/applications')).body.items).toEqual([]);
    expect(refusalOf(await wrongSide.get('/v1/applications?role=applicant'))).toBe('403 auth/forbidden');
    const fitting = await createMachine(t, coop, ['applications']);
    expectStatus(await fitting.get(urlOf(id)), 200);
    expect((await fitting.get('/v1/applications')).body.items).toHaveLength(1);
    expectStatus(await fitting.post(urlOf(id, 'messages'), { text: 'x' }), 201);
  });
});

describe('lists', () => {
  let examiner: Organisation;
  let coop: Organisation;
  let ids: string[];
  beforeAll(async () => {
    examiner = await registerOrganisation(t.api, 'Listing Registrar');
    coop = await registerOrganisation(t.api, 'Listing Co-op');
    await putDossier(coop, freshDossier());
    await putDossier(examiner, freshDossier());
    ids = [
      await apply(coop, examiner, ['CoopLegalIdentityCredential']),
      await apply(coop, examiner, ['CoopStatusCredential']),
      await apply(coop, registrar),
      await apply(examiner, registrar),
    ];
    expectStatus(await act(examiner, ids[1] ?? '', 'assignee'), 200);
  });
  const idsAt = async (who: Organisation, query = '') =>
    expectStatus(await who.api.get(`/v1/applications${query}`), 200).body.items.map(
      ({ id }: { id: string }) => id,
    );

  test('hold the own ones and the queue, oldest first', async () => {
    expect(await idsAt(coop)).toEqual(ids.slice(0, 3));
    expect(await idsAt(examiner)).toEqual([ids[0], ids[1], ids[3]]);
  });
  test('by role', async () => {
    expect(await idsAt(examiner, '?role=registrar')).toEqual(ids.slice(0, 2));
    expect(await idsAt(examiner, '?role=applicant')).toEqual([ids[3]]);
  });
  test('by status', async () => {
    expect(await idsAt(coop, '?status=in_review')).toEqual([ids[1]]);
    expect(await idsAt(coop, '?status=issued')).toEqual([]);
  });
  test('by page', async () => {
    const first = (await coop.api.get('/v1/applications?limit=2')).body;
    expect(first.next).toBe(ids[1]);
    expect(await idsAt(coop, `?limit=2&after=${first.next}`)).toEqual([ids[2]]);
  });
  test('hold no dossiers, checks or messages', async () => {
    const { items } = (await coop.api.get('/v1/applications')).body;
    for (const member of ['dossier', 'checks', 'messages', 'evidence'])
      expect(items[0]).not.toHaveProperty(member);
  });
  test.each(['limit=0', 'limit=101', 'limit=two', 'after=x', 'role=both', 'status=lost', 'sort=id'])(
    '?%s is a 400',
    async (query) => {
      expect(refusalOf(await coop.api.get(`/v1/applications?${query}`))).toBe('400 request/invalid');
    },
  );
});

test('two registrars at once: the first to approve wins', async () => {
  const other = await registerOrganisation(t.api, 'Second Federation');
  await accredit(await signInOperator(t.api), other);
  const coop = await registerOrganisation(t.api, 'Popular Co-op');
  const dossier = freshDossier();
  await issueLegalIdentity(coop, registrar, dossier);
  const second = await apply(coop, other);
  await recordChecks(other, second);
  expect(refusalOf(await decide(other, second, APPROVE))).toBe('409 credentials/duplicate');
});
