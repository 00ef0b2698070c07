import { stepIn } from '../../../adapters/database/context.js';
import type { Executor } from '../../../adapters/database/schema.js';
import type { OrganisationId } from '../../../kernel/ids.js';
import { NO_SETTINGS, type SettingsVersion } from './rules.js';
import type { ReviewSettings } from './schemas.js';

/** A registrar's; whoever applies to it goes by them as well. */
export const findLatestSettings = stepIn('counterpart', selectLatestSettings);

async function selectLatestSettings(
  executor: Executor,
  organisationId: OrganisationId,
): Promise<SettingsVersion> {
  const row = await executor
    .selectFrom('review_settings')
    .select(['version', 'settings'])
    .where('organisation_id', '=', organisationId)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ? { version: row.version, settings: row.settings as ReviewSettings } : NO_SETTINGS;
}

/** The newest version, and the one that a review began under; where it has not begun, or nobody knows, the newest counts. */
export const findGoverningSettings = stepIn('counterpart', selectGoverningSettings);

async function selectGoverningSettings(
  executor: Executor,
  organisationId: OrganisationId,
  pinned: number | null,
): Promise<{ readonly pinned: SettingsVersion; readonly latest: SettingsVersion }> {
  const latest = await findLatestSettings(executor, organisationId);
  if (pinned === null || pinned === latest.version) return { pinned: latest, latest };
  if (pinned === 0) return { pinned: NO_SETTINGS, latest };
  const row = await executor
    .selectFrom('review_settings')
    .select(['version', 'settings'])
    .where('organisation_id', '=', organisationId)
    .where('version', '=', pinned)
    .executeTakeFirstOrThrow();
  return { pinned: { version: row.version, settings: row.settings as ReviewSettings }, latest };
}

/** False when another request has written this version in the meantime. */
export async function insertSettings(
  trx: Executor,
  organisationId: OrganisationId,
  { version, settings }: SettingsVersion,
  at: Date,
): Promise<boolean> {
  const result = await trx
    .insertInto('review_settings')
    .values({ organisation_id: organisationId, version, settings: JSON.stringify(settings), created_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return result.numInsertedOrUpdatedRows === 1n;
}

/** What a review that begins now is bound to; nothing where it has begun. */
export async function pinSettings(
  trx: Executor,
  row: { readonly registrar_id: OrganisationId; readonly settings_version: number | null },
): Promise<{ settings_version?: number }> {
  if (row.settings_version !== null) return {};
  return { settings_version: (await findLatestSettings(trx, row.registrar_id)).version };
}
