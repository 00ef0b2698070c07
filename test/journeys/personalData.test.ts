import { createHash } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DatabaseConnection } from '../../src/adapters/database/connect.js';
import { parseErasureList } from '../../src/adapters/erasureList.js';
import type { ApiClient } from '../support/api.js';
import { keyPlacesIn, startApp, type TestApp } from '../support/app.js';
import { expectStatus, registerOrganisation } from '../support/network.js';
import { refusalOf } from '../support/people.js';
import {
  PERSONAL,
  PERSONAL_BLOCKS,
  PERSONAL_WORDS,
  walkPersonalJourney,
  type PersonalJourney,
} from '../support/personalJourney.js';
import { backUp, readEverything, restore, type DatabaseBackup } from '../support/restoring.js';
import { findTraces, readFolder } from '../support/traces.js';

/**
 * The crypto-shredding drill, in the order of a dossier's life: what is said of persons is nowhere in the clear, duties stand against its
 * erasure, the erasure, and two restored backups.
 */
const SD_JWT = { accept: 'application/dc+sd-jwt' };
let folder: string;
let logLines: string[];
let t: TestApp;
let journey: PersonalJourney;
let backup: DatabaseBackup;
let copies: { publicToken: string; personalToken: string };

const inFolder = (name: string) => join(folder, name);
const dossierUrl = () => `/v1/organisations/${journey.coop.id}/dossier`;
const erase = (changes: object = {}) =>
  journey.coop.api.post(`${dossierUrl()}/erasure`, { confirm: journey.coop.slug, ...changes });
const holdsUrl = () => `/v1/organisations/${journey.coop.id}/holds`;
const credentialUrl = (type: string) => `/v1/credentials/${journey.credentials[type]}`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coop-passport-personal-'));
  logLines = [];
  t = await startApp({
    dossierKeys: keyPlacesIn(inFolder('keys')),
    blobFolder: inFolder('blobs'),
    logStream: { write: (line) => void logLines.push(line) },
  });
}, 60_000);
afterAll(async () => {
  await t.close();
  await rm(folder, { recursive: true, force: true });
});

async function tracesIn(connection: DatabaseConnection): Promise<string[]> {
  const contents = { ...(await readEverything(connection)), ...(await readFolder(folder)) };
  return findTraces(PERSONAL_WORDS, { ...contents, 'the log': logLines.join('\n') });
}

test('from the dossier to the credential', { timeout: 60_000 }, async () => {
  const begun = await walkPersonalJourney(t);
  journey = begun;
  const refused = await erase();
  expect(refusalOf(refused)).toBe('409 dossiers/must-be-kept');
  expect(refused.body.duties).toEqual([{ kind: 'application', registrarId: journey.registrar.id }]);
  expect(refused.body).not.toHaveProperty('until');
  journey = await begun.decide();
  const { coop, partner } = journey;
  const publicToken = await coop.api.get(credentialUrl('CoopLegalIdentityCredential'), SD_JWT);
  const personalToken = await coop.api.get(credentialUrl('ControlPersonsCredential'), SD_JWT);
  copies = {
    publicToken: expectStatus(publicToken, 200).text,
    personalToken: expectStatus(personalToken, 200).text,
  };
  for (const credential of Object.values(copies)) {
    const { body } = expectStatus(await partner.api.post('/v1/verifications', { credential }), 200);
    expect(body.verdict).toBe('accepted');
  }
});

test('a search for traces finds a word as it is, in hexadecimal and in Base64 wherever it begins', () => {
  const contents = ['', 'x', 'xy'].flatMap((before) => {
    const bytes = Buffer.from(`${before}${PERSONAL.officer} and more`);
    return [bytes.toString(), bytes.toString('hex'), bytes.toString('base64'), bytes.toString('base64url')];
  });
  expect(findTraces([PERSONAL.officer], Object.fromEntries(Object.entries(contents)))).toHaveLength(12);
  expect(findTraces([PERSONAL.signatory], Object.fromEntries(Object.entries(contents)))).toEqual([]);
});

