import { met, notMet, notShown, ofEach, type CompiledRule } from '../answer.js';
import type { RuleOf } from '../policy.js';
import { asObject } from '../values.js';

/** From how far away the registrar's accreditation comes. */
export function compileRecognition({ maximumHops }: RuleOf<'recognition'>): CompiledRule {
  return {
    demanded:
      maximumHops === 0
        ? 'The registrar is accredited by this network itself.'
        : `The registrar's network is recognised by this one over at most ${maximumHops} step${maximumHops === 1 ? '' : 's'}.`,
    judge: (shown) =>
      ofEach(shown, undefined, ({ facts }) => {
        const { hops } = asObject(facts['accreditation']);
        if (!Number.isInteger(hops) || (hops as number) < 0)
          return notShown('No accreditation of the registrar is known here.');
        const found = hops === 0 ? 'Accredited by this network.' : `Recognised over ${hops as number}.`;
        return (hops as number) <= maximumHops ? met(found) : notMet(found);
      }),
  };
}

/** That the holder lets stand what is said of it. */
export function compileUncontested(): CompiledRule {
  return {
    demanded: 'The holder contests nothing of what the credentials say.',
    judge: (shown) =>
      ofEach(shown, undefined, ({ facts: { openContests }, contested }) => {
        if (contested.length > 0) return notMet(`Contested: ${contested.join(', ')}.`);
        if (!Number.isInteger(openContests))
          return notShown('Whether anything is contested is not known here.');
        return openContests === 0 ? met('Nothing is contested.') : notMet('Something is contested.');
      }),
  };
}
