import { issuerIdOf } from '../dataModel.js';
import { gatherFacts, type PolicyFacts } from '../policies/facts.js';
import { describeAccreditation, judgeAccreditation } from './accreditationCheck.js';
import { findClaimant, findKeys, judgeSignatures } from './authenticity.js';
import {
  completeResults,
  CREDENTIAL_CHECKS,
  foldVerdict,
  resultOf,
  type CheckCode,
  type CheckResult,
} from './checks.js';
import { judgeFields } from './dossierCheck.js';
import { judgeIssuingKey } from './keyCheck.js';
import { readCredential } from './readCredential.js';
import { judgeRelatedResources } from './relatedResourceCheck.js';
import { summarise, type CredentialReport, type CredentialSummary } from './report.js';
import { checkSchema } from './schemaCheck.js';
import type { SecuredCredential } from './secured.js';
import {
  ask,
  DEFAULT_TOLERANCE_SECONDS,
  type ContestNote,
  type IssuanceAnswer,
  type IssuerAccreditations,
  type VerificationContext,
  type VerificationSources,
} from './sources.js';
import { checkStatus } from './statusCheck.js';
import { judgeValidity } from './validityCheck.js';

/**
 * Verifies a credential in any of the securing formats: `vc+jwt`, `vc+sd-jwt`, `dc+sd-jwt` and VC-JWT 1.1 as text, a document with Data Integrity
 * proofs as JSON or its text, any of them in an envelope. Any value gives a report, never a rejection: every expected check is in it, and
 * what was not reached is `not-checked`. The checks run in the order in which one gives meaning to the next; what a credential says is
 * acted upon (lists fetched, records asked, content shown) only once it is known who signed it.
 */
export async function verifyCredential(
  secured: unknown,
  context: VerificationContext,
): Promise<CredentialReport> {
  const reading = readCredential(secured, context.sources.profiles);
  if ('refused' in reading) return reportOf([reading.refused], context);
  if (reading.selective?.keyBindingJwt !== undefined) {
    return reportOf([resultOf('format/presentation')], context);
  }
  return judgeCredential(reading, context);
}

/** The same of what was read already. A key binding is not looked at. */
export async function judgeCredential(
  secured: SecuredCredential,
  context: VerificationContext,
): Promise<CredentialReport> {
  const findIssuance = once(() => askForIssuance(secured, context.sources));
  const authentic = await checkAuthenticity(secured, findIssuance, context);
  if (authentic.some(({ outcome }) => outcome !== 'pass')) return reportOf(authentic, context);
  const { results, summary, surroundings } = await checkContent(secured, findIssuance, context);
  const proven = context.fields && judgeFields(secured, context.fields);
  const report = reportOf([...authentic, ...results, ...(proven ? [proven.result] : [])], context);
  // Whose terms are its own may be signed to say something else than its JSON shows.
  const isReadable = report.verdict === 'accepted' && secured.hasOwnTerms !== true;
  const facts = isReadable && (await findFacts(secured, surroundings, findIssuance, context));
  return {
    ...report,
    credential: facts ? { ...summary, facts } : summary,
    ...(proven && { fields: proven.fields }),
  };
}

/** Whether it is its issuer's. Ends at the first answer that is not a pass. */
async function checkAuthenticity(
  secured: SecuredCredential,
  findIssuance: () => Promise<IssuanceAnswer>,
  context: VerificationContext,
): Promise<CheckResult[]> {
  const format = resultOf(judgeRelatedResources(secured.credential));
  if (format.outcome !== 'pass') return [format];

  const issuer = resultOf(judgeIssuer(secured));
  if (issuer.outcome !== 'pass') return [format, issuer];

  const found = await findKeys(secured, 'assertionMethod', context);
  if ('code' in found) return [format, issuer, resultOf(found.code)];

  const signature = resultOf(await judgeSignatures(secured, found.keys, 'assertionMethod', context));
  if (signature.outcome !== 'pass') return [format, issuer, signature];

  return [format, issuer, signature, resultOf(await judgeIssuingKey(found, findIssuance))];
}

