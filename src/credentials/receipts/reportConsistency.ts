import { isJsonObject } from '../../kernel/strictJson.js';
import {
  CHECK_CODES,
  CHECKS,
  CREDENTIAL_CHECKS,
  foldVerdict,
  lowestVerdict,
  PRESENTATION_CHECKS,
  type Check,
  type CheckCode,
  type CheckResult,
  type Verdict,
} from '../verification/checks.js';

/**
 * Whether the verdict of a report is the one that its checks give: by the fold of the verifier, over the checks that belong to it. Total: of any
 * value that is no report it is not. A code that is not known here, of a newer verifier, is taken at its word; one that is known keeps its outcome.
 */
export function isConsistentReport(report: unknown): boolean {
  return isJsonObject(report) && verdictOf(report) === report['verdict'];
}

function verdictOf(report: Readonly<Record<string, unknown>>): Verdict | undefined {
  const { checks, credentials, fields, policy } = report;
  if (!Array.isArray(checks)) return undefined;
  const results = checks.map(readResult);
  if (!results.every((result) => result !== undefined)) return undefined;
  const expected: readonly Check[] = Array.isArray(credentials) ? PRESENTATION_CHECKS : CREDENTIAL_CHECKS;
  const further: readonly Check[] = [
    ...(fields === undefined ? [] : (['dossier'] as const)),
    ...(policy === undefined ? [] : (['policy'] as const)),
  ];
  const own = foldVerdict(results, [...expected, ...further]);
  if (!Array.isArray(credentials)) return own;
  const contained = credentials.map((credential: unknown) =>
    isConsistentReport(credential) ? (credential as { verdict: Verdict }).verdict : undefined,
  );
  return contained.every((verdict) => verdict !== undefined) ? lowestVerdict([own, ...contained]) : undefined;
}

function readResult(value: unknown): CheckResult | undefined {
  if (!isJsonObject(value)) return undefined;
  const { check, outcome, code, detail } = value;
  const isKnown = typeof code === 'string' && Object.hasOwn(CHECK_CODES, code);
  if (!CHECKS.includes(check as Check) || typeof code !== 'string' || !code.startsWith(`${String(check)}/`))
    return undefined;
  if (isKnown && CHECK_CODES[code as CheckCode][0] !== outcome) return undefined;
  if (!OUTCOMES.includes(outcome as CheckResult['outcome'])) return undefined;
  return { check, outcome, code, detail } as CheckResult;
}

const OUTCOMES: readonly CheckResult['outcome'][] = ['pass', 'fail', 'undetermined', 'skipped'];
