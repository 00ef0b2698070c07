import { sql, type Selectable } from 'kysely';
import type { Executor, Tables } from '../../adapters/database/schema.js';
import type { ReissueCause } from '../../kernel/credentialLife.js';
import type { PageRequest } from '../../http/paging.js';
import type { ApplicationId, CredentialId, OrganisationId } from '../../kernel/ids.js';
import type { DossierRef } from '../../kernel/ports.js';
import { reissueCause } from './reissue/store.js';

export type CredentialRow = Selectable<Tables['credentials']>;

/** An intent: everything that will be signed, before anything is. */
export type Intent = Pick<
  CredentialRow,
  | 'id'
  | 'application_id'
  | 'type'
  | 'issuer_id'
  | 'holder_id'
  | 'subject_keys'
  | 'jurisdiction'
  | 'documents'
  | 'seed'
  | 'personal_generation'
  | 'log_salt'
  | 'commitment'
  | 'assurance'
  | 'valid_from'
  | 'valid_until'
  | 'prepared_at'
  | 'supersedes'
  | 'renewable_from'
  | 'holder_key'
  | 'reissued_for'
>;

export async function insertIntent(trx: Executor, intent: Intent): Promise<void> {
  await trx
    .insertInto('credentials')
    .values({ ...intent, state: 'prepared' })
    .execute();
}

/**
 * Whoever is about to issue anything about this subject waits for whoever got here first. One lock for all types, and the keys in one
 * order: otherwise two decisions could wait for each other.
 */
export async function lockSubject(trx: Executor, subjectKeys: readonly string[]): Promise<void> {
  for (const key of [...subjectKeys].sort()) {
    await sql`select pg_advisory_xact_lock(hashtextextended(${`credential:${key}`}, 0))`.execute(trx);
  }
}

/**
 * Of the whole network, or of one issuer; other than the one that is to be superseded, and of that one whether another is about to take its
 * place.
 */
export async function hasLiveCredential(
  trx: Executor,
  wanted: {
    readonly type: string;
    readonly issuerId: OrganisationId | undefined;
    readonly subjectKeys: readonly string[];
    readonly supersedes: CredentialId | undefined;
    readonly at: Date;
  },
): Promise<boolean> {
  const { type, issuerId = null, subjectKeys, supersedes = null, at } = wanted;
  // Of whichever issuer: others' credentials are not to be seen, only that there is one.
  const { rows } = await sql<{ answer: boolean }>`
    select coop_passport_has_live_credential(${type}, ${subjectKeys}::text[], ${at}, ${issuerId}::uuid, ${supersedes}::uuid) as answer`.execute(
    trx,
  );
  return rows[0]?.answer === true;
}

/** Takes an intent for a while; `undefined` when it is settled or another process has it. */
export async function claimIntent(
  trx: Executor,
  id: CredentialId,
  now: Date,
  until: Date,
): Promise<CredentialRow | undefined> {
  return trx
    .updateTable('credentials')
    .set((eb) => ({ claimed_until: until, attempts: eb('attempts', '+', 1) }))
    .where('id', '=', id)
    .where('state', '=', 'prepared')
    .where((where) => where.or([where('claimed_until', 'is', null), where('claimed_until', '<=', now)]))
    .returningAll()
    .executeTakeFirst();
}

/** Gives an intent back, unless its claim ran out and another process has taken it since. */
export async function releaseClaim(executor: Executor, id: CredentialId, attempt: number): Promise<void> {
  await executor
    .updateTable('credentials')
    .set({ claimed_until: null })
    .where('id', '=', id)
    .where('state', '=', 'prepared')
    .where('attempts', '=', attempt)
    .execute();
}

export async function listUnfinished(executor: Executor, now: Date, limit: number): Promise<CredentialId[]> {
  const rows = await executor
    .selectFrom('credentials')
    .select('id')
    .where('state', '=', 'prepared')
    .where((where) => where.or([where('claimed_until', 'is', null), where('claimed_until', '<=', now)]))
    .orderBy('prepared_at')
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
}

