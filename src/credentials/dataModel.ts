import { appendToken } from '../kernel/jsonPointer.js';
import { parseDateTimeStamp } from './dateTimeStamp.js';
import { isJsonObject } from './encoding/strictJson.js';

/**
 * Verifiable Credentials Data Model 2.0 (W3C Recommendation, 15 May 2025): the structure of a credential, apart from how it is secured.
 * Section numbers are the Recommendation's. Not checked here: terms against their JSON-LD contexts, `relatedResource` digests, and
 * whatever a credential's own schema demands.
 */
export const CREDENTIALS_V2_CONTEXT = 'https://www.w3.org/ns/credentials/v2';

type JsonObject = Readonly<Record<string, unknown>>;
type OneOrMany<T> = T | readonly T[];
export type TypedObject = JsonObject & { readonly type: OneOrMany<string> };

export interface Credential {
  readonly '@context': readonly [typeof CREDENTIALS_V2_CONTEXT, ...unknown[]];
  readonly id?: string;
  readonly type: OneOrMany<string>;
  readonly issuer: string | (JsonObject & { readonly id: string });
  readonly validFrom?: string;
  readonly validUntil?: string;
  readonly credentialSubject: OneOrMany<JsonObject>;
  readonly credentialStatus?: OneOrMany<TypedObject>;
  readonly credentialSchema?: OneOrMany<TypedObject & { readonly id: string }>;
  readonly evidence?: OneOrMany<TypedObject>;
  readonly termsOfUse?: OneOrMany<TypedObject>;
  readonly refreshService?: OneOrMany<TypedObject>;
}

/** What is wrong and where: a JSON Pointer and words that never repeat a submitted value. */
export interface Problem {
  readonly pointer: string;
  readonly detail: string;
}

export type Outcome<T> = { readonly value: T } | { readonly problems: readonly Problem[] };

/** Never throws, whatever the value. */
export function checkCredential(value: unknown): Outcome<Credential> {
  if (!isJsonObject(value)) return { problems: [{ pointer: '', detail: 'must be a JSON object' }] };
  const problems = [
    ...contextProblems(value['@context']),
    ...optional(value, 'id', urlProblems),
    ...typeProblems(value['type'], '/type', 'VerifiableCredential'),
    ...issuerProblems(value['issuer']),
    ...subjectProblems(value['credentialSubject']),
    ...validityProblems(value),
    // §4.10: "type" is required, "id" is an optional URL.
    ...optional(value, 'credentialStatus', entriesProblems),
    // §4.11: both are required.
    ...optional(value, 'credentialSchema', (entries, pointer) => entriesProblems(entries, pointer, true)),
    // §5.4, §5.5, §5.6
    ...optional(value, 'refreshService', entriesProblems),
    ...optional(value, 'termsOfUse', entriesProblems),
    ...optional(value, 'evidence', entriesProblems),
  ];
  return problems.length === 0 ? { value: value as unknown as Credential } : { problems };
}

export function typesOf(typed: { readonly type: OneOrMany<string> }): readonly string[] {
  return listOf(typed.type);
}

export function issuerIdOf({ issuer }: Credential): string {
  return typeof issuer === 'string' ? issuer : issuer.id;
}

/** One or many, or none, as a list: the data model lets a single value stand without its array. */
export function listOf<T>(entries: OneOrMany<T> | undefined): readonly T[] {
  if (entries === undefined) return [];
  return Array.isArray(entries) ? (entries as readonly T[]) : [entries as T];
}

