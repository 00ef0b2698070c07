/**
 * The data model of verifiable credentials, apart from how they are secured: VC Data Model 2.0 (W3C Recommendation of 15 May 2025), whose
 * section numbers are cited, and 1.1 (Recommendation of 3 March 2022). Pure, and nothing is ever fetched: a context that is not bundled
 * is taken at its word. Not checked: what JSON-LD processing of the whole document would find, and what a credential's schema demands.
 */
export {
  checkAnyCredential,
  checkCredential,
  checkCredentialV1,
  claimsVersion1,
  isVersion1,
  issuerIdOf,
  typesOf,
  type Credential,
  type CredentialV1,
  type LanguageText,
  type TypedObject,
} from './dataModel/credential.js';
export {
  checkAnyPresentation,
  checkPresentation,
  checkPresentationV1,
  type Presentation,
} from './dataModel/presentation.js';
export { isEnvelope, readEnvelope, type Envelope, type EnvelopeKind } from './dataModel/envelope.js';
export { listOf, type Outcome, type Problem } from './dataModel/problems.js';
export { checkDigests, type DigestVerdict, type ResourceDigests } from './dataModel/relatedResource.js';
export { CREDENTIALS_V1_CONTEXT, CREDENTIALS_V2_CONTEXT } from './dataModel/termScope.js';
export { isUrl } from './dataModel/url.js';
export { toVersion1 } from './dataModel/version1.js';