/** What there was to be signed: nobody signs it any more. */
const SETTLED = { claimed_until: null, documents: null, seed: null } as const;

/** False when somebody else has settled it in the meantime: then what was signed here is thrown away. */
export async function markIssued(trx: Executor, id: CredentialId, at: Date): Promise<boolean> {
  const result = await trx
    .updateTable('credentials')
    .set({ state: 'issued', issued_at: at, ...SETTLED })
    .where('id', '=', id)
    .where('state', '=', 'prepared')
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

export async function markFailed(trx: Executor, id: CredentialId, failure: string): Promise<boolean> {
  const result = await trx
    .updateTable('credentials')
    .set({ state: 'failed', failure, ...SETTLED })
    .where('id', '=', id)
    .where('state', '=', 'prepared')
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

export async function findCredential(
  executor: Executor,
  id: CredentialId,
): Promise<CredentialRow | undefined> {
  return executor.selectFrom('credentials').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Who issued it to whom, and whether it stands: nothing that it says. */
export async function findStanding(executor: Executor, id: CredentialId) {
  return executor
    .selectFrom('credentials')
    .select(['id', 'type', 'issuer_id', 'holder_id', 'state', 'valid_until', 'revoked_at', 'suspended_at'])
    .where('id', '=', id)
    .executeTakeFirst();
}

/** Whose dossier it speaks of. */
export async function findHolder(executor: Executor, id: CredentialId): Promise<OrganisationId | undefined> {
  const query = executor.selectFrom('credentials').select('holder_id').where('id', '=', id);
  return (await query.executeTakeFirst())?.holder_id;
}

export async function listByApplication(
  executor: Executor,
  applicationId: ApplicationId,
): Promise<CredentialRow[]> {
  return executor
    .selectFrom('credentials')
    .selectAll()
    .where('application_id', '=', applicationId)
    .orderBy('id')
    .execute();
}

/** Oldest first; one row more than the page holds. Never what was issued. */
export async function listCredentials(
  executor: Executor,
  filter: {
    readonly organisationId: OrganisationId;
    readonly role: 'holder' | 'issuer';
    readonly needsReissue?: ReissueCause | 'any';
    readonly now: Date;
  },
  page: PageRequest,
): Promise<CredentialRow[]> {
  let query = executor
    .selectFrom('credentials')
    .selectAll()
    .where(filter.role === 'holder' ? 'holder_id' : 'issuer_id', '=', filter.organisationId);
  if (filter.needsReissue === 'any') query = query.where(reissueCause(filter.now), 'is not', null);
  else if (filter.needsReissue !== undefined)
    query = query.where(reissueCause(filter.now), '=', filter.needsReissue);
  if (page.after !== undefined) query = query.where('id', '>', page.after as CredentialId);
  return query
    .orderBy('id')
    .limit(page.limit + 1)
    .execute();
}

export interface LiveAbout {
  readonly type: string;
  readonly issuerId: OrganisationId;
  readonly subjectKeys: readonly string[];
  readonly at: Date;
}

/** In the order of their holders. */
export async function listLiveAbout(executor: Executor, wanted: LiveAbout): Promise<CredentialRow[]> {
  return executor
    .selectFrom('credentials')
    .selectAll()
    .where('type', '=', wanted.type)
    .where('issuer_id', '=', wanted.issuerId)
    .where('state', '=', 'issued')
    .where('revoked_at', 'is', null)
    .where('valid_until', '>', wanted.at)
    .where(sql<boolean>`subject_keys && ${wanted.subjectKeys}::text[]`)
    .orderBy('holder_id')
    .orderBy('id')
    .execute();
}

/** Our record of an issuance, for the verifier. */
export async function findIssuance(
  executor: Executor,
  id: CredentialId,
): Promise<{ issuedAt: Date; issuerId: OrganisationId; signedDigests: Buffer[] } | undefined> {
  const { rows } = await sql<{ issued_at: Date | null; issuer_id: OrganisationId; signed_digest: Buffer }>`
    select * from coop_passport_issuance_record(${id})`.execute(executor);
  const [first] = rows;
  if (!first?.issued_at) return undefined;
  const signedDigests = rows.map((row) => row.signed_digest);
  return { issuedAt: first.issued_at, issuerId: first.issuer_id, signedDigests };
}

/** What was prepared or issued under the key of a dossier. */
export async function listPersonalOf(
  trx: Executor,
  { organisationId, generation }: DossierRef,
): Promise<CredentialRow[]> {
  return trx
    .selectFrom('credentials')
    .selectAll()
    .where('holder_id', '=', organisationId)
    .where('personal_generation', '=', generation)
    .orderBy('id')
    .forUpdate()
    .execute();
}

export async function blankForms(trx: Executor, ids: readonly CredentialId[]): Promise<void> {
  if (ids.length === 0) return;
  await trx
    .updateTable('credential_forms')
    .set({ secured: '' })
    .where('credential_id', 'in', [...ids])
    .execute();
}

/** All that an organisation holds or held, and what is being issued to it. */
export async function listHeld(executor: Executor, holderId: OrganisationId): Promise<CredentialRow[]> {
  return executor
    .selectFrom('credentials')
    .selectAll()
    .where('holder_id', '=', holderId)
    .where('state', '<>', 'failed')
    .orderBy('id')
    .execute();
}

/**
 * Those that there are, held for a successor to refer to. Everybody holds credentials before status lists: who waited for one of these with
 * lists in his hands would be waited for by whoever changes its status.
 */
export async function holdCredentials(trx: Executor, ids: readonly CredentialId[]): Promise<CredentialRow[]> {
  if (ids.length === 0) return [];
  return trx
    .selectFrom('credentials')
    .selectAll()
    .where('id', 'in', [...ids])
    .orderBy('id')
    .forKeyShare()
    .execute();
}

/** Tells the chain's older link of the newer one. */
export async function markSuperseded(trx: Executor, id: CredentialId, by: CredentialId): Promise<void> {
  await trx.updateTable('credentials').set({ superseded_by: by }).where('id', '=', id).execute();
}

/** Marks as told, and returns, some of those whose renewal window has opened; several processes take different ones. */
export async function takeExpiring(trx: Executor, now: Date, limit: number): Promise<CredentialRow[]> {
  return trx
    .updateTable('credentials')
    .set({ expiry_noticed_at: now })
    .where('id', 'in', (from) =>
      from
        .selectFrom('credentials')
        .select('id')
        .where('state', '=', 'issued')
        .where('revoked_at', 'is', null)
        .where('expiry_noticed_at', 'is', null)
        .where('renewable_from', '<=', now)
        .where('valid_until', '>', now)
        .orderBy('renewable_from')
        .limit(limit)
        .forUpdate()
        .skipLocked(),
    )
    .returningAll()
    .execute();
}

/** The credential's row, held while its status changes. */
export async function lockCredential(trx: Executor, id: CredentialId) {
  return trx
    .selectFrom('credentials')
    .select(['id', 'issuer_id', 'holder_id', 'state', 'suspended_at', 'revoked_at', 'log_salt'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
}

export async function updateStatus(
  trx: Executor,
  id: CredentialId,
  status: { suspended_at?: Date | null; revoked_at?: Date },
): Promise<void> {
  await trx.updateTable('credentials').set(status).where('id', '=', id).execute();
}

/** Until when each application's longest credential lives that is neither revoked nor failed; without those that have none. */
export async function findLiveUntil(
  executor: Executor,
  applicationIds: readonly ApplicationId[],
  now: Date,
): Promise<{ applicationId: ApplicationId; until: Date }[]> {
  if (applicationIds.length === 0) return [];
  const rows = await executor
    .selectFrom('credentials')
    .select(({ fn }) => ['application_id as applicationId', fn.max('valid_until').as('until')])
    .where('application_id', 'in', [...applicationIds])
    .where('state', '<>', 'failed')
    .where('revoked_at', 'is', null)
    .where('valid_until', '>', now)
    .groupBy('application_id')
    .execute();
  return rows.map(({ applicationId, until }) => ({ applicationId, until: new Date(until) }));
}
