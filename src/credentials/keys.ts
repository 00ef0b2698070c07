import { createHash, createPublicKey, ECDH, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { decodeBase58, encodeBase58 } from './encoding/base58.js';
import { decodeBase64url, encodeBase64url } from './encoding/base64url.js';
import { isJsonObject } from '../kernel/strictJson.js';

/**
 * Public keys, from the two forms in which DID documents carry them: JWK (RFC 7517, RFC 8037) and Multikey (Controlled Identifiers
 * 1.0 §2.2.2). A key belongs to exactly one algorithm: the key decides, never a token's header.
 */

/** JOSE algorithms that a signature may use (RFC 7518 §3.4, RFC 8037 §3.1). */
export type JoseAlgorithm = 'ES256' | 'ES384' | 'EdDSA';

/** A public key with nothing but what RFC 7638 takes the thumbprint over. */
export type PublicJwk =
  | {
      readonly kty: 'EC';
      readonly crv: 'P-256' | 'P-384' | 'secp256k1';
      readonly x: string;
      readonly y: string;
    }
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string };

export interface VerificationKey {
  readonly algorithm: JoseAlgorithm;
  readonly jwk: PublicJwk;
  readonly keyObject: KeyObject;
}

/**
 * A key of the curve that only foreign formats use (RFC 8812): verified where such a format asks for it by name, and a type of its own so
 * that no other format takes it by accident.
 */
export interface Secp256k1Key {
  readonly algorithm: 'ES256K';
  readonly jwk: { readonly kty: 'EC'; readonly crv: 'secp256k1'; readonly x: string; readonly y: string };
  readonly keyObject: KeyObject;
}
export type AnyVerificationKey = VerificationKey | Secp256k1Key;
type AnyPublicJwk = AnyVerificationKey['jwk'];

interface Curve {
  readonly crv: AnyPublicJwk['crv'];
  readonly kty: AnyPublicJwk['kty'];
  readonly algorithm: AnyVerificationKey['algorithm'];
  /** Bytes of one coordinate. */
  readonly size: number;
  /** The multicodec of the public key as an unsigned varint. */
  readonly multicodec: readonly [number, number];
  /** OpenSSL's name, for curves whose points come compressed in a Multikey. */
  readonly compressed?: string;
}

const CURVES: readonly Curve[] = [
  {
    crv: 'P-256',
    kty: 'EC',
    algorithm: 'ES256',
    size: 32,
    multicodec: [0x80, 0x24],
    compressed: 'prime256v1',
  },
  {
    crv: 'P-384',
    kty: 'EC',
    algorithm: 'ES384',
    size: 48,
    multicodec: [0x81, 0x24],
    compressed: 'secp384r1',
  },
  {
    crv: 'secp256k1',
    kty: 'EC',
    algorithm: 'ES256K',
    size: 32,
    multicodec: [0xe7, 0x01],
    compressed: 'secp256k1',
  },
  { crv: 'Ed25519', kty: 'OKP', algorithm: 'EdDSA', size: 32, multicodec: [0xed, 0x01] },
];

/** Importing costs as much as verifying, so an imported key is kept: a bounded, content-addressed memo that cannot go stale. */
const imported = new LRUCache<string, AnyVerificationKey>({ max: 2_000 });

/**
 * Imports a JWK. `undefined` when it is not a public key of P-256, P-384 or Ed25519, has coordinates of another length or in non-canonical
 * base64url, names a point off its curve, carries private members, or says of itself that it is for something else
 * (`use`, `key_ops`, `alg`).
 */
export function importJwk(jwk: unknown): VerificationKey | undefined {
  return withoutSecp256k1(importAnyJwk(jwk));
}

/** The same, for secp256k1 as well. */
export function importAnyJwk(jwk: unknown): AnyVerificationKey | undefined {
  if (!isJsonObject(jwk)) return undefined;
  const curve = CURVES.find(({ crv, kty }) => crv === jwk['crv'] && kty === jwk['kty']);
  if (!curve || Object.hasOwn(jwk, 'd') || !isMeantForVerifying(jwk, curve)) return undefined;
  const publicJwk = publicMembers(jwk, curve);
  if (!publicJwk) return undefined;
  const canonical = JSON.stringify(publicJwk);
  const known = imported.get(canonical);
  if (known) return known;
  try {
    const keyObject = createPublicKey({ key: { ...publicJwk }, format: 'jwk' });
    // A curve's row brings together what belongs together.
    const key = { algorithm: curve.algorithm, jwk: publicJwk, keyObject } as AnyVerificationKey;
    imported.set(canonical, key);
    return key;
  } catch {
    return undefined; // The point is not on the curve.
  }
}

/** Imports a `publicKeyMultibase` (`z…`): multicodec and raw key, EC points compressed. Of the curves of {@link importJwk}. */
export function importMultikey(multibase: unknown): VerificationKey | undefined {
  return withoutSecp256k1(importAnyMultikey(multibase));
}

