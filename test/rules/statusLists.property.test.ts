import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  createBitstring,
  decodeBitstring,
  encodeBitstring,
  MINIMUM_ENTRIES,
  readBit,
  setBit,
} from '../../src/credentials/status/bitstring.js';
import {
  createTokenStatusList,
  decodeTokenStatusList,
  encodeTokenStatusList,
  readStatus,
  setStatus,
  STATUS_BITS,
} from '../../src/credentials/status/tokenStatusList.js';
import { byteChange, changeByte, PROPERTY_TIMEOUT_MS, runs } from '../support/properties.js';

vi.setConfig({ testTimeout: PROPERTY_TIMEOUT_MS });

/** Whole numbers that lie outside a list of this many entries, and what is no whole number. */
const outside = (entries: number) =>
  fc.oneof(
    fc.integer({ min: entries, max: 2 ** 31 - 1 }),
    fc.integer({ max: -1 }),
    fc.constantFrom(entries, 2 ** 53, NaN, Infinity, -Infinity),
    fc.double({ min: 0, max: entries, noNaN: true }).filter((index) => !Number.isInteger(index)),
  );

describe('a bitstring list', () => {
  it('has after encoding and decoding the one bit that was set, at its index and nowhere else', () => {
    fc.assert(
      fc.property(fc.nat(MINIMUM_ENTRIES - 1), fc.nat(MINIMUM_ENTRIES - 1), (index, other) => {
        const bits = createBitstring();
        setBit(bits, index, true);
        const decoded = decodeBitstring(encodeBitstring(bits));
        if (!decoded) throw new Error('not decoded');
        expect(readBit(decoded, index)).toBe(true);
        if (other !== index) expect(readBit(decoded, other)).toBe(false);
        const found = decoded.findIndex((byte) => byte !== 0);
        // Index 0 is the left-most bit of the first byte.
        expect([found, decoded[found]]).toEqual([Math.floor(index / 8), 0x80 >> (index % 8)]);
        expect(decoded.subarray(found + 1).every((byte) => byte === 0)).toBe(true);
      }),
      runs(40),
    );
  });

  it('says nothing outside itself, whatever its size', () => {
    const entries = fc
      .integer({ min: MINIMUM_ENTRIES / 8, max: MINIMUM_ENTRIES / 4 })
      .map((bytes) => bytes * 8);
    const place = entries.chain((size) => fc.tuple(fc.constant(size), outside(size)));
    fc.assert(
      fc.property(place, ([size, index]) => {
        const bits = createBitstring(size).fill(0xff);
        expect(readBit(bits, index)).toBeUndefined();
        expect(readBit(bits, size - 1)).toBe(true);
      }),
      runs(40),
    );
  });

  it('with a byte changed is refused, or says the same', () => {
    const bits = createBitstring();
    [1, 8, 4_711, 100_000].forEach((index) => setBit(bits, index, true));
    const compressed = Buffer.from(encodeBitstring(bits).slice(1), 'base64url');
    fc.assert(
      fc.property(byteChange, (change) => {
        const decoded = decodeBitstring(`u${changeByte(compressed, change).toString('base64url')}`);
        // GZIP's header has a time and a system that say nothing of the content.
        if (decoded) expect(Buffer.compare(decoded, bits)).toBe(0);
      }),
      runs(60),
    );
  });
});

describe.each(STATUS_BITS)('a token list of %d bits', (bits) => {
  const size = fc.integer({ min: 1, max: 400 });

  it('has after encoding and decoding the one status that was set, at its index and nowhere else', () => {
    const setting = fc.tuple(size, fc.nat(), fc.integer({ min: 1, max: 2 ** bits - 1 }));
    fc.assert(
      fc.property(setting, ([entries, at, value]) => {
        const index = at % entries;
        const list = createTokenStatusList(bits, entries);
        setStatus(list, index, value);
        const decoded = decodeTokenStatusList(encodeTokenStatusList(list));
        if (!decoded) throw new Error('not decoded');
        const statuses = Array.from({ length: entries }, (_, place) => readStatus(decoded, place));
        expect(statuses).toEqual(statuses.map((_, place) => (place === index ? value : 0)));
        // The least significant bits of a byte are its first entry.
        const byte = decoded.bytes[Math.floor((index * bits) / 8)];
        expect(byte).toBe(value << ((index * bits) % 8));
      }),
      runs(40),
    );
  });

  it('says nothing outside itself', () => {
    // A list ends with a byte, which may hold a few entries more than were asked for.
    const place = size.chain((bytes) =>
      fc.tuple(fc.constant((bytes * 8) / bits), outside((bytes * 8) / bits)),
    );
    fc.assert(
      fc.property(place, ([entries, index]) => {
        const list = createTokenStatusList(bits, entries);
        list.bytes.fill(0xff);
        expect(readStatus(list, index)).toBeUndefined();
        expect(readStatus(list, entries - 1)).toBe(2 ** bits - 1);
      }),
      runs(40),
    );
  });

  it('with a byte changed is refused, or says the same', () => {
    const list = createTokenStatusList(bits, 1_000);
    [0, 7, 8, 999].forEach((index) => setStatus(list, index, 1));
    const compressed = Buffer.from(encodeTokenStatusList(list).lst, 'base64url');
    fc.assert(
      fc.property(byteChange, (change) => {
        const decoded = decodeTokenStatusList({
          bits,
          lst: changeByte(compressed, change).toString('base64url'),
        });
        // ZLIB's header has a level and a window that say nothing of the content.
        if (decoded) expect(Buffer.compare(decoded.bytes, list.bytes)).toBe(0);
      }),
      runs(60),
    );
  });
});
