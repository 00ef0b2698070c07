/**
 * The port behind the RDF suites: JSON-LD to canonical N-Quads (RDF Dataset Canonicalization 1.0). It is asked with plain JSON and answers
 * with plain JSON, so that the host can run it in another thread under a time limit: there are small documents on which the algorithm
 * takes for ever (§7.1 of it, "dataset poisoning").
 */
export interface Canonizer {
  /** Never rejects. */
  canonize(document: JsonObject, hash: CanonizeHash, signal?: AbortSignal): Promise<CanonizeAnswer>;

  /**
   * The canonical statements of a document, and for each selection by JSON Pointers which of them it selects (Data Integrity ECDSA
   * Cryptosuites 1.0 §3.4.13, `canonicalizeAndGroup`). The hash is SHA-256. Never rejects.
   */
  select(
    document: JsonObject,
    selections: readonly (readonly string[])[],
    signal?: AbortSignal,
  ): Promise<SelectAnswer>;
}

export type JsonObject = Readonly<Record<string, unknown>>;
export type CanonizeHash = 'sha256' | 'sha384';

export type CanonizeAnswer = { readonly nquads: readonly string[] } | { readonly problem: CanonizeProblem };

export type SelectAnswer =
  | { readonly nquads: readonly string[]; readonly selections: readonly Selection[] }
  | { readonly problem: CanonizeProblem | SelectProblem };

export type SelectProblem =
  /** A pointer that finds nothing. */
  | 'pointerNotFound'
  /** A selection that holds a list (`@list`), whose statements cannot be told apart. */
  | 'notSelectable';

export interface Selection {
  /** Places in `nquads`, ascending. */
  readonly indexes: readonly number[];
  /** The blank node labels of the selection canonicalised by itself → those of the whole document, both without `_:`. */
  readonly labels: readonly (readonly [selected: string, whole: string])[];
}

export type CanonizeProblem =
  /** Larger, deeper or of more parts than is looked at. */
  | 'tooLarge'
  /** It names a context that is not in the catalogue; none is fetched. */
  | 'unknownContext'
  /** Not valid JSON-LD, or with something that would silently be lost: an undefined term, a relative URL. */
  | 'notJsonLd'
  /** The work that it takes is out of proportion. */
  | 'tooComplex'
  /** The host's time limit. */
  | 'timedOut'
  /** The host could not do it at the moment. */
  | 'unavailable';
