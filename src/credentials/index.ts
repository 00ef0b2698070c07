/**
 * `coop-passport/credentials`: verifying what Coop Passport, and others, issue, without the service.
 *
 * Give {@link verifyCredential} or {@link verifyPresentation} a credential in any of the formats, the time, and the sources to ask: a resolver of
 * DIDs, a source of status lists, a source of trust. Nothing in here reads a clock, a network or a disk by itself, so what is not handed in is
 * not asked, and a check that it would have answered is `undetermined`. Every input gives a report, none a rejection.
 *
 * ```ts
 * const profiles = createProfileCatalogue('https://passport.example');
 * const report = await verifyCredential(text, {
 *   now: new Date(),
 *   sources: {
 *     profiles,
 *     canonizer: createCanonizer(createContextCatalogue(publishedContexts(profiles))),
 *     resolveDid: async (did) => …,        // { document } or { problem }; did:key and did:jwk: resolveSelfContainedDid
 *     fetchStatusList: async (url, kind) => …, // { content } or { problem: 'unreachable' }
 *     accreditations: async (did) => …,    // { entries }: who may issue what, in your judgement
 *     issuance: async (id) => …,           // your own record, see recordReceipt
 *   },
 * });
 * report.verdict; // 'accepted' | 'rejected' | 'undetermined'
 * ```
 *
 * JSON-LD is canonicalised where it is asked for. Whoever verifies what strangers send runs `createCanonizer` in a worker thread under a time
 * limit, as the service does: it is bounded in size and work, not in time.
 */
export { verifyCredential } from './verification/verifyCredential.js';
export { verifyPresentation } from './verification/verifyPresentation.js';
export {
  CHECK_CODES,
  CREDENTIAL_CHECKS,
  PRESENTATION_CHECKS,
  type Check,
  type CheckCode,
  type CheckOutcome,
  type CheckResult,
  type Verdict,
} from './verification/checks.js';
export type { CredentialReport, CredentialSummary, PresentationReport } from './verification/report.js';
export type {
  Accreditation,
  DidResolution,
  IssuanceAnswer,
  IssuanceRecord,
  IssuerAccreditations,
  PresentationContext,
  StatusListFetch,
  StatusListKind,
  StatusListLoad,
  VerificationContext,
  VerificationSources,
} from './verification/sources.js';
export {
  compilePolicy,
  decideUnder,
  evaluatePolicy,
  type CompiledPolicy,
  type PolicyCheck,
} from './policies/evaluate.js';
export type { PolicyFacts } from './policies/facts.js';
export type { PolicyRule } from './policies/policy.js';
export type { FieldReport } from './verification/dossierCheck.js';
export { isProven, type FieldProof, type MerkleRoot } from './dossier/commitment.js';
export { recordReceipt } from './verification/signedDigest.js';
export { checkReceipt, type ReceiptContext, type ReceiptVerdict } from './receipts/checkReceipt.js';
export type { Receipt } from './receipts/receipt.js';
export { digestOf, type Digest } from './receipts/digest.js';

export { createProfileCatalogue, publishedContexts, type ProfileCatalogue } from './profiles/catalogue.js';
export { createContextCatalogue, type ContextCatalogue } from './contexts/catalogue.js';
export { createCanonizer } from './jsonLd/inProcessCanonizer.js';
export type { Canonizer } from './jsonLd/canonizer.js';
export { resolveSelfContainedDid } from './did/selfContained.js';
export type { DidDocument } from './did/document.js';
export { inProcessSchemaValidator } from './schemas/jsonSchema.js';
export type { SchemaEvaluation, SchemaValidator } from './schemas/evaluation.js';
