import {
  ASSURANCE_LEVELS,
  CHECK_METHODS,
  kindOf,
  levelOf,
  type AssuranceLevel,
  type CheckMethod,
} from '../../../credentials/assurance.js';
import { answersRequirement, type Profile } from '../../../credentials/profiles/profile.js';
import type { RecordedCheck } from '../rules.js';

/**
 * Of the checks made on the version under review, those of each field that confirm it and that nothing recorded later calls into question;
 * `checks` in the order in which they were recorded, and so are those of a field.
 */
export function standingChecks<Check extends RecordedCheck>(
  checks: readonly Check[],
  dossierVersion: number,
): Map<string, Check[]> {
  const standing = new Map<string, Check[]>();
  for (const check of checks) {
    if (check.dossierVersion !== dossierVersion) continue;
    const before = check.result === 'confirmed' ? (standing.get(check.field) ?? []) : [];
    standing.set(check.field, check.result === 'confirmed' ? [...before, check] : []);
  }
  return standing;
}

/**
 * How surely a field is confirmed. What its latest check gives, and `high` where an earlier one of another kind says the same and both are
 * at least substantial: a register and a document, a document and a visit. Two looks into the same register are one.
 */
function levelOfField(checks: readonly { readonly method: CheckMethod }[]): AssuranceLevel | undefined {
  const latest = checks.at(-1);
  if (!latest) return undefined;
  const level = levelOf(latest.method);
  return level === 'substantial' && corroborationOf(checks) ? 'high' : level;
}

/** The latest of the earlier checks that corroborates the latest one. */
export function corroborationOf<Check extends { readonly method: CheckMethod }>(
  checks: readonly Check[],
): Check | undefined {
  const latest = checks.at(-1);
  if (!latest || !isCorroborating(latest.method)) return undefined;
  return checks.findLast(({ method }) => isCorroborating(method) && kindOf(method) !== kindOf(latest.method));
}

function isCorroborating(method: CheckMethod): boolean {
  return levelOf(method) !== 'low' && kindOf(method) !== undefined;
}

type Standing<Check extends { readonly method: CheckMethod }> = ReadonlyMap<string, readonly Check[]>;

/** Of the standing checks, field by field, those that one of a profile's `requiredChecks` asks for. */
export function checksFor<Check extends { readonly method: CheckMethod }>(
  required: string,
  standing: Standing<Check>,
): { readonly field: string; readonly checks: readonly Check[] }[] {
  return [...standing]
    .filter(([field, checks]) => checks.length > 0 && answersRequirement(required, field))
    .map(([field, checks]) => ({ field, checks }));
}

/** The level that the checks give: the lowest over the profile's required ones; `undefined` while one of them is missing. */
export function reachedAssurance(
  profile: Pick<Profile, 'requiredChecks'>,
  standing: Standing<{ readonly method: CheckMethod }>,
): AssuranceLevel | undefined {
  const ranks = profile.requiredChecks.flatMap((required) => {
    const answering = checksFor(required, standing);
    return answering.length === 0 ? [-1] : answering.map(({ checks }) => rankOf(levelOfField(checks)));
  });
  return ASSURANCE_LEVELS[ranks.length === 0 ? 0 : Math.min(...ranks)];
}

export interface AssuranceLimit {
  readonly field: string;
  /** Of the latest confirmed check; absent where there is none. */
  readonly method?: CheckMethod;
  readonly level?: AssuranceLevel;
  /** One more check by any of these raises the field's level, or two of different kinds where none stands that corroborates. */
  readonly howToRaise: CheckMethod[];
}

export interface AssuranceExplanation {
  /** Absent while a required check is missing. */
  readonly level?: AssuranceLevel;
  /** The fields that keep it from being higher; none when it is `high`. */
  readonly limitedBy: AssuranceLimit[];
}

/** Which level the checks give, and why not a higher one: the fields at the lowest level, and what would raise each of them. */
export function explainAssurance(
  profile: Pick<Profile, 'requiredChecks'>,
  standing: Standing<{ readonly method: CheckMethod }>,
): AssuranceExplanation {
  const level = reachedAssurance(profile, standing);
  if (level === 'high') return { level, limitedBy: [] };
  const limits = profile.requiredChecks.flatMap((required): AssuranceLimit[] => {
    const answering = checksFor(required, standing);
    if (answering.length === 0) return [{ field: required, howToRaise: [...CHECK_METHODS] }];
    return answering.flatMap(({ field, checks }) => {
      const reached = levelOfField(checks);
      const method = checks.at(-1)?.method;
      if (reached === undefined || method === undefined || reached !== level) return [];
      return [{ field, method, level: reached, howToRaise: raising(checks, reached) }];
    });
  });
  return { ...(level === undefined ? {} : { level }), limitedBy: limits };
}

/** One more check by any of these; or the first of two, after checks that corroborate nothing (a screening). */
function raising(
  checks: readonly { readonly method: CheckMethod }[],
  reached: AssuranceLevel,
): CheckMethod[] {
  const raises = (method: CheckMethod) => rankOf(levelOfField([...checks, { method }])) > rankOf(reached);
  const enough = CHECK_METHODS.filter(raises);
  return enough.length > 0 ? enough : CHECK_METHODS.filter(isCorroborating);
}

function rankOf(level: AssuranceLevel | undefined): number {
  return level === undefined ? -1 : ASSURANCE_LEVELS.indexOf(level);
}
