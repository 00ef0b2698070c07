import { covers } from '../../../kernel/jsonPointer.js';
import {
  isAtMost,
  levelOfChecks,
  PROVENANCE_TIERS,
  tierOf,
  isCheckMethod,
  isProvenanceTier,
  type CheckMethod,
  type ProvenanceTier,
} from '../../assurance.js';
import { parseDateTimeStamp } from '../../dateTimeStamp.js';
import { PROFILES } from '../../profiles/index.js';
import { answersRequirement, REPRESENTATION } from '../../profiles/profile.js';
import { met, notMet, notShown, orList, worstOf, type Answer, type CompiledRule } from '../answer.js';
import type { RuleOf } from '../policy.js';
import { asObject, listIn, type Shown } from '../shown.js';
import { ageOf } from './age.js';

/** A check that an accepted credential names in its evidence. */
interface ShownCheck {
  readonly type: unknown;
  readonly method: CheckMethod;
  readonly tier: ProvenanceTier;
  readonly time: unknown;
  readonly isDocumented: boolean;
}

/**
 * How single fields were checked. All that is demanded must be true of one and the same check, or an old look into the register and a fresh interview
 * would together pass for a fresh look into the register. Only `assurance` is what several give together.
 */
export function compileChecks(rule: RuleOf<'checks'>): CompiledRule {
  const demands = rule.fields.map((field) => ({ field, witnesses: witnessesOf(field) }));
  return {
    demanded: describeDemand(rule),
    judge: (shown) =>
      worstOf(demands.map((demand) => judgeField(rule, demand, shown))) ?? notShown('No field.'),
  };
}

interface FieldDemand {
  readonly field: string;
  /** Types of credentials whose evidence counts. */
  readonly witnesses: ReadonlySet<string>;
}

/**
 * Evidence counts in credentials that say the field: a registrar that is accredited for memberships only is not believed about the voting rule,
 * whatever evidence it puts into them.
 */
function witnessesOf(field: string): ReadonlySet<string> {
  const place = field.endsWith('/*') ? field.slice(0, -2) : field;
  const saying = PROFILES.filter(
    ({ commitsToDossier, claims }) =>
      commitsToDossier || field === REPRESENTATION || claims.some(({ from }) => covers(from, place)),
  );
  return new Set(saying.map(({ type }) => type));
}

function describeDemand(rule: RuleOf<'checks'>): string {
  const { fields, provenance, assurance, evidenceTypes, methods, documented, maximumAge } = rule;
  return [
    `A check of each of ${fields.join(', ')}`,
    ...(provenance === undefined ? [] : [`of tier ${provenance} at least`]),
    ...(methods ? [`by ${orList(methods)}`] : []),
    ...(evidenceTypes ? [`against ${orList(evidenceTypes)}`] : []),
    ...(documented ? ['with the digest of the document'] : []),
    ...(maximumAge === undefined ? [] : [`not longer ago than ${maximumAge}`]),
    ...(assurance === undefined ? [] : [`together at least ${assurance}`]),
  ]
    .join(', ')
    .concat('.');
}

function judgeField(rule: RuleOf<'checks'>, demand: FieldDemand, shown: Shown): Answer {
  const { field } = demand;
  const checks = checksOf(demand, shown);
  if (checks.length === 0) return notShown(`${field}: no check is shown.`);
  const fitting = checks.filter((check) => fits(rule, check, shown.at));
  const [best] = fitting;
  if (!best) return notMet(`${field}: ${checks.slice(0, MOST_NAMED).map(describe).join('; ')}.`);
  const { assurance } = rule;
  if (assurance === undefined) return met(`${field}: ${describe(best)}.`);
  const level = levelOfChecks(fitting.map(({ method }) => method));
  const found = `${field}: ${level}, by ${fitting.slice(0, MOST_NAMED).map(describe).join('; ')}.`;
  return isAtMost(assurance, level) ? met(found) : notMet(found);
}

const MOST_NAMED = 3;

function fits(rule: RuleOf<'checks'>, check: ShownCheck, at: Date): boolean {
  const { provenance, evidenceTypes, methods, documented, maximumAge } = rule;
  return (
    (provenance === undefined || rankOf(check.tier) >= rankOf(provenance)) &&
    (!evidenceTypes || (evidenceTypes as readonly unknown[]).includes(check.type)) &&
    (!methods || methods.includes(check.method)) &&
    (!documented || check.isDocumented) &&
    (maximumAge === undefined || ageOf(parseDateTimeStamp(check.time), maximumAge, at) === 'young')
  );
}

const rankOf = (tier: ProvenanceTier): number => PROVENANCE_TIERS.indexOf(tier);

function describe({ tier, method, type, time }: ShownCheck): string {
  const day = typeof time === 'string' ? time.slice(0, 10) : 'no date';
  return `${tier}, ${method}, ${typeof type === 'string' ? type : 'no type'}, ${day}`;
}

function checksOf({ field, witnesses }: FieldDemand, { accepted }: Shown): ShownCheck[] {
  const found: ShownCheck[] = [];
  for (const { types, evidence } of accepted) {
    if (!types.some((type) => witnesses.has(type))) continue;
    for (const entry of evidence) {
      const { field: checked } = asObject(entry);
      if (isField(checked) && answers(checked, field)) found.push(...readChecks(asObject(entry)));
    }
  }
  return found;
}

/** The empty pointer would be the whole dossier, which nobody checks in one go. */
function isField(checked: unknown): checked is string {
  return typeof checked === 'string' && checked.startsWith('/');
}

function answers(checked: string, demanded: string): boolean {
  return covers(checked, demanded) || (demanded.endsWith('/*') && answersRequirement(demanded, checked));
}

function readChecks(entry: Readonly<Record<string, unknown>>): ShownCheck[] {
  const { type, provenance, check_details: details, digest } = entry;
  return listIn(details).flatMap((detail) => {
    const { check_method: method, time } = asObject(detail);
    if (!isCheckMethod(method)) return [];
    const tier = lowerTier(tierOf(method), provenance);
    return tier ? [{ type, method, time, tier, isDocumented: digest !== undefined }] : [];
  });
}

/** Tiers are computed from methods: whoever states a higher one than the method gives is not believed. */
function lowerTier(computed: ProvenanceTier, stated: unknown): ProvenanceTier | undefined {
  if (!isProvenanceTier(stated)) return undefined;
  return rankOf(stated) < rankOf(computed) ? stated : computed;
}
