import { sql } from 'kysely';
import type { Executor } from '../../../adapters/database/schema.js';
import { scopesOf, type Role } from '../../../kernel/caller.js';
import type { MembershipId, OrganisationId, PersonId } from '../../../kernel/ids.js';

export interface DirectoryEntry {
  readonly id: OrganisationId;
  readonly slug: string;
  readonly did: string;
  readonly name: string;
}

/** What other features may ask about organisations and their members; `app.ts` hands these functions on. */
export interface Directory {
  /** In the order of their ids; closed ones too, unless `onlyOpen`. */
  findEntries(
    executor: Executor,
    ids: readonly OrganisationId[],
    options?: { readonly onlyOpen?: boolean },
  ): Promise<DirectoryEntry[]>;
  /** ISO 3166 codes, as at the registration. */
  findJurisdictions(
    executor: Executor,
    ids: readonly OrganisationId[],
  ): Promise<ReadonlyMap<OrganisationId, string>>;
  findEntryByDid(executor: Executor, did: string): Promise<DirectoryEntry | undefined>;
  /** Also keeps it from being closed until the end of a transaction. */
  isOpenOrganisation(executor: Executor, id: OrganisationId): Promise<boolean>;
  isMember(executor: Executor, personId: PersonId, organisationId: OrganisationId): Promise<boolean>;
  /** As a member who has the role for it. */
  mayReview(executor: Executor, personId: PersonId, organisationId: OrganisationId): Promise<boolean>;
  /** Whether a member of the one is, or ever was, a member of the other. */
  hasMemberEverOf(executor: Executor, one: OrganisationId, other: OrganisationId): Promise<boolean>;
  hasMembership(executor: Executor, id: MembershipId, organisationId: OrganisationId): Promise<boolean>;
  listMembers(executor: Executor, organisationId: OrganisationId): Promise<DirectoryMember[]>;
  /** And none of them leaves or changes roles before the transaction is over. */
  holdMembers(trx: Executor, organisationId: OrganisationId): Promise<DirectoryMember[]>;
  /** Who approves disclosures, and casts the organisation's vote. */
  listDelegates(executor: Executor, organisationId: OrganisationId): Promise<DirectoryDelegate[]>;
  /** And none of them leaves or changes roles before the transaction is over. */
  holdDelegates(trx: Executor, organisationId: OrganisationId): Promise<DirectoryDelegate[]>;
  /** Those that a person is a member of now. */
  listMemberOrganisations(executor: Executor, personId: PersonId): Promise<OrganisationId[]>;
}

/** A membership that has not ended. */
export interface DirectoryMember {
  readonly id: MembershipId;
  readonly name: string;
  readonly role: Role;
}

export interface DirectoryDelegate {
  readonly personId: PersonId;
  readonly membershipId: MembershipId;
}

/** @param didOf the DID that stands for a slug */
export function createDirectory(didOf: (slug: string) => string): Directory {
  const ownPrefix = didOf('x').slice(0, -1);

  return {
    async findEntries(executor, ids, { onlyOpen = false } = {}) {
      if (ids.length === 0) return [];
      let query = executor
        .selectFrom('organisations')
        .select(['id', 'slug', 'name'])
        .where('id', 'in', [...ids]);
      if (onlyOpen) query = query.where('closed_at', 'is', null);
      const rows = await query.orderBy('id').execute();
      return rows.map((row) => ({ ...row, did: didOf(row.slug) }));
    },

    async findJurisdictions(executor, ids) {
      const rows = await executor
        .selectFrom('organisations')
        .select(['id', 'jurisdiction'])
        .where('id', 'in', [...ids])
        .execute();
      return new Map(rows.map(({ id, jurisdiction }) => [id, jurisdiction]));
    },

    async findEntryByDid(executor, did) {
      if (!did.startsWith(ownPrefix)) return undefined;
      const row = await executor
        .selectFrom('organisations')
        .select(['id', 'slug', 'name'])
        .where('slug', '=', did.slice(ownPrefix.length))
        .executeTakeFirst();
      return row && { ...row, did };
    },

    async isOpenOrganisation(executor, id) {
      const row = await executor
        .selectFrom('organisations')
        .select('id')
        .where('id', '=', id)
        .where('closed_at', 'is', null)
        .forShare()
        .executeTakeFirst();
      return row !== undefined;
    },

    async isMember(executor, personId, organisationId) {
      const row = await liveMemberships(executor, organisationId)
        .where('person_id', '=', personId)
        .executeTakeFirst();
      return row !== undefined;
    },

    async mayReview(executor, personId, organisationId) {
      const row = await liveMemberships(executor, organisationId)
        .select('role')
        .where('person_id', '=', personId)
        .executeTakeFirst();
      return row !== undefined && scopesOf(row.role).includes('review');
    },

    async hasMemberEverOf(executor, one, other) {
      const { rows } = await sql<{ answer: boolean }>`
        select coop_passport_has_member_ever_of(${one}, ${other}) as answer`.execute(executor);
      return rows[0]?.answer === true;
    },

    async hasMembership(executor, id, organisationId) {
      const row = await liveMemberships(executor, organisationId).where('id', '=', id).executeTakeFirst();
      return row !== undefined;
    },

    listMembers: (executor, organisationId) => selectMembers(executor, organisationId).execute(),

    holdMembers: (trx, organisationId) =>
      selectMembers(trx, organisationId).orderBy('memberships.id').forShare('memberships').execute(),
    listDelegates: (executor, organisationId) => selectDelegates(executor, organisationId).execute(),
    holdDelegates: (trx, organisationId) => selectDelegates(trx, organisationId).forShare().execute(),

    async listMemberOrganisations(executor, personId) {
      const rows = await executor
        .selectFrom('memberships')
        .select('organisation_id')
        .where('person_id', '=', personId)
        .where('ended_at', 'is', null)
        .execute();
      return rows.map(({ organisation_id }) => organisation_id);
    },
  };
}

function liveMemberships(executor: Executor, organisationId: OrganisationId) {
  return executor
    .selectFrom('memberships')
    .select('id')
    .where('organisation_id', '=', organisationId)
    .where('ended_at', 'is', null);
}

function selectDelegates(executor: Executor, organisationId: OrganisationId) {
  return liveMemberships(executor, organisationId)
    .clearSelect()
    .select(['id as membershipId', 'person_id as personId'])
    .where('role', '=', 'delegate')
    .orderBy('id');
}

function selectMembers(executor: Executor, organisationId: OrganisationId) {
  return executor
    .selectFrom('memberships')
    .innerJoin('people', 'people.id', 'memberships.person_id')
    .select(['memberships.id', 'people.name', 'memberships.role'])
    .where('memberships.organisation_id', '=', organisationId)
    .where('memberships.ended_at', 'is', null);
}
