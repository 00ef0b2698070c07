/** DID and DID URL syntax (DID Core 1.0 §3.1, §3.2), as far as verification methods need it: `did` and `did#fragment`. */

const MAX_LENGTH = 2_048; // did:jwk carries a whole key.
const DID = /^did:[a-z0-9]+:(?:(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})*:)*(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})+$/;
const FRAGMENT = /^[A-Za-z0-9._~!$&'()*+,;=:@/?%-]+$/;

export interface DidUrl {
  readonly did: string;
  readonly fragment: string;
}

export function isDid(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_LENGTH && DID.test(value);
}

/** An absolute DID URL with a fragment and without path or query, the form of a token's `kid`; else `undefined`. */
export function parseDidUrl(value: unknown): DidUrl | undefined {
  if (typeof value !== 'string' || value.length > 2 * MAX_LENGTH) return undefined;
  const hash = value.indexOf('#');
  if (hash < 0) return undefined;
  const did = value.slice(0, hash);
  const fragment = value.slice(hash + 1);
  return isDid(did) && FRAGMENT.test(fragment) ? { did, fragment } : undefined;
}
