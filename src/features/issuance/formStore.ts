import type { Selectable } from 'kysely';
import type { Executor, Tables } from '../../adapters/database/schema.js';
import type { SecuringFormat } from '../../credentials/profiles/profile.js';
import type { CredentialId, KeyId } from '../../kernel/ids.js';

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
