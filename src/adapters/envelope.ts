import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/**
 * Envelope encryption: data under a data key of its own, the data key wrapped under a key from the installation's
 * KEY_ENCRYPTION_KEY. AES-256-GCM throughout (NIST SP 800-38D), random 96-bit nonces.
 *
 * `context` names the record that a value belongs to (`signing-key:<id>`). It is authenticated and not stored, so a value
 * that was moved to another record does not open there.
 *
 * wrapped = version (1) ‖ nonce (12) ‖ tag (16) ‖ encrypted data key (32)
 * sealed  = version (1) ‖ wrapped (61) ‖ nonce (12) ‖ tag (16) ‖ ciphertext
 */
export interface Envelope {
  /** A fresh 32-byte data key, in the clear and wrapped. The caller zeroes `dataKey` after use. */
  newDataKey(context: string): { dataKey: Buffer; wrapped: Buffer };
  /** Throws {@link EnvelopeError}. The caller zeroes the result after use. */
  unwrap(wrapped: Uint8Array, context: string): Buffer;
  /** For secrets that fit in memory; each call uses a data key of its own. */
  seal(plaintext: Uint8Array, context: string): Buffer;
  /** Throws {@link EnvelopeError}. */
  open(sealed: Uint8Array, context: string): Buffer;
  /** 32 bytes for one purpose (`session-tokens`): always the same ones, and telling nothing about those of another. */
  deriveSecret(purpose: string): Buffer;
}

/** Tampered with, cut, moved to another record, or made under another KEY_ENCRYPTION_KEY: these look alike. */
export class EnvelopeError extends Error {
  override readonly name = 'EnvelopeError';

  constructor() {
    super(
      'an encrypted value cannot be opened: it was altered or moved, or KEY_ENCRYPTION_KEY is another one',
    );
  }
}

const VERSION = 1;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const BOX_OVERHEAD = NONCE_BYTES + TAG_BYTES;
const WRAPPED_BYTES = 1 + BOX_OVERHEAD + KEY_BYTES;

/** The key-encryption key is copied: the caller may zero its own buffer afterwards. */
export function createEnvelope(keyEncryptionKey: Buffer): Envelope {
  if (keyEncryptionKey.length !== KEY_BYTES) throw new TypeError('the key-encryption key must have 32 bytes');
  const rootKey = createSecretKey(keyEncryptionKey);
  // The root key itself only ever feeds HKDF, so that wrapping and derived secrets cannot meet.
  const wrappingKey = toKeyObject(derive(rootKey, 'wrapping'));

  function wrapNew(use: WrappedUse, context: string): { dataKey: Buffer; wrapped: Buffer } {
    const dataKey = randomBytes(KEY_BYTES);
    const box = encryptBox(wrappingKey, dataKey, associatedData(use, context));
    return { dataKey, wrapped: Buffer.concat([Buffer.of(VERSION), box]) };
  }

  function unwrapFor(use: WrappedUse, wrapped: Uint8Array, context: string): Buffer {
    if (wrapped.length !== WRAPPED_BYTES || wrapped[0] !== VERSION) throw new EnvelopeError();
    return decryptBox(wrappingKey, wrapped.subarray(1), associatedData(use, context));
  }

  return {
    newDataKey: (context) => wrapNew('data-key', context),
    unwrap: (wrapped, context) => unwrapFor('data-key', wrapped, context),
    seal(plaintext, context) {
      const { dataKey, wrapped } = wrapNew('sealed-key', context);
      const box = encryptBox(toKeyObject(dataKey), plaintext, associatedData('sealed', context));
      return Buffer.concat([Buffer.of(VERSION), wrapped, box]);
    },
    open(sealed, context) {
      if (sealed.length < 1 + WRAPPED_BYTES + BOX_OVERHEAD || sealed[0] !== VERSION)
        throw new EnvelopeError();
      const dataKey = unwrapFor('sealed-key', sealed.subarray(1, 1 + WRAPPED_BYTES), context);
      const box = sealed.subarray(1 + WRAPPED_BYTES);
      return decryptBox(toKeyObject(dataKey), box, associatedData('sealed', context));
    },
    deriveSecret: (purpose) => derive(rootKey, `secret:${requireText(purpose)}`),
  };
}

/** Where a wrapped key stands. Part of what is authenticated: the key inside a sealed value is no data key for others. */
type WrappedUse = 'data-key' | 'sealed-key';

function associatedData(use: WrappedUse | 'sealed', context: string): Buffer {
  return Buffer.from(`coop-passport:v${VERSION}:${use}:${requireText(context)}`);
}

function requireText(text: string): string {
  if (text === '') throw new TypeError('an empty context or purpose separates nothing');
  return text;
}

/** HKDF-SHA-256 (RFC 5869); no salt, since the input is a uniformly random key already. */
function derive(rootKey: KeyObject, info: string): Buffer {
  return Buffer.from(
    hkdfSync('sha256', rootKey, Buffer.alloc(0), `coop-passport:v${VERSION}:${info}`, KEY_BYTES),
  );
}

/** Takes the bytes over: the buffer is zeroed. */
function toKeyObject(bytes: Buffer): KeyObject {
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}

function encryptBox(key: KeyObject, plaintext: Uint8Array, aad: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(aad);
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]);
}

function decryptBox(key: KeyObject, box: Uint8Array, aad: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, box.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(aad).setAuthTag(box.subarray(NONCE_BYTES, BOX_OVERHEAD));
  const unverified = decipher.update(box.subarray(BOX_OVERHEAD));
  try {
    decipher.final();
  } catch {
    unverified.fill(0);
    throw new EnvelopeError();
  }
  return unverified;
}
