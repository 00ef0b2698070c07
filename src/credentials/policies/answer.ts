import type { Shown, ShownCredential } from './shown.js';

/** What a rule comes to. `notShown`: nothing that was verified says it, so it is not accepted, and not refused for what it is either. */
export interface Answer {
  readonly outcome: 'met' | 'notMet' | 'notShown';
  readonly found: string;
}

/** A rule, made ready to be asked of any number of reports. */
export interface CompiledRule {
  readonly demanded: string;
  judge(shown: Shown): Answer;
}

export const met = (found: string): Answer => ({ outcome: 'met', found });
export const notMet = (found: string): Answer => ({ outcome: 'notMet', found });
export const notShown = (found: string): Answer => ({ outcome: 'notShown', found });

const WEIGHT = { met: 0, notShown: 1, notMet: 2 } as const;

/** The worst of several answers, with all that was found of that kind; `undefined` of none. */
export function worstOf(answers: readonly Answer[]): Answer | undefined {
  let worst: Answer | undefined;
  for (const answer of answers) worst = worse(worst, answer);
  return worst;
}

function worse(one: Answer | undefined, other: Answer): Answer {
  if (!one || WEIGHT[other.outcome] > WEIGHT[one.outcome]) return other;
  if (other.outcome !== one.outcome || one.found.includes(other.found)) return one;
  return { outcome: one.outcome, found: `${one.found} ${other.found}` };
}

/** For what must be true of each credential in scope, of which there must be one at least. */
export function ofEach(
  { accepted }: Shown,
  types: readonly string[] | undefined,
  judgeOne: (credential: ShownCredential) => Answer,
): Answer {
  let worst: Answer | undefined;
  for (const credential of accepted)
    if (!types || isOfType(credential, types)) worst = worse(worst, judgeOne(credential));
  return (
    worst ?? notShown(types ? `No accepted ${orList(types)} is there.` : 'No accepted credential is there.')
  );
}

export function isOfType({ types }: ShownCredential, wanted: readonly string[]): boolean {
  return types.some((type) => wanted.includes(type));
}

const MOST_NAMED = 8;

/** `A, B or C`. */
export function orList(items: readonly string[]): string {
  const named = items.length > MOST_NAMED ? items.slice(0, MOST_NAMED) : items;
  const rest = items.length - named.length;
  const last = rest > 0 ? `${rest} more` : named.at(-1);
  const before = rest > 0 ? named : named.slice(0, -1);
  return before.length === 0 ? (last ?? '') : `${before.join(', ')} or ${last ?? ''}`;
}
