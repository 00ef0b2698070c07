/**
 * base64url without padding (RFC 4648 §5, RFC 7515 §2), canonical only: every byte string has exactly one text. A decoder
 * that lets padding, foreign characters or non-zero trailing bits pass would give one signed token many spellings.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}

export function encodeBase64url(data: Uint8Array | string): string {
  return Buffer.from(data as Uint8Array).toString('base64url');
}
