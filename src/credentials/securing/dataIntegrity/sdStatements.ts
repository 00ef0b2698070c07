import { createHmac } from 'node:crypto';
import { encodeBase64url } from '../../encoding/base64url.js';
import type { Canonizer, Selection } from '../../jsonLd/canonizer.js';
import { relabelStatement, sortStatements } from '../../jsonLd/nquads.js';
import type { SuiteProblem } from './cryptosuite.js';
import type { JsonObject } from './proof.js';

/** Each statement is a signature to make or to verify, so there are not to be many. */
export const MAX_STATEMENTS = 1_000;

/** A document's statements in the order in which ecdsa-sd-2023 signs them, and which of them each selection selects. */
export interface GroupedStatements {
  readonly statements: readonly string[];
  readonly groups: readonly ReadonlySet<number>[];
  readonly selections: readonly Selection[];
}

/**
 * Canonical statements whose blank nodes are labelled by HMAC, so that what is not disclosed cannot be told from the labels of what is
 * (Data Integrity ECDSA Cryptosuites 1.0 §3.4.4 `createHmacIdLabelMapFunction`, §3.4.13).
 */
export async function groupStatements(
  document: JsonObject,
  hmacKey: Uint8Array,
  selections: readonly (readonly string[])[],
  canonizer: Canonizer,
): Promise<GroupedStatements | SuiteProblem> {
  const answer = await canonizer.select(document, selections);
  if ('problem' in answer) return answer;
  if (answer.nquads.length > MAX_STATEMENTS) return { problem: 'tooComplex' };
  const labelled = answer.nquads.map((nquad) =>
    relabelStatement(nquad, (label) => encodeLabel(hmacLabel(label, hmacKey))),
  );
  const statements = sortStatements(labelled);
  const places = new Map(statements.map((statement, index) => [statement, index]));
  const groups = answer.selections.map(
    ({ indexes }) => new Set(indexes.map((index) => places.get(labelled[index] ?? '') ?? -1)),
  );
  return { statements, groups, selections: answer.selections };
}

export function hmacLabel(canonicalLabel: string, hmacKey: Uint8Array): Buffer {
  return createHmac('sha256', hmacKey).update(canonicalLabel).digest();
}

/** Multibase, whose `u` makes it a legal blank node label too. */
export function encodeLabel(hmac: Uint8Array): string {
  return `u${encodeBase64url(hmac)}`;
}
