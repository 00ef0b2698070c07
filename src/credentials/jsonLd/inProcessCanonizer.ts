import { randomUUID } from 'node:crypto';
import type { RdfQuad, RdfTerm } from 'jsonld';
import type { ContextCatalogue } from '../contexts/catalogue.js';
import { isJsonObject } from '../../kernel/strictJson.js';
import { canonizeDataset, TooComplex } from './boundedCanonize.js';
import type {
  CanonizeAnswer,
  CanonizeProblem,
  Canonizer,
  JsonObject,
  SelectAnswer,
  Selection,
} from './canonizer.js';
import { createJsonLdProcessor } from './dataset.js';
import { findObstacle } from './limits.js';
import { serialiseQuad } from './nquads.js';
import { selectByPointers } from './pointerSelection.js';
import { createSkolemiser, type Skolemiser } from './skolemise.js';

/**
 * The canonizer that runs where it is called. Bounded in size, structure and work, not in time: JSON-LD processing cannot be interrupted,
 * so a host that verifies what strangers send runs this in a worker.
 */
export function createCanonizer(contexts: ContextCatalogue): Canonizer {
  const jsonLd = createJsonLdProcessor(contexts);

  const canonize: Canonizer['canonize'] = async (document, hash, signal) => {
    const obstacle = findObstacle(document, contexts);
    if (obstacle) return { problem: obstacle };
    return guard<CanonizeAnswer>(signal, async () => {
      const { nquads } = await canonizeDataset(await jsonLd.toDataset(document), hash, signal);
      return { nquads };
    });
  };

  const select: Canonizer['select'] = async (document, selections, signal) => {
    const obstacle = findObstacle(document, contexts);
    if (obstacle) return { problem: obstacle };
    return guard<SelectAnswer>(signal, async () => {
      const skolemiser = createSkolemiser(randomUUID());
      const expanded = skolemiser.skolemise(await jsonLd.expand(document));
      const compact = await jsonLd.compact(expanded, document['@context']);
      if (!isJsonObject(compact)) return { problem: 'notJsonLd' };
      const whole = await canonizeDataset(
        deskolemise(await jsonLd.toDataset(expanded), skolemiser),
        'sha256',
        signal,
      );
      const results: Selection[] = [];
      for (const pointers of selections) {
        const selected = selectByPointers(compact, pointers, { lenient: true });
        if (selected === undefined) return { problem: 'pointerNotFound' };
        const result = await resolveSelection(selected, whole.nquads, whole.labels, skolemiser, signal);
        if (!result) return { problem: 'notSelectable' };
        results.push(result);
      }
      return { nquads: whole.nquads, selections: results };
    });
  };

  const resolveSelection = async (
    selected: JsonObject | null,
    nquads: readonly string[],
    labels: ReadonlyMap<string, string>,
    skolemiser: Skolemiser,
    signal: AbortSignal | undefined,
  ): Promise<Selection | undefined> => {
    if (selected === null) return { indexes: [], labels: [] };
    const dataset = deskolemise(await jsonLd.toDataset(selected), skolemiser);
    const statements = new Set(
      dataset.map((quad) => serialiseQuad(quad, (label) => labels.get(label) ?? label)),
    );
    const indexes = nquads.flatMap((nquad, index) => (statements.has(nquad) ? [index] : []));
    // The cells of a list have no names that would be the same in both datasets (the Recommendation gives them none).
    if (indexes.length !== statements.size) return undefined;
    const own = await canonizeDataset(dataset, 'sha256', signal);
    return {
      indexes,
      labels: [...own.labels].map(([input, canonical]) => [canonical, labels.get(input) ?? input] as const),
    };
  };

  return { canonize, select };
}

/** The named nodes that are ours become blank nodes again, labelled by their number. */
function deskolemise(dataset: readonly RdfQuad[], { prefix }: Skolemiser): readonly RdfQuad[] {
  const restore = (term: RdfTerm): RdfTerm =>
    term.termType === 'NamedNode' && term.value.startsWith(prefix)
      ? { termType: 'BlankNode', value: `b${term.value.slice(prefix.length)}` }
      : term.termType === 'BlankNode'
        ? // Those that expansion has no place for, such as the cells of a list.
          { termType: 'BlankNode', value: `l${term.value}` }
        : term;
  return dataset.map(({ subject, predicate, object, graph }) => ({
    subject: restore(subject),
    predicate,
    object: restore(object),
    graph: restore(graph),
  }));
}

async function guard<T>(
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T | { readonly problem: CanonizeProblem }> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TooComplex) return { problem: 'tooComplex' };
    if (signal?.aborted === true) return { problem: 'timedOut' };
    // Everything that the library refuses; a stack that ran out as well, though depth is bounded before.
    return { problem: error instanceof RangeError ? 'tooLarge' : 'notJsonLd' };
  }
}
