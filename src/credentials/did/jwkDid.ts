import { decodeBase64url } from '../encoding/base64url.js';
import { isJsonObject, parseStrictJson } from '../../kernel/strictJson.js';
import { importAnyJwk } from '../keys.js';
import type { DidDocument } from './document.js';
import { isDid } from './didUrl.js';

/**
 * The document that a did:jwk stands for (did:jwk Method): the JWK is the DID, its only method is `#0`. `undefined` when it is
 * not one, holds anything but a public signing key of a curve that this service uses, or is not canonical base64url.
 */
export function jwkDidDocument(did: string): DidDocument | undefined {
  const encoded = isDid(did) ? /^did:jwk:([A-Za-z0-9_-]+)$/.exec(did)?.[1] : undefined;
  const bytes = encoded === undefined ? undefined : decodeBase64url(encoded);
  const jwk = bytes && parseStrictJson(bytes)?.value;
  if (!importAnyJwk(jwk)) return undefined;
  const id = `${did}#0`;
  return {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/suites/jws-2020/v1'],
    id: did,
    verificationMethod: [{ id, type: 'JsonWebKey2020', controller: did, publicKeyJwk: jwk }],
    authentication: [id],
    assertionMethod: [id],
    capabilityInvocation: [id],
    capabilityDelegation: [id],
    ...(isJsonObject(jwk) && jwk['use'] === undefined ? { keyAgreement: [id] } : {}),
  };
}
