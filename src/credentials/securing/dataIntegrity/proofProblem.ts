import type { CanonizeProblem, SelectProblem } from '../../jsonLd/canonizer.js';

/** Why a proof was not verified, or could not be made. The set is closed. */
export type ProofProblem =
  | CanonizeProblem
  | SelectProblem
  /** A cryptosuite that is not implemented here. */
  | 'unsupportedCryptosuite'
  /** The key is not made for this cryptosuite. */
  | 'algorithmMismatch'
  /** `proofValue` is not in the encoding that the cryptosuite prescribes. */
  | 'proofValueMalformed'
  /** A base proof of selective disclosure, which is for its holder only. */
  | 'baseProof'
  /** The proof's `@context` is not the one that it has to be. */
  | 'contextMismatch'
  /** A member under an IRI or a keyword: what the signature covers may be something else than what a reader of the JSON sees. */
  | 'aliasedMember'
  /** A statement that the signature covers stands where a reader of the JSON does not see it. */
  | 'hiddenStatement'
  | 'signatureInvalid'
  | 'purposeMismatch'
  | 'domainMismatch'
  | 'challengeMismatch'
  | 'expired'
  | 'notYetValid'
  /** `previousProof` names a proof that is not in the document. */
  | 'previousProofUnknown'
  /** A proof that vouches for itself in the end. */
  | 'previousProofCycle'
  /** A proof that it vouches for was not verified. */
  | 'previousProofUnverified';

/** What says nothing about the document: it could not be looked at, here or now. Every other problem is a failure. */
const UNDETERMINED: readonly ProofProblem[] = [
  'unsupportedCryptosuite',
  'aliasedMember',
  'unknownContext',
  'tooComplex',
  'timedOut',
  'unavailable',
];

export function isUndetermined(problem: ProofProblem): boolean {
  return UNDETERMINED.includes(problem);
}