describe('what is said of persons', () => {
  test('is in the answers that are for it: the dossier, the application, the file, the credential, the export', async () => {
    const { coop, registrar, applicationId, evidenceId } = journey;
    const dossier = expectStatus(await coop.api.get(dossierUrl()), 200).body;
    expect(dossier).toMatchObject(PERSONAL_BLOCKS);
    expect(dossier.provenance).toHaveProperty(['/controlPersons/0/recordType']);
    const application = expectStatus(await registrar.api.get(`/v1/applications/${applicationId}`), 200).body;
    expect(application.dossier).toMatchObject(PERSONAL_BLOCKS);
    expect(application.messages[0].text).toBe(PERSONAL.message);
    expect(application.checks.at(-1)).toMatchObject({
      note: PERSONAL.note,
      evidence: { attestation: { voucher: { name: PERSONAL.voucher } } },
    });
    const file = await registrar.api.get(`/v1/organisations/${coop.id}/evidence/${evidenceId}`);
    expect(expectStatus(file, 200).text).toContain(PERSONAL.file);
    const exported = expectStatus(await coop.api.get(`/v1/organisations/${coop.id}/export`), 200).body;
    expect(exported.dossier.versions[0].blocks).toMatchObject(PERSONAL_BLOCKS);
    expect(JSON.stringify(exported.credentials)).toContain(copies.personalToken);
    expect(JSON.stringify(exported.applications)).toContain(PERSONAL.message);
  });

  test('is in no other answer about an application', async () => {
    const { coop, registrar, applicationId } = journey;
    const answers = [
      await registrar.api.post(`/v1/applications/${applicationId}/messages`, { text: 'Thank you.' }),
      await coop.api.get('/v1/applications'),
      await registrar.api.get('/v1/applications'),
    ];
    const texts = Object.fromEntries(answers.map(({ text }, n) => [`answer ${n}`, text]));
    const { officer, signatory, controlPerson, file } = PERSONAL;
    expect(findTraces([officer, signatory, controlPerson, file], texts)).toEqual([]);
  });

  test('is on record when the registrar reads it, and not when the co-op does', async () => {
    const { coop, registrar, applicationId } = journey;
    const rows = await t.connection.db
      .selectFrom('audit_entries')
      .select(['organisation_id', 'subject_id', 'detail'])
      .where('action', '=', 'dossier.personalRead')
      .execute();
    expect(rows).toEqual([
      {
        organisation_id: coop.id,
        subject_id: applicationId,
        detail: { by: registrar.id, version: 1, blocks: ['controlPersons', 'officers', 'signatories'] },
      },
    ]);
  });

  test('gives a repeated request its first answer', async () => {
    const { registrar, applicationId, key } = journey;
    const again = await registrar.api.post(
      `/v1/applications/${applicationId}/messages`,
      { text: PERSONAL.message },
      { headers: { 'idempotency-key': key } },
    );
    expect(expectStatus(again, 201).headers['idempotency-replayed']).toBe('true');
    expect(again.body.messages[0].text).toBe(PERSONAL.message);
  });

  test('is nowhere in the clear: in no table, no file and no line of the log', async () => {
    expect(await tracesIn(t.connection)).toEqual([]);
    backup = await backUp(t.connection);
    await cp(inFolder('blobs'), inFolder('backup/blobs'), { recursive: true });
    await cp(inFolder('keys'), inFolder('backup/keys'), { recursive: true });
  });
});

