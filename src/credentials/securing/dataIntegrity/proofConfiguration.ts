import { createHash } from 'node:crypto';
import { canonicalJson } from '../../../kernel/canonicalJson.js';
import { DATA_INTEGRITY_V1_CONTEXT, DATA_INTEGRITY_V2_CONTEXT } from '../../contexts/catalogue.js';
import { CREDENTIALS_V2_CONTEXT } from '../../dataModel.js';
import type { CanonizeHash, Canonizer } from '../../jsonLd/canonizer.js';
import type { SuiteProblem } from './cryptosuite.js';
import type { JsonObject, ProofOptions } from './proof.js';
import type { ProofProblem } from './proofProblem.js';

/**
 * Proof configuration and its hash in the RDF suites (§3.2.5 of both cryptosuite specifications): the options under the document's
 * context. A context of the proof's own would be neither used nor signed, so one is let pass only when it says the same.
 */
export async function hashProofConfiguration(
  document: JsonObject,
  options: ProofOptions,
  hash: CanonizeHash,
  canonizer: Canonizer,
): Promise<{ readonly digest: Buffer } | SuiteProblem> {
  const context = document['@context'];
  if (context === undefined) return { problem: 'notJsonLd' };
  if (Object.hasOwn(options, '@context') && !isEqual(options['@context'], context)) {
    return { problem: 'contextMismatch' };
  }
  const answer = await canonizer.canonize({ ...options, '@context': context }, hash);
  if ('problem' in answer) return answer;
  const problem = await findOtherMeaning(answer.nquads, context, options, hash, canonizer);
  return problem ? { problem } : { digest: hashStatements(answer.nquads, hash) };
}

/** Those that give the members of a proof their meaning, and no other context may. */
const PROOF_CONTEXTS: readonly unknown[] = [
  CREDENTIALS_V2_CONTEXT,
  DATA_INTEGRITY_V2_CONTEXT,
  DATA_INTEGRITY_V1_CONTEXT,
];

/**
 * A context of the document's own could swap `domain` and `challenge`, or hide the one behind the other. Under the context of version 2.0,
 * which stands first and protects its terms, it cannot; otherwise the options have to mean what they mean under a proof's context alone.
 */
async function findOtherMeaning(
  nquads: readonly string[],
  context: unknown,
  options: ProofOptions,
  hash: CanonizeHash,
  canonizer: Canonizer,
): Promise<ProofProblem | undefined> {
  const contexts: readonly unknown[] = Array.isArray(context) ? context : [context];
  if (contexts[0] === CREDENTIALS_V2_CONTEXT) return undefined;
  const reference = contexts.find((entry) => PROOF_CONTEXTS.includes(entry));
  if (reference === undefined) return 'contextMismatch';
  const alone = await canonizer.canonize({ ...options, '@context': reference }, hash);
  if ('problem' in alone) return alone.problem;
  return alone.nquads.join('') === nquads.join('') ? undefined : 'contextMismatch';
}

export function hashStatements(nquads: readonly string[], hash: CanonizeHash): Buffer {
  return createHash(hash).update(nquads.join('')).digest();
}

function isEqual(a: unknown, b: unknown): boolean {
  try {
    return canonicalJson(a) === canonicalJson(b);
  } catch {
    return false;
  }
}
