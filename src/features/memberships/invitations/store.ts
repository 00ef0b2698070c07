import { sql } from 'kysely';
import type { SentBy } from '../../../adapters/database/membershipTables.js';
import type { Executor } from '../../../adapters/database/schema.js';
import {
  newId,
  type FederationMemberId,
  type Id,
  type MemberImportId,
  type OrganisationId,
  type PersonId,
} from '../../../kernel/ids.js';

export interface Selection {
  readonly organisationId: OrganisationId;
  readonly importId?: MemberImportId;
  readonly memberIds?: readonly FederationMemberId[];
}

export function selectMembers(executor: Executor, { organisationId, importId, memberIds }: Selection) {
  let query = executor
    .selectFrom('federation_members')
    .where('organisation_id', '=', organisationId)
    .where('removed_at', 'is', null);
  if (memberIds !== undefined) query = query.where('id', 'in', [...memberIds]);
  if (importId !== undefined)
    query = query.where('id', 'in', (from) =>
      from
        .selectFrom('member_import_lines')
        .select((line) => line.ref('member_id').$notNull().as('id'))
        .where('import_id', '=', importId),
    );
  return query;
}

/** Not invited yet; with `againBefore` also those whose open invitation was made before, or who have none left. */
function uninvited(executor: Executor, selection: Selection, againBefore: Date | undefined) {
  const query = selectMembers(executor, selection);
  if (againBefore === undefined) return query.where('state', '=', 'imported');
  return query.where('state', 'in', ['imported', 'invited']).where(
    sql<boolean>`not exists (
      select from member_invitations as invitation
      where invitation.member_id = federation_members.id and ended_at is null and created_at >= ${againBefore})`,
  );
}

const HAS_ADDRESS = sql<boolean>`record->>'email' is not null`;

export async function countUninvited(
  executor: Executor,
  selection: Selection,
  againBefore: Date | undefined,
): Promise<{ reachable: number; all: number }> {
  const row = await uninvited(executor, selection, againBefore)
    .select((select) => [
      select.fn.countAll<string>().as('every'),
      sql<string>`count(*) filter (where ${HAS_ADDRESS})`.as('reachable'),
    ])
    .executeTakeFirstOrThrow();
  return { reachable: Number(row.reachable), all: Number(row.every) };
}

export async function lockUninvited(
  trx: Executor,
  selection: Selection,
  { againBefore, reachable, limit }: { againBefore: Date | undefined; reachable: boolean; limit: number },
) {
  let query = uninvited(trx, selection, againBefore).select(['id', 'record']);
  if (reachable) query = query.where(HAS_ADDRESS);
  return query.orderBy('id').limit(limit).forUpdate().skipLocked().execute();
}

export interface NewInvitation {
  readonly memberId: FederationMemberId;
  readonly tokenHash: Buffer;
}

/** Each takes the place of the one before. */
export async function insertInvitations(
  trx: Executor,
  organisationId: OrganisationId,
  invitations: readonly NewInvitation[],
  terms: { sentBy: SentBy; at: Date; expiresAt: Date },
): Promise<void> {
  const memberIds = invitations.map(({ memberId }) => memberId);
  await trx
    .updateTable('member_invitations')
    .set({ ended_at: terms.at })
    .where('member_id', 'in', memberIds)
    .where('ended_at', 'is', null)
    .execute();
  await trx
    .insertInto('member_invitations')
    .values(
      invitations.map(({ memberId, tokenHash }) => ({
        id: newId<'memberInvitation'>(),
        organisation_id: organisationId,
        member_id: memberId,
        token_hash: tokenHash,
        sent_by: terms.sentBy,
        created_at: terms.at,
        expires_at: terms.expiresAt,
        ended_at: null,
      })),
    )
    .execute();
  await trx
    .updateTable('federation_members')
    .set({ state: 'invited', updated_at: terms.at })
    .where('id', 'in', memberIds)
    .execute();
}

/** By the token alone: who holds it is not signed in. */
export async function findInvitation(executor: Executor, tokenHash: Buffer, at: Date) {
  return executor
    .selectFrom('member_invitations as invitation')
    .innerJoin('federation_members as member', 'member.id', 'invitation.member_id')
    .select([
      'invitation.id',
      'invitation.organisation_id as federationId',
      'invitation.member_id as memberId',
      'invitation.sent_by as sentBy',
      'invitation.expires_at as expiresAt',
      'member.record',
    ])
    .where('invitation.token_hash', '=', tokenHash)
    .where('invitation.ended_at', 'is', null)
    .where('invitation.expires_at', '>', at)
    .where('member.removed_at', 'is', null)
    .executeTakeFirst();
}

/** False when somebody else has used it, or it was taken back, in the meantime. */
export async function useInvitation(trx: Executor, id: Id<'memberInvitation'>, at: Date): Promise<boolean> {
  const result = await trx
    .updateTable('member_invitations')
    .set({ ended_at: at })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

export async function isJoinedElsewhere(
  trx: Executor,
  federationId: OrganisationId,
  organisationId: OrganisationId,
  memberId: FederationMemberId,
): Promise<boolean> {
  const row = await trx
    .selectFrom('federation_members')
    .select('id')
    .where('organisation_id', '=', federationId)
    .where('joined_organisation_id', '=', organisationId)
    .where('removed_at', 'is', null)
    .where('id', '<>', memberId)
    .executeTakeFirst();
  return row !== undefined;
}

export async function markJoined(
  trx: Executor,
  id: FederationMemberId,
  joined: { organisationId: OrganisationId; personId: PersonId; by: SentBy; at: Date },
): Promise<void> {
  await trx
    .updateTable('federation_members')
    .set({
      state: 'joined',
      joined_organisation_id: joined.organisationId,
      joined_person_id: joined.personId,
      joined_by: joined.by,
      joined_at: joined.at,
      updated_at: joined.at,
    })
    .where('id', '=', id)
    .execute();
}
