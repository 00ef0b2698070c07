import type { Executor } from '../../../adapters/database/schema.js';
import type { PageRequest } from '../../../http/paging.js';
import type { Role } from '../../../kernel/caller.js';
import { AppError } from '../../../kernel/errors.js';
import type { MembershipId, OrganisationId, PersonId } from '../../../kernel/ids.js';

export interface MemberRow {
  readonly id: MembershipId;
  readonly personId: PersonId;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  readonly createdAt: Date;
}

/** False where the person is a member already; the transaction goes on. */
export async function insertMembership(
  trx: Executor,
  membership: {
    id: MembershipId;
    organisationId: OrganisationId;
    personId: PersonId;
    role: Role;
    at: Date;
  },
): Promise<boolean> {
  const row = await trx
    .insertInto('memberships')
    .values({
      id: membership.id,
      organisation_id: membership.organisationId,
      person_id: membership.personId,
      role: membership.role,
      created_at: membership.at,
    })
    .onConflict((conflict) =>
      conflict.columns(['person_id', 'organisation_id']).where('ended_at', 'is', null).doNothing(),
    )
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

export async function listMembers(
  executor: Executor,
  organisationId: OrganisationId,
  page?: PageRequest,
): Promise<MemberRow[]> {
  let query = selectMembers(executor, organisationId).orderBy('memberships.id');
  if (page) query = query.limit(page.limit + 1);
  if (page?.after !== undefined) query = query.where('memberships.id', '>', page.after as MembershipId);
  return query.execute();
}

export async function findMember(
  executor: Executor,
  organisationId: OrganisationId,
  id: MembershipId,
): Promise<MemberRow | undefined> {
  return selectMembers(executor, organisationId).where('memberships.id', '=', id).executeTakeFirst();
}

export async function findMemberByAddress(
  executor: Executor,
  organisationId: OrganisationId,
  emailKey: string,
): Promise<MemberRow | undefined> {
  return selectMembers(executor, organisationId).where('people.email_key', '=', emailKey).executeTakeFirst();
}

/** Where those of an organisation who have one of the roles are written to. */
export async function listAddresses(
  executor: Executor,
  organisationId: OrganisationId,
  roles: readonly Role[],
): Promise<string[]> {
  const rows = await selectMembers(executor, organisationId)
    .where('memberships.role', 'in', [...roles])
    .orderBy('memberships.id')
    .execute();
  return rows.map(({ email }) => email);
}

function selectMembers(executor: Executor, organisationId: OrganisationId) {
  return executor
    .selectFrom('memberships')
    .innerJoin('people', 'people.id', 'memberships.person_id')
    .select([
      'memberships.id',
      'people.id as personId',
      'people.name',
      'people.email',
      'memberships.role',
      'memberships.created_at as createdAt',
    ])
    .where('memberships.organisation_id', '=', organisationId)
    .where('memberships.ended_at', 'is', null);
}

/**
 * Throws `accounts/last-admin` when nobody but this member administers the organisation. The organisation must be held: two who leave at the
 * same moment would each see the other.
 */
export async function requireAnotherAdmin(
  trx: Executor,
  organisationId: OrganisationId,
  id: MembershipId,
): Promise<void> {
  const admins = await trx
    .selectFrom('memberships')
    .select('id')
    .where('organisation_id', '=', organisationId)
    .where('role', '=', 'admin')
    .where('ended_at', 'is', null)
    .execute();
  if (admins.length === 1 && admins[0]?.id === id) {
    throw new AppError('accounts/last-admin', 'This is the only administrator of the organisation.');
  }
}

export async function updateRole(
  trx: Executor,
  organisationId: OrganisationId,
  id: MembershipId,
  role: Role,
): Promise<void> {
  await trx
    .updateTable('memberships')
    .set({ role })
    .where('id', '=', id)
    .where('organisation_id', '=', organisationId)
    .execute();
}

export async function endMembership(
  trx: Executor,
  organisationId: OrganisationId,
  id: MembershipId,
  at: Date,
): Promise<void> {
  await trx
    .updateTable('memberships')
    .set({ ended_at: at })
    .where('id', '=', id)
    .where('organisation_id', '=', organisationId)
    .execute();
}

/** Returns those that were live. */
export async function endAllMemberships(trx: Executor, organisationId: OrganisationId, at: Date) {
  return trx
    .updateTable('memberships')
    .set({ ended_at: at })
    .where('organisation_id', '=', organisationId)
    .where('ended_at', 'is', null)
    .returning(['id', 'person_id as personId'])
    .execute();
}
