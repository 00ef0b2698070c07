import { jwkThumbprint, type AnyVerificationKey } from '../keys.js';
import { absoluteId, findMethodOf, type DidDocument, type KeyImport, type KeyPurpose } from './document.js';

export type SoleMethodFinding<Key> =
  | { readonly state: 'listed'; readonly methodId: string; readonly key: Key }
  /** Several keys could have signed. */
  | { readonly state: 'ambiguous' }
  | { readonly state: 'notFound' };

/** Beyond it the one meant is not obvious, and finding it would cost more than it is worth. */
const MOST_LISTED = 50;

/**
 * The key that a token without `kid` can mean: the only one of its algorithm that the document lists for the purpose, usable, its own and
 * not revoked. One key in two forms (JsonWebKey, Multikey) is one.
 */
export function findSoleMethodOf<Key extends AnyVerificationKey>(
  keys: KeyImport<Key>,
  document: DidDocument,
  algorithm: string,
  purpose: KeyPurpose,
): SoleMethodFinding<Key> {
  const listed = document[purpose] ?? [];
  if (listed.length > MOST_LISTED) return { state: 'ambiguous' };
  const byThumbprint = new Map<string, { methodId: string; key: Key }>();
  for (const entry of listed) {
    const methodId = absoluteId(typeof entry === 'string' ? entry : entry.id, document.id);
    const finding = findMethodOf(keys, document, methodId, purpose);
    if (finding.state !== 'listed' || finding.key.algorithm !== algorithm) continue;
    const thumbprint = jwkThumbprint(finding.key.jwk);
    if (!byThumbprint.has(thumbprint)) byThumbprint.set(thumbprint, { methodId, key: finding.key });
  }
  const [sole, another] = byThumbprint.values();
  if (!sole) return { state: 'notFound' };
  return another ? { state: 'ambiguous' } : { state: 'listed', ...sole };
}
