import { stepIn } from '../../../adapters/database/context.js';
import type { Executor } from '../../../adapters/database/schema.js';
import type { Actor } from '../../../kernel/caller.js';
import type { OrganisationId } from '../../../kernel/ids.js';
import { NO_SETTINGS, type ConsentSettings, type SettingsVersion } from './rules.js';

/** A co-op's own, and of those whom others ask for something. */
export const findLatestRules = stepIn('counterpart', selectLatestRules);

async function selectLatestRules(
  executor: Executor,
  organisationId: OrganisationId,
): Promise<SettingsVersion> {
  const row = await executor
    .selectFrom('consent_rules')
    .select(['version', 'rules'])
    .where('organisation_id', '=', organisationId)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ? { version: row.version, settings: row.rules as ConsentSettings } : NO_SETTINGS;
}

/** False when another request has written this version in the meantime. */
export async function insertRules(
  trx: Executor,
  organisationId: OrganisationId,
  { version, settings }: SettingsVersion,
  by: { readonly at: Date; readonly actor: Actor },
): Promise<boolean> {
  const result = await trx
    .insertInto('consent_rules')
    .values({
      organisation_id: organisationId,
      version,
      rules: JSON.stringify(settings),
      created_at: by.at,
      created_by: JSON.stringify(by.actor),
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return result.numInsertedOrUpdatedRows === 1n;
}

/** Every version that was ever settled. */
export async function exportRules(executor: Executor, organisationId: OrganisationId): Promise<unknown> {
  return executor
    .selectFrom('consent_rules')
    .select(['version', 'rules', 'created_at as createdAt', 'created_by as createdBy'])
    .where('organisation_id', '=', organisationId)
    .orderBy('version')
    .execute();
}
