import { parseDidUrl } from '../did/didUrl.js';
import { isUsedByJws, verifyJwsSignature, type JwsProblem } from '../securing/jws.js';
import type { CheckOutcome } from '../verification/checks.js';
import { findSigningKey } from '../verification/keyCheck.js';
import { DEFAULT_TOLERANCE_SECONDS, type VerificationSources } from '../verification/sources.js';
import { digestOf } from './digest.js';
import { isConsistentReport } from './reportConsistency.js';
import { parseReceipt, type ParsedReceipt, type Receipt } from './receipt.js';

/** What is looked at of a receipt, in this order; what was not reached is not in the answer. */
export const RECEIPT_CHECKS = ['format', 'key', 'signature', 'date', 'report', 'submitted'] as const;
export type ReceiptCheck = (typeof RECEIPT_CHECKS)[number];

export interface ReceiptCheckResult {
  readonly check: ReceiptCheck;
  readonly outcome: Exclude<CheckOutcome, 'skipped'>;
  /** In plain words. */
  readonly detail: string;
}

export interface ReceiptVerdict {
  /** `genuine`: its verifier signed exactly this. Whether the verifier judged well is another question. */
  readonly verdict: 'genuine' | 'refused' | 'undetermined';
  readonly checks: readonly ReceiptCheckResult[];
  /** Where it could be read; what it says holds only with the verdict `genuine`. */
  readonly receipt?: Receipt;
}

export interface ReceiptContext {
  readonly now: Date;
  readonly sources: Pick<VerificationSources, 'resolveDid'>;
  /** What is said to have been verified, to be compared with what the receipt is of. */
  readonly submitted?: unknown;
}

const FORMAT_PROBLEMS: Readonly<Record<JwsProblem, string>> = {
  malformed: 'It is not a well-formed verification receipt.',
  unsupported: 'It is another kind of token than a verification receipt.',
  criticalHeader: 'Its header demands an extension that is not understood.',
  algorithmNotAllowed: 'It names a signature algorithm that is not allowed.',
};

/**
 * Checks a verification receipt: signed by a key that its verifier's DID lists for assertions, in the past, with a report whose verdict follows
 * from its checks, and of what it is said to be of. Never rejects. Not checked: whether what the report rested on was as its digests say, which
 * takes those documents, and whether the verifier was right.
 */
export async function checkReceipt(token: unknown, context: ReceiptContext): Promise<ReceiptVerdict> {
  const parsed = parseReceipt(token);
  if ('problem' in parsed) return verdictOf([result('format', 'fail', FORMAT_PROBLEMS[parsed.problem])]);
  const { receipt } = parsed;
  const checks = [
    result('format', 'pass', 'It is a verification receipt.'),
    ...(await checkSignature(parsed, context)),
    checkDate(receipt, context.now),
    checkReport(receipt),
    ...(context.submitted === undefined ? [] : [checkSubmitted(receipt, context.submitted)]),
  ];
  return verdictOf(checks, receipt);
}

/** The checks `key` and `signature`; without a key there is no other one. */
async function checkSignature(
  parsed: ParsedReceipt,
  { sources }: ReceiptContext,
): Promise<ReceiptCheckResult[]> {
  const { receipt, kid } = parsed;
  const method = parseDidUrl(kid);
  if (method?.did !== receipt.verifierDid)
    return [result('key', 'fail', 'It is not signed with a key of the verifier that it names.')];
  const reference = {
    kind: 'method',
    owner: method.did,
    method: `${method.did}#${method.fragment}`,
  } as const;
  const finding = await findSigningKey(reference, 'assertionMethod', sources);
  if ('code' in finding) return [KEY_PROBLEMS[finding.code] ?? OTHER_KEY_PROBLEM];
  const { key, revokedAt } = finding;
  if (!isUsedByJws(key)) return [OTHER_KEY_PROBLEM];
  const signature = verifyJwsSignature(parsed, key)
    ? result('signature', 'pass', 'The signature is valid for exactly this receipt.')
    : result('signature', 'fail', 'The signature does not fit this receipt and key.');
  return [judgeRevocation(receipt, revokedAt), signature];
}

function judgeRevocation({ issuedAt }: Receipt, revokedAt: Date | undefined): ReceiptCheckResult {
  if (!revokedAt) return result('key', 'pass', "The key is listed in the verifier's DID document.");
  const since = revokedAt.toISOString();
  return issuedAt >= revokedAt
    ? result('key', 'fail', `The key is not to be trusted from ${since} on, and it signed after that.`)
    : // A thief backdates, and nothing but the receipt itself says when it was signed.
      result(
        'key',
        'undetermined',
        `The key is not to be trusted from ${since} on. The receipt says that it is older, which only the verifier's own record can confirm.`,
      );
}

const OTHER_KEY_PROBLEM = result('key', 'fail', 'The key is not listed in the DID document of the verifier.');

/** By the verifier's own codes; of all others the key cannot be used. */
const KEY_PROBLEMS: Readonly<Record<string, ReceiptCheckResult | undefined>> = {
  'key/unresolvable': result('key', 'undetermined', 'The DID of the verifier could not be resolved.'),
  'key/method-not-supported': result('key', 'undetermined', 'DIDs of this method cannot be resolved here.'),
  'key/did-not-found': result('key', 'fail', 'There is no such DID as that of the verifier.'),
  'key/did-invalid': result('key', 'fail', 'The DID of the verifier or its document is invalid.'),
};

function checkDate({ issuedAt, report }: Receipt, now: Date): ReceiptCheckResult {
  if (issuedAt.getTime() > now.getTime() + DEFAULT_TOLERANCE_SECONDS * 1000)
    return result('date', 'fail', 'It says that it was signed at a time that is yet to come.');
  const verifiedAt = Date.parse(String(report['verifiedAt']));
  const isApart = !(Math.abs(verifiedAt - issuedAt.getTime()) <= DEFAULT_TOLERANCE_SECONDS * 1000);
  return isApart
    ? result('date', 'fail', 'It was signed at another time than its report was made.')
    : result('date', 'pass', 'It was signed when its report was made.');
}

function checkReport({ report }: Receipt): ReceiptCheckResult {
  return isConsistentReport(report)
    ? result('report', 'pass', 'The verdict follows from the checks in the report.')
    : result('report', 'fail', 'The verdict does not follow from the checks in the report.');
}

function checkSubmitted({ submitted }: Receipt, value: unknown): ReceiptCheckResult {
  const isSame = digestOf(value).value === submitted.digest.value;
  return isSame
    ? result('submitted', 'pass', `It is of exactly this ${submitted.kind}.`)
    : result('submitted', 'fail', `It is of another ${submitted.kind} than this.`);
}

function result(
  check: ReceiptCheck,
  outcome: ReceiptCheckResult['outcome'],
  detail: string,
): ReceiptCheckResult {
  return { check, outcome, detail };
}

function verdictOf(checks: readonly ReceiptCheckResult[], receipt?: Receipt): ReceiptVerdict {
  const outcomes = checks.map(({ outcome }) => outcome);
  const isComplete = (['format', 'key', 'signature', 'date', 'report'] as const).every((expected) =>
    checks.some(({ check }) => check === expected),
  );
  const verdict = outcomes.includes('fail')
    ? 'refused'
    : isComplete && outcomes.every((outcome) => outcome === 'pass')
      ? 'genuine'
      : 'undetermined';
  return { verdict, checks, ...(receipt && { receipt }) };
}
