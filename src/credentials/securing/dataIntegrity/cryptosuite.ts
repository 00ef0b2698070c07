import type { Canonizer, CanonizeHash } from '../../jsonLd/canonizer.js';
import type { JoseAlgorithm, VerificationKey } from '../../keys.js';
import type { DataIntegrityProof, JsonObject, ProofOptions } from './proof.js';
import type { ProofProblem } from './proofProblem.js';

/**
 * One cryptosuite: transformation, hashing, and the form of `proofValue`. Proof options, keys, dates, sets and chains are no business of
 * a suite; `prepareProof` and `verifyProofs` see to them.
 */
export interface Cryptosuite {
  readonly name: string;
  /** A key of another algorithm is refused before anything is computed. */
  readonly algorithms: readonly JoseAlgorithm[];

  /** Everything but the signature itself, so that what can be wrong with a document is known before a key is used. */
  prepare(request: PrepareRequest): Promise<PreparedSignature | SuiteProblem>;

  /** One proof over one document, the signature being the last thing that is looked at. */
  verify(request: VerifyRequest): Promise<VerifiedDocument | SuiteProblem>;
}

export interface PrepareRequest {
  /** Without `proof`, except for the proofs that this one vouches for. */
  readonly document: JsonObject;
  /** The document's canonical text (RFC 8785), for whom it may concern, where it has been written already. */
  readonly documentText?: string;
  readonly options: ProofOptions;
  readonly algorithm: JoseAlgorithm;
  readonly canonizer: Canonizer;
  /** For suites with selective disclosure: JSON Pointers to what every derived proof discloses. Already found to be in the document. */
  readonly mandatoryPointers?: readonly string[];
}

export interface PreparedSignature {
  /** The options as they will stand in the proof. */
  readonly options: ProofOptions;
  readonly toSign: Uint8Array;
  encodeProofValue(signature: Uint8Array): string;
}

export interface VerifyRequest {
  /** As in {@link PrepareRequest}. */
  readonly document: JsonObject;
  readonly proof: DataIntegrityProof;
  /** Already found to be one of the suite's algorithms. */
  readonly key: VerificationKey;
  readonly canonizer: Canonizer;
}

/** The document as the signature covers it: its `@context` may be shorter than the one that was read. */
export interface VerifiedDocument {
  readonly verified: JsonObject;
}

export interface SuiteProblem {
  readonly problem: ProofProblem;
}

/** P-384 goes with SHA-384 all through, inside RDF canonicalisation as well (Data Integrity ECDSA Cryptosuites 1.0 §3.2.3). */
export function hashOf(algorithm: JoseAlgorithm): CanonizeHash {
  return algorithm === 'ES384' ? 'sha384' : 'sha256';
}
