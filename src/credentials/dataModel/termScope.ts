import { canonicalJson } from '../../kernel/canonicalJson.js';
import { appendToken } from '../../kernel/jsonPointer.js';
import { credentialsExamplesV2 } from '../contexts/bundled/credentialsExamplesV2.js';
import { credentialsV1 } from '../contexts/bundled/credentialsV1.js';
import { credentialsV2 } from '../contexts/bundled/credentialsV2.js';
import { dataIntegrityV1 } from '../contexts/bundled/dataIntegrityV1.js';
import { dataIntegrityV2 } from '../contexts/bundled/dataIntegrityV2.js';
import { undefinedTermsV2 } from '../contexts/bundled/undefinedTermsV2.js';
import { isJsonObject } from '../../kernel/strictJson.js';
import type { JsonObject, Problem } from './problems.js';
import { isUrl } from './url.js';

export const CREDENTIALS_V2_CONTEXT = 'https://www.w3.org/ns/credentials/v2';
export const CREDENTIALS_V1_CONTEXT = 'https://www.w3.org/2018/credentials/v1';

/**
 * The terms that a document's contexts define at its top level (JSON-LD 1.1 §4.1): enough to tell a term from a word that means nothing,
 * and to see a protected term redefined, for formats that never run a JSON-LD processor. Not seen here: contexts scoped to a property
 * or a type, except those of the base context's two document types.
 */
export interface TermScope {
  /** `unknown` where a context that is not known here might define it. */
  maps(term: string): 'mapped' | 'unmapped' | 'unknown';
}

/** Types of the base context whose scoped terms hold for the whole document, and so are not to be redefined either. */
const DOCUMENT_TYPES = ['VerifiableCredential', 'VerifiablePresentation'];

/** Contexts whose terms are known, by URL; read when first met. */
const KNOWN_CONTEXTS = new Map<string, () => KnownContext>([
  [CREDENTIALS_V2_CONTEXT, once(credentialsV2, DOCUMENT_TYPES)],
  [CREDENTIALS_V1_CONTEXT, once(credentialsV1)],
  ['https://w3id.org/security/data-integrity/v2', once(dataIntegrityV2)],
  ['https://w3id.org/security/data-integrity/v1', once(dataIntegrityV1)],
  ['https://www.w3.org/ns/credentials/examples/v2', once(credentialsExamplesV2)],
  ['https://www.w3.org/ns/credentials/undefined-terms/v2', once(undefinedTermsV2)],
]);

interface Definition {
  /** What it says, in a form that can be compared; a protected term may be defined again in the same way (JSON-LD 1.1 API §4.2.2). */
  readonly form: string | undefined;
  readonly isNull: boolean;
  readonly isProtected: boolean;
}

type Definitions = ReadonlyMap<string, Definition>;
const NO_TERMS: Definitions = new Map();

interface KnownContext {
  readonly context: JsonObject;
  readonly terms: Definitions;
  /** What it defines as the first of a document's contexts: the terms scoped to document types as well. */
  readonly baseTerms: Definitions;
}

/** Reads an ordered set of contexts whose items are URLs and objects; anything else in it is passed over. */
export function readTermScope(
  contexts: readonly unknown[],
  pointer: string,
): { scope: TermScope; problems: Problem[] } {
  const scope = new ActiveTerms();
  const problems: Problem[] = [];
  for (const [index, context] of contexts.entries()) {
    if (typeof context === 'string') scope.addKnown(context, index === 0);
    if (isJsonObject(context)) problems.push(...scope.addInline(context, appendToken(pointer, index)));
  }
  return { scope, problems };
}

class ActiveTerms implements TermScope {
  /** Of the first context, shared by all documents that begin with it. */
  #baseTerms = NO_TERMS;
  /** Of the contexts after it; they stand before its own. */
  readonly #terms = new Map<string, Definition>();
  /** Whether any word is a term, `@vocab` giving it a meaning. */
  #hasVocabulary = false;
  /** Whether all contexts are known. */
  #isComplete = true;

  maps(term: string): 'mapped' | 'unmapped' | 'unknown' {
    const definition = this.#find(term);
    if (definition) return definition.isNull ? 'unmapped' : 'mapped';
    if (this.#hasVocabulary) return 'mapped';
    return this.#isComplete ? 'unmapped' : 'unknown';
  }

  addKnown(url: string, isBase: boolean): void {
    const known = KNOWN_CONTEXTS.get(url)?.();
    if (!known) {
      this.#isComplete = false;
      return;
    }
    this.#readVocabulary(known.context);
    if (isBase) this.#baseTerms = known.baseTerms;
    else this.#define(known.terms);
  }

  addInline(context: JsonObject, pointer: string): Problem[] {
    const problems = keywordProblems(context, pointer);
    if (Object.hasOwn(context, '@import')) this.#isComplete = false;
    this.#readVocabulary(context);
    const definitions = definitionsIn(context);
    for (const [term, { form }] of definitions) {
      const at = appendToken(pointer, term);
      const known = this.#find(term);
      if (known?.isProtected && known.form !== form) {
        problems.push({ pointer: at, detail: 'must not redefine a protected term' });
      } else if (!this.#isDefinition(term, context[term], context)) {
        problems.push({ pointer: at, detail: 'must map the term to an absolute IRI' });
      }
    }
    this.#define(definitions);
    return problems;
  }

  #find(term: string): Definition | undefined {
    return this.#terms.get(term) ?? this.#baseTerms.get(term);
  }

