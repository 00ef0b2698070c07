import jsonld, { type JsonLdOptions, type RdfQuad, type RdfTerm } from 'jsonld';
import ContextResolver from 'jsonld/lib/ContextResolver.js';
import type { ContextCatalogue } from '../contexts/catalogue.js';
import type { JsonObject } from './canonizer.js';

/** JSON-LD 1.1 processing in safe mode over a closed set of contexts: whatever would be dropped silently is an error. */
export interface JsonLdProcessor {
  /** @throws Error (the library's) for what is not JSON-LD or not safe; `NotSerialisable` for terms that N-Quads cannot hold */
  toDataset(document: unknown): Promise<readonly RdfQuad[]>;
  expand(document: JsonObject): Promise<readonly unknown[]>;
  compact(expanded: readonly unknown[], context: unknown): Promise<unknown>;
}

export class NotSerialisable extends Error {
  override readonly name = 'NotSerialisable';
}

export function createJsonLdProcessor(contexts: ContextCatalogue): JsonLdProcessor {
  const resolved = new Map<string, unknown>();
  const options = (): JsonLdOptions => ({
    base: null,
    safe: true,
    documentLoader: async (url) => {
      const document = contexts.find(url);
      if (!document) throw new Error('not a known context');
      return { document: structuredClone(document), documentUrl: url, tag: 'static' };
    },
    // The library's own cache is one for the whole process, where two catalogues would meet. This one keeps processed contexts by URL
    // and none that a document brought along.
    contextResolver: new ContextResolver({
      sharedCache: {
        get: (key) => resolved.get(key),
        set: (key, value) => {
          if (contexts.find(key)) resolved.set(key, value);
        },
      },
    }),
  });
  return {
    toDataset: async (document) => {
      const dataset = await jsonld.toRDF(document, {
        ...options(),
        // What keeps `@direction` (VC Data Model 2.0 §11.1); the libraries of others use the same.
        rdfDirection: 'i18n-datatype',
        produceGeneralizedRdf: false,
      });
      if (!dataset.every(isSerialisable)) throw new NotSerialisable('a term that N-Quads cannot hold');
      return dataset;
    },
    expand: (document) => jsonld.expand(document, options()),
    compact: (expanded, context) => jsonld.compact(expanded, context, options()),
  };
}

/** N-Quads' IRIREF without escapes: no text in an IRI can end it and begin another statement. */
const IRI = /^[A-Za-z][A-Za-z0-9+.-]*:[^\u0000-\u0020<>"{}|^`\\]*$/;
const LANGUAGE = /^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*$/;
const BLANK_LABEL = /^[A-Za-z0-9_][A-Za-z0-9_-]*$/;
const LANG_STRING = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#langString';

function isSerialisable({ subject, predicate, object, graph }: RdfQuad): boolean {
  return [subject, predicate, object, graph].every(isSerialisableTerm);
}

function isSerialisableTerm(term: RdfTerm): boolean {
  switch (term.termType) {
    case 'NamedNode':
      return IRI.test(term.value);
    case 'BlankNode':
      return BLANK_LABEL.test(term.value.replace(/^_:/, ''));
    case 'DefaultGraph':
      return true;
    case 'Literal':
      if (/\p{Surrogate}/u.test(term.value) || !IRI.test(term.datatype.value)) return false;
      return term.datatype.value === LANG_STRING
        ? LANGUAGE.test(term.language ?? '')
        : term.language === undefined || term.language === '';
  }
}
