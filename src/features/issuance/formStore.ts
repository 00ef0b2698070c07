import { sql, type Selectable } from 'kysely';
import type { Executor, Tables } from '../../adapters/database/schema.js';
import type { SecuringFormat } from '../../credentials/profiles/profile.js';
import type { CredentialId, KeyId, OrganisationId } from '../../kernel/ids.js';

/** What was signed: one row for each format of a credential. */

export async function insertForms(
  trx: Executor,
  forms: readonly Selectable<Tables['credential_forms']>[],
): Promise<void> {
  await trx
    .insertInto('credential_forms')
    .values([...forms])
    .execute();
}

/** In which formats each of the credentials was issued; of one that was not, nothing. */
export async function listFormats(
  executor: Executor,
  ids: readonly CredentialId[],
): Promise<ReadonlyMap<CredentialId, SecuringFormat[]>> {
  const formats = new Map<CredentialId, SecuringFormat[]>();
  if (ids.length === 0) return formats;
  const rows = await executor
    .selectFrom('credential_forms')
    .select(['credential_id', 'format'])
    .where('credential_id', 'in', [...ids])
    .execute();
  for (const { credential_id: id, format } of rows) formats.set(id, [...(formats.get(id) ?? []), format]);
  return formats;
}

/** The keys that signed its forms. */
export async function listSigners(executor: Executor, id: CredentialId): Promise<KeyId[]> {
  const rows = await executor
    .selectFrom('credential_forms')
    .select('signed_by')
    .distinct()
    .where('credential_id', '=', id)
    .execute();
  return rows.map((row) => row.signed_by);
}

export async function findForm(
  executor: Executor,
  id: CredentialId,
  format: SecuringFormat,
): Promise<string | undefined> {
  const row = await executor
    .selectFrom('credential_forms')
    .select('secured')
    .where('credential_id', '=', id)
    .where('format', '=', format)
    .executeTakeFirst();
  return row?.secured;
}

/** Which of what an organisation holds; everything, where nothing is said. */
export interface HeldFilter {
  readonly ids?: readonly CredentialId[];
  readonly formats?: readonly SecuringFormat[];
  /** Only what is valid then and says nothing of persons. */
  readonly publicAt?: Date;
}

/** What an organisation holds, with its forms as they are stored. Oldest first. */
export async function listHeldForms(
  executor: Executor,
  holderId: OrganisationId,
  { ids, formats, publicAt }: HeldFilter = {},
) {
  let query = executor
    .selectFrom('credentials')
    .select(['id', 'holder_id', 'personal_generation', 'type', 'state', 'issued_at', 'valid_until'])
    .select(['revoked_at', 'suspended_at'])
    .select((eb) => {
      const forms = eb
        .selectFrom('credential_forms')
        .select(
          sql<Record<SecuringFormat, string>>`coalesce(json_object_agg(format, secured), '{}')`.as('forms'),
        )
        .whereRef('credential_id', '=', 'credentials.id');
      return (formats ? forms.where('format', 'in', [...formats]) : forms).as('forms');
    })
    .where('holder_id', '=', holderId);
  if (ids) query = query.where('id', 'in', [...ids]);
  if (publicAt) {
    query = query
      .where('state', '=', 'issued')
      .where('revoked_at', 'is', null)
      .where('suspended_at', 'is', null)
      .where('valid_until', '>', publicAt)
      .where('personal_generation', 'is', null);
  }
  return query.orderBy('id').execute();
}
