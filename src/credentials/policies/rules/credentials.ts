import { met, notMet, notShown, type CompiledRule } from '../answer.js';
import type { RuleOf } from '../policy.js';

/** Wanted types, in combinations over all that was presented together. */
export function compileCredentials({ anyOf }: RuleOf<'credentials'>): CompiledRule {
  return {
    demanded: `Accepted credentials: ${anyOf.map((types) => types.join(' and ')).join(', or ')}.`,
    judge({ accepted, pendingTypes }) {
      const has = (type: string) => accepted.some(({ types }) => types.includes(type));
      const complete = anyOf.find((types) => types.every(has));
      if (complete) return met(`${complete.join(' and ')}.`);
      const present = [...new Set(anyOf.flat().filter(has))];
      const found = present.length === 0 ? 'None of these.' : `Only ${present.join(' and ')}.`;
      const mayBe = anyOf.some((types) => types.every((type) => has(type) || pendingTypes.has(type)));
      return mayBe ? notShown(`${found} Others could not be checked to the end.`) : notMet(found);
    },
  };
}
