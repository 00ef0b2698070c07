import { isAssuranceLevel, isAtMost } from '../../assurance.js';
import { met, notMet, notShown, ofEach, orList, type CompiledRule } from '../answer.js';
import type { RuleOf } from '../policy.js';

/** How surely credentials as a whole were checked. */
export function compileAssurance({ minimum, credentialTypes }: RuleOf<'assurance'>): CompiledRule {
  const whose = credentialTypes ? `of ${orList(credentialTypes)}` : 'of each credential';
  return {
    demanded: `The assurance level ${whose} is at least ${minimum}.`,
    judge: (shown) =>
      ofEach(shown, credentialTypes, ({ assurance }) => {
        if (!isAssuranceLevel(assurance)) return notShown('No level is stated.');
        return isAtMost(minimum, assurance) ? met(`${assurance}.`) : notMet(`${assurance}.`);
      }),
  };
}
