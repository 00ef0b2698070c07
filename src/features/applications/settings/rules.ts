import type { FieldError } from '../../../kernel/errors.js';
import { addDuration } from '../../../kernel/instants.js';
import { valueAt } from '../../../kernel/jsonPointer.js';
import { REPRESENTATION } from '../../../credentials/profiles/profile.js';
import type { RecordedCheck } from '../rules.js';
import type { RequiredCheck, ReviewSettings } from './schemas.js';

export const DEFAULT_DUE_IN = 'P14D';

/** What a registrar has settled for its reviews, and in which version of it. */
export interface SettingsVersion {
  readonly version: number;
  readonly settings: ReviewSettings;
}

export const NO_SETTINGS: SettingsVersion = { version: 0, settings: {} };

/** By when the registrar means to decide: the shortest time that it has set for one of the types. */
export function dueAtOf(settings: ReviewSettings, credentialTypes: readonly string[], from: Date): Date {
  const ends = credentialTypes.map((type) => {
    const dueIn = settings.dueInByType?.[type] ?? settings.dueIn ?? DEFAULT_DUE_IN;
    const end = addDuration(from, dueIn);
    if (!end) throw new Error('review settings hold no duration');
    return end.getTime();
  });
  return new Date(Math.min(...ends));
}

/**
 * Whether two persons must approve: as it was settled when the review began or as it is settled now, whichever is stricter. So nobody
 * switches it off for what lies before them.
 */
export function needsTwoPersons(
  governing: readonly ReviewSettings[],
  credentialTypes: readonly string[],
): boolean {
  return governing.some(({ fourEyes = [] }) => credentialTypes.some((type) => fourEyes.includes(type)));
}

/** A check with what a template may demand of it. */
export interface DatedCheck extends RecordedCheck {
  readonly evidence: { readonly type: string };
  readonly checkedAt: Date;
}

/** What the registrar's own templates still need; they add to what the profiles require and take nothing away. */
export function missingTemplateChecks(
  settings: ReviewSettings,
  review: {
    readonly credentialTypes: readonly string[];
    readonly latest: ReadonlyMap<string, DatedCheck>;
    readonly dossier: unknown;
    readonly at: Date;
  },
): FieldError[] {
  const { latest, dossier, at } = review;
  const required = review.credentialTypes.flatMap((type) => settings.templates?.[type] ?? []);
  const missing = new Map<string, FieldError>();
  for (const wanted of required) {
    const { field } = wanted;
    const isThere = field === REPRESENTATION || valueAt(dossier, field) !== undefined;
    const detail = isThere
      ? shortcomingOf(wanted, latest.get(field), at)
      : 'is required by the registrar and not filled in: ask the applicant for it';
    if (detail !== undefined && !missing.has(field)) missing.set(field, { pointer: field, detail });
  }
  return [...missing.values()];
}

function shortcomingOf(wanted: RequiredCheck, check: DatedCheck | undefined, at: Date): string | undefined {
  const { methods, evidenceTypes, maximumAge } = wanted;
  if (!check) return 'needs a confirmed check';
  if (check.result !== 'confirmed') return `the latest check is ${check.result}`;
  if (methods && !methods.includes(check.method)) return `must be checked by ${methods.join(' or ')}`;
  if (evidenceTypes && !(evidenceTypes as readonly string[]).includes(check.evidence.type))
    return `the check must rest on ${evidenceTypes.join(' or ')}`;
  const end = maximumAge === undefined ? undefined : addDuration(check.checkedAt, maximumAge);
  if (end && end < at) return `the check is older than ${maximumAge}`;
  return undefined;
}
