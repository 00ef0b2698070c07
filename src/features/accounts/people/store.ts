import { sql } from 'kysely';
import type { Executor } from '../../../adapters/database/schema.js';
import type { PersonId } from '../../../kernel/ids.js';
import { addressKey } from '../rules.js';

/** False where the address has an account already; the transaction goes on. */
export async function insertPerson(
  trx: Executor,
  person: {
    id: PersonId;
    name: string;
    email: string;
    passwordHash: string;
    isOperator?: boolean;
    at: Date;
  },
): Promise<boolean> {
  const row = await trx
    .insertInto('people')
    .values({
      id: person.id,
      name: person.name,
      email: person.email,
      email_key: addressKey(person.email),
      password_hash: person.passwordHash,
      is_operator: person.isOperator ?? false,
      created_at: person.at,
    })
    .onConflict((conflict) => conflict.column('email_key').doNothing())
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

export async function findPersonByAddress(executor: Executor, emailKey: string) {
  return executor
    .selectFrom('people')
    .select(['id', 'name', 'email', 'password_hash as passwordHash', 'is_operator as isOperator'])
    .where('email_key', '=', emailKey)
    .executeTakeFirst();
}

export async function findPerson(executor: Executor, id: PersonId) {
  return executor
    .selectFrom('people')
    .select(['id', 'name', 'email', 'password_hash as passwordHash', 'is_operator as isOperator'])
    .where('id', '=', id)
    .where('erased_at', 'is', null)
    .executeTakeFirst();
}

export async function updatePasswordHash(trx: Executor, id: PersonId, passwordHash: string): Promise<void> {
  await trx
    .updateTable('people')
    .set({ password_hash: passwordHash })
    .where('id', '=', id)
    .where('erased_at', 'is', null)
    .execute();
}

/** In open organisations, with the organisation's name; earliest first. */
export async function listMembershipsOf(executor: Executor, personId: PersonId) {
  return executor
    .selectFrom('memberships')
    .innerJoin('organisations', 'organisations.id', 'memberships.organisation_id')
    .select([
      'memberships.id',
      'memberships.organisation_id as organisationId',
      'organisations.name as organisationName',
      'organisations.slug',
      'memberships.role',
    ])
    .where('memberships.person_id', '=', personId)
    .where('memberships.ended_at', 'is', null)
    .where('organisations.closed_at', 'is', null)
    .orderBy('memberships.id')
    .execute();
}

/** The row stays for the trail's ids; what names the person goes. */
export async function blankPeople(trx: Executor, ids: readonly PersonId[], at: Date): Promise<void> {
  if (ids.length === 0) return;
  await trx
    .updateTable('people')
    .set({ name: '', email: '', email_key: null, password_hash: null, erased_at: at })
    .where('id', 'in', [...ids])
    .execute();
}

/** Of these: who is no operator, not erased yet and has no live membership; their rows are held. */
export async function lockPeopleWithoutMembership(
  trx: Executor,
  ids: readonly PersonId[],
): Promise<PersonId[]> {
  if (ids.length === 0) return [];
  const rows = await peopleWithoutMembership(trx)
    .where('people.id', 'in', [...ids])
    .orderBy('people.id')
    .forNoKeyUpdate()
    .execute();
  return rows.map(({ id }) => id);
}

/** Who lost the last membership before `before`; nobody can sign in as them. */
export async function lockPeopleIdleSince(trx: Executor, before: Date): Promise<PersonId[]> {
  const rows = await peopleWithoutMembership(trx)
    .where('people.created_at', '<', before)
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('memberships')
            .select('memberships.id')
            .whereRef('memberships.person_id', '=', 'people.id')
            .where('memberships.ended_at', '>=', before),
        ),
      ),
    )
    .orderBy('people.id')
    .limit(100)
    .forNoKeyUpdate()
    .execute();
  return rows.map(({ id }) => id);
}

function peopleWithoutMembership(trx: Executor) {
  return trx
    .selectFrom('people')
    .select('people.id')
    .where('people.is_operator', '=', false)
    .where('people.erased_at', 'is', null)
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('memberships')
            .select('memberships.id')
            .whereRef('memberships.person_id', '=', 'people.id')
            .where('memberships.ended_at', 'is', null),
        ),
      ),
    );
}

/** Held until the end of the transaction, so that two processes that start at once create one operator. */
export async function lockOperatorCreation(trx: Executor): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('coop-passport operator'))`.execute(trx);
}

export async function hasOperator(executor: Executor): Promise<boolean> {
  const row = await executor
    .selectFrom('people')
    .select('id')
    .where('is_operator', '=', true)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
