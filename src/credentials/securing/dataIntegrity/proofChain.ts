import { previousProofsOf, type DataIntegrityProof, type JsonObject, type ProofOptions } from './proof.js';

/**
 * What a proof in a set or chain covers (Data Integrity 1.0 §4.3, §4.5): the document, and the proofs that it names in `previousProof`, in the
 * order in which they stand in the document. `undefined` when one of those is not there.
 *
 * Without previous proofs the document has no `proof` at all. The Recommendation's step would leave an empty list, which in RDF is the same
 * and in JCS is not: then one of two proofs would not verify alone, as §2.1.1 says it does.
 */
export function coveredDocument(
  document: JsonObject,
  proofs: readonly DataIntegrityProof[],
  options: ProofOptions,
): JsonObject | undefined {
  const previous = previousProofsOf(options);
  if (previous.length === 0) return document;
  const matching = proofs.filter(({ id }) => id !== undefined && previous.includes(id));
  return matching.length === previous.length ? { ...document, proof: matching } : undefined;
}

/** The places of the proofs that a proof names; `undefined` when one of them is not there. */
export function previousPlaces(
  proofs: readonly DataIntegrityProof[],
  proof: ProofOptions,
): readonly number[] | undefined {
  const places = previousProofsOf(proof).map((id) => proofs.findIndex((other) => other.id === id));
  return places.includes(-1) ? undefined : places;
}

/** The proofs that vouch, directly or through others, for themselves. */
export function findCycles(proofs: readonly DataIntegrityProof[]): ReadonlySet<number> {
  const reached = proofs.map((proof) => new Set(previousPlaces(proofs, proof) ?? []));
  for (const _ of proofs) {
    for (const places of reached) {
      for (const place of [...places]) reached[place]?.forEach((further) => places.add(further));
    }
  }
  return new Set(reached.flatMap((places, index) => (places.has(index) ? [index] : [])));
}
