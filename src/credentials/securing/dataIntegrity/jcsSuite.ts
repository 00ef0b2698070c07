import { hash } from 'node:crypto';
import { canonicalJson } from '../../../kernel/canonicalJson.js';
import type { JoseAlgorithm } from '../../keys.js';
import { hashOf, type Cryptosuite, type SuiteProblem } from './cryptosuite.js';
import { decodeBase58Multibase, encodeBase58Multibase } from './multibase.js';
import { optionsOf, type JsonObject, type ProofOptions } from './proof.js';
import { signatureLength, verifyRawSignature } from './rawSignature.js';

/**
 * What the suites over the JSON Canonicalization Scheme (RFC 8785) have in common. Every member of the document is signed as it stands;
 * no JSON-LD is processed.
 */
export function createJcsSuite(name: string, algorithms: readonly JoseAlgorithm[]): Cryptosuite {
  return {
    name,
    algorithms,

    prepare: async ({ document, documentText, options, algorithm }) => {
      // The proof repeats the document's context, so that contexts appended later are told from those that were signed.
      const context = document['@context'];
      const signed = context === undefined ? options : ({ ...options, '@context': context } as ProofOptions);
      const toSign = hashJcs(document, signed, algorithm, documentText);
      if (!toSign) return { problem: 'tooLarge' };
      return { options: signed, toSign, encodeProofValue: encodeBase58Multibase };
    },

    verify: async ({ document, proof, key }) => {
      const signature = decodeBase58Multibase(proof.proofValue);
      if (signature?.length !== signatureLength(key.algorithm)) return { problem: 'proofValueMalformed' };
      const secured = withSignedContext(document, proof);
      if (!secured) return { problem: 'contextMismatch' };
      const data = hashJcs(secured, optionsOf(proof), key.algorithm);
      if (!data) return { problem: 'tooLarge' };
      return verifyRawSignature(data, signature, key)
        ? { verified: secured }
        : ({ problem: 'signatureInvalid' } satisfies SuiteProblem);
    },
  };
}

/** Hash of the canonical proof options, then hash of the canonical document. `undefined` for what RFC 8785 cannot express. */
function hashJcs(
  document: JsonObject,
  options: ProofOptions,
  algorithm: JoseAlgorithm,
  documentText?: string,
): Buffer | undefined {
  try {
    const name = hashOf(algorithm);
    return Buffer.concat([
      digest(canonicalJson(options), name),
      digest(documentText ?? canonicalJson(document), name),
    ]);
  } catch {
    return undefined;
  }
}

/**
 * §3.3.2 steps 4 and 5 (eddsa-jcs-2022; ecdsa-jcs-2019 has the same): the document's contexts must begin with the proof's, and those
 * are what the signature covers. A proof without `@context` covers the document's as they are.
 */
function withSignedContext(document: JsonObject, proof: JsonObject): JsonObject | undefined {
  if (!Object.hasOwn(proof, '@context')) return document;
  const signed = listOf(proof['@context']);
  const present = listOf(document['@context']);
  const isPrefix =
    signed.length <= present.length &&
    signed.every(
      (context, index) =>
        context === present[index] || canonicalJson(context) === canonicalJson(present[index]),
    );
  return isPrefix ? { ...document, '@context': proof['@context'] } : undefined;
}

function listOf(context: unknown): readonly unknown[] {
  return Array.isArray(context) ? context : context === undefined ? [] : [context];
}

function digest(text: string, algorithm: 'sha256' | 'sha384'): Buffer {
  return hash(algorithm, text, 'buffer');
}