describe('a duty to keep the dossier', () => {
  const hold = {
    until: '2027-01-01T00:00:00.000Z',
    legalBasis: 'Money Laundering Regulations 2017, reg. 40',
  };

  test('is a hold by the registrar, until it ends or is released', async () => {
    const { coop, registrar } = journey;
    const { body, headers } = expectStatus(await registrar.api.post(holdsUrl(), hold), 201);
    const refused = await erase();
    expect(refusalOf(refused)).toBe('409 dossiers/must-be-kept');
    expect(refused.body).toMatchObject({
      until: hold.until,
      duties: [{ kind: 'hold', registrarId: registrar.id, ...hold }],
    });
    expect(refused.body.detail).toContain(hold.until);
    expect(expectStatus(await coop.api.get(holdsUrl()), 200).body.items).toEqual([body]);
    expectStatus(await registrar.api.delete(headers['location'] ?? ''), 204);
    expect(refusalOf(await registrar.api.delete(headers['location'] ?? ''))).toBe('404 resource/not-found');
    const { items } = expectStatus(await registrar.api.get(holdsUrl()), 200).body;
    expect(items[0].releasedAt).toBe(t.clock.now().toISOString());
  });

  test('is the hold of that registrar on a file as well, which goes with the dossier', async () => {
    const { coop, registrar, evidenceId } = journey;
    const url = `/v1/organisations/${coop.id}/evidence/${evidenceId}/hold`;
    expectStatus(await registrar.api.put(url, { until: hold.until, reason: hold.legalBasis }), 200);
    const refused = await erase();
    expect(refusalOf(refused)).toBe('409 dossiers/must-be-kept');
    expect(refused.body).toMatchObject({
      until: hold.until,
      duties: [{ kind: 'hold', registrarId: registrar.id, ...hold }],
    });
    expectStatus(await registrar.api.delete(url), 204);
    // What the co-op wants to keep itself is no duty of anybody's.
    expectStatus(await coop.api.put(url, { until: hold.until, reason: 'For ourselves' }), 200);
  });

  test('is for no organisation to claim that has not decided on the dossier, nor for ever', async () => {
    const { coop, registrar, partner } = journey;
    for (const other of [partner, coop])
      expect(refusalOf(await other.api.post(holdsUrl(), hold))).toBe('404 resource/not-found');
    expect(refusalOf(await partner.api.get(holdsUrl()))).toBe('404 resource/not-found');
    for (const until of ['2026-01-01T00:00:00Z', '2040-01-01T00:00:00Z'])
      expect(refusalOf(await registrar.api.post(holdsUrl(), { ...hold, until }))).toBe('400 request/invalid');
    for (const afterDecision of ['P0D', 'P11Y', 'P9999Y', 'P9999Y9999M9999W99999D']) {
      const rule = { afterDecision, legalBasis: hold.legalBasis };
      const answer = await registrar.api.put(`/v1/organisations/${registrar.id}/retention`, rule);
      expect(refusalOf(answer)).toBe('400 request/invalid');
      expect(answer.body.errors[0].pointer).toBe('/afterDecision');
    }
  });

  test("is the registrar's to keep what it decided on for years, and no partner's", async () => {
    const { registrar, partner } = journey;
    const rule = { afterDecision: 'P5Y', legalBasis: hold.legalBasis };
    const urlOf = ({ id }: { id: string }) => `/v1/organisations/${id}/retention`;
    expectStatus(await partner.api.put(urlOf(partner), rule), 200);
    expectStatus(await registrar.api.put(urlOf(registrar), rule), 200);
    const refused = await erase();
    expect(refused.body).toMatchObject({
      code: 'dossiers/must-be-kept',
      until: '2031-11-20T09:00:00.000Z',
      duties: [{ kind: 'retention', registrarId: registrar.id, legalBasis: rule.legalBasis }],
    });
    expect(expectStatus(await registrar.api.get(urlOf(registrar)), 200).body).toEqual(rule);
    expectStatus(await registrar.api.delete(urlOf(registrar)), 204);
    expect(refusalOf(await registrar.api.get(urlOf(registrar)))).toBe('404 resource/not-found');
  });
});

