import type { Selectable } from 'kysely';
import type { Executor, Tables } from '../../../adapters/database/schema.js';
import type { PageRequest } from '../../../http/paging.js';
import { notFound } from '../../../kernel/errors.js';
import type { OrganisationId } from '../../../kernel/ids.js';

export type OrganisationRow = Selectable<Tables['organisations']>;

/** False where the slug is taken, by an open organisation or a closed one; the transaction goes on. */
export async function insertOrganisation(
  trx: Executor,
  organisation: {
    id: OrganisationId;
    slug: string;
    name: string;
    jurisdiction: string;
    registrationNumber?: string;
    website?: string;
    at: Date;
  },
): Promise<boolean> {
  const row = await trx
    .insertInto('organisations')
    .values({
      id: organisation.id,
      slug: organisation.slug,
      name: organisation.name,
      jurisdiction: organisation.jurisdiction,
      registration_number: organisation.registrationNumber ?? null,
      website: organisation.website ?? null,
      created_at: organisation.at,
    })
    .onConflict((conflict) => conflict.column('slug').doNothing())
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

export async function findOrganisation(
  executor: Executor,
  id: OrganisationId,
): Promise<OrganisationRow | undefined> {
  return executor.selectFrom('organisations').selectAll().where('id', '=', id).executeTakeFirst();
}

/**
 * Holds an open organisation until the end of the transaction: who is a member, and in which role, changes one after the other. Throws
 * `resource/not-found` once it is closed. Whoever holds organisations and people takes the organisations first, in the order of their ids.
 * No lock here is `for update`, which the foreign keys of unrelated rows would wait for.
 */
export async function lockOpenOrganisation(trx: Executor, id: OrganisationId): Promise<OrganisationRow> {
  const row = await trx
    .selectFrom('organisations')
    .selectAll()
    .where('id', '=', id)
    .where('closed_at', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (!row) throw notFound('organisation');
  return row;
}

/** Keeps an organisation from being closed until the end of the transaction. Throws `resource/not-found` once it is. */
export async function requireOpenOrganisation(trx: Executor, id: OrganisationId): Promise<void> {
  const row = await trx
    .selectFrom('organisations')
    .select('id')
    .where('id', '=', id)
    .where('closed_at', 'is', null)
    .forShare()
    .executeTakeFirst();
  if (!row) throw notFound('organisation');
}

export async function listListedOrganisations(
  executor: Executor,
  search: string | undefined,
  page: PageRequest,
): Promise<OrganisationRow[]> {
  let query = executor
    .selectFrom('organisations')
    .selectAll()
    .where('listed', '=', true)
    .where('closed_at', 'is', null)
    .orderBy('id')
    .limit(page.limit + 1);
  if (search !== undefined) query = query.where('name', 'ilike', `%${escapeLike(search)}%`);
  if (page.after !== undefined) query = query.where('id', '>', page.after as OrganisationId);
  return query.execute();
}

function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, (character) => `\\${character}`);
}

export async function updateOrganisation(
  trx: Executor,
  id: OrganisationId,
  changes: { name?: string; website?: string | null; listed?: boolean; closed_at?: Date },
): Promise<void> {
  if (Object.keys(changes).length === 0) return;
  await trx.updateTable('organisations').set(changes).where('id', '=', id).execute();
}

export async function listAuditEntries(executor: Executor, organisationId: OrganisationId) {
  return executor
    .selectFrom('audit_entries')
    .select([
      'id',
      'at',
      'actor_kind as actorKind',
      'actor_id as actorId',
      'action',
      'subject_id as subjectId',
      'detail',
    ])
    .where('organisation_id', '=', organisationId)
    .orderBy('id')
    .execute();
}
