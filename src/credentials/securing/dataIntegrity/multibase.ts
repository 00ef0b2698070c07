import { decodeBase58, encodeBase58 } from '../../encoding/base58.js';
import { decodeBase64url, encodeBase64url } from '../../encoding/base64url.js';

/** Multibase (Controlled Identifiers 1.0 §2.4), the two bases that the cryptosuites use. Each byte string has one text and the reverse. */

export function encodeBase58Multibase(bytes: Uint8Array): string {
  return `z${encodeBase58(bytes)}`;
}

/** `undefined` for another base, a foreign character or more than 256 characters. */
export function decodeBase58Multibase(text: string): Uint8Array | undefined {
  return text.startsWith('z') ? decodeBase58(text.slice(1)) : undefined;
}

export function encodeBase64urlMultibase(bytes: Uint8Array): string {
  return `u${encodeBase64url(bytes)}`;
}

/** `undefined` for another base or anything but canonical base64url without padding. */
export function decodeBase64urlMultibase(text: string): Uint8Array | undefined {
  return text.startsWith('u') ? decodeBase64url(text.slice(1)) : undefined;
}