/** Nothing of it by HTTP, as whoever could read it before; what is not about persons stays. */
async function expectErased(api: ApiClient): Promise<void> {
  const { coop, registrar, applicationId, evidenceId } = journey;
  const signIn = async ({ email, password }: { email: string; password: string }) =>
    api.as(expectStatus(await api.post('/v1/sessions', { email, password }), 201).body.accessToken);
  const [own, examiner] = [await signIn(coop), await signIn(registrar)];
  const dossier = expectStatus(await own.get(dossierUrl()), 200).body;
  expect(dossier).toMatchObject({
    version: 1,
    personalErased: true,
    legalIdentity: { registrationNumber: 'C3719' },
  });
  for (const block of Object.keys(PERSONAL_BLOCKS)) expect(dossier).not.toHaveProperty(block);
  const application = expectStatus(await examiner.get(`/v1/applications/${applicationId}`), 200).body;
  expect(application).toMatchObject({ status: 'issued', personalErased: true });
  expect(application.checks.at(-1)).toMatchObject({ field: '/controlPersons', evidence: { type: 'vouch' } });
  expect(application.messages[0].text).toBe('');
  const file = await own.get(`/v1/organisations/${coop.id}/evidence/${evidenceId}`);
  expect(refusalOf(file)).toBe('410 evidence/erased');
  for (const type of ['ControlPersonsCredential', 'AuthorisedSignatoryCredential']) {
    for (const client of [own, examiner]) {
      expect(refusalOf(await client.get(credentialUrl(type), SD_JWT))).toBe('410 credentials/erased');
      const { state, statusChanges } = expectStatus(await client.get(credentialUrl(type)), 200).body;
      expect([state, statusChanges.at(-1)?.reason]).toEqual(['revoked', 'erased']);
    }
  }
  const exported = expectStatus(await own.get(`/v1/organisations/${coop.id}/export`), 200).text;
  expect(findTraces(PERSONAL_WORDS, { export: exported, application: JSON.stringify(application) })).toEqual(
    [],
  );
  const verdictOf = async (credential: string) =>
    (await api.post('/v1/verifications', { credential })).body.verdict;
  expect(await verdictOf(copies.publicToken)).toBe('accepted');
  expect(await verdictOf(copies.personalToken)).toBe('rejected');
}

/** What was on the trail and in the log is there still, and each leaf is the hash of its entry. */
async function expectTrailWhole({ db }: DatabaseConnection): Promise<void> {
  const { rows: leaves } = {
    rows: await db.selectFrom('log_entries').selectAll().orderBy('position').execute(),
  };
  for (const { entry, leaf_hash: hash } of leaves)
    expect(createHash('sha256').update(Buffer.of(0)).update(entry).digest()).toEqual(hash);
  const before = (backup['log_entries'] ?? []) as { entry: string }[];
  expect(leaves.slice(0, before.length).map(({ entry }) => entry)).toEqual(before.map(({ entry }) => entry));
  const trail = new Set((await db.selectFrom('audit_entries').select('id').execute()).map(({ id }) => id));
  for (const { id } of (backup['audit_entries'] ?? []) as { id: never }[]) expect(trail.has(id)).toBe(true);
}

async function erasuresOnRecord(organisationId: string, { db } = t.connection): Promise<unknown[]> {
  const rows = await db
    .selectFrom('audit_entries')
    .select(['action', 'actor_kind', 'detail'])
    .where('organisation_id', '=', organisationId as never)
    .where('action', 'in', ['dossier.erasureBegun', 'dossier.erased'])
    .orderBy('id')
    .execute();
  return rows.map(({ action, actor_kind: actor, detail }) => [action, actor, detail]);
}

describe('an erasure', () => {
  test('is for an administrator who names the organisation', async () => {
    const { partner, coop } = journey;
    expect(refusalOf(await erase({ confirm: 'another' }))).toBe('400 request/invalid');
    const foreign = await partner.api.post(`${dossierUrl()}/erasure`, { confirm: coop.slug });
    expect(refusalOf(foreign)).toBe('404 resource/not-found');
  });

  test('leaves nothing to read, and trail, log and public credentials as they were', async () => {
    expect(expectStatus(await erase(), 200).body).toEqual({
      generation: 1,
      erasedAt: t.clock.now().toISOString(),
    });
    await expectErased(t.api);
    await expectTrailWhole(t.connection);
    expect(Object.keys(await readFolder(inFolder('blobs')))).toEqual([]);
    expect(await tracesIn(t.connection)).toEqual([]);
    expect(await erasuresOnRecord(journey.coop.id)).toEqual([
      ['dossier.erasureBegun', 'person', { generation: 1, ground: 'request' }],
      ['dossier.erased', 'system', { generation: 1 }],
    ]);
  });

  test('lets the repeated request have no answer any more', async () => {
    const { registrar, applicationId, key } = journey;
    const again = await registrar.api.post(
      `/v1/applications/${applicationId}/messages`,
      { text: PERSONAL.message },
      { headers: { 'idempotency-key': key } },
    );
    expect(refusalOf(again)).toBe('409 idempotency/answer-not-kept');
  });
});

