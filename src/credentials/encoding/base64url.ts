import { lendBytes } from './lentBytes.js';

/**
 * base64url without padding (RFC 4648 §5, RFC 7515 §2), canonical only: every byte string has exactly one text. A decoder
 * that lets padding, foreign characters or non-zero trailing bits pass would give one signed token many spellings.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}

/** What `read`, which keeps nothing of the bytes, makes of them; `undefined` as well where the text is not canonical. */
export function readBase64url<Result>(text: string, read: (bytes: Uint8Array) => Result): Result | undefined {
  return lendBytes(text, 'base64url', (bytes) =>
    bytes.toString('base64url') === text ? read(bytes) : undefined,
  );
}

export function encodeBase64url(data: Uint8Array | string): string {
  return Buffer.from(data as Uint8Array).toString('base64url');
}
