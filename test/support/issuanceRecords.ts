import { expect } from 'vitest';
import type { DatabaseConnection } from '../../src/adapters/database/connect.js';
import { parseVcJwt } from '../../src/credentials/securing/vcJwt.js';
import { commitmentTo } from '../../src/features/issuance/preparation.js';
import type { CredentialRow } from '../../src/features/issuance/store.js';
import { newId, type ApplicationId } from '../../src/kernel/ids.js';

/** What must hold in the database after whatever happened, and a quick way to more applications of the same kind. */

type Db = DatabaseConnection['db'];

/** The same application once more, checks and all, about another registration number. */
export async function copyApplication(
  db: Db,
  applicationId: string,
  registrationNumber: string,
): Promise<ApplicationId> {
  const id = newId<'application'>();
  const template = await db
    .selectFrom('applications')
    .selectAll()
    .where('id', '=', applicationId as ApplicationId)
    .executeTakeFirstOrThrow();
  const versions = await db
    .selectFrom('dossier_versions')
    .selectAll()
    .where('organisation_id', '=', template.applicant_id)
    .orderBy('version')
    .execute();
  const latest = versions.at(-1);
  if (!latest) throw new Error('the application has no dossier');
  const version = latest.version + 1;
  const legalIdentity = { ...(latest.blocks['legalIdentity'] as object), registrationNumber };
  await db
    .insertInto('dossier_versions')
    .values({ ...latest, version, blocks: JSON.stringify({ ...latest.blocks, legalIdentity }) })
    .execute();
  await db
    .insertInto('applications')
    .values({
      ...template,
      id,
      status: 'in_review',
      dossier_version: version,
      decided_by: null,
      decided_at: null,
      decision_reason: null,
    })
    .execute();
  const checks = await db
    .selectFrom('checks')
    .selectAll()
    .where('application_id', '=', template.id)
    .execute();
  const copies = checks.map((check) => ({
    ...check,
    id: newId<'check'>(),
    application_id: id,
    dossier_version: version,
    evidence: JSON.stringify(check.evidence),
    checked_by: JSON.stringify(check.checked_by),
  }));
  await db.insertInto('checks').values(copies).execute();
  return id;
}

export async function readState(db: Db, applicationId: string) {
  const { status, credential_types: types } = await db
    .selectFrom('applications')
    .select(['status', 'credential_types'])
    .where('id', '=', applicationId as ApplicationId)
    .executeTakeFirstOrThrow();
  const credentials = await db
    .selectFrom('credentials')
    .selectAll()
    .where('application_id', '=', applicationId as ApplicationId)
    .orderBy('id')
    .execute();
  return { status, types, credentials };
}

/** Decided or not, the application, its credentials, the audit trail and the log tell the same story. */
export async function expectOneStory(db: Db, applicationId: string): Promise<void> {
  const { status, types, credentials } = await readState(db, applicationId);
  const isDecided = status === 'approved' || status === 'issued' || status === 'issuance_failed';
  const live = credentials.filter(({ state }) => state !== 'failed');
  const stories = {
    in_review: [],
    issued: types.map((type) => [type, 'issued']),
  };
  if (status === 'in_review' || status === 'issued') {
    expect(live.map(({ type, state }) => [type, state]).sort()).toEqual(stories[status].sort());
  }
  expect(await auditOf(db, applicationId)).toEqual(isDecided ? ['application.approved'] : []);
  for (const credential of credentials) await expectRecorded(db, credential);
}

async function expectRecorded(db: Db, credential: CredentialRow): Promise<void> {
  const { id, state, payload, token } = credential;
  const end = { prepared: [], issued: ['issued'], failed: ['failed'] }[state];
  expect(await auditOf(db, id)).toEqual(['prepared', ...end].map((action) => `credential.${action}`));
  const commitment = commitmentTo(payload, credential.log_salt);
  const leaves = await db
    .selectFrom('log_entries')
    .select('kind')
    .where('entry', 'like', `%${commitment}%`)
    .orderBy('position')
    .execute();
  const logged = { prepared: [], issued: ['issued'], failed: ['voided'] }[state];
  expect(leaves.map(({ kind }) => kind)).toEqual(['prepared', ...logged].map((kind) => `credential.${kind}`));
  if (token !== null) {
    const parsed = parseVcJwt(token);
    expect('credential' in parsed && parsed.credential).toEqual(JSON.parse(payload));
  }
}

async function auditOf(db: Db, subjectId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('audit_entries')
    .select('action')
    .where('subject_id', '=', subjectId)
    .where('action', 'in', [
      'application.approved',
      'credential.prepared',
      'credential.issued',
      'credential.failed',
    ])
    .orderBy('id')
    .execute();
  return rows.map(({ action }) => action);
}

/** Each credential has its two places, as its payload says; no place is anybody else's; the lists' counts are right. */
export async function expectPlacesDistinct(db: Db): Promise<void> {
  const entries = await db.selectFrom('status_entries').selectAll().execute();
  const credentials = await db.selectFrom('credentials').select(['id', 'payload']).execute();
  const placeOf = (entry: { list_id: string; index: number }) => `${entry.list_id}#${entry.index}`;
  expect(new Set(entries.map(placeOf)).size).toBe(entries.length);
  expect(entries).toHaveLength(2 * credentials.length);
  for (const { id, payload } of credentials) {
    const { credentialStatus } = JSON.parse(payload) as {
      credentialStatus: { statusListCredential: string; statusListIndex: string }[];
    };
    const written = credentialStatus.map(
      (place) => `${place.statusListCredential.split('/').at(-1)}#${place.statusListIndex}`,
    );
    const taken = entries.filter((entry) => entry.credential_id === id).map(placeOf);
    expect(taken.sort()).toEqual(written.sort());
  }
  for (const list of await db.selectFrom('status_lists').select(['id', 'taken']).execute()) {
    expect(entries.filter((entry) => entry.list_id === list.id)).toHaveLength(list.taken);
  }
}
