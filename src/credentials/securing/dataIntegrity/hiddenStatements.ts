import { canonicalJson } from '../../../kernel/canonicalJson.js';
import { isJsonObject } from '../../../kernel/strictJson.js';
import type { JsonObject } from './proof.js';

/**
 * A signature over RDF covers statements, not the JSON that they were read from. Whoever holds a signed document can therefore give a
 * member another name (its full IRI, or one that a context of his own defines), and every reader of JSON will miss it: a credential
 * without `credentialStatus`, in which the status is signed. So each statement about the document itself that decides over its
 * validity must stand under the name that the data model gives it (Data Integrity 1.0 §2.4.1, §4.6 leaves this to the application).
 */
const CREDENTIALS = 'https://www.w3.org/2018/credentials#';
const TYPE = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type';
const MEMBERS = [
  'credentialSubject',
  'credentialStatus',
  'credentialSchema',
  'issuer',
  'holder',
  'validFrom',
  'validUntil',
  'issuanceDate',
  'expirationDate',
  'termsOfUse',
  'evidence',
  'refreshService',
  'relatedResource',
  'confidenceMethod',
  'verifiableCredential',
] as const;

const GUARDED: ReadonlyMap<string, string> = new Map([
  ...MEMBERS.map((member) => [`<${CREDENTIALS}${member}>`, member] as const),
  [`<${TYPE}>`, 'type'],
]);
const ROOT_TYPES = [`<${CREDENTIALS}VerifiableCredential>`, `<${CREDENTIALS}VerifiablePresentation>`];

/** True where canonical N-Quads say more about the credential or presentation than its JSON shows. Of other documents nothing is said. */
export function hasHiddenStatement(document: JsonObject, nquads: readonly string[]): boolean {
  const triples = nquads.flatMap(readDefaultGraphTriple);
  const roots = findRoots(document, triples);
  if (typeof document['id'] !== 'string' && [...roots].some((root) => root.startsWith('<'))) return true;
  const counts = new Map<string, number>();
  for (const { subject, predicate } of triples) {
    const member = roots.has(subject) ? GUARDED.get(predicate) : undefined;
    if (member !== undefined) counts.set(member, (counts.get(member) ?? 0) + 1);
  }
  return [...counts].some(([member, count]) => count > shownValues(document, member));
}

interface Triple {
  readonly subject: string;
  readonly predicate: string;
  readonly object: string;
}

/** What stands in a named graph (a proof, an embedded credential) is about something else. */
function readDefaultGraphTriple(nquad: string): Triple[] {
  // Every quotation mark in a canonical literal is escaped, so that it has one end, and finding it takes one pass.
  const match = /^(\S+) (\S+) (<[^ ]*>|_:\S+|"[^"\\]*(?:\\.[^"\\]*)*"(?:@\S+|\^\^<[^ ]*>)?) \.\n$/s.exec(
    nquad,
  );
  const [, subject, predicate, object] = match ?? [];
  return subject && predicate && object ? [{ subject, predicate, object }] : [];
}

/** The node that the JSON document is: the one of its `id`, or else a blank node that is of such a type and no part of another. */
function findRoots(document: JsonObject, triples: readonly Triple[]): ReadonlySet<string> {
  const typed = triples
    .filter(({ predicate, object }) => predicate === `<${TYPE}>` && ROOT_TYPES.includes(object))
    .map(({ subject }) => subject);
  const id = document['id'];
  if (typeof id === 'string' && typed.includes(`<${id}>`)) return new Set([`<${id}>`]);
  const objects = new Set(triples.map(({ object }) => object));
  const unreferenced = typed.filter((subject) => !objects.has(subject));
  return new Set(unreferenced.length > 0 ? unreferenced : typed);
}

/** As RDF counts them: what stands there twice, or twice under one id, is one. */
function shownValues(document: JsonObject, member: string): number {
  const value = Object.hasOwn(document, member) ? document[member] : undefined;
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return new Set(items.filter((item) => item !== undefined && item !== null).map(identityOf)).size;
}

function identityOf(item: unknown): string {
  const id = isJsonObject(item) ? item['id'] : item;
  return typeof id === 'string' ? id : canonicalJson(item);
}
