/** The parts of two untyped libraries that are used here, as their 9.0 and 5.0 behave. */
declare module 'jsonld' {
  export type RdfTerm =
    | { readonly termType: 'NamedNode' | 'BlankNode' | 'DefaultGraph'; readonly value: string }
    | {
        readonly termType: 'Literal';
        readonly value: string;
        readonly language?: string;
        readonly datatype: { readonly termType: 'NamedNode'; readonly value: string };
      };

  export interface RdfQuad {
    readonly subject: RdfTerm;
    readonly predicate: RdfTerm;
    readonly object: RdfTerm;
    readonly graph: RdfTerm;
  }

  export interface JsonLdOptions {
    readonly base: null;
    readonly safe: true;
    readonly documentLoader: (
      url: string,
    ) => Promise<{ readonly document: unknown; readonly documentUrl: string; readonly tag: 'static' }>;
    readonly contextResolver: unknown;
    readonly rdfDirection?: 'i18n-datatype';
    readonly produceGeneralizedRdf?: false;
  }

  interface JsonLd {
    expand(document: unknown, options: JsonLdOptions): Promise<readonly unknown[]>;
    compact(document: unknown, context: unknown, options: JsonLdOptions): Promise<unknown>;
    toRDF(document: unknown, options: JsonLdOptions): Promise<readonly RdfQuad[]>;
  }

  const jsonld: JsonLd;
  export default jsonld;
}

declare module 'jsonld/lib/ContextResolver.js' {
  interface SharedCache {
    get(key: string): unknown;
    set(key: string, value: unknown): void;
  }

  class ContextResolver {
    constructor(options: { readonly sharedCache: SharedCache });
  }

  export default ContextResolver;
}

declare module 'rdf-canonize' {
  import type { RdfQuad } from 'jsonld';

  export interface MessageDigest {
    update(text: string): void;
    digest(): string;
  }

  export interface CanonizeOptions {
    readonly algorithm: 'RDFC-1.0';
    readonly createMessageDigest: () => MessageDigest;
    readonly canonicalIdMap: Map<string, string>;
    readonly maxDeepIterations: number;
    readonly signal?: AbortSignal;
  }

  export function canonize(dataset: readonly RdfQuad[], options: CanonizeOptions): Promise<string>;
}
