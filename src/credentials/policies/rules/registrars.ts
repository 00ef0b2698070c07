import { addDuration } from '../../../kernel/instants.js';
import { isAssuranceLevel, isAtMost } from '../../assurance.js';
import { met, notMet, notShown, ofEach, orList, type Answer, type CompiledRule } from '../answer.js';
import type { RuleOf } from '../policy.js';
import { asObject } from '../shown.js';

type Conditions = NonNullable<RuleOf<'registrars'>['accreditation']>;

/** Who issued: one of these, or whoever was accredited for it under these conditions. */
export function compileRegistrars(rule: RuleOf<'registrars'>): CompiledRule {
  const { dids = [], accreditation, credentialTypes } = rule;
  const named = new Set(dids);
  const what = credentialTypes ? orList(credentialTypes) : 'each credential';
  const who = [
    ...(dids.length > 0 ? [orList(dids)] : []),
    ...(accreditation ? [describeConditions(accreditation)] : []),
  ];
  return {
    demanded: `The registrar of ${what} is ${who.join(', or ')}.`,
    judge: (shown) =>
      ofEach(shown, credentialTypes, ({ issuerDid, facts }) => {
        if (issuerDid === undefined) return notShown('No registrar is named.');
        if (named.has(issuerDid)) return met(`${issuerDid}.`);
        if (!accreditation) return notMet(`${issuerDid}.`);
        return judgeConditions(accreditation, issuerDid, asObject(facts['accreditation']), shown.at);
      }),
  };
}

function describeConditions({ stillHeld, heldFor, upTo }: Conditions): string {
  return [
    'somebody accredited for it',
    ...(stillHeld ? ['until now'] : []),
    ...(heldFor === undefined ? [] : [`for ${heldFor} at least`]),
    ...(upTo === undefined ? [] : [`up to ${upTo} at least`]),
  ].join(' ');
}

function judgeConditions(
  { stillHeld, heldFor, upTo: demanded }: Conditions,
  issuerDid: string,
  { since, isHeld, upTo }: Readonly<Record<string, unknown>>,
  at: Date,
): Answer {
  const began = new Date(typeof since === 'string' ? since : NaN);
  if (Number.isNaN(began.getTime()) || typeof isHeld !== 'boolean' || !isAssuranceLevel(upTo))
    return notShown(`Of the accreditation of ${issuerDid} nothing is known here.`);
  const standing = isHeld ? 'still held' : 'not held any more';
  const found = `${issuerDid}, accredited since ${began.toISOString().slice(0, 10)}, ${standing}, up to ${upTo}.`;
  const isMet =
    (!stillHeld || isHeld) &&
    (heldFor === undefined || isOver(began, heldFor, at)) &&
    (demanded === undefined || isAtMost(demanded, upTo));
  return isMet ? met(found) : notMet(found);
}

function isOver(began: Date, duration: string, at: Date): boolean {
  const end = addDuration(began, duration);
  return end !== undefined && end <= at;
}