/** A URL in the data model's sense: absolute, any scheme (`https:`, `did:`, `urn:`), no blanks that a lenient parser would drop. */
export function isUrl(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    /^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`]+$/.test(value) &&
    URL.canParse(value)
  );
}

/** §4.3: an ordered set whose first item is the v2 context; the rest are URLs or objects. Shared with presentations (§4.13). */
export function contextProblems(context: unknown): Problem[] {
  const pointer = '/@context';
  if (!Array.isArray(context)) return [{ pointer, detail: 'must be an array' }];
  const problems: Problem[] = [];
  if (context[0] !== CREDENTIALS_V2_CONTEXT) {
    problems.push({ pointer: `${pointer}/0`, detail: `must be ${CREDENTIALS_V2_CONTEXT}` });
  }
  context.slice(1).forEach((item, index) => {
    if (isUrl(item) || isJsonObject(item)) return;
    problems.push({ pointer: appendToken(pointer, index + 1), detail: 'must be a URL or an object' });
  });
  return problems;
}

/** §4.5: one or more terms or absolute URLs, `required` among them. */
export function typeProblems(type: unknown, pointer: string, required?: string): Problem[] {
  const types = Array.isArray(type) ? (type as readonly unknown[]) : [type];
  if (types.length === 0 || !types.every((item) => typeof item === 'string' && item !== '')) {
    return [{ pointer, detail: 'must be a non-empty string or an array of them' }];
  }
  return required === undefined || types.includes(required)
    ? []
    : [{ pointer, detail: `must include ${required}` }];
}

/** §4.4 */
function urlProblems(value: unknown, pointer: string): Problem[] {
  return isUrl(value) ? [] : [{ pointer, detail: 'must be a URL' }];
}

/** §4.7: a URL, or an object with an `id` that is one. */
function issuerProblems(issuer: unknown): Problem[] {
  return isJsonObject(issuer) ? urlProblems(issuer['id'], '/issuer/id') : urlProblems(issuer, '/issuer');
}

/** §4.8: one or more objects, each with at least one member; `id` is an optional URL. */
function subjectProblems(subject: unknown): Problem[] {
  return eachEntry(subject, '/credentialSubject', (entry, pointer) => {
    if (Object.keys(entry).length === 0) return [{ pointer, detail: 'must not be empty' }];
    return optional(entry, 'id', urlProblems, pointer);
  });
}

/** §4.9: `xsd:dateTimeStamp`, and `validFrom` not after `validUntil`. */
function validityProblems(credential: JsonObject): Problem[] {
  const problems = (['validFrom', 'validUntil'] as const).flatMap((member) =>
    optional(credential, member, (value, pointer) =>
      parseDateTimeStamp(value) ? [] : [{ pointer, detail: 'must be a date-time with a time zone offset' }],
    ),
  );
  const from = parseDateTimeStamp(credential['validFrom']);
  const until = parseDateTimeStamp(credential['validUntil']);
  if (from && until && from > until) {
    problems.push({ pointer: '/validUntil', detail: 'must not be before validFrom' });
  }
  return problems;
}

function entriesProblems(entries: unknown, pointer: string, idRequired = false): Problem[] {
  return eachEntry(entries, pointer, (entry, at) => [
    ...typeProblems(entry['type'], `${at}/type`),
    ...(idRequired ? urlProblems(entry['id'], `${at}/id`) : optional(entry, 'id', urlProblems, at)),
  ]);
}

/** One object or a non-empty array of objects. */
function eachEntry(
  value: unknown,
  pointer: string,
  problemsOf: (entry: JsonObject, pointer: string) => Problem[],
): Problem[] {
  if (!Array.isArray(value)) {
    return isJsonObject(value) ? problemsOf(value, pointer) : [{ pointer, detail: 'must be an object' }];
  }
  if (value.length === 0) return [{ pointer, detail: 'must not be empty' }];
  return value.flatMap((entry: unknown, index) => {
    const at = appendToken(pointer, index);
    return isJsonObject(entry) ? problemsOf(entry, at) : [{ pointer: at, detail: 'must be an object' }];
  });
}

function optional(
  object: JsonObject,
  member: string,
  problemsOf: (value: unknown, pointer: string) => Problem[],
  base = '',
): Problem[] {
  return Object.hasOwn(object, member) ? problemsOf(object[member], appendToken(base, member)) : [];
}