  #define(definitions: Definitions): void {
    for (const [term, definition] of definitions) {
      if (!this.#find(term)?.isProtected) this.#terms.set(term, definition);
    }
  }

  #readVocabulary(context: JsonObject): void {
    if (Object.hasOwn(context, '@vocab')) this.#hasVocabulary = typeof context['@vocab'] === 'string';
  }

  /** JSON-LD 1.1 API §4.2.2, as far as the IRI: `null`, a keyword, an IRI, a compact IRI, or a word that has a meaning itself. */
  #isDefinition(term: string, value: unknown, context: JsonObject): boolean {
    if (term === '') return false;
    if (value === null) return true;
    if (typeof value === 'string') return this.#isMeaningful(value, term, context);
    if (!isJsonObject(value)) return false;
    const iri = value['@id'] ?? value['@reverse'];
    if (value['@id'] === null) return true;
    if (iri !== undefined) return typeof iri === 'string' && this.#isMeaningful(iri, term, context);
    return this.#isMeaningful(term, term, context);
  }

  #isMeaningful(iri: string, term: string, context: JsonObject): boolean {
    if (iri.startsWith('@')) return true;
    const isAbsolute: boolean = isUrl(iri) || /^_:[^\s]+$/.test(iri);
    if (isAbsolute) return true;
    const colon = iri.indexOf(':');
    if (colon > 0) {
      const prefix = iri.slice(0, colon);
      return !/\s/.test(iri) && (Object.hasOwn(context, prefix) || this.#find(prefix) !== undefined);
    }
    if (iri !== term && (Object.hasOwn(context, iri) || this.#find(iri) !== undefined)) return true;
    return this.#hasVocabulary || !this.#isComplete;
  }
}

/** The members of a context that are about the context (JSON-LD 1.1 §9.15). */
function keywordProblems(context: JsonObject, pointer: string): Problem[] {
  const isTextOrNull = (value: unknown) => value === null || typeof value === 'string';
  const isBoolean = (value: unknown) => typeof value === 'boolean';
  const rules: Readonly<Record<string, (value: unknown) => boolean>> = {
    '@version': (value) => value === 1.1,
    '@vocab': isTextOrNull,
    '@base': isTextOrNull,
    '@language': isTextOrNull,
    '@direction': (value) => value === null || value === 'ltr' || value === 'rtl',
    '@import': (value) => typeof value === 'string',
    '@propagate': isBoolean,
    '@protected': isBoolean,
  };
  return Object.entries(rules).flatMap(([keyword, isGood]) =>
    Object.hasOwn(context, keyword) && !isGood(context[keyword])
      ? [{ pointer: appendToken(pointer, keyword), detail: 'is not what JSON-LD allows here' }]
      : [],
  );
}

/** What a context says of its terms, keywords left out. */
function definitionsIn(context: JsonObject): Map<string, Definition> {
  const definitions = new Map<string, Definition>();
  for (const [term, value] of Object.entries(context)) {
    if (!term.startsWith('@')) definitions.set(term, toDefinition(value, context));
  }
  return definitions;
}

function toDefinition(value: unknown, context: JsonObject): Definition {
  const members = isJsonObject(value) ? value : { '@id': value };
  const { '@protected': own, ...rest } = members;
  const isProtected = (own ?? context['@protected']) === true;
  return { form: toForm(rest), isNull: value === null || members['@id'] === null, isProtected };
}

/** `undefined`, which equals no form that is compared with it, for what is nested too deeply to be written. */
function toForm(definition: JsonObject): string | undefined {
  try {
    return canonicalJson(definition);
  } catch {
    return undefined;
  }
}

function once(text: string, documentTypes: readonly string[] = []): () => KnownContext {
  let known: KnownContext | undefined;
  return () => (known ??= readKnownContext(text, documentTypes));
}

function readKnownContext(text: string, documentTypes: readonly string[]): KnownContext {
  const { '@context': context } = JSON.parse(text) as { '@context': JsonObject };
  const terms = definitionsIn(context);
  const baseTerms = new Map(terms);
  for (const type of documentTypes) {
    const definition = context[type];
    const scoped = isJsonObject(definition) ? definition['@context'] : undefined;
    for (const [term, meaning] of isJsonObject(scoped) ? definitionsIn(scoped) : []) {
      if (!baseTerms.get(term)?.isProtected) baseTerms.set(term, meaning);
    }
  }
  return { context, terms, baseTerms };
}
