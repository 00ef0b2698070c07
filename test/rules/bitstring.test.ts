import fc from 'fast-check';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  createBitstring,
  decodeBitstring,
  encodeBitstring,
  MINIMUM_ENTRIES,
  readBit,
  setBit,
} from '../../src/credentials/status/bitstring.js';
import { runs } from '../support/properties.js';

const index = fc.nat(MINIMUM_ENTRIES - 1);

describe('a status bitstring', () => {
  it('is all zero and 16 KB at least', () => {
    const bits = createBitstring();
    expect(bits).toHaveLength(16_384);
    expect(bits.every((byte) => byte === 0)).toBe(true);
    expect(() => createBitstring(MINIMUM_ENTRIES - 8)).toThrow(RangeError);
  });

  it('has index 0 at the left-most bit', () => {
    const bits = createBitstring();
    setBit(bits, 0, true);
    setBit(bits, 15, true);
    expect([bits[0], bits[1]]).toEqual([0b1000_0000, 0b0000_0001]);
  });

  it('gives back exactly the bits that were set, after encoding and decoding', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(index, { maxLength: 40 }),
        fc.uniqueArray(index, { maxLength: 40 }),
        (set, asked) => {
          const bits = createBitstring();
          for (const at of set) setBit(bits, at, true);
          const decoded = decodeBitstring(encodeBitstring(bits));
          for (const at of [...set, ...asked]) expect(decoded && readBit(decoded, at)).toBe(set.includes(at));
        },
      ),
      runs(50),
    );
  });

  it('is as it was once a bit is set and cleared', () => {
    fc.assert(
      fc.property(index, (at) => {
        const bits = createBitstring();
        setBit(bits, at, true);
        setBit(bits, at, false);
        expect(Buffer.from(bits).equals(createBitstring())).toBe(true);
      }),
      runs(50),
    );
  });

  it.each([-1, MINIMUM_ENTRIES, 0.5, NaN, Infinity, 2 ** 53])('has no entry %d', (at) => {
    const bits = createBitstring();
    expect(readBit(bits, at)).toBeUndefined();
    expect(() => setBit(bits, at, true)).toThrow(RangeError);
  });

  it("reads the specification's example of an empty list", () => {
    const bits = decodeBitstring('uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA');
    expect(bits).toEqual(Buffer.alloc(16_384));
    expect(gunzipSync(Buffer.from(encodeBitstring(createBitstring()).slice(1), 'base64url'))).toEqual(bits);
  });
});
