import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { Transform } from 'node:stream';
import type { TransformCallback } from 'node:stream';

/**
 * Authenticated encryption of streams in chunks, after the STREAM construction (Hoang, Reyhanitabar, Rogaway and Vizár,
 * "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", CRYPTO 2015).
 *
 * stream = version (1) ‖ nonce prefix (7) ‖ chunk…
 * chunk  = AES-256-GCM ciphertext of 64 KiB (the last one: 0 to 64 KiB) ‖ tag (16)
 * nonce  = nonce prefix (7) ‖ chunk number (4, big-endian) ‖ 1 for the last chunk, else 0
 *
 * Number and flag in the nonce make a missing, repeated, swapped or added chunk fail its tag; version and associated
 * data are authenticated with every chunk. A data key encrypts one stream only.
 */
const VERSION = 1;
const PREFIX_BYTES = 7;
const HEADER_BYTES = 1 + PREFIX_BYTES;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const LAST_CHUNK_NUMBER = 0xffff_ffff;
export const CHUNK_BYTES = 64 * 1024;

/** Altered, cut, extended, or not made with this key for this associated data. */
export class ChunkedCipherError extends Error {
  override readonly name = 'ChunkedCipherError';

  constructor() {
    super('an encrypted stream cannot be decrypted: it was altered, cut or moved');
  }
}

/** Plaintext in, ciphertext out. `aad` names what is encrypted (a blob's id). The key is copied: zero yours. */
export function encryptStream(dataKey: Buffer, aad: string): Transform {
  const prefix = randomBytes(PREFIX_BYTES);
  const chunks = new ChunkNonces(prefix);
  const key = importKey(dataKey);
  const associated = associatedData(aad);
  const gather = new Gatherer(CHUNK_BYTES);

  const sealChunk = (plaintext: Buffer, isLast: boolean): Buffer => {
    const options = { authTagLength: TAG_BYTES };
    const cipher = createCipheriv('aes-256-gcm', key, chunks.next(isLast), options).setAAD(associated);
    return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  };
  let hasHeader = false;
  const withHeader = (chunk: Buffer): Buffer => {
    if (hasHeader) return chunk;
    hasHeader = true;
    return Buffer.concat([Buffer.of(VERSION), prefix, chunk]);
  };
  return buildTransform(
    gather,
    (chunk) => withHeader(sealChunk(chunk, false)),
    (rest) => withHeader(sealChunk(rest, true)),
  );
}

/**
 * Ciphertext in, plaintext out, each chunk only after its tag was checked; fails with {@link ChunkedCipherError}.
 * That the stream is complete is known at its end only: whoever must not act on a part waits for the end.
 */
export function decryptStream(dataKey: Buffer, aad: string): Transform {
  const key = importKey(dataKey);
  const associated = associatedData(aad);
  const gather = new Gatherer(HEADER_BYTES);
  let chunks: ChunkNonces | undefined;

  const openChunk = (sealed: Buffer, isLast: boolean): Buffer => {
    if (chunks === undefined || sealed.length < TAG_BYTES) throw new ChunkedCipherError();
    const tagAt = sealed.length - TAG_BYTES;
    const options = { authTagLength: TAG_BYTES };
    const decipher = createDecipheriv('aes-256-gcm', key, chunks.next(isLast), options);
    decipher.setAAD(associated).setAuthTag(sealed.subarray(tagAt));
    const unverified = decipher.update(sealed.subarray(0, tagAt));
    try {
      decipher.final();
    } catch {
      unverified.fill(0);
      throw new ChunkedCipherError();
    }
    return unverified;
  };
  const openFull = (part: Buffer): Buffer => {
    if (chunks !== undefined) return openChunk(part, false);
    if (part[0] !== VERSION) throw new ChunkedCipherError();
    chunks = new ChunkNonces(Buffer.from(part.subarray(1)));
    gather.resize(CHUNK_BYTES + TAG_BYTES);
    return Buffer.alloc(0);
  };
  return buildTransform(gather, openFull, (rest) => openChunk(rest, true));
}

function importKey(dataKey: Buffer): KeyObject {
  if (dataKey.length !== KEY_BYTES) throw new TypeError('a data key must have 32 bytes');
  return createSecretKey(dataKey);
}

function associatedData(aad: string): Buffer {
  if (aad === '') throw new TypeError('empty associated data would let streams be swapped');
  return Buffer.concat([Buffer.of(VERSION), Buffer.from(aad)]);
}

class ChunkNonces {
  #number = 0;

  constructor(private readonly prefix: Buffer) {}

  next(isLast: boolean): Buffer {
    // A repeated nonce would give the key away; 2^32 chunks are 256 TiB.
    if (this.#number > LAST_CHUNK_NUMBER) throw new ChunkedCipherError();
    const nonce = Buffer.alloc(PREFIX_BYTES + 5);
    this.prefix.copy(nonce);
    nonce.writeUInt32BE(this.#number, PREFIX_BYTES);
    nonce.writeUInt8(isLast ? 1 : 0, PREFIX_BYTES + 4);
    this.#number += 1;
    return nonce;
  }
}

/**
 * Cuts what comes in into pieces of one size. A full piece is given out only when more follows it: until then it may
 * be the last one, which is treated differently.
 */
class Gatherer {
  #buffer: Buffer;
  #filled = 0;

  constructor(size: number) {
    this.#buffer = Buffer.alloc(size);
  }

  resize(size: number): void {
    this.#buffer = Buffer.alloc(size);
  }

  *add(input: Buffer): Generator<Buffer> {
    let offset = 0;
    while (offset < input.length) {
      if (this.#filled === this.#buffer.length) {
        this.#filled = 0;
        yield this.#buffer;
      }
      const copied = input.copy(this.#buffer, this.#filled, offset);
      this.#filled += copied;
      offset += copied;
    }
  }

  takeRest(): Buffer {
    const rest = this.#buffer.subarray(0, this.#filled);
    this.#filled = 0;
    return rest;
  }

  /** What is gathered is plaintext on one side. */
  wipe(): void {
    this.#buffer.fill(0);
  }
}

function buildTransform(
  gather: Gatherer,
  convert: (piece: Buffer) => Buffer,
  convertLast: (rest: Buffer) => Buffer,
): Transform {
  return new Transform({
    transform(input: Buffer, _encoding, callback: TransformCallback) {
      try {
        for (const piece of gather.add(input)) this.push(convert(piece));
        callback();
      } catch (error) {
        callback(error as Error);
      }
    },
    flush(callback: TransformCallback) {
      try {
        callback(null, convertLast(gather.takeRest()));
      } catch (error) {
        callback(error as Error);
      }
    },
    destroy(error, callback) {
      gather.wipe();
      callback(error);
    },
  });
}
