import { randomBytes } from 'node:crypto';
import { sha256 } from './canonicalJson.js';

/** 256 random bits in base64url, of which only the hash is stored: no slow hash is needed for what cannot be guessed. */
export function newSecretToken(): { token: string; hash: Buffer } {
  const token = randomBytes(32).toString('base64url');
  return { token, hash: hashSecretToken(token) };
}

export function hashSecretToken(token: string): Buffer {
  return sha256(token);
}
