import type { Executor } from '../../adapters/database/schema.js';
import type { AssuranceLevel } from '../../credentials/assurance.js';
import type { PageRequest } from '../../http/paging.js';
import type { AccreditationId, OrganisationId } from '../../kernel/ids.js';
import type { AccreditationTerms } from './rules.js';

export interface AccreditationRow extends AccreditationTerms {
  readonly id: AccreditationId;
  readonly organisationId: OrganisationId;
  readonly expiresAt?: Date;
}

interface Columns {
  id: AccreditationId;
  organisation_id: OrganisationId;
  credential_types: string[];
  jurisdictions: string[];
  max_assurance: AssuranceLevel;
  created_at: Date;
  expires_at: Date | null;
  ended_at: Date | null;
}

function toRow(row: Columns): AccreditationRow {
  const ends = [row.expires_at, row.ended_at].filter((instant) => instant !== null);
  return {
    id: row.id,
    organisationId: row.organisation_id,
    credentialTypes: row.credential_types,
    jurisdictions: row.jurisdictions,
    maxAssurance: row.max_assurance,
    createdAt: row.created_at,
    ...(row.expires_at ? { expiresAt: row.expires_at } : {}),
    ...(ends.length > 0 ? { endsAt: new Date(Math.min(...ends.map(Number))) } : {}),
  };
}

export async function insertAccreditation(executor: Executor, row: AccreditationRow): Promise<void> {
  await executor
    .insertInto('accreditations')
    .values({
      id: row.id,
      organisation_id: row.organisationId,
      credential_types: [...row.credentialTypes],
      jurisdictions: [...row.jurisdictions],
      max_assurance: row.maxAssurance,
      created_at: row.createdAt,
      expires_at: row.expiresAt ?? null,
      ended_at: null,
    })
    .execute();
}

/** Every accreditation an organisation ever had: what held when is for the rules to say. */
export async function listAccreditationsOf(
  executor: Executor,
  organisationId: OrganisationId,
): Promise<AccreditationRow[]> {
  const rows = await executor
    .selectFrom('accreditations')
    .selectAll()
    .where('organisation_id', '=', organisationId)
    .orderBy('id')
    .execute();
  return rows.map(toRow);
}

/** Every accreditation an organisation had been given by an instant, as it stood then: a withdrawal that came later is not known yet. */
export async function listAccreditationsAsOf(
  executor: Executor,
  organisationId: OrganisationId,
  at: Date,
): Promise<AccreditationRow[]> {
  const rows = await executor
    .selectFrom('accreditations')
    .selectAll()
    .where('organisation_id', '=', organisationId)
    .where('created_at', '<=', at)
    .orderBy('id')
    .execute();
  return rows.map((row) =>
    toRow({ ...row, ended_at: row.ended_at !== null && row.ended_at <= at ? row.ended_at : null }),
  );
}

/** As above, and nobody can end one of them before the transaction is over. */
export async function holdAccreditationsOf(
  trx: Executor,
  organisationId: OrganisationId,
): Promise<AccreditationRow[]> {
  const rows = await trx
    .selectFrom('accreditations')
    .selectAll()
    .where('organisation_id', '=', organisationId)
    .orderBy('id')
    .forShare()
    .execute();
  return rows.map(toRow);
}

export async function lockAccreditation(
  trx: Executor,
  id: AccreditationId,
): Promise<AccreditationRow | undefined> {
  const row = await trx
    .selectFrom('accreditations')
    .selectAll()
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  return row && toRow(row);
}

/** The ids of those ended by this call. */
export async function endAccreditations(
  trx: Executor,
  ids: readonly AccreditationId[],
  at: Date,
): Promise<void> {
  if (ids.length === 0) return;
  await trx
    .updateTable('accreditations')
    .set({ ended_at: at })
    .where('id', 'in', [...ids])
    .where('ended_at', 'is', null)
    .execute();
}

/** Marks as told, and returns, some of those whose term is over; several processes take different ones. */
export async function takeExpired(trx: Executor, now: Date, limit: number): Promise<AccreditationRow[]> {
  const rows = await trx
    .updateTable('accreditations')
    .set({ expiry_told_at: now })
    .where('id', 'in', (from) =>
      from
        .selectFrom('accreditations')
        .select('id')
        .where('expires_at', '<=', now)
        .where('ended_at', 'is', null)
        .where('expiry_told_at', 'is', null)
        .orderBy('expires_at')
        .limit(limit)
        .forUpdate()
        .skipLocked(),
    )
    .returningAll()
    .execute();
  return rows.map(toRow);
}

/** Organisations with an accreditation that holds at the instant, by id; one more than the page holds. */
export async function listAccreditedAt(
  executor: Executor,
  at: Date,
  page: PageRequest,
): Promise<OrganisationId[]> {
  let query = executor
    .selectFrom('accreditations')
    .select('organisation_id')
    .distinct()
    .where('created_at', '<=', at)
    .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', at)]))
    .where((where) => where.or([where('ended_at', 'is', null), where('ended_at', '>', at)]));
  if (page.after !== undefined) query = query.where('organisation_id', '>', page.after as OrganisationId);
  const rows = await query
    .orderBy('organisation_id')
    .limit(page.limit + 1)
    .execute();
  return rows.map((row) => row.organisation_id);
}

export async function listAccreditationsOfAll(
  executor: Executor,
  organisationIds: readonly OrganisationId[],
): Promise<AccreditationRow[]> {
  if (organisationIds.length === 0) return [];
  const rows = await executor
    .selectFrom('accreditations')
    .selectAll()
    .where('organisation_id', 'in', [...organisationIds])
    .orderBy('id')
    .execute();
  return rows.map(toRow);
}
