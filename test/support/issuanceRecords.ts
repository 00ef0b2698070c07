import { expect } from 'vitest';
import type { DatabaseConnection } from '../../src/adapters/database/connect.js';
import { profileOfType } from '../../src/credentials/profiles/index.js';
import type { SecuringFormat } from '../../src/credentials/profiles/profile.js';
import { commitmentTo } from '../../src/features/issuance/preparation.js';
import type { CredentialRow } from '../../src/features/issuance/store.js';
import { canonicalJson } from '../../src/kernel/canonicalJson.js';
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
      decision_reasons: null,
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
  if (copies.length > 0) await db.insertInto('checks').values(copies).execute();
  const bindings = await db
    .selectFrom('representations')
    .selectAll()
    .where('application_id', '=', template.id)
    .execute();
  const rebound = bindings.flatMap((binding) => {
    const copy = copies[checks.findIndex((check) => check.id === binding.check_id)];
    return copy ? { ...binding, check_id: copy.id, application_id: id } : [];
  });
  if (rebound.length > 0) await db.insertInto('representations').values(rebound).execute();
  return id;
}

/** A credential's row, with what was issued of it: by format, and the token that most tests are about. */
export interface StoredCredential extends CredentialRow {
  readonly forms: Readonly<Partial<Record<SecuringFormat, string>>>;
  readonly token: string | undefined;
}

async function withForms(db: Db, rows: readonly CredentialRow[]): Promise<StoredCredential[]> {
  const stored = await db.selectFrom('credential_forms').selectAll().execute();
  return rows.map((row) => {
    const own = stored.filter((form) => form.credential_id === row.id);
    const forms = Object.fromEntries(own.map(({ format, secured }) => [format, secured]));
    return { ...row, forms, token: forms['vc+jwt'] };
  });
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
  return { status, types, credentials: await withForms(db, credentials) };
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

async function expectRecorded(db: Db, credential: StoredCredential): Promise<void> {
  const { id, state, type, forms, commitment } = credential;
  const end = { prepared: [], issued: ['issued'], failed: ['failed'] }[state];
  expect(await auditOf(db, id)).toEqual(['prepared', ...end].map((action) => `credential.${action}`));
  const leaves = await db
    .selectFrom('log_entries')
    .select('kind')
    .where('entry', 'like', `%${commitment}%`)
    .orderBy('position')
    .execute();
  const logged = { prepared: [], issued: ['issued'], failed: ['voided'] }[state];
  expect(leaves.map(({ kind }) => kind)).toEqual(['prepared', ...logged].map((kind) => `credential.${kind}`));
  const formats = state === 'issued' ? [...(profileOfType(type)?.formats ?? [])] : [];
  expect(Object.keys(forms).sort(), 'all forms or none').toEqual(formats.sort());
  if (state !== 'issued') return;
  const payloads = Object.entries(forms).map(
    ([format, secured]) => [format as SecuringFormat, { payload: payloadOf(secured) }] as const,
  );
  expect(commitmentTo(new Map(payloads), credential.log_salt), 'issued is what was logged').toBe(commitment);
}

/** What was signed: the payload of a token, byte for byte, or the document without its proof. */
export function payloadOf(secured: string): string {
  if (!secured.startsWith('{')) return Buffer.from(secured.split('.')[1] ?? '', 'base64url').toString();
  const { proof: _, ...document } = JSON.parse(secured) as Record<string, unknown>;
  return canonicalJson(document);
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

/** Each form of a credential has the places that it names; no place is anybody else's; the lists' counts are right. */
export async function expectPlacesDistinct(db: Db): Promise<void> {
  const entries = await db.selectFrom('status_entries').selectAll().execute();
  const credentials = await withForms(db, await db.selectFrom('credentials').selectAll().execute());
  const placeOf = (entry: { list_id: string; index: number }) => `${entry.list_id}#${entry.index}`;
  expect(new Set(entries.map(placeOf)).size).toBe(entries.length);
  for (const { id, state, documents, forms } of credentials) {
    // Of what failed nothing is left that would name its places.
    if (state === 'failed') continue;
    const written = [
      ...Object.values(forms).map((secured) => JSON.parse(payloadOf(secured)) as unknown),
      ...Object.values(JSON.parse(documents ?? '{}') as object),
    ].flatMap(placesIn);
    const taken = entries.filter((entry) => entry.credential_id === id).map(placeOf);
    expect(taken.sort()).toEqual(written.sort());
  }
  for (const list of await db.selectFrom('status_lists').select(['id', 'taken']).execute()) {
    expect(entries.filter((entry) => entry.list_id === list.id)).toHaveLength(list.taken);
  }
}

/** `list#index` of every entry that a form names, whichever kind it is; VC-JWT 1.1 has the credential in `vc`. */
export function placesIn(document: unknown): string[] {
  const { vc, ...members } = document as { vc?: object };
  const { credentialStatus = [], status } = (vc ?? members) as {
    credentialStatus?: { statusListCredential: string; statusListIndex: string }[];
    status?: { status_list: { idx: number; uri: string } };
  };
  const idOf = (url: string) => url.split('/').at(-1);
  return [
    ...credentialStatus.map((entry) => `${idOf(entry.statusListCredential)}#${entry.statusListIndex}`),
    ...(status ? [`${idOf(status.status_list.uri)}#${status.status_list.idx}`] : []),
  ];
}
