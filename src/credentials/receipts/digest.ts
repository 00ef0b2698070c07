import { canonicalJson, sha256 } from '../../kernel/canonicalJson.js';
import { isJsonObject, parseStrictJson } from '../../kernel/strictJson.js';
import { decodeBase64url, encodeBase64url } from '../encoding/base64url.js';

/** SHA-256, written as evidence in credentials writes its digests. */
export interface Digest {
  readonly alg: 'sha-256';
  /** base64url, 43 characters. */
  readonly value: string;
}

/**
 * Of a token its text, character for character; of a JSON document, given as a value or as text, its canonical form (RFC 8785), since it is
 * the same document however it is spaced.
 *
 * @throws TypeError or RangeError for what has no canonical form
 */
export function digestOf(value: unknown): Digest {
  const document = typeof value === 'string' ? readDocument(value) : value;
  const text = typeof value === 'string' && document === undefined ? value : canonicalJson(document);
  return { alg: 'sha-256', value: encodeBase64url(sha256(text)) };
}

/** Of bytes that are kept as they are. */
export function digestOfBytes(bytes: Uint8Array): Digest {
  return { alg: 'sha-256', value: encodeBase64url(sha256(bytes)) };
}

/** `undefined` for a token, and for whatever else is not the text of a JSON object. */
function readDocument(text: string): unknown {
  if (!text.trimStart().startsWith('{')) return undefined;
  const value = parseStrictJson(Buffer.from(text, 'utf8'))?.value;
  return isJsonObject(value) ? value : undefined;
}

export function isDigest(value: unknown): value is Digest {
  if (!isJsonObject(value) || value['alg'] !== 'sha-256') return false;
  return typeof value['value'] === 'string' && decodeBase64url(value['value'])?.length === 32;
}
