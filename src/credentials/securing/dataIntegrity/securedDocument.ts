import { isJsonObject, MAX_JSON_DEPTH, parseStrictJson } from '../../../kernel/strictJson.js';
import type { Problem } from '../../dataModel.js';
import { checkProof, type DataIntegrityProof, type JsonObject } from './proof.js';

/** A document with embedded proofs, read but not verified. */
export interface SecuredDocument {
  /** Without `proof`. */
  readonly document: JsonObject;
  readonly proofs: readonly DataIntegrityProof[];
}

export type SecuredDocumentProblem =
  /** Not a JSON object, or larger or deeper than is looked at. */
  | { readonly problem: 'malformed' }
  | { readonly problem: 'proofMissing' }
  /** A `proof` that is not what Data Integrity 1.0 §2.1 demands. */
  | { readonly problem: 'proofMalformed'; readonly details: readonly Problem[] };

/** Characters. A credential of ours takes 4 KB; a status list of a million random entries 250 KB. */
export const MAX_SECURED_DOCUMENT_LENGTH = 1_000_000;
const MAX_VALUES = 100_000;
/** Each may take a canonicalisation of the whole document. */
export const MAX_PROOFS = 10;

/**
 * Reads a secured document from its text, or from a value that a strict parser made of it (a lenient one keeps one of two equal members,
 * and nobody knows which). Never throws. Checks size, depth and the form of each proof. Not yet checked: signatures, keys, dates, what
 * the document says.
 */
export function parseSecuredDocument(input: unknown): SecuredDocument | SecuredDocumentProblem {
  const value = readJson(input);
  if (!isJsonObject(value) || holdsPrototype(value)) return { problem: 'malformed' };
  const { proof, ...document } = value;
  if (proof === undefined) return { problem: 'proofMissing' };
  const entries: readonly unknown[] = Array.isArray(proof) ? proof : [proof];
  if (entries.length === 0) return { problem: 'proofMissing' };
  if (entries.length > MAX_PROOFS) {
    return {
      problem: 'proofMalformed',
      details: [{ pointer: '/proof', detail: `must be at most ${MAX_PROOFS} proofs` }],
    };
  }
  const checked = entries.map((entry, index) =>
    checkProof(entry, Array.isArray(proof) ? `/proof/${index}` : '/proof'),
  );
  const details = checked.flatMap((outcome) => ('problems' in outcome ? outcome.problems : []));
  const proofs = checked.flatMap((outcome) => ('value' in outcome ? [outcome.value] : []));
  details.push(...duplicateIdProblems(proofs));
  return details.length > 0 ? { problem: 'proofMalformed', details } : { document, proofs };
}

function readJson(input: unknown): unknown {
  if (typeof input === 'string' || input instanceof Uint8Array) {
    return input.length > MAX_SECURED_DOCUMENT_LENGTH ? undefined : parseStrictJson(input)?.value;
  }
  return isBounded(input) ? input : undefined;
}

/** Level by level, so that no depth can exhaust the stack. */
function isBounded(input: unknown): boolean {
  let level: readonly unknown[] = [input];
  let values = 0;
  let characters = 0;
  for (let depth = 0; level.length > 0; depth++) {
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value === 'string') characters += value.length;
      if (++values > MAX_VALUES || characters > MAX_SECURED_DOCUMENT_LENGTH) return false;
      if (typeof value !== 'object' || value === null) continue;
      for (const member of Object.values(value)) next.push(member);
    }
    if (depth > MAX_JSON_DEPTH) return false;
    level = next;
  }
  return true;
}

/** A member `__proto__` is none to JSON-LD, which may even take a context from it, and one to every reader of JSON. */
function holdsPrototype(value: unknown): boolean {
  const open: unknown[] = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== 'object' || next === null) continue;
    if (Object.hasOwn(next, '__proto__')) return true;
    for (const member of Object.values(next)) if (member !== undefined) open.push(member);
  }
  return false;
}

/** §2.1.2 chains by id, so one id is one proof. */
function duplicateIdProblems(proofs: readonly DataIntegrityProof[]): Problem[] {
  const ids = proofs.flatMap(({ id }) => (id === undefined ? [] : [id]));
  return new Set(ids).size === ids.length
    ? []
    : [{ pointer: '/proof', detail: 'must not hold two proofs of one id' }];
}
