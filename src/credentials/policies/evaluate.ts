import {
  foldVerdict,
  lowestVerdict,
  resultOf,
  type CheckCode,
  type CheckResult,
  type Verdict,
} from '../verification/checks.js';
import type { CredentialReport, PresentationReport } from '../verification/report.js';
import type { Answer, CompiledRule } from './answer.js';
import type { PolicyRule, RuleName, RuleOf } from './policy.js';
import { compileAssurance } from './rules/assurance.js';
import { compileChecks } from './rules/checks.js';
import { compileCoopTest } from './rules/coopTest.js';
import { compileCredentials } from './rules/credentials.js';
import { compileJurisdictions, compileLegalForms, compileLegalStatus } from './rules/listedValues.js';
import { compileMembership } from './rules/membership.js';
import { compileRecognition, compileUncontested } from './rules/network.js';
import { compileRegistrars } from './rules/registrars.js';
import { compileScreening } from './rules/screening.js';
import { readShown } from './shown.js';

/** What a rule of a policy gives in a report. */
export interface PolicyCheck extends CheckResult {
  readonly check: 'policy';
  readonly rule: RuleName;
  /** JSON Pointer into the version of the policy that the report names. */
  readonly pointer: string;
  readonly demanded: string;
  readonly found: string;
}

export interface CompiledPolicy {
  readonly rules: readonly {
    readonly judge: CompiledRule['judge'];
    /** All of the check but for what was found, by outcome. */
    readonly checks: Readonly<Record<Answer['outcome'], Omit<PolicyCheck, 'found'>>>;
  }[];
}

const COMPILERS: { readonly [Name in RuleName]: (rule: RuleOf<Name>) => CompiledRule } = {
  credentials: compileCredentials,
  registrars: compileRegistrars,
  jurisdictions: compileJurisdictions,
  legalForms: compileLegalForms,
  legalStatus: compileLegalStatus,
  assurance: compileAssurance,
  checks: compileChecks,
  coopTest: compileCoopTest,
  membership: compileMembership,
  screening: compileScreening,
  recognition: compileRecognition,
  uncontested: compileUncontested,
};

/** Makes a policy ready for any number of reports. */
export function compilePolicy(rules: readonly PolicyRule[]): CompiledPolicy {
  return {
    rules: rules.map((rule, index) => {
      const compile = COMPILERS[rule.rule] as (rule: PolicyRule) => CompiledRule;
      const { demanded, judge } = compile(rule);
      const checkOf = (outcome: Answer['outcome']) => ({
        ...resultOf(CODES[outcome]),
        check: 'policy' as const,
        rule: rule.rule,
        pointer: `/rules/${index}`,
        demanded: shorten(demanded),
      });
      return {
        judge,
        checks: { met: checkOf('met'), notMet: checkOf('notMet'), notShown: checkOf('notShown') },
      };
    }),
  };
}

/**
 * A check for each rule, in their order, of what a report shows. Pure and total: of any value, and of what a report does not say nothing is met.
 * "Now" is when it was verified.
 */
export function evaluatePolicy({ rules }: CompiledPolicy, report: unknown): PolicyCheck[] {
  const shown = readShown(report);
  return rules.map(({ judge, checks }) => {
    const answer = judge(shown);
    const { check, outcome, code, detail, rule, pointer, demanded } = checks[answer.outcome];
    // Member by member: a spread takes longer than the rule.
    return { check, outcome, code, detail, rule, pointer, demanded, found: shorten(answer.found) };
  });
}

const CODES = {
  met: 'policy/met',
  notMet: 'policy/not-met',
  notShown: 'policy/not-shown',
} as const satisfies Record<Answer['outcome'], CheckCode>;

const MAX_TEXT = 1_000;

function shorten(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT).toWellFormed()} …`;
}

/** The report with the policy's checks at its end, and the verdict over all of them. */
export function decideUnder<Report extends CredentialReport | PresentationReport>(
  policy: CompiledPolicy,
  report: Report,
): Report {
  const checks = evaluatePolicy(policy, report);
  return {
    ...report,
    verdict: verdictUnder(report.verdict, checks),
    checks: [...report.checks, ...checks],
  };
}

/** A policy can refuse what the verifier accepts, never the other way round. */
export function verdictUnder(verdict: Verdict, checks: readonly PolicyCheck[]): Verdict {
  return lowestVerdict([verdict, foldVerdict(checks, ['policy'])]);
}
