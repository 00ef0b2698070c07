import type { Canonizer } from '../../jsonLd/canonizer.js';
import type { JoseAlgorithm } from '../../keys.js';
import { hashOf, type Cryptosuite, type SuiteProblem } from './cryptosuite.js';
import { hasHiddenStatement } from './hiddenStatements.js';
import { decodeBase58Multibase, encodeBase58Multibase } from './multibase.js';
import { hasAliasedMember } from './plainNames.js';
import { optionsOf, type JsonObject, type ProofOptions } from './proof.js';
import { hashProofConfiguration, hashStatements } from './proofConfiguration.js';
import { signatureLength, verifyRawSignature } from './rawSignature.js';

/**
 * What the suites over RDF Dataset Canonicalization have in common. What is signed are the statements that the document makes as JSON-LD
 * under bundled contexts.
 */
export function createRdfcSuite(name: string, algorithms: readonly JoseAlgorithm[]): Cryptosuite {
  return {
    name,
    algorithms,

    prepare: async ({ document, options, algorithm, canonizer }) => {
      const hashed = await hashRdfc(document, options, algorithm, canonizer);
      if ('problem' in hashed) return hashed;
      return { options, toSign: hashed.toSign, encodeProofValue: encodeBase58Multibase };
    },

    verify: async ({ document, proof, key, canonizer }) => {
      const signature = decodeBase58Multibase(proof.proofValue);
      if (signature?.length !== signatureLength(key.algorithm)) return { problem: 'proofValueMalformed' };
      const hashed = await hashRdfc(document, optionsOf(proof), key.algorithm, canonizer);
      if ('problem' in hashed) return hashed;
      if (hasAliasedMember({ ...document, proof: [document['proof'], proof] }))
        return { problem: 'aliasedMember' };
      return verifyRawSignature(hashed.toSign, signature, key)
        ? { verified: document }
        : { problem: 'signatureInvalid' };
    },
  };
}

/** Hash of the canonical proof configuration, then hash of the canonical document (§3.2.4). */
export async function hashRdfc(
  document: JsonObject,
  options: ProofOptions,
  algorithm: JoseAlgorithm,
  canonizer: Canonizer,
): Promise<{ readonly toSign: Buffer } | SuiteProblem> {
  const hash = hashOf(algorithm);
  const configuration = await hashProofConfiguration(document, options, hash, canonizer);
  if ('problem' in configuration) return configuration;
  const answer = await canonizer.canonize(document, hash);
  if ('problem' in answer) return answer;
  if (hasHiddenStatement(document, answer.nquads)) return { problem: 'hiddenStatement' };
  return { toSign: Buffer.concat([configuration.digest, hashStatements(answer.nquads, hash)]) };
}
