import { coopLegalIdentity } from '../../profiles/coopLegalIdentity.js';
import { coversJurisdiction } from '../../verification/accreditationCheck.js';
import { met, notMet, notShown, ofEach, orList, type CompiledRule } from '../answer.js';
import type { RuleOf } from '../policy.js';

/** Where it is at home; every credential must say so. */
export function compileJurisdictions({ anyOf }: RuleOf<'jurisdictions'>): CompiledRule {
  return {
    demanded: `The jurisdiction is ${orList(anyOf)}.`,
    judge: (shown) =>
      ofEach(shown, undefined, ({ facts: { jurisdiction } }) => {
        if (typeof jurisdiction !== 'string') return notShown('No jurisdiction is stated.');
        const isCovered = anyOf.some((accepted) => coversJurisdiction(accepted, jurisdiction));
        return isCovered ? met(`${jurisdiction}.`) : notMet(`${jurisdiction}.`);
      }),
  };
}

const ELF_CODE = /^[A-Z0-9]{4}$/;
const OF_IDENTITY = [coopLegalIdentity.type];

/** By ISO 20275 code. A form in words is that form only if the policy has the same words: what else they mean nobody can tell. */
export function compileLegalForms({ anyOf }: RuleOf<'legalForms'>): CompiledRule {
  const accepted = new Set(anyOf);
  return {
    demanded: `The legal form is ${orList(anyOf)}.`,
    judge: (shown) =>
      ofEach(shown, OF_IDENTITY, ({ facts: { legalForm } }) => {
        if (typeof legalForm !== 'string') return notShown('No legal form is stated.');
        if (accepted.has(legalForm)) return met(`${legalForm}.`);
        return ELF_CODE.test(legalForm)
          ? notMet(`${legalForm}.`)
          : notShown(`It is stated in words: ${legalForm}.`);
      }),
  };
}

export function compileLegalStatus({ anyOf }: RuleOf<'legalStatus'>): CompiledRule {
  const accepted = new Set(anyOf);
  return {
    demanded: `The status in the register is ${orList(anyOf)}.`,
    judge: (shown) =>
      ofEach(shown, OF_IDENTITY, ({ facts: { legalStatus } }) => {
        if (typeof legalStatus !== 'string') return notShown('No status is stated.');
        return accepted.has(legalStatus) ? met(`${legalStatus}.`) : notMet(`${legalStatus}.`);
      }),
  };
}
