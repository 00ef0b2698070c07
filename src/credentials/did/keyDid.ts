import { importAnyMultikey, isForeignMultikey, toMultikey } from '../keys.js';
import type { DidDocument } from './document.js';

/**
 * The document that a did:key stands for (did:key Method v0.9), computed from the DID alone; `undefined` when it is not one, is of
 * a curve that this service does not use, or is not the one canonical spelling of its key.
 */
export function keyDidDocument(did: string): DidDocument | undefined {
  const multikey = /^did:key:(z[1-9A-HJ-NP-Za-km-z]{40,80})$/.exec(did)?.[1];
  const key = importAnyMultikey(multikey);
  if (multikey === undefined || !key || toMultikey(key) !== multikey) return undefined;
  const id = `${did}#${multikey}`;
  return {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
    id: did,
    verificationMethod: [{ id, type: 'Multikey', controller: did, publicKeyMultibase: multikey }],
    authentication: [id],
    assertionMethod: [id],
    capabilityInvocation: [id],
    capabilityDelegation: [id],
  };
}

/** True for a did:key that is well-formed, of a kind of key that is not used here. */
export function isForeignKeyDid(did: string): boolean {
  return did.startsWith('did:key:') && isForeignMultikey(did.slice('did:key:'.length));
}
