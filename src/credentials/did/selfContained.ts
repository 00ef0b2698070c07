import type { DidDocument } from './document.js';
import { jwkDidDocument } from './jwkDid.js';
import { keyDidDocument } from './keyDid.js';

/** Resolves the DIDs that are their own document, did:key and did:jwk, without asking anybody. */
export function resolveSelfContainedDid(
  did: string,
): { readonly document: DidDocument } | { readonly problem: 'invalid' | 'methodNotSupported' } {
  const [, method] = did.split(':', 2);
  if (method !== 'key' && method !== 'jwk') return { problem: 'methodNotSupported' };
  const document = method === 'key' ? keyDidDocument(did) : jwkDidDocument(did);
  return document ? { document } : { problem: 'invalid' };
}
