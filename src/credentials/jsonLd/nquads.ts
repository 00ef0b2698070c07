import type { RdfQuad, RdfTerm } from 'jsonld';

/** Canonical N-Quads (RDF Dataset Canonicalization 1.0 §5). */

const XSD_STRING = 'http://www.w3.org/2001/XMLSchema#string';
const ESCAPES: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
  '"': '\\"',
  '\\': '\\\\',
};

/** One statement with its line break. `labelOf` names a blank node, without `_:`. */
export function serialiseQuad(quad: RdfQuad, labelOf: (label: string) => string): string {
  const { subject, predicate, object, graph } = quad;
  const terms = [subject, predicate, object, ...(graph.termType === 'DefaultGraph' ? [] : [graph])];
  return `${terms.map((term) => serialiseTerm(term, labelOf)).join(' ')} .\n`;
}

/** Code point order, which is UTF-8's byte order and not that of JavaScript's strings. */
export function sortStatements(nquads: readonly string[]): string[] {
  const isPlain = nquads.every((nquad) => !/[\u{10000}-\u{10FFFF}]/u.test(nquad));
  const sorted = [...nquads];
  // Below the surrogates the two orders are one, and the plain sort is many times faster.
  return isPlain ? sorted.sort() : sorted.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

export function splitStatements(text: string): string[] {
  return text.split('\n').flatMap((line) => (line === '' ? [] : [`${line}\n`]));
}

/** Replaces the canonical labels (`c14n0`, …) of one statement: in the places of terms only, never inside a literal. */
export function relabelStatement(nquad: string, labelOf: (label: string) => string): string {
  const subject = /^_:(c14n\d+) /.exec(nquad);
  let text = subject ? `_:${labelOf(subject[1] ?? '')} ${nquad.slice(subject[0].length)}` : nquad;
  // No IRI holds a blank, so the second one ends the predicate.
  const objectAt = text.indexOf(' ', text.indexOf(' ') + 1) + 1;
  const object = /^_:(c14n\d+) /.exec(text.slice(objectAt));
  if (object) {
    text = `${text.slice(0, objectAt)}_:${labelOf(object[1] ?? '')} ${text.slice(objectAt + object[0].length)}`;
  }
  // A triple that ends in a blank node object has been dealt with: what still has a canonical label there is the graph.
  const graph = / _:(c14n\d+) \.\n$/.exec(text);
  return graph && graph.index >= objectAt
    ? `${text.slice(0, graph.index)} _:${labelOf(graph[1] ?? '')} .\n`
    : text;
}

function serialiseTerm(term: RdfTerm, labelOf: (label: string) => string): string {
  switch (term.termType) {
    case 'NamedNode':
      return `<${term.value}>`;
    case 'BlankNode':
      return `_:${labelOf(term.value.replace(/^_:/, ''))}`;
    case 'DefaultGraph':
      return '';
    case 'Literal': {
      const text = `"${escape(term.value)}"`;
      if (term.language !== undefined && term.language !== '') return `${text}@${term.language}`;
      return term.datatype.value === XSD_STRING ? text : `${text}^^<${term.datatype.value}>`;
    }
  }
}

function escape(value: string): string {
  return value.replace(
    /[\u0000-\u001F\u007F"\\]/g,
    (character) =>
      ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
}
