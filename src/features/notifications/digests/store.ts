import { sql } from 'kysely';
import type { Executor } from '../../../adapters/database/schema.js';
import type { MemberCaller, Role } from '../../../kernel/caller.js';
import type { EventType } from '../../../kernel/events.js';
import type { MembershipId, OrganisationId, PersonId } from '../../../kernel/ids.js';
import type { DigestChoice, DigestStanding } from './rules.js';

/** Besides its own table this reads who is to be told and how much there is to tell, under a role that sees just that. */

/** Of an organisation: whether a webhook of its works. */
const standingOf = (organisationId: ReturnType<typeof sql.ref>) => sql`
  exists (
    select from webhooks
    where webhooks.organisation_id = ${organisationId} and disabled_at is null and failing_since is null
  ) as "hasWorkingWebhook"`;

export async function readStanding(
  executor: Executor,
  { membershipId, organisationId, role }: MemberCaller,
): Promise<DigestStanding> {
  const { rows } = await sql<Omit<DigestStanding, 'role'>>`
    select coalesce((select choice from event_digests where membership_id = ${membershipId}), 'automatic') as choice,
      ${standingOf(sql.ref('own.id'))}
    from (select ${organisationId}::uuid as id) as own`.execute(executor);
  const [standing] = rows;
  if (!standing) throw new Error('a question without an answer');
  return { ...standing, role };
}

export async function storeChoice(
  executor: Executor,
  { membershipId, organisationId, personId }: MemberCaller,
  choice: DigestChoice,
): Promise<void> {
  await executor
    .insertInto('event_digests')
    .values({ membership_id: membershipId, organisation_id: organisationId, person_id: personId, choice })
    .onConflict((conflict) => conflict.column('membership_id').doUpdateSet({ choice }))
    .execute();
}

export interface Cut {
  readonly at: Date;
  /** From when on events count for whom nothing was ever counted. */
  readonly firstFrom: Date;
}

/** People of whose organisations something happened until the cut that was not counted yet, in the order of their ids. */
export async function listDuePeople(
  executor: Executor,
  cut: Cut,
  after: PersonId | undefined,
  limit: number,
): Promise<PersonId[]> {
  const { rows } = await sql<{ id: PersonId }>`
    select distinct memberships.person_id as id
    from memberships join organisations on organisations.id = memberships.organisation_id
      left join event_digests on event_digests.membership_id = memberships.id
    where memberships.ended_at is null and organisations.closed_at is null
      and (${after ?? null}::uuid is null or memberships.person_id > ${after ?? null}::uuid)
      and exists (
        select from events
        where events.organisation_id = memberships.organisation_id and events.at <= ${cut.at} and (
          events.position is null or events.position > event_digests.position
          or (event_digests.position is null and events.at > ${cut.firstFrom})
        )
      )
      and not exists (
        select from event_digests as mailed
        where mailed.person_id = memberships.person_id and mailed.mailed_for >= ${cut.at}
      )
    order by 1 limit ${limit}`.execute(executor);
  return rows.map(({ id }) => id);
}

/** Until the end of the transaction nobody else mails this person. False: it was mailed for this cut. */
export async function holdPerson(trx: Executor, personId: PersonId, cut: Date): Promise<boolean> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`digest:${personId}`}, 0))`.execute(trx);
  const mailed = await trx
    .selectFrom('event_digests')
    .select('membership_id')
    .where('person_id', '=', personId)
    .where('mailed_for', '>=', cut)
    .executeTakeFirst();
  return mailed === undefined;
}

export async function findAddress(executor: Executor, personId: PersonId): Promise<string | undefined> {
  const row = await executor
    .selectFrom('people')
    .select('email')
    .where('id', '=', personId)
    .where('erased_at', 'is', null)
    .executeTakeFirst();
  return row?.email ?? undefined;
}

export interface MembershipToTell extends DigestStanding {
  readonly id: MembershipId;
  readonly organisationId: OrganisationId;
  readonly organisation: string;
}

/** In the order of the organisations, as whoever holds them does. */
export async function listMemberships(executor: Executor, personId: PersonId): Promise<MembershipToTell[]> {
  const { rows } = await sql<MembershipToTell & { role: Role }>`
    select memberships.id, organisations.id as "organisationId", organisations.name as organisation, memberships.role,
      coalesce(event_digests.choice, 'automatic') as choice, ${standingOf(sql.ref('memberships.organisation_id'))}
    from memberships join organisations on organisations.id = memberships.organisation_id
      left join event_digests on event_digests.membership_id = memberships.id
    where memberships.person_id = ${personId} and memberships.ended_at is null and organisations.closed_at is null
    order by organisations.id`.execute(executor);
  return rows;
}

/** Counts what has come since it was counted last, and notes that it is counted; trials are nothing to tell. */
export async function countEvents(
  trx: Executor,
  membership: Pick<MembershipToTell, 'id' | 'organisationId'> & { readonly personId: PersonId },
  cut: Cut,
): Promise<{ type: EventType; count: number }[]> {
  const { id, organisationId, personId } = membership;
  const { rows } = await sql<{ type: EventType; count: number; last: number }>`
    select type, count(*)::int as count, max(events.position) as last
    from events left join event_digests on event_digests.membership_id = ${id}
    where events.organisation_id = ${organisationId} and events.position is not null and (
      events.position > event_digests.position
      or (event_digests.position is null and events.at > ${cut.firstFrom})
    )
    group by type order by type`.execute(trx);
  if (rows.length === 0) return [];
  const position = Math.max(...rows.map(({ last }) => last));
  await trx
    .insertInto('event_digests')
    .values({ membership_id: id, organisation_id: organisationId, person_id: personId, position })
    .onConflict((conflict) => conflict.column('membership_id').doUpdateSet({ position }))
    .execute();
  return rows.flatMap(({ type, count }) => (type === 'webhook.test' ? [] : [{ type, count }]));
}

export async function recordMailed(trx: Executor, ids: readonly MembershipId[], cut: Date): Promise<void> {
  await trx
    .updateTable('event_digests')
    .set({ mailed_for: cut })
    .where('membership_id', 'in', [...ids])
    .execute();
}