describe('a backup from before the erasure that is restored', () => {
  /** Opens it as the service does at its start, before it serves. */
  async function openRestored(
    keys: string,
    list: string | undefined,
    look: (restored: TestApp) => Promise<void>,
  ): Promise<void> {
    const connection = await restore(backup);
    await rm(inFolder('blobs'), { recursive: true });
    await cp(inFolder('backup/blobs'), inFolder('blobs'), { recursive: true });
    const restored = await startApp({
      connection,
      clock: t.clock,
      dossierKeys: keyPlacesIn(inFolder(keys)),
      blobFolder: inFolder('blobs'),
    });
    try {
      const more = list === undefined ? [] : parseErasureList(list);
      expect((await restored.app.erasure.replayErasures(more)).replayed).toBe(1);
      expect((await restored.app.erasure.replayErasures(more)).replayed).toBe(0);
      await look(restored);
    } finally {
      await restored.close();
      await connection.close();
    }
  }

  test('beside the key store as it is opens nothing', { timeout: 60_000 }, () =>
    openRestored('keys', undefined, async (restored) => {
      await expectErased(restored.api);
      await expectTrailWhole(restored.connection);
      expect(await tracesIn(restored.connection)).toEqual([]);
      expect(await erasuresOnRecord(journey.coop.id, restored.connection)).toEqual([
        ['dossier.erasureBegun', 'system', { generation: 1, ground: 'replayed' }],
        ['dossier.erased', 'system', { generation: 1 }],
      ]);
    }),
  );

  test(
    'with an old copy of the key store opens nothing once the list is replayed',
    { timeout: 60_000 },
    async () => {
      await cp(inFolder('backup/keys'), inFolder('old-keys'), { recursive: true });
      const listKeptElsewhere = (await readFolder(inFolder('keys')))[inFolder('keys/erasures.ndjson')];
      await openRestored('old-keys', listKeptElsewhere, async (restored) => {
        await expectErased(restored.api);
        const keyFiles = Object.keys(await readFolder(inFolder('old-keys')));
        expect(keyFiles.filter((file) => file.includes(journey.coop.id))).toEqual([]);
      });
    },
  );
});

describe('afterwards', () => {
  test('the organisation may begin the next dossier, which has another key', async () => {
    const { coop } = journey;
    const { signatories } = PERSONAL_BLOCKS;
    const saved = await coop.api.put(dossierUrl(), { signatories }, { headers: { 'if-match': '*' } });
    expect(expectStatus(saved, 200).body).toMatchObject({ version: 2, signatories });
    expect(saved.body).not.toHaveProperty('personalErased');
    expect(expectStatus(await erase({ ground: 'consent_withdrawn' }), 200).body.generation).toBe(2);
    expect((await coop.api.get(dossierUrl())).body).toMatchObject({ version: 2, personalErased: true });
  });

  test('an account that is closed takes its dossier with it', async () => {
    const coop = await registerOrganisation(t.api, 'Closing Co-op');
    const url = `/v1/organisations/${coop.id}`;
    expectStatus(await coop.api.put(`${url}/dossier`, PERSONAL_BLOCKS), 200);
    expectStatus(await coop.api.delete(url), 204);
    // In two processes at once.
    const looked = await Promise.all([1, 2].map(() => t.app.erasure.resumeErasures()));
    expect(Math.max(...looked)).toBe(1);
    const erasure = await t.connection.db
      .selectFrom('erasures')
      .select(['ground', 'completed_at'])
      .where('organisation_id', '=', coop.id as never)
      .executeTakeFirst();
    expect(erasure).toEqual({ ground: 'account_closed', completed_at: t.clock.now() });
    expect(await t.app.erasure.resumeErasures()).toBe(0);
    expect(await erasuresOnRecord(coop.id)).toEqual([
      ['dossier.erasureBegun', 'person', { generation: 1, ground: 'account_closed' }],
      ['dossier.erased', 'system', { generation: 1 }],
    ]);
  });
});
