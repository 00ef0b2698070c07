import { createHmac } from 'node:crypto';

/** Gives so many bytes that nobody can guess. Handed in, so that this code reads no source of randomness by itself. */
export type RandomSource = (bytes: number) => Uint8Array;

const MINIMUM_SEED_BYTES = 32;

/**
 * A stream of bytes from a secret seed: HMAC-SHA-256 in counter mode. An issuance that stores its seed with its intent prepares the same
 * salts, and so the same text, again after a crash. Whoever has the seed can guess what was concealed: it is kept like a key, and
 * erased once the credential is stored.
 *
 * @throws RangeError for a seed of less than 32 bytes
 */
export function createSeededRandom(seed: Uint8Array): RandomSource {
  if (seed.length < MINIMUM_SEED_BYTES) throw new RangeError('a seed has at least 32 bytes');
  const key = Buffer.from(seed);
  let counter = 0;
  let rest = Buffer.alloc(0);
  return (bytes) => {
    while (rest.length < bytes) {
      const block = createHmac('sha256', key).update(`sd-jwt ${counter++}`).digest();
      rest = Buffer.concat([rest, block]);
    }
    const taken = rest.subarray(0, bytes);
    rest = rest.subarray(bytes);
    return taken;
  };
}
