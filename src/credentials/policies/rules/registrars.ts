import { addParsed, parseDuration } from '../../../kernel/instants.js';
import { isAtMost } from '../../assurance.js';
import { met, notMet, notShown, ofEach, orList, type Answer, type CompiledRule } from '../answer.js';
import type { RuleOf } from '../policy.js';
import type { ShownAccreditation } from '../shown.js';

type Conditions = NonNullable<RuleOf<'registrars'>['accreditation']>;

/** Who issued: one of these, or whoever was accredited for it under these conditions. */
export function compileRegistrars(rule: RuleOf<'registrars'>): CompiledRule {
  const { dids = [], accreditation, credentialTypes } = rule;
  const named = new Set(dids);
  const judgeConditions = accreditation && compileConditions(accreditation);
  const what = credentialTypes ? orList(credentialTypes) : 'each credential';
  const who = [
    ...(dids.length > 0 ? [orList(dids)] : []),
    ...(accreditation ? [describeConditions(accreditation)] : []),
  ];
  return {
    demanded: `The registrar of ${what} is ${who.join(', or ')}.`,
    judge: (shown) =>
      ofEach(shown, credentialTypes, (credential) => {
        const { issuerDid } = credential;
        if (issuerDid === undefined) return notShown('No registrar is named.');
        if (named.has(issuerDid)) return met(`${issuerDid}.`);
        if (!judgeConditions) return notMet(`${issuerDid}.`);
        return judgeConditions(issuerDid, credential.accreditation, shown.at);
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

type ConditionsJudge = (issuerDid: string, held: ShownAccreditation | undefined, at: Date) => Answer;

function compileConditions({ stillHeld, heldFor, upTo: demanded }: Conditions): ConditionsJudge {
  const isLongEnough = heldFor === undefined ? () => true : durationJudge(heldFor);
  return (issuerDid, held, at) => {
    if (!held) return notShown(`Of the accreditation of ${issuerDid} nothing is known here.`);
    const { began, beganOn, isHeld, upTo } = held;
    const standing = isHeld ? 'still held' : 'not held any more';
    const found = `${issuerDid}, accredited since ${beganOn}, ${standing}, up to ${upTo}.`;
    const isMet =
      (!stillHeld || isHeld) &&
      isLongEnough(began, at) &&
      (demanded === undefined || isAtMost(demanded, upTo));
    return isMet ? met(found) : notMet(found);
  };
}

/** Whether so much time is over. */
function durationJudge(heldFor: string): (began: Date, at: Date) => boolean {
  const duration = parseDuration(heldFor);
  return (began, at) => duration !== undefined && addParsed(began, duration) <= at;
}
