import type { PolicyCheck } from '../credentials/policies/evaluate.js';
import type { TypedObject } from '../credentials/dataModel.js';
import type { CheckResult, Verdict } from '../credentials/verification/checks.js';
import type { CredentialReport, CredentialSummary } from '../credentials/verification/report.js';
import { valueAt } from '../kernel/jsonPointer.js';
import { toPlainLine } from './plainText.js';
import type { Report } from './verificationRequest.js';

/** A report for people: the verdict and why first, then every check, then who says what about whom on which evidence. */
export function describeReport(report: Report): string {
  const lines = [...describeVerdict(report), '', `Verified at ${report.verifiedAt}`];
  if (report.asOf !== undefined) lines.push(`As of ${report.asOf}`);
  if (report.id !== undefined) lines.push(`Report ${report.id}`);
  const since = (report.since ?? []).map(({ at, code, detail }) => `  ${at}  ${detail} (${code})`);
  if (since.length > 0) lines.push('', 'Learned since', ...since);
  lines.push('', 'Checks', ...describeChecks(report.checks));
  if (!('credentials' in report)) return finish([...lines, ...describeContent(report)]);
  if (report.holder) lines.push('', `Presented by ${report.holder.did}`);
  report.credentials.forEach((credential, index) => {
    const [verdict, ...reasons] = describeVerdict(credential);
    lines.push('', `Credential ${index + 1} of ${report.credentials.length}: ${verdict ?? ''}`, ...reasons);
    lines.push('', 'Checks', ...describeChecks(credential.checks), ...describeContent(credential));
  });
  return finish(lines);
}

const VERDICTS: Readonly<Record<Verdict, string>> = {
  accepted: 'ACCEPTED',
  rejected: 'REJECTED',
  undetermined: 'UNDETERMINED: it could not be fully checked',
};

/** What the verdict rests on: the failed checks, or else those that could not be made. */
export function decidingChecks({ verdict, checks }: Pick<Report, 'verdict' | 'checks'>): CheckResult[] {
  if (verdict === 'accepted') return [];
  const failed = checks.filter(({ outcome }) => outcome === 'fail');
  return failed.length > 0 ? failed : checks.filter(({ outcome }) => outcome === 'undetermined');
}

function describeVerdict(report: Pick<Report, 'verdict' | 'checks'>): string[] {
  return [
    VERDICTS[report.verdict],
    ...decidingChecks(report).map((check) => `  ${describeCheck(check)} (${check.code})`),
  ];
}

function describeChecks(checks: readonly CheckResult[]): string[] {
  const width = Math.max(0, ...checks.map(({ code }) => code.length));
  return checks.map(
    (check) =>
      `  ${check.outcome.padEnd('undetermined'.length)}  ${check.code.padEnd(width)}  ${describeCheck(check)}`,
  );
}

/** A rule of a policy says itself what it is about. */
function describeCheck(check: CheckResult | PolicyCheck): string {
  return 'demanded' in check ? `${check.demanded} Found: ${check.found}` : check.detail;
}

function describeContent({ credential, fields = [] }: CredentialReport): string[] {
  const proofs = fields.map(
    ({ pointer, isProven }) => `  ${(isProven ? 'proven' : 'not proven').padEnd(12)}${pointer}`,
  );
  return [
    ...(credential ? ['', ...describeCredential(credential)] : []),
    ...(proofs.length === 0 ? [] : ['', 'Fields', ...proofs]),
  ];
}

function describeCredential(credential: CredentialSummary): string[] {
  const { type, issuer, subject, assurance, validFrom, validUntil, evidence, contested = [] } = credential;
  const kinds = type.filter((name) => name !== 'VerifiableCredential');
  return [
    `Type       ${kinds.join(', ')}`,
    `Issuer     ${describeParty(issuer)}`,
    `Subject    ${describeParty(subject)}`,
    `Valid      ${validFrom ?? 'from the beginning'} to ${validUntil ?? 'no end'}`,
    ...(assurance === undefined ? [] : [`Assurance  ${assurance}`]),
    ...contested.map(({ pointer, since }) => `Contested  ${pointer} by the holder since ${since}`),
    '',
    'Evidence',
    ...(evidence.length === 0 ? ['  none is named'] : describeEvidence(evidence)),
  ];
}

function describeParty({ name, did }: { name?: string; did?: string }): string {
  return [name, did].filter((part) => part !== undefined).join('  ') || 'not named';
}

/** One line each, in columns: the field, how it was checked, against what, when. */
function describeEvidence(evidence: readonly TypedObject[]): string[] {
  const rows = evidence.map(readEvidence);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `  ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ')}`);
}

/** In the names of OpenID Identity Assurance, as far as they are there: another issuer may say it in other ways. */
function readEvidence(evidence: TypedObject): [string, string, string, string] {
  const at = (pointer: string) => {
    const value = valueAt(evidence, pointer);
    return typeof value === 'string' ? value : undefined;
  };
  return [
    at('/field') ?? '(no field)',
    at('/check_details/0/check_method') ?? '(no method)',
    at('/record/source/name') ?? at('/document_details/issuer/name') ?? String(evidence.type),
    at('/check_details/0/time') ?? '(no time)',
  ];
}

function finish(lines: readonly string[]): string {
  return `${lines.map(toPlainLine).join('\n')}\n`;
}
