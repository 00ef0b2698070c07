import type { JsonWebKeyColumns } from '../database/schema.js';
import { decodeBase64url } from '../../credentials/encoding/base64url.js';
import type { SigningAlgorithm } from '../../kernel/ports.js';

/** The kinds of key that every organisation holds, one of each. */
export const ORGANISATION_ALGORITHMS = ['ES256', 'EdDSA'] as const satisfies readonly SigningAlgorithm[];

/** Veramo's `TKeyType` of each kind; it has no name of its own for P-384. */
export const VERAMO_KEY_TYPES = {
  ES256: 'Secp256r1',
  ES384: 'Secp384r1',
  EdDSA: 'Ed25519',
} as const satisfies Record<SigningAlgorithm, string>;

const SIGNING_ALGORITHMS = Object.keys(VERAMO_KEY_TYPES) as SigningAlgorithm[];

/** `undefined` for a type that we neither make nor hold: nothing is made in its stead. */
export function algorithmOfType(veramoKeyType: string): SigningAlgorithm | undefined {
  return SIGNING_ALGORITHMS.find((algorithm) => VERAMO_KEY_TYPES[algorithm] === veramoKeyType);
}

/** Veramo's `publicKeyHex`: the raw key; a point of P-256 or P-384 compressed (SEC 1 §2.3.3). */
export function publicKeyHex(jwk: JsonWebKeyColumns): string {
  const x = hexOf(jwk.x);
  if (jwk.y === undefined) return x;
  const isOdd = Number.parseInt(hexOf(jwk.y).slice(-1), 16) % 2 === 1;
  return `${isOdd ? '03' : '02'}${x}`;
}

function hexOf(coordinate: string): string {
  const bytes = decodeBase64url(coordinate);
  if (!bytes) throw new TypeError('a stored public key is not base64url');
  return Buffer.from(bytes).toString('hex');
}
