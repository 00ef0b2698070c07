import { isJsonObject } from '../../../kernel/strictJson.js';
import type { JsonObject } from './proof.js';

/**
 * A signature over RDF covers statements, and JSON-LD has many ways to write one down. Whoever holds a signed document can rewrite it, and
 * every reader of JSON will see another one: a member under its full IRI, a keyword in the place of its alias, terms that a context of his
 * own defines. What is read as JSON must therefore be written plainly (Data Integrity 1.0 §2.4.1 leaves that to the application).
 */

/** Of a value object (JSON-LD 1.1 §9.5). */
const VALUE_KEYWORDS: ReadonlySet<string> = new Set(['@value', '@type', '@language', '@direction']);

/** True where something stands under an IRI, a compact IRI or a keyword, at any depth. */
export function hasAliasedMember(document: unknown): boolean {
  return someObject(document, (object) => {
    const isValue = Object.hasOwn(object, '@value');
    return Object.keys(object).some(
      (name) =>
        name.includes(':') ||
        (name.startsWith('@') && name !== '@context' && !(isValue && VALUE_KEYWORDS.has(name))),
    );
  });
}

/** True where a context that is not named by a URL, but stands in the document, says what its members mean. */
export function definesOwnTerms(document: unknown): boolean {
  return someObject(document, ({ '@context': context }) =>
    (Array.isArray(context) ? context : [context]).some(isJsonObject),
  );
}

function someObject(value: unknown, test: (object: JsonObject) => boolean): boolean {
  const open: unknown[] = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (isJsonObject(next) && test(next)) return true;
    if (typeof next === 'object' && next !== null) {
      for (const member of Object.values(next))
        if (member !== undefined && member !== null) open.push(member);
    }
  }
  return false;
}
