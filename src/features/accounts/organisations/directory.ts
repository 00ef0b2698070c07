import type { Executor } from '../../../adapters/database/schema.js';
import type { MembershipId, OrganisationId, PersonId } from '../../../kernel/ids.js';

/** What other features may ask about organisations and their members; `app.ts` hands these functions on. */

export interface DirectoryEntry {
  readonly id: OrganisationId;
  readonly slug: string;
  readonly did: string;
  readonly name: string;
}

/** In the order of their ids; closed ones too, unless `onlyOpen`. */
export async function findDirectoryEntries(
  executor: Executor,
  ids: readonly OrganisationId[],
  options: { onlyOpen?: boolean } = {},
): Promise<DirectoryEntry[]> {
  if (ids.length === 0) return [];
  let query = directory(executor).where('organisations.id', 'in', [...ids]);
  if (options.onlyOpen === true) query = query.where('closed_at', 'is', null);
  return query.orderBy('organisations.id').execute();
}

export async function findDirectoryEntryByDid(
  executor: Executor,
  did: string,
): Promise<DirectoryEntry | undefined> {
  return directory(executor).where('did', '=', did).executeTakeFirst();
}

/** Also keeps it from being closed until the end of a transaction. */
export async function isOpenOrganisation(executor: Executor, id: OrganisationId): Promise<boolean> {
  const row = await executor
    .selectFrom('organisations')
    .select('id')
    .where('id', '=', id)
    .where('closed_at', 'is', null)
    .forShare()
    .executeTakeFirst();
  return row !== undefined;
}

export async function isMember(
  executor: Executor,
  personId: PersonId,
  organisationId: OrganisationId,
): Promise<boolean> {
  const row = await liveMemberships(executor, organisationId)
    .where('person_id', '=', personId)
    .executeTakeFirst();
  return row !== undefined;
}

export async function hasMembership(
  executor: Executor,
  id: MembershipId,
  organisationId: OrganisationId,
): Promise<boolean> {
  const row = await liveMemberships(executor, organisationId).where('id', '=', id).executeTakeFirst();
  return row !== undefined;
}

function directory(executor: Executor) {
  return executor
    .selectFrom('organisations')
    .innerJoin('identifiers', 'identifiers.organisation_id', 'organisations.id')
    .select(['organisations.id', 'organisations.slug', 'organisations.name', 'identifiers.did']);
}

function liveMemberships(executor: Executor, organisationId: OrganisationId) {
  return executor
    .selectFrom('memberships')
    .select('id')
    .where('organisation_id', '=', organisationId)
    .where('ended_at', 'is', null);
}
