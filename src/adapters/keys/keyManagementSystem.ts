import { createPrivateKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { AbstractKeyManagementSystem } from '@veramo/key-manager';
import type { IKey, ManagedKeyInfo, TKeyType } from '@veramo/core';
import { importJwk, jwkThumbprint, toMultikey, type PublicJwk } from '../../credentials/keys.js';
import { AppError } from '../../kernel/errors.js';
import { isUuid, type KeyId } from '../../kernel/ids.js';
import type { Clock, SigningAlgorithm } from '../../kernel/ports.js';
import type { Executor } from '../database/schema.js';
import type { Envelope } from '../envelope.js';
import { algorithmOfType, publicKeyHex, VERAMO_KEY_TYPES } from './keyKinds.js';
import { findSealedKey, insertKey, retireKey } from './signingKeyRows.js';
import type { UnsealedKeys } from './unsealedKeys.js';

/** The name under which the agent knows it. */
export const KMS_NAME = 'sealed';

export interface KeyManagementParts {
  readonly executor: Executor;
  readonly envelope: Envelope;
  readonly unsealedKeys: UnsealedKeys;
  readonly clock: Clock;
}

/** Whose key it will be; Veramo hands it through as `meta`. */
export interface NewKeyMeta {
  readonly id: KeyId;
  /** Absent: the did:key that the key itself makes. */
  readonly did?: string;
}

/**
 * Makes and holds the private keys: PKCS #8, sealed under a context that names key and DID, so that it opens for no other row.
 * It writes a key's row itself: the agent's key store is never handed private material, sealed or not, and no method returns any.
 */
export class SealedKeyManagementSystem extends AbstractKeyManagementSystem {
  readonly #parts: KeyManagementParts;

  constructor(parts: KeyManagementParts) {
    super();
    this.#parts = parts;
  }

  /** Takes `meta` as {@link NewKeyMeta}; the `kid` is `<did>#<RFC 7638 thumbprint>`, whatever the caller may wish. */
  async createKey(args: { type: TKeyType; meta?: unknown }): Promise<ManagedKeyInfo> {
    const algorithm = algorithmOfType(args.type);
    if (!algorithm) throw notSupported(`keys of type ${args.type}`);
    const { id, did: givenDid } = readMeta(args.meta);
    const { publicJwk, multikey, privateKey } = generateKey(algorithm);
    const did = givenDid ?? `did:key:${multikey}`;
    const thumbprint = jwkThumbprint(publicJwk);
    const kid = `${did}#${thumbprint}`;
    const { executor, envelope, clock } = this.#parts;
    await insertKey(executor, {
      id,
      did,
      thumbprint,
      algorithm,
      publicJwk,
      sealedPrivateKey: sealPrivateKey(envelope, privateKey, id, kid),
      createdAt: clock.now(),
    });
    return {
      kid,
      kms: KMS_NAME,
      type: VERAMO_KEY_TYPES[algorithm],
      publicKeyHex: publicKeyHex(publicJwk),
      meta: { algorithms: [algorithm] },
    };
  }

  /**
   * Signs with the key that the agent's key store has just found active. Returns the raw signature in base64url, ECDSA as r‖s (RFC 7518
   * §3.4).
   * Throws `keys/not-active` when the private half is gone, EnvelopeError when it does not open.
   */
  async sign(args: { keyRef: Pick<IKey, 'kid'>; algorithm?: string; data: Uint8Array }): Promise<string> {
    const { kid } = args.keyRef;
    const privateKey = await this.#parts.unsealedKeys.get(kid, () => this.#unseal(kid));
    const algorithm = algorithmOf(privateKey);
    if (args.algorithm !== algorithm) throw new TypeError('the key is for another algorithm');
    const digest = DIGESTS[algorithm];
    return sign(digest, args.data, { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
  }

  /** Destroys the private half; the public one stays, since it verifies what was signed. */
  async deleteKey({ kid }: { kid: string }): Promise<boolean> {
    const { executor, clock, unsealedKeys } = this.#parts;
    unsealedKeys.forget(kid.slice(0, kid.indexOf('#')));
    return retireKey(executor, kid, clock.now());
  }

  async importKey(): Promise<never> {
    throw notSupported('keys made elsewhere');
  }

  async listKeys(): Promise<never> {
    throw notSupported('a list of all keys');
  }

  async sharedSecret(): Promise<never> {
    throw notSupported('key agreement with a signing key');
  }

  async #unseal(kid: string): Promise<KeyObject> {
    const found = await findSealedKey(this.#parts.executor, kid);
    if (!found) throw keyNotActive();
    const pkcs8 = this.#parts.envelope.open(found.sealedPrivateKey, contextOf(found.id, kid));
    try {
      return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
    } finally {
      pkcs8.fill(0);
    }
  }
}

export function keyNotActive(): AppError {
  return new AppError('keys/not-active', 'The key was retired or revoked and signs nothing any more.');
}

/** Veramo's own words for it: an error that starts with `not_supported`. */
export function notSupported(what: string): Error {
  return new Error(`not_supported: ${what}`);
}

function contextOf(id: KeyId, kid: string): string {
  return `signing-key:${id}:${kid}`;
}

/** What node:crypto hashes with; Ed25519 does that by itself. */
const DIGESTS = { ES256: 'sha256', ES384: 'sha384', EdDSA: null } as const;
const CURVES = { ES256: 'P-256', ES384: 'P-384' } as const;

function generateKey(algorithm: SigningAlgorithm): {
  publicJwk: PublicJwk;
  multikey: string;
  privateKey: KeyObject;
} {
  const { publicKey, privateKey } =
    algorithm === 'EdDSA'
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('ec', { namedCurve: CURVES[algorithm] });
  // Read as any foreign key is, so that what gets published is what verifiers accept.
  const key = importJwk(publicKey.export({ format: 'jwk' }));
  if (key?.algorithm !== algorithm) throw new Error(`node:crypto made no key for ${algorithm}`);
  return { publicJwk: key.jwk, multikey: toMultikey(key), privateKey };
}

function sealPrivateKey(envelope: Envelope, privateKey: KeyObject, id: KeyId, kid: string): Buffer {
  const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' });
  try {
    return envelope.seal(pkcs8, contextOf(id, kid));
  } finally {
    pkcs8.fill(0);
  }
}

function algorithmOf(privateKey: KeyObject): SigningAlgorithm {
  if (privateKey.asymmetricKeyType !== 'ec') return 'EdDSA';
  // node:crypto calls P-256 by OpenSSL's name.
  return privateKey.asymmetricKeyDetails?.namedCurve === 'secp384r1' ? 'ES384' : 'ES256';
}

function readMeta(meta: unknown): NewKeyMeta {
  const { id, did } = (meta ?? {}) as Partial<Record<keyof NewKeyMeta, unknown>>;
  if (typeof id !== 'string' || !isUuid(id) || (did !== undefined && typeof did !== 'string')) {
    throw new TypeError('a new key needs to know its id and its DID');
  }
  return { id: id as KeyId, ...(did === undefined ? {} : { did }) };
}