/** What remains once the credential is known to be its issuer's. */
async function checkContent(
  secured: SecuredCredential,
  findIssuance: () => Promise<IssuanceAnswer>,
  context: VerificationContext,
): Promise<{ results: CheckResult[]; summary: CredentialSummary; surroundings: Surroundings }> {
  const { credential, claims } = secured;
  const { now, sources, toleranceSeconds = DEFAULT_TOLERANCE_SECONDS } = context;
  const [status, schema, accreditations, contests] = await Promise.all([
    checkStatus(secured, context),
    checkSchema(secured, sources, (packaged) => isAuthentic(packaged, context)),
    ask(() => sources.accreditations(issuerIdOf(credential)), 'unavailable' as const),
    listContests(secured, findIssuance, sources),
  ]);
  const results = [
    resultOf(judgeValidity(credential, claims, now, toleranceSeconds)),
    schema,
    status,
    resultOf(await judgeAccreditation(credential, accreditations, findIssuance)),
  ];
  const issuerName = accreditations === 'unavailable' ? undefined : accreditations.name;
  const summary = summarise(credential, issuerName, secured.hasOwnTerms);
  const contested = (contests ?? []).map(({ pointer, since }) => ({ pointer, since: since.toISOString() }));
  return {
    results,
    summary: contested.length === 0 ? summary : { ...summary, contested },
    surroundings: { accreditations, contests },
  };
}

interface Surroundings {
  readonly accreditations: IssuerAccreditations | 'unavailable';
  /** `undefined` where nobody here could know. */
  readonly contests: readonly ContestNote[] | undefined;
}

/** Of a credential that was accepted. */
async function findFacts(
  { credential, isPartial }: SecuredCredential,
  { accreditations, contests }: Surroundings,
  findIssuance: () => Promise<IssuanceAnswer>,
  { now }: VerificationContext,
): Promise<PolicyFacts> {
  const record = await findIssuance();
  const isKnown = record !== undefined && record !== 'unavailable' && accreditations !== 'unavailable';
  const standing = isKnown && describeAccreditation(credential, accreditations.entries, record.issuedAt, now);
  const { hops = 0 } = isKnown ? accreditations : {};
  return gatherFacts(credential, {
    isPartial,
    accreditation: standing ? { ...standing, since: standing.since.toISOString(), hops } : undefined,
    openContests: contests?.length,
  });
}

/** Only of what we have a record of: anybody can name a credential of ours in one of his own. */
async function listContests(
  { credential: { id } }: SecuredCredential,
  findIssuance: () => Promise<IssuanceAnswer>,
  { contests }: VerificationSources,
): Promise<readonly ContestNote[] | undefined> {
  if (id === undefined || !contests) return undefined;
  const record = await findIssuance();
  if (record === undefined || record === 'unavailable') return undefined;
  return ask<readonly ContestNote[] | undefined>(() => contests(id), undefined);
}

/**
 * Of the credential in which a schema is packaged: whether its issuer signed it, and it is neither over nor revoked. The schema that it
 * names for itself is not followed, so this ends.
 */
async function isAuthentic(
  secured: SecuredCredential,
  context: VerificationContext,
): Promise<CheckResult['outcome']> {
  const { now, sources, toleranceSeconds = DEFAULT_TOLERANCE_SECONDS } = context;
  const authentic = await checkAuthenticity(secured, () => askForIssuance(secured, sources), context);
  if (authentic.some(({ outcome }) => outcome !== 'pass')) return worstOutcome(authentic);
  return worstOutcome([
    resultOf(judgeValidity(secured.credential, secured.claims, now, toleranceSeconds)),
    await checkStatus(secured, context),
  ]);
}

function worstOutcome(results: readonly CheckResult[]): CheckResult['outcome'] {
  const outcomes = results.map(({ outcome }) => outcome);
  if (outcomes.includes('fail')) return 'fail';
  return outcomes.includes('undetermined') ? 'undetermined' : 'pass';
}

/** The `issuer` check: the credential's `issuer`, whoever owns the key, and `iss` wherever it stands are one. */
function judgeIssuer(secured: SecuredCredential): CheckCode {
  const claimant = findClaimant(secured);
  if ('did' in claimant) return 'issuer/bound';
  return claimant.problem === 'unidentified' ? 'key/unidentified' : 'issuer/mismatch';
}

/** Our record counts only for exactly this credential: same id, same issuer, same signed content. */
async function askForIssuance(
  secured: SecuredCredential,
  sources: VerificationSources,
): Promise<IssuanceAnswer> {
  const { id } = secured.credential;
  if (id === undefined) return undefined;
  const record = await ask<IssuanceAnswer>(() => sources.issuance(id), 'unavailable');
  if (record === undefined || record === 'unavailable') return record;
  const digest = secured.signedDigest();
  const isSame =
    record.issuerDid === issuerIdOf(secured.credential) &&
    record.signedDigests.some((known) => digest.equals(known));
  return isSame ? record : undefined;
}

function once<T>(question: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => (answer ??= question());
}

function reportOf(results: readonly CheckResult[], { now, fields }: VerificationContext): CredentialReport {
  const expected = fields ? [...CREDENTIAL_CHECKS, 'dossier' as const] : CREDENTIAL_CHECKS;
  const checks = completeResults(expected, results);
  return { verdict: foldVerdict(checks, expected), verifiedAt: now.toISOString(), checks };
}