/** The same, for secp256k1 as well. */
export function importAnyMultikey(multibase: unknown): AnyVerificationKey | undefined {
  if (typeof multibase !== 'string' || !multibase.startsWith('z')) return undefined;
  const bytes = decodeBase58(multibase.slice(1));
  if (!bytes) return undefined;
  const curve = CURVES.find(({ multicodec }) => multicodec[0] === bytes[0] && multicodec[1] === bytes[1]);
  const raw = bytes.subarray(2);
  if (!curve || raw.length !== curve.size + (curve.compressed ? 1 : 0)) return undefined;
  if (!curve.compressed) return importAnyJwk({ kty: curve.kty, crv: curve.crv, x: encodeBase64url(raw) });
  const point = decompressPoint(raw, curve.compressed);
  if (!point) return undefined;
  const x = encodeBase64url(point.subarray(1, 1 + curve.size));
  const y = encodeBase64url(point.subarray(1 + curve.size));
  return importAnyJwk({ kty: curve.kty, crv: curve.crv, x, y });
}

function withoutSecp256k1(key: AnyVerificationKey | undefined): VerificationKey | undefined {
  return key?.algorithm === 'ES256K' ? undefined : key;
}

/** Multicodecs of public keys that are not used here: X25519, BLS12-381 in G1, G2 and both, P-521, RSA, ML-DSA, SM2. */
const FOREIGN_MULTICODECS = new Set([0xec, 0xea, 0xeb, 0xee, 0x1202, 0x1205, 0x1210, 0x1211, 0x1212, 0x1206]);
/** Longer than any key that is imported; decoding takes time that grows with its square. */
const LONGEST_DECODED = 256;

/** True for a Multikey of a kind that is known to exist and not used here, as opposed to text that is no key at all. */
export function isForeignMultikey(multibase: string): boolean {
  if (!/^z[1-9A-HJ-NP-Za-km-z]{40,2000}$/.test(multibase)) return false;
  const encoded = multibase.slice(1);
  if (encoded.length > LONGEST_DECODED) return true;
  const [low = 0, high = 0] = decodeBase58(encoded) ?? [];
  return FOREIGN_MULTICODECS.has((low & 0x7f) | (high << 7));
}

/** The Multikey form of an imported key, the same text for the same key. */
export function toMultikey(key: AnyVerificationKey): string {
  const { jwk } = key;
  const curve = CURVES.find(({ crv }) => crv === jwk.crv);
  const x = decodeBase64url(jwk.x);
  if (!curve || !x) throw new TypeError('not an imported key');
  if (jwk.kty === 'OKP') return `z${encodeBase58(Uint8Array.from([...curve.multicodec, ...x]))}`;
  const sign = (decodeBase64url(jwk.y)?.at(-1) ?? 0) & 1;
  return `z${encodeBase58(Uint8Array.from([...curve.multicodec, 2 + sign, ...x]))}`;
}

/** RFC 7638: SHA-256 over the required members in lexicographic order. */
export function jwkThumbprint(jwk: AnyPublicJwk): string {
  const { kty, crv, x } = jwk;
  const members = jwk.kty === 'EC' ? { crv, kty, x, y: jwk.y } : { crv, kty, x };
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
}

function isMeantForVerifying(jwk: Readonly<Record<string, unknown>>, curve: Curve): boolean {
  const { use, alg, key_ops: operations } = jwk;
  if (use !== undefined && use !== 'sig') return false;
  // RFC 9864 gives EdDSA over Ed25519 the name `Ed25519` as well.
  if (alg !== undefined && alg !== curve.algorithm && alg !== curve.crv) return false;
  return operations === undefined || (Array.isArray(operations) && operations.includes('verify'));
}

function publicMembers(jwk: Readonly<Record<string, unknown>>, curve: Curve): AnyPublicJwk | undefined {
  const { x, y } = jwk;
  if (!isCoordinate(x, curve)) return undefined;
  if (curve.kty === 'OKP') return y === undefined ? { kty: 'OKP', crv: 'Ed25519', x } : undefined;
  if (!isCoordinate(y, curve)) return undefined;
  return { kty: 'EC', crv: curve.crv, x, y } as AnyPublicJwk;
}

function isCoordinate(value: unknown, { size }: Curve): value is string {
  if (typeof value !== 'string' || value.length > 128) return false;
  return decodeBase64url(value)?.length === size;
}

function decompressPoint(point: Uint8Array, curveName: string): Buffer | undefined {
  if (point[0] !== 2 && point[0] !== 3) return undefined;
  try {
    return ECDH.convertKey(point, curveName, undefined, undefined, 'uncompressed') as Buffer;
  } catch {
    return undefined; // No point of the curve has this x.
  }
}
