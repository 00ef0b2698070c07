import { parseDateTimeStamp } from '../../dateTimeStamp.js';
import { screening } from '../../profiles/screening.js';
import { met, notMet, notShown, ofEach, orList, type Answer, type CompiledRule } from '../answer.js';
import type { RuleOf } from '../policy.js';
import type { ShownCredential } from '../shown.js';
import { asObject, textsIn } from '../values.js';
import { ageJudge, type AgeJudge } from './age.js';

const OF_SCREENING = [screening.type];

/** What a screening came to, against which lists, and when: a credential says "match" as well as "clear". */
export function compileScreening(rule: RuleOf<'screening'>): CompiledRule {
  const { results, kinds, maximumAge } = rule;
  const ageOf = maximumAge === undefined ? undefined : ageJudge(maximumAge);
  return {
    demanded: [
      `The screening's result is ${orList(results)}`,
      ...(kinds ? [`against lists of ${kinds.join(' and ')}`] : []),
      ...(maximumAge === undefined ? [] : [`not longer ago than ${maximumAge}`]),
    ]
      .join(', ')
      .concat('.'),
    judge: (shown) =>
      ofEach(shown, OF_SCREENING, (credential) => judgeScreening({ ...rule, ageOf }, credential, shown.at)),
  };
}

function judgeScreening(
  { results, kinds = [], ageOf }: RuleOf<'screening'> & { readonly ageOf: AgeJudge | undefined },
  { facts }: ShownCredential,
  at: Date,
): Answer {
  const { result, screenedAt, ...rest } = asObject(facts['screening']);
  const listed = textsIn(rest['kinds']);
  if (typeof result !== 'string') return notShown('No result is stated.');
  const screened = parseDateTimeStamp(screenedAt);
  const day = screened ? ` on ${screened.toISOString().slice(0, 10)}` : '';
  const found = `${result}, against lists of ${listed.join(' and ') || 'no kind'}${day}.`;
  if (!(results as readonly string[]).includes(result)) return notMet(found);
  const missesKind = kinds.some((kind) => !listed.includes(kind));
  const age = ageOf ? ageOf(screened, at) : 'young';
  if (age === 'old' || (missesKind && facts['isPartial'] === undefined)) return notMet(found);
  return missesKind || age === 'unknown' ? notShown(found) : met(found);
}
