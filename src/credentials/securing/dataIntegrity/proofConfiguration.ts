import { createHash } from 'node:crypto';
import { canonicalJson } from '../../../kernel/canonicalJson.js';
import type { CanonizeHash, Canonizer } from '../../jsonLd/canonizer.js';
import type { SuiteProblem } from './cryptosuite.js';
import type { JsonObject, ProofOptions } from './proof.js';

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
  return 'problem' in answer ? answer : { digest: hashStatements(answer.nquads, hash) };
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
