import type { Profile } from '../../../credentials/profiles/profile.js';
import type { FieldError } from '../../../kernel/errors.js';
import { hasLapsed, latestChecks, missingChecks, withoutLapsed } from '../rules.js';
import { missingTemplateChecks } from '../settings/rules.js';
import type { ReviewSettings } from '../settings/schemas.js';
import type { CheckRow } from '../store.js';
import { standingChecks } from './rules.js';

export interface CountingChecks {
  /** Of each field, whatever it says; without those that have lapsed. */
  readonly latest: ReadonlyMap<string, CheckRow>;
  /** Of each field those that confirm it, none of which has lapsed. */
  readonly standing: ReadonlyMap<string, readonly CheckRow[]>;
  /** Required by the profiles or by the registrar's templates, and not there. */
  readonly missing: FieldError[];
}

/** The one reading of an application's checks: for whoever looks at it, drafts from it, proposes or decides. */
export function countingChecks(
  profiles: readonly Profile[],
  checks: readonly CheckRow[],
  review: {
    readonly dossierVersion: number;
    readonly dossier: unknown;
    readonly settings: ReviewSettings;
    /** When a credential would begin: a check that has lapsed by then is as good as none. */
    readonly at: Date;
    /** From which the age is counted that a template allows. */
    readonly decidedAt: Date;
    /** Why a confirmed check of `/representation` does not count any more, if so. */
    readonly lapse: string | undefined;
  },
): CountingChecks {
  const { dossierVersion, dossier, settings, at, decidedAt, lapse } = review;
  const latest = withoutLapsed(profiles, latestChecks(checks, dossierVersion), at);
  // With a field's latest check the earlier ones fall as well: they only corroborate it.
  const standing = [...standingChecks(checks, dossierVersion)].map(([field, confirming]) => {
    const counted = confirming.filter((check) => !hasLapsed(profiles, check, at));
    return [field, latest.has(field) ? counted : []] as const;
  });
  const missing = missingChecks(profiles, latest, lapse);
  const named = new Set(missing.map(({ pointer }) => pointer));
  const credentialTypes = profiles.map(({ type }) => type);
  const further = missingTemplateChecks(settings, { credentialTypes, latest, dossier, at: decidedAt });
  return {
    latest,
    standing: new Map(standing),
    missing: [...missing, ...further.filter(({ pointer }) => !named.has(pointer))],
  };
}
