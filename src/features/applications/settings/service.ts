import { recordAudit } from '../../../adapters/database/records.js';
import { judgeIfMatch } from '../../../http/entityTag.js';
import { actorOf, type OrganisationCaller } from '../../../kernel/caller.js';
import { AppError, invalidField } from '../../../kernel/errors.js';
import type { OrganisationId } from '../../../kernel/ids.js';
import { addDuration } from '../../../kernel/instants.js';
import { appendToken } from '../../../kernel/jsonPointer.js';
import type { ApplicationDeps } from '../deps.js';
import { DEFAULT_DUE_IN, type SettingsVersion } from './rules.js';
import type { ReviewSettings, VersionedReviewSettings } from './schemas.js';
import { findLatestSettings, insertSettings } from './store.js';

const LONGEST = 'P1Y';

export async function readSettings(
  { db }: Pick<ApplicationDeps, 'db'>,
  organisationId: OrganisationId,
): Promise<VersionedReviewSettings> {
  return present(await findLatestSettings(db, organisationId));
}

/** A new version. Reviews that have begun go on under theirs. Throws `applications/settings-version-required` and `…-stale`. */
export async function saveSettings(
  { db, clock }: Pick<ApplicationDeps, 'db' | 'clock'>,
  caller: OrganisationCaller,
  settings: ReviewSettings,
  ifMatch: string | undefined,
): Promise<VersionedReviewSettings> {
  requireDurations(settings, clock.now());
  const { organisationId } = caller;
  const at = clock.now();
  return db.transaction().execute(async (trx) => {
    const before = await findLatestSettings(trx, organisationId);
    const precondition = judgeIfMatch(ifMatch, before.version);
    if (precondition === 'missing')
      throw new AppError(
        'applications/settings-version-required',
        'Send the ETag of the version that you change as If-Match.',
      );
    const saved = { version: before.version + 1, settings };
    if (precondition === 'stale' || !(await insertSettings(trx, organisationId, saved, at)))
      throw new AppError(
        'applications/settings-version-stale',
        'Somebody has saved another version since; nothing of yours was saved.',
      );
    await recordAudit(trx, {
      at,
      actor: actorOf(caller),
      action: 'reviewSettings.saved',
      organisationId,
      detail: {
        version: saved.version,
        fourEyes: { from: before.settings.fourEyes ?? [], to: settings.fourEyes ?? [] },
      },
    });
    return present(saved);
  });
}

function present({ version, settings }: SettingsVersion): VersionedReviewSettings {
  const { fourEyes = [], dueIn = DEFAULT_DUE_IN, dueInByType = {}, templates = {} } = settings;
  return { version, fourEyes, dueIn, dueInByType, templates };
}

function requireDurations({ dueIn, dueInByType = {}, templates = {} }: ReviewSettings, now: Date): void {
  const dated: [string, string | undefined][] = [
    ['/dueIn', dueIn],
    ...Object.entries(dueInByType).map(([type, value]): [string, string | undefined] => [
      appendToken('/dueInByType', type),
      value,
    ]),
    ...Object.entries(templates).flatMap(([type, checks = []]) =>
      checks.map(({ maximumAge }, index): [string, string | undefined] => [
        `${appendToken('/templates', type)}/${index}/maximumAge`,
        maximumAge,
      ]),
    ),
  ];
  const longest = addDuration(now, LONGEST);
  for (const [pointer, duration] of dated) {
    if (duration === undefined) continue;
    const end = addDuration(now, duration);
    if (!end || !longest || end <= now || end > longest)
      throw invalidField(
        pointer,
        `must be an ISO 8601 duration, longer than nothing and ${LONGEST} at the most`,
      );
  }
}
