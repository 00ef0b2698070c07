/** Documents that are small and that JSON-LD or RDF canonicalisation takes for ever over. */

const CONTEXT = ['https://www.w3.org/ns/credentials/v2', 'https://www.w3.org/ns/credentials/examples/v2'];

/** A complete graph of blank nodes that all look alike: n! ways to label them. */
export function poisonGraph(nodes: number): Record<string, unknown> {
  const names = Array.from({ length: nodes }, (_, index) => `_:n${index}`);
  return {
    '@context': CONTEXT,
    knows: names.map((id) => ({
      id,
      peer: names.filter((other) => other !== id).map((other) => ({ id: other })),
    })),
  };
}

/** Two hubs, each with the same number of equal spokes. */
export function doubleStar(spokes: number): Record<string, unknown> {
  const star = { spoke: Array.from({ length: spokes }, () => ({ colour: 'grey', end: { colour: 'grey' } })) };
  return { '@context': CONTEXT, hub: [star, star] };
}

/** A ring of equal blank nodes. */
export function ring(nodes: number): Record<string, unknown> {
  return {
    '@context': CONTEXT,
    knows: Array.from({ length: nodes }, (_, index) => ({
      id: `_:n${index}`,
      next: { id: `_:n${(index + 1) % nodes}` },
    })),
  };
}

export function nested(levels: number): Record<string, unknown> {
  let value: unknown = 'end';
  for (let level = 0; level < levels; level++) value = { deeper: value };
  return { '@context': CONTEXT, deeper: value };
}
