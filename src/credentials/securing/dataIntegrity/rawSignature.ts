import { verify } from 'node:crypto';
import type { JoseAlgorithm, VerificationKey } from '../../keys.js';

/** Raw signatures: r‖s for ECDSA (FIPS 186-5), 64 bytes for Ed25519 (RFC 8032); the digest that each curve goes with. */
const ALGORITHMS: Readonly<Record<JoseAlgorithm, { digest: string | null; bytes: number }>> = {
  EdDSA: { digest: null, bytes: 64 },
  ES256: { digest: 'sha256', bytes: 64 },
  ES384: { digest: 'sha384', bytes: 96 },
};

export function signatureLength(algorithm: JoseAlgorithm): number {
  return ALGORITHMS[algorithm].bytes;
}

export function verifyRawSignature(data: Uint8Array, signature: Uint8Array, key: VerificationKey): boolean {
  const { digest, bytes } = ALGORITHMS[key.algorithm];
  if (signature.length !== bytes) return false;
  return verify(digest, data, { key: key.keyObject, dsaEncoding: 'ieee-p1363' }, signature);
}
