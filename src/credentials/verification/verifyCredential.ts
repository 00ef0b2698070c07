import { parseDidUrl } from '../did/didUrl.js';
import { issuerIdOf } from '../dataModel.js';
import type { VerificationKey } from '../keys.js';
import { parseVcJwt, signingInputDigest, verifyVcJwtSignature, type ParsedVcJwt } from '../securing/vcJwt.js';
import { judgeAccreditation } from './accreditationCheck.js';
import {
  completeResults,
  CREDENTIAL_CHECKS,
  foldVerdict,
  resultOf,
  type CheckCode,
  type CheckResult,
} from './checks.js';
import { describeProblem } from './formatCheck.js';
import { findSigningKey, judgeIssuingKey } from './keyCheck.js';
import { summarise, type CredentialReport, type CredentialSummary } from './report.js';
import { checkSchema } from './schemaCheck.js';
import {
  ask,
  DEFAULT_TOLERANCE_SECONDS,
  type IssuanceAnswer,
  type VerificationContext,
  type VerificationSources,
} from './sources.js';
import { checkStatus } from './statusCheck.js';
import { judgeValidity } from './validityCheck.js';

/**
 * Verifies a credential secured as `vc+jwt`. Any value gives a report, never a rejection: every expected check is in it, and what was
 * not reached is `not-checked`. The checks run in the order in which one gives meaning to the next; what a token says is
 * acted upon (lists fetched, records asked, content shown) only once it is known who signed it.
 */
export async function verifyCredential(
  token: unknown,
  context: VerificationContext,
): Promise<CredentialReport> {
  const parsed = parseVcJwt(token);
  if ('problem' in parsed) return reportOf([describeProblem(parsed)], context.now);

  const binding = judgeIssuer(parsed);
  const formAndIssuer = [resultOf('format/well-formed'), resultOf(binding)];
  if (binding !== 'issuer/bound') return reportOf(formAndIssuer, context.now);

  const finding = await findSigningKey(parsed.kid, 'assertionMethod', context.sources);
  if ('code' in finding) return reportOf([...formAndIssuer, resultOf(finding.code)], context.now);

  const signature = judgeSignature(parsed, finding.key);
  if (signature !== 'signature/valid') {
    return reportOf([...formAndIssuer, resultOf(signature)], context.now);
  }

  const findIssuance = once(() => askForIssuance(parsed, context.sources));
  const key = resultOf(await judgeIssuingKey(finding, findIssuance));
  const authentic = [...formAndIssuer, resultOf(signature), key];
  if (key.outcome !== 'pass') return reportOf(authentic, context.now);

  const content = await checkContent(parsed, findIssuance, context);
  return reportOf([...authentic, ...content.results], context.now, content.summary);
}

/** What remains once the credential is known to be its issuer's. */
async function checkContent(
  { credential, claims }: ParsedVcJwt,
  findIssuance: () => Promise<IssuanceAnswer>,
  context: VerificationContext,
): Promise<{ results: CheckResult[]; summary: CredentialSummary }> {
  const { now, sources, toleranceSeconds = DEFAULT_TOLERANCE_SECONDS } = context;
  const [status, accreditations] = await Promise.all([
    checkStatus(credential, context),
    ask(() => sources.accreditations(issuerIdOf(credential)), 'unavailable' as const),
  ]);
  const results = [
    resultOf(judgeValidity(credential, claims, now, toleranceSeconds)),
    checkSchema(credential, sources.profiles),
    status,
    resultOf(await judgeAccreditation(credential, accreditations, findIssuance)),
  ];
  const issuerName = accreditations === 'unavailable' ? undefined : accreditations.name;
  return { results, summary: summarise(credential, issuerName) };
}

/** The `issuer` check: the credential's `issuer`, the DID in `kid`, and `iss` wherever it stands are one. */
function judgeIssuer({ credential, kid, iss, claims }: ParsedVcJwt): CheckCode {
  const signer = parseDidUrl(kid)?.did;
  if (signer === undefined) return 'key/unidentified';
  const issuer = issuerIdOf(credential);
  return [signer, iss ?? issuer, claims.iss ?? issuer].every((did) => did === issuer)
    ? 'issuer/bound'
    : 'issuer/mismatch';
}

function judgeSignature(parsed: ParsedVcJwt, key: VerificationKey): CheckCode {
  if (parsed.algorithm !== key.algorithm) return 'signature/algorithm-mismatch';
  return verifyVcJwtSignature(parsed, key) ? 'signature/valid' : 'signature/invalid';
}

/** Our record counts only for exactly this token: same id, same issuer, same signed text. */
async function askForIssuance(parsed: ParsedVcJwt, sources: VerificationSources): Promise<IssuanceAnswer> {
  const { id } = parsed.credential;
  if (id === undefined) return undefined;
  const record = await ask<IssuanceAnswer>(() => sources.issuance(id), 'unavailable');
  if (record === undefined || record === 'unavailable') return record;
  const isSame =
    record.issuerDid === issuerIdOf(parsed.credential) &&
    signingInputDigest(parsed).equals(record.signingInputDigest);
  return isSame ? record : undefined;
}

function once<T>(question: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => (answer ??= question());
}

function reportOf(
  results: readonly CheckResult[],
  now: Date,
  credential?: CredentialSummary,
): CredentialReport {
  const checks = completeResults(CREDENTIAL_CHECKS, results);
  return {
    verdict: foldVerdict(checks, CREDENTIAL_CHECKS),
    verifiedAt: now.toISOString(),
    checks,
    ...(credential && { credential }),
  };
}
