import { sql, type Selectable } from 'kysely';
import type { MemberState } from '../../../adapters/database/membershipTables.js';
import type { Executor, Tables } from '../../../adapters/database/schema.js';
import type { PageRequest } from '../../../http/paging.js';
import type { FederationMemberId, MemberImportId, OrganisationId } from '../../../kernel/ids.js';
import type { RegisterEntry } from './rules.js';

export type MemberRow = Selectable<Tables['federation_members']>;

/** What adds to a federation's register, or changes who stands in it, comes one after the other: nobody gets in twice. */
export async function lockRegister(trx: Executor, organisationId: OrganisationId): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`member-register:${organisationId}`}, 0))`.execute(
    trx,
  );
}

/** Those that share a key; held, so that they stay as they are read. */
export async function lockMembersByKeys(
  trx: Executor,
  organisationId: OrganisationId,
  keys: readonly string[],
): Promise<MemberRow[]> {
  return trx
    .selectFrom('federation_members')
    .selectAll()
    .where('organisation_id', '=', organisationId)
    .where('removed_at', 'is', null)
    .where(sql<boolean>`subject_keys && ${keys}::text[]`)
    .orderBy('id')
    .forUpdate()
    .execute();
}

export async function insertMembers(
  trx: Executor,
  organisationId: OrganisationId,
  entries: readonly RegisterEntry[],
  at: Date,
): Promise<void> {
  if (entries.length === 0) return;
  await trx
    .insertInto('federation_members')
    .values(
      entries.map(({ id, keys, record }) => ({
        id,
        organisation_id: organisationId,
        subject_keys: [...keys],
        record: JSON.stringify(record),
        state: 'imported' as const,
        joined_organisation_id: null,
        joined_person_id: null,
        joined_at: null,
        joined_by: null,
        credential_id: null,
        changed_at: null,
        created_at: at,
        updated_at: at,
        removed_at: null,
      })),
    )
    .execute();
}

/** In one statement, however many. */
export async function updateRecords(
  trx: Executor,
  entries: readonly RegisterEntry[],
  at: Date,
): Promise<void> {
  if (entries.length === 0) return;
  await sql`
    update federation_members as member
    set record = entry.record, subject_keys = entry.keys, updated_at = ${at},
      changed_at = case when member.joined_at is null then member.changed_at else ${at} end
    from jsonb_to_recordset(${JSON.stringify(entries)}::jsonb) as entry (id uuid, keys text[], record jsonb)
    where member.id = entry.id`.execute(trx);
}

/** Whose address has changed: what was sent to the one before is void, and they are to be invited anew. */
export async function takeBackInvitations(
  trx: Executor,
  memberIds: readonly FederationMemberId[],
  at: Date,
): Promise<void> {
  if (memberIds.length === 0) return;
  await trx
    .updateTable('member_invitations')
    .set({ ended_at: at })
    .where('member_id', 'in', [...memberIds])
    .where('ended_at', 'is', null)
    .execute();
  await trx
    .updateTable('federation_members')
    .set({ state: 'imported' })
    .where('id', 'in', [...memberIds])
    .where('state', '=', 'invited')
    .execute();
}

export interface MemberFilter {
  readonly organisationId: OrganisationId;
  readonly state?: MemberState;
  /** Part of the name or of a number. */
  readonly q?: string;
  readonly importId?: MemberImportId;
  readonly changed?: boolean;
}

/** Oldest first; one row more than the page holds. */
export async function listMembers(
  executor: Executor,
  filter: MemberFilter,
  page: PageRequest,
): Promise<MemberRow[]> {
  const { organisationId, state, q, importId, changed } = filter;
  let query = executor
    .selectFrom('federation_members')
    .selectAll()
    .where('organisation_id', '=', organisationId)
    .where('removed_at', 'is', null);
  if (state !== undefined) query = query.where('state', '=', state);
  if (changed !== undefined) query = query.where('changed_at', changed ? 'is not' : 'is', null);
  if (importId !== undefined)
    query = query.where('id', 'in', (from) =>
      from
        .selectFrom('member_import_lines')
        .select((line) => line.ref('member_id').$notNull().as('id'))
        .where('import_id', '=', importId),
    );
  if (q !== undefined) {
    const pattern = `%${q.replaceAll(/[\\%_]/g, '\\$&')}%`;
    query = query.where(
      sql<boolean>`(record->>'name' ilike ${pattern} or record->>'registrationNumber' ilike ${pattern}
        or record->>'memberNumber' ilike ${pattern})`,
    );
  }
  if (page.after !== undefined) query = query.where('id', '>', page.after as FederationMemberId);
  return query
    .orderBy('id')
    .limit(page.limit + 1)
    .execute();
}

export async function findMember(
  executor: Executor,
  organisationId: OrganisationId,
  id: FederationMemberId,
): Promise<MemberRow | undefined> {
  return ofRegister(executor, organisationId, id).executeTakeFirst();
}

export async function lockMember(
  trx: Executor,
  organisationId: OrganisationId,
  id: FederationMemberId,
): Promise<MemberRow | undefined> {
  return ofRegister(trx, organisationId, id).forUpdate().executeTakeFirst();
}

function ofRegister(executor: Executor, organisationId: OrganisationId, id: FederationMemberId) {
  return executor
    .selectFrom('federation_members')
    .selectAll()
    .where('id', '=', id)
    .where('organisation_id', '=', organisationId)
    .where('removed_at', 'is', null);
}

/** The number of the register stays, what belongs to people goes. */
export async function markRemoved(trx: Executor, id: FederationMemberId, at: Date): Promise<void> {
  await trx
    .updateTable('federation_members')
    .set({ removed_at: at, updated_at: at, record: sql`record - 'email'` })
    .where('id', '=', id)
    .execute();
}
