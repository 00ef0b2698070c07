import { createHash } from 'node:crypto';
import type { RdfQuad } from 'jsonld';
import { canonize, type MessageDigest } from 'rdf-canonize';
import type { CanonizeHash } from './canonizer.js';
import { sortStatements, splitStatements } from './nquads.js';

/**
 * RDFC-1.0 with bounds on its work. The library counts its deep iterations only, so the digests that it takes are counted as well: one
 * for each blank node, and one for each neighbour at every visit. What a visit costs grows with the number of blank nodes that have
 * been labelled so far, hence fewer of them where there are many.
 */
const MAX_QUADS = 10_000;
const MAX_BLANK_NODES = 5_000;
const MAX_DEEP_ITERATIONS = 10_000;
const MAX_DIGESTS = 100_000;
const DIGESTS_TIMES_NODES = 40_000_000;

export class TooComplex extends Error {
  override readonly name = 'TooComplex';
}

export interface CanonicalDataset {
  readonly nquads: readonly string[];
  /** Input blank node label → canonical label, both without `_:`. */
  readonly labels: ReadonlyMap<string, string>;
}

/** @throws TooComplex; whatever the library throws for an aborted signal */
export async function canonizeDataset(
  dataset: readonly RdfQuad[],
  hash: CanonizeHash,
  signal?: AbortSignal,
): Promise<CanonicalDataset> {
  const blankNodes = countBlankNodes(dataset);
  if (dataset.length > MAX_QUADS || blankNodes > MAX_BLANK_NODES) throw new TooComplex('too many statements');
  const budget = {
    digests: Math.min(MAX_DIGESTS, Math.ceil(DIGESTS_TIMES_NODES / Math.max(blankNodes, 1))),
  };
  const canonicalIdMap = new Map<string, string>();
  let text: string;
  try {
    text = await canonize(dataset, {
      algorithm: 'RDFC-1.0',
      createMessageDigest: () => createCountedDigest(hash, budget, signal),
      canonicalIdMap,
      maxDeepIterations: MAX_DEEP_ITERATIONS,
      ...(signal && { signal }),
    });
  } catch (error) {
    // The library says that its own limit was reached in words only.
    if (error instanceof Error && error.message.startsWith('Maximum deep iterations')) {
      throw new TooComplex('too many deep iterations');
    }
    throw error;
  }
  const labels = [...canonicalIdMap].map(([input, canonical]) => [bare(input), bare(canonical)] as const);
  return { nquads: sortStatements(splitStatements(text)), labels: new Map(labels) };
}

function createCountedDigest(
  hash: CanonizeHash,
  budget: { digests: number },
  signal: AbortSignal | undefined,
): MessageDigest {
  if (budget.digests-- <= 0) throw new TooComplex('too many digests');
  signal?.throwIfAborted();
  const digest = createHash(hash);
  return {
    update: (text) => {
      digest.update(text, 'utf8');
    },
    digest: () => digest.digest('hex'),
  };
}

function countBlankNodes(dataset: readonly RdfQuad[]): number {
  const labels = new Set<string>();
  for (const { subject, object, graph } of dataset) {
    for (const term of [subject, object, graph]) if (term.termType === 'BlankNode') labels.add(term.value);
  }
  return labels.size;
}

function bare(label: string): string {
  return label.replace(/^_:/, '');
}
