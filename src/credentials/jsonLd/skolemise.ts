import { isJsonObject } from '../../kernel/strictJson.js';

/**
 * Gives every blank node of an expanded JSON-LD document a name (Data Integrity ECDSA Cryptosuites 1.0 §3.4.7), so that parts of it can be
 * told to be about the same nodes; the names are taken out again on the way to RDF.
 */
export interface Skolemiser {
  readonly prefix: string;
  skolemise(expanded: readonly unknown[]): unknown[];
}

/** `random` must not be guessable, or a document could carry such a name and be mistaken for a blank node. */
export function createSkolemiser(random: string): Skolemiser {
  const prefix = `urn:bnid:${random}:`;
  let count = 0;
  /** Those that have a label of their own, which may be used in several places. */
  const labelled = new Map<string, string>();

  const nameOf = (id: unknown): string => {
    if (typeof id !== 'string') return `${prefix}${count++}`;
    if (!id.startsWith('_:')) return id;
    const name = labelled.get(id) ?? `${prefix}${count++}`;
    labelled.set(id, name);
    return name;
  };

  const skolemise = (items: readonly unknown[]): unknown[] => items.map(skolemiseItem);

  const skolemiseItem = (item: unknown): unknown => {
    if (!isJsonObject(item) || Object.hasOwn(item, '@value')) return item;
    const members = Object.entries(item)
      .filter(([name]) => name !== '@id')
      .map(([name, value]) => [name, skolemiseMember(name, value)] as const);
    const node: Record<string, unknown> = Object.fromEntries(members);
    // Lists and sets are values, not nodes.
    if (!Object.hasOwn(item, '@list') && !Object.hasOwn(item, '@set')) node['@id'] = nameOf(item['@id']);
    return node;
  };

  const skolemiseMember = (name: string, value: unknown): unknown => {
    if (name === '@type') return value;
    if (Array.isArray(value)) return skolemise(value);
    return isJsonObject(value) ? skolemiseItem(value) : value;
  };

  return { prefix, skolemise };
}
