import { COOP_TEST_LIMITS, type CoopTestLimits } from '../../credentials/coopTests/index.js';
import type { PolicyRule } from '../../credentials/policies/policy.js';
import { REPRESENTATION } from '../../credentials/profiles/profile.js';
import type { FieldError } from '../../kernel/errors.js';
import { addDuration } from '../../kernel/instants.js';
import { pointerTokens } from '../../kernel/jsonPointer.js';
import { findLegalForm } from '../../reference/legalForms.js';

/**
 * What in the rules of a policy could never be meant, beyond their form: such a rule would refuse everybody, or nobody, without saying so.
 *
 * @param blocks names of the dossier's blocks
 */
export function findRuleProblems(
  rules: readonly PolicyRule[],
  blocks: ReadonlySet<string>,
  now: Date,
): FieldError[] {
  return rules.flatMap((rule, index) =>
    problemsOf(rule, blocks, now).map(({ pointer, detail }) => ({
      pointer: `/rules/${index}${pointer}`,
      detail,
    })),
  );
}

function problemsOf(rule: PolicyRule, blocks: ReadonlySet<string>, now: Date): FieldError[] {
  switch (rule.rule) {
    case 'registrars': {
      const { dids, accreditation } = rule;
      if (!dids && !accreditation)
        return [
          { pointer: '', detail: 'needs "dids", "accreditation" or both: without, nobody is accepted' },
        ];
      return durationProblems({ '/accreditation/heldFor': accreditation?.heldFor }, now);
    }
    case 'legalForms':
      return rule.anyOf.flatMap((form, index) =>
        /^[A-Z0-9]{4}$/.test(form) && !findLegalForm(form)
          ? [{ pointer: `/anyOf/${index}`, detail: 'is no code of ISO 20275; GET /v1/legal-forms has them' }]
          : [],
      );
    case 'checks':
      return [
        ...rule.fields.flatMap((field, index) =>
          isDossierField(field, blocks)
            ? []
            : [{ pointer: `/fields/${index}`, detail: 'leads into no block of the dossier' }],
        ),
        ...durationProblems({ '/maximumAge': rule.maximumAge }, now),
      ];
    case 'coopTest':
      return [...limitProblems(rule), ...durationProblems({ '/within': rule.within }, now)];
    case 'screening':
      return durationProblems({ '/maximumAge': rule.maximumAge }, now);
    case 'credentials':
    case 'jurisdictions':
    case 'legalStatus':
    case 'assurance':
    case 'membership':
    case 'recognition':
    case 'uncontested':
      return [];
  }
}

function isDossierField(field: string, blocks: ReadonlySet<string>): boolean {
  return field === REPRESENTATION || blocks.has(pointerTokens(field)[0] ?? '');
}

const LIMITS = ['atMost', 'atLeast', 'within'] as const satisfies readonly (keyof CoopTestLimits)[];

function limitProblems(rule: Extract<PolicyRule, { rule: 'coopTest' }>): FieldError[] {
  const taken = COOP_TEST_LIMITS[rule.test];
  const problems: FieldError[] = LIMITS.filter((limit) => limit !== taken && rule[limit] !== undefined).map(
    (limit) => ({
      pointer: `/${limit}`,
      detail: taken ? `does not belong to this test, which takes "${taken}"` : 'does not belong to this test',
    }),
  );
  if (rule.test === 'sixtyPercentTest' && (rule.atLeast ?? 0) > 100)
    problems.push({ pointer: '/atLeast', detail: 'is per cent here: 100 at the most' });
  return problems;
}

function durationProblems(durations: Readonly<Record<string, string | undefined>>, now: Date): FieldError[] {
  return Object.entries(durations).flatMap(([pointer, duration]) => {
    const end = duration === undefined ? undefined : addDuration(now, duration);
    return duration === undefined || (end && end > now)
      ? []
      : [{ pointer, detail: 'must be an ISO 8601 duration that is longer than nothing' }];
  });
}
