import { addSeconds } from '../../../kernel/instants.js';
import type { Canonizer } from '../../jsonLd/canonizer.js';
import type { VerificationKey } from '../../keys.js';
import type { KeyPurpose } from '../../did/document.js';
import { domainsOf, readProofDate, type DataIntegrityProof, type JsonObject } from './proof.js';
import { coveredDocument, findCycles, previousPlaces } from './proofChain.js';
import { isUndetermined, type ProofProblem } from './proofProblem.js';
import type { SecuredDocument } from './securedDocument.js';
import { findCryptosuite } from './suites.js';

export interface ProofExpectations {
  readonly purpose: KeyPurpose;
  readonly now: Date;
  /** Allowed difference between clocks. */
  readonly toleranceSeconds: number;
  /** Demanded as the very set of the proof's domains (§4.4 step 6). Absent: not looked at. */
  readonly domain?: string | readonly string[];
  /** Absent: not looked at. */
  readonly challenge?: string;
}

export type ProofResult = 'verified' | { readonly problem: ProofProblem };

export type ProofsOutcome =
  | {
      /** The document without proofs, as the signatures cover it. Nothing else may be acted upon. */
      readonly verified: JsonObject;
      readonly results: readonly ProofResult[];
    }
  | {
      /** The first failure; where nothing failed, the first thing that could not be looked at. */
      readonly problem: ProofProblem;
      readonly results: readonly ProofResult[];
    };

/**
 * Verifies every proof of a document, sets and chains included (Data Integrity 1.0 §4.4, §4.5). Never rejects, as long as `canonizer` does not.
 *
 * @param keys for each proof the key that its `verificationMethod` names, which the caller has found in the controller's document under
 * the proof's purpose (`findVerificationMethod`). Not checked here: who the controllers are to the document; that one of them is its
 * issuer or holder is the caller's to demand.
 */
export async function verifyProofs(
  { document, proofs }: SecuredDocument,
  keys: readonly VerificationKey[],
  expectations: ProofExpectations,
  canonizer: Canonizer,
): Promise<ProofsOutcome> {
  if (keys.length !== proofs.length || proofs.length === 0)
    throw new TypeError('a key for each proof is needed');
  const cycles = findCycles(proofs);
  const own: (ProofResult | { readonly document: JsonObject })[] = [];
  for (const [index, proof] of proofs.entries()) {
    const key = keys[index];
    const problem = cycles.has(index) ? 'previousProofCycle' : judgeOptions(proof, expectations);
    own.push(
      problem || !key
        ? { problem: problem ?? 'unsupportedCryptosuite' }
        : await verifyOne(document, proofs, proof, key, canonizer),
    );
  }
  const results = own.map((result, index): ProofResult => {
    if (typeof result === 'object' && 'problem' in result) return result;
    return restsOnVerified(index, proofs, own) ? 'verified' : { problem: 'previousProofUnverified' };
  });
  const problems = results.flatMap((result) => (result === 'verified' ? [] : [result.problem]));
  const worst = problems.find((problem) => !isUndetermined(problem)) ?? problems[0];
  if (worst !== undefined) return { problem: worst, results };
  return { verified: commonDocument(own), results };
}

/** §4.4 steps 5 to 7, and the dates (§2.1). */
function judgeOptions(proof: DataIntegrityProof, expectations: ProofExpectations): ProofProblem | undefined {
  const { purpose, domain, challenge, now, toleranceSeconds } = expectations;
  if (proof.proofPurpose !== purpose) return 'purposeMismatch';
  if (domain !== undefined && !isSameSet(domainsOf(domain), domainsOf(proof.domain))) return 'domainMismatch';
  if (challenge !== undefined && proof.challenge !== challenge) return 'challengeMismatch';
  const expires = readProofDate(proof.expires);
  if (expires && expires < addSeconds(now, -toleranceSeconds)) return 'expired';
  const created = readProofDate(proof.created);
  return created && created > addSeconds(now, toleranceSeconds) ? 'notYetValid' : undefined;
}

async function verifyOne(
  document: JsonObject,
  proofs: readonly DataIntegrityProof[],
  proof: DataIntegrityProof,
  key: VerificationKey,
  canonizer: Canonizer,
): Promise<{ readonly document: JsonObject } | { readonly problem: ProofProblem }> {
  const suite = findCryptosuite(proof.cryptosuite);
  if (!suite) return { problem: 'unsupportedCryptosuite' };
  if (!suite.algorithms.includes(key.algorithm)) return { problem: 'algorithmMismatch' };
  const covered = coveredDocument(document, proofs, proof);
  if (!covered) return { problem: 'previousProofUnknown' };
  const answer = await suite.verify({ document: covered, proof, key, canonizer });
  return 'problem' in answer ? answer : { document: answer.verified };
}

/** §4.5: a proof with `previousProof` is verified only if those are. There are no cycles among what has come this far. */
function restsOnVerified(
  index: number,
  proofs: readonly DataIntegrityProof[],
  own: readonly (ProofResult | { readonly document: JsonObject })[],
): boolean {
  const proof = proofs[index];
  const result = own[index];
  if (!proof || typeof result !== 'object' || 'problem' in result) return false;
  return (previousPlaces(proofs, proof) ?? []).every((place) => restsOnVerified(place, proofs, own));
}

/** Of several proofs each may cover a different number of contexts: the fewest are what all of them say. */
function commonDocument(own: readonly (ProofResult | { readonly document: JsonObject })[]): JsonObject {
  const documents = own.flatMap((result) =>
    typeof result === 'object' && 'document' in result ? [result.document] : [],
  );
  const [shortest] = documents.sort((a, b) => contextCount(a) - contextCount(b));
  const { proof: _, ...document } = shortest ?? {};
  return document;
}

function contextCount(document: JsonObject): number {
  const context = document['@context'];
  return Array.isArray(context) ? context.length : 1;
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  const set = new Set(a);
  return set.size === new Set(b).size && b.every((item) => set.has(item));
}
