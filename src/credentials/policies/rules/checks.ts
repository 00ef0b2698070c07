import { covers } from '../../../kernel/jsonPointer.js';
import { isAtMost, levelOfChecks } from '../../assurance.js';
import { PROFILES } from '../../profiles/index.js';
import { answersRequirement, REPRESENTATION } from '../../profiles/profile.js';
import { met, notMet, notShown, orList, worstOf, type Answer, type CompiledRule } from '../answer.js';
import type { RuleOf } from '../policy.js';
import type { Shown } from '../shown.js';
import { rankOf, type ShownCheck } from '../shownCheck.js';
import { ageJudge } from './age.js';

/**
 * How single fields were checked. All that is demanded must be true of one and the same check, or an old look into the register and a fresh interview
 * would together pass for a fresh look into the register. Only `assurance` is what several give together.
 */
export function compileChecks(rule: RuleOf<'checks'>): CompiledRule {
  const demands = rule.fields.map((field) => ({ field, witnesses: witnessesOf(field) }));
  const compiled = { rule, fits: compileFit(rule) };
  return {
    demanded: describeDemand(rule),
    judge: (shown) =>
      worstOf(demands.map((demand) => judgeField(compiled, demand, shown))) ?? notShown('No field.'),
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

type Fit = (check: ShownCheck, at: Date) => boolean;

function judgeField(
  { rule: { assurance }, fits }: { readonly rule: RuleOf<'checks'>; readonly fits: Fit },
  demand: FieldDemand,
  shown: Shown,
): Answer {
  const { field } = demand;
  const checks = checksOf(demand, shown);
  if (checks.length === 0) return notShown(`${field}: no check is shown.`);
  const best = checks.find((check) => fits(check, shown.at));
  if (!best) return notMet(`${field}: ${checks.slice(0, MOST_NAMED).join('; ')}.`);
  if (assurance === undefined) return met(`${field}: ${best.toString()}.`);
  const fitting = checks.filter((check) => fits(check, shown.at));
  const level = levelOfChecks(fitting.map(({ method }) => method));
  const found = `${field}: ${level}, by ${fitting.slice(0, MOST_NAMED).join('; ')}.`;
  return isAtMost(assurance, level) ? met(found) : notMet(found);
}

const MOST_NAMED = 3;

function compileFit({ provenance, evidenceTypes, methods, documented, maximumAge }: RuleOf<'checks'>): Fit {
  const lowest = provenance === undefined ? 0 : rankOf(provenance);
  const ageOf = maximumAge === undefined ? undefined : ageJudge(maximumAge);
  return (check, at) =>
    rankOf(check.tier) >= lowest &&
    (!evidenceTypes || (evidenceTypes as readonly unknown[]).includes(check.type)) &&
    (!methods || methods.includes(check.method)) &&
    (!documented || check.isDocumented) &&
    (!ageOf || ageOf(check.time, at) === 'young');
}

/** Several rules ask of one field. */
function checksOf(
  { field, witnesses }: FieldDemand,
  { accepted, checksByField }: Shown,
): readonly ShownCheck[] {
  const known = checksByField.get(field);
  if (known) return known;
  const found: ShownCheck[] = [];
  checksByField.set(field, found);
  const isOfField = (checked: string) => answers(checked, field);
  for (const credential of accepted)
    if (credential.types.some((type) => witnesses.has(type))) credential.addChecks(found, isOfField);
  return found;
}

function answers(checked: string, demanded: string): boolean {
  return covers(checked, demanded) || (demanded.endsWith('/*') && answersRequirement(demanded, checked));
}
