import { parseDateTimeStamp } from '../dateTimeStamp.js';
import { isJsonObject } from '../../kernel/strictJson.js';
import {
  importAnyJwk,
  importAnyMultikey,
  importJwk,
  importMultikey,
  type AnyVerificationKey,
  type VerificationKey,
} from '../keys.js';

/** Verification relationships (DID Core 1.0 §5.3) that this product uses: issuing a credential, presenting one. */
export type KeyPurpose = 'assertionMethod' | 'authentication';

export interface VerificationMethod {
  readonly id: string;
  readonly type: string;
  readonly controller: string;
  readonly publicKeyJwk?: unknown;
  readonly publicKeyMultibase?: unknown;
  /** `xsd:dateTimeStamp` from which the key is no longer good (Controlled Identifiers 1.0 §2.2). */
  readonly revoked?: unknown;
}

/** Structurally did-resolver's `DIDDocument`; methods stay as they came until one is asked for. */
export interface DidDocument {
  readonly '@context'?: string | readonly unknown[];
  readonly id: string;
  readonly verificationMethod?: readonly VerificationMethod[];
  readonly assertionMethod?: readonly (string | VerificationMethod)[];
  readonly authentication?: readonly (string | VerificationMethod)[];
  /** Published for others; nothing here is signed or verified for these purposes. */
  readonly capabilityInvocation?: readonly (string | VerificationMethod)[];
  readonly capabilityDelegation?: readonly (string | VerificationMethod)[];
  readonly keyAgreement?: readonly (string | VerificationMethod)[];
}

export type MethodFinding<Key = VerificationKey> =
  | { readonly state: 'listed'; readonly key: Key }
  | { readonly state: 'revoked'; readonly key: Key; readonly revokedAt: Date }
  | { readonly state: 'notListedForPurpose' }
  | { readonly state: 'foreignController' }
  | { readonly state: 'unusable' }
  | { readonly state: 'notFound' };

const RELATIONSHIPS = ['assertionMethod', 'authentication'] as const;

/**
 * Checks what a resolver brought: the `id` is the DID that was asked for, lists are lists, methods have string `id`, `type` and
 * `controller`, and no two methods share an id (DID Core §5.2), since then a signature could be checked against either.
 */
export function checkDidDocument(document: unknown, did: string): DidDocument | undefined {
  if (!isJsonObject(document) || document['id'] !== did) return undefined;
  const methods = document['verificationMethod'] ?? [];
  if (!Array.isArray(methods) || !methods.every(isMethod)) return undefined;
  const ids = methods.map((method) => absoluteId(method.id, did));
  for (const relationship of RELATIONSHIPS) {
    const entries = document[relationship] ?? [];
    if (!Array.isArray(entries)) return undefined;
    if (!entries.every((entry) => typeof entry === 'string' || isMethod(entry))) return undefined;
    ids.push(...entries.filter(isMethod).map((method) => absoluteId(method.id, did)));
  }
  return new Set(ids).size === ids.length ? (document as unknown as DidDocument) : undefined;
}

/** How a method's key is read: `jwk` for `publicKeyJwk`, `multikey` for `publicKeyMultibase`. */
export interface KeyImport<Key> {
  readonly jwk: (value: unknown) => Key | undefined;
  readonly multikey: (value: unknown) => Key | undefined;
}

export const USED_KEYS: KeyImport<VerificationKey> = { jwk: importJwk, multikey: importMultikey };
/** For the formats that name ES256K; to all others such a key is `unusable`. */
export const ANY_KEYS: KeyImport<AnyVerificationKey> = { jwk: importAnyJwk, multikey: importAnyMultikey };

/**
 * Finds a verification method by its absolute id for one purpose. A revoked key usually has left the purpose's list, so `revoked` is
 * looked at before the list: the caller must then establish by its own record that the signature is older.
 */
export function findVerificationMethod(
  document: DidDocument,
  methodId: string,
  purpose: KeyPurpose,
): MethodFinding {
  return findMethodOf(USED_KEYS, document, methodId, purpose);
}

/** The same for the keys that a format takes. */
export function findMethodOf<Key>(
  keys: KeyImport<Key>,
  document: DidDocument,
  methodId: string,
  purpose: KeyPurpose,
): MethodFinding<Key> {
  const did = document.id;
  const inList = (document[purpose] ?? []).find(
    (entry) => absoluteId(typeof entry === 'string' ? entry : entry.id, did) === methodId,
  );
  const method =
    (typeof inList === 'object' ? inList : undefined) ??
    document.verificationMethod?.find(({ id }) => absoluteId(id, did) === methodId);
  if (!method) {
    return { state: isEmbeddedElsewhere(document, methodId, purpose) ? 'notListedForPurpose' : 'notFound' };
  }
  if (method.controller !== did) return { state: 'foreignController' };
  const key = importMethod(method, keys);
  if (!key) return { state: 'unusable' };
  if (method.revoked !== undefined) {
    const revokedAt = parseDateTimeStamp(method.revoked);
    return revokedAt ? { state: 'revoked', key, revokedAt } : { state: 'unusable' };
  }
  return inList === undefined ? { state: 'notListedForPurpose' } : { state: 'listed', key };
}

/** A method with two key forms could mean two keys, so it is one or the other. */
function importMethod<Key>(method: VerificationMethod, keys: KeyImport<Key>): Key | undefined {
  const { publicKeyJwk, publicKeyMultibase } = method;
  if (publicKeyJwk !== undefined) {
    return publicKeyMultibase === undefined ? keys.jwk(publicKeyJwk) : undefined;
  }
  return keys.multikey(publicKeyMultibase);
}

function isEmbeddedElsewhere(document: DidDocument, methodId: string, purpose: KeyPurpose): boolean {
  return RELATIONSHIPS.some(
    (relationship) =>
      relationship !== purpose &&
      document[relationship]?.some(
        (entry) => typeof entry === 'object' && absoluteId(entry.id, document.id) === methodId,
      ),
  );
}

function isMethod(value: unknown): value is VerificationMethod {
  return (
    isJsonObject(value) &&
    typeof value['id'] === 'string' &&
    typeof value['type'] === 'string' &&
    typeof value['controller'] === 'string'
  );
}

/** A relative id is one of its document (DID Core 1.0 §3.2.2). */
export function absoluteId(id: string, did: string): string {
  return id.startsWith('#') ? did + id : id;
}
