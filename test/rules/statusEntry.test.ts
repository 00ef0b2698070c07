import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  createBitstring,
  decodeBitstring,
  MAX_BITSTRING_BYTES,
  MINIMUM_ENTRIES,
  readBit,
  readStatusValue,
  setBit,
} from '../../src/credentials/status/bitstring.js';
import {
  decodeStatusList,
  readListedStatus,
  type DecodedStatusList,
} from '../../src/credentials/status/listCredential.js';
import { readBitstringEntry, type StatusEntry } from '../../src/credentials/status/statusEntry.js';
import { addSeconds } from '../../src/kernel/instants.js';
import { NOW } from '../support/issuer.js';
import { runs } from '../support/properties.js';

const LIST_URL = 'https://example.com/credentials/status/8';

/** Example 2 of Bitstring Status List v1.0, with the message that it leaves out. */
const MESSAGE_ENTRY = {
  id: 'https://example.com/credentials/status/8#492847',
  type: 'BitstringStatusListEntry',
  statusPurpose: 'message',
  statusListIndex: '492847',
  statusSize: 2,
  statusListCredential: LIST_URL,
  statusMessage: [
    { status: '0x0', message: 'pending_review' },
    { status: '0x1', message: 'accepted' },
    { status: '0x2', message: 'rejected' },
    { status: '0x3', message: 'undefined' },
  ],
  statusReference: 'https://example.org/status-dictionary/',
};

const SIMPLE_ENTRY = {
  type: 'BitstringStatusListEntry',
  statusPurpose: 'revocation',
  statusListIndex: '94567',
  statusListCredential: LIST_URL,
};

function readEntry(entry: Parameters<typeof readBitstringEntry>[0]): StatusEntry {
  const read = readBitstringEntry(entry);
  if (typeof read === 'string') throw new Error(read);
  return read;
}

/** `status` in an entry of `size` bits, the left-most bit first. */
function listWith(index: number, size: number, status: number, entries = MINIMUM_ENTRIES * size) {
  const bits = createBitstring(entries);
  for (let bit = 0; bit < size; bit++)
    setBit(bits, index * size + bit, ((status >> (size - 1 - bit)) & 1) === 1);
  return bits;
}

describe('an entry of n bits', () => {
  it('begins at its index times its size, and its left-most bit counts most', () => {
    const bits = createBitstring();
    bits.set([0b1001_1100, 0b0000_0001]);
    expect([0, 1, 2, 3].map((index) => readStatusValue(bits, index, 2))).toEqual([2, 1, 3, 0]);
    expect([0, 1, 2, 3, 4].map((index) => readStatusValue(bits, index, 3))).toEqual([4, 7, 0, 0, 0]);
    expect(readStatusValue(bits, 0, 16)).toBe(0b1001_1100_0000_0001);
    expect(readStatusValue(bits, 0, 32)).toBe(0b1001_1100_0000_0001 * 2 ** 16);
  });

  it('has the value that was written, and its neighbours have none', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.nat(MINIMUM_ENTRIES - 1),
        fc.nat(255),
        (size, index, any) => {
          const status = any % 2 ** size;
          const bits = listWith(index, size, status);
          expect(readStatusValue(bits, index, size)).toBe(status);
          for (const neighbour of [index - 1, index + 1])
            expect(readStatusValue(bits, neighbour, size) ?? 0).toBe(0);
        },
      ),
      runs(50),
    );
  });

  it('of one bit is what `readBit` says', () => {
    const bits = listWith(94_567, 1, 1);
    for (const index of [94_566, 94_567, 94_568])
      expect(readStatusValue(bits, index, 1)).toBe(readBit(bits, index) ? 1 : 0);
  });

  it.each([
    ['is the last one', 43_689, 3, 0],
    ['begins in the list and ends beyond it', 43_690, 3, undefined],
    ['begins beyond it', 131_072, 1, undefined],
    ['is at an index that no number holds', 1e300, 2, undefined],
    ['is at an endless index', Infinity, 2, undefined],
    ['has a negative index', -1, 2, undefined],
    ['has half an index', 0.5, 2, undefined],
    ['has no size', 0, 0, undefined],
    ['has half a bit', 0, 0.5, undefined],
    ['is larger than any', 0, 33, undefined],
  ])('%s', (_, index, size, value) => {
    expect(readStatusValue(createBitstring(), index, size)).toBe(value);
  });
});

describe('reading a status entry', () => {
  it("reads the specification's example of messages", () => {
    expect(readEntry(MESSAGE_ENTRY)).toEqual({
      purpose: 'message',
      listUrl: LIST_URL,
      index: 492_847,
      size: 2,
      messages: new Map([
        [0, 'pending_review'],
        [1, 'accepted'],
        [2, 'rejected'],
        [3, 'undefined'],
      ]),
      references: ['https://example.org/status-dictionary/'],
    });
  });

  it('takes one bit, "set" and "unset" where nothing is said', () => {
    const { size, messages, references } = readEntry(SIMPLE_ENTRY);
    expect([size, messages.get(0), messages.get(1), references]).toEqual([1, 'unset', 'set', []]);
  });

  it.each([
    ['more bits without messages', { ...SIMPLE_ENTRY, statusSize: 2 }],
    ['fewer messages than values', { ...MESSAGE_ENTRY, statusMessage: MESSAGE_ENTRY.statusMessage.slice(1) }],
    ['more messages than values', { ...MESSAGE_ENTRY, statusSize: 1 }],
    ['messages for more values than can be', { ...MESSAGE_ENTRY, statusSize: 32 }],
    ['a value twice', withMessage({ status: '0x00', message: 'again' })],
    ['a value that its bits cannot hold', withMessage({ status: '0x4', message: 'too much' })],
    ['a value that is not hexadecimal', withMessage({ status: '3', message: 'three' })],
    ['a value that is a number', withMessage({ status: 3, message: 'three' })],
    ['a value without message', withMessage({ status: '0x3' })],
    ['a message that is no object', withMessage('0x3')],
    ['messages that are no array', { ...MESSAGE_ENTRY, statusMessage: MESSAGE_ENTRY.statusMessage[0] }],
    ['a size of zero', { ...SIMPLE_ENTRY, statusSize: 0 }],
    ['a negative size', { ...SIMPLE_ENTRY, statusSize: -1 }],
    ['a size that is a text', { ...SIMPLE_ENTRY, statusSize: '1' }],
    ['half a size', { ...SIMPLE_ENTRY, statusSize: 1.5 }],
    ['an empty size', { ...SIMPLE_ENTRY, statusSize: null }],
    [
      'a reference that is no URL',
      { ...MESSAGE_ENTRY, statusReference: ['https://a.example', 'dictionary'] },
    ],
    ["the list's address as its id", { ...SIMPLE_ENTRY, id: LIST_URL }],
    ['two purposes', { ...SIMPLE_ENTRY, statusPurpose: ['revocation', 'suspension'] }],
    ['no purpose', { ...SIMPLE_ENTRY, statusPurpose: undefined }],
    ['a list that is no URL', { ...SIMPLE_ENTRY, statusListCredential: 'status/8' }],
    ['a negative index', { ...SIMPLE_ENTRY, statusListIndex: '-1' }],
    ['an index in another base', { ...SIMPLE_ENTRY, statusListIndex: '0x1' }],
    ['an index with leading zeros', { ...SIMPLE_ENTRY, statusListIndex: '007' }],
    ['an index that is a number', { ...SIMPLE_ENTRY, statusListIndex: 7 }],
  ])('refuses %s', (_, entry) => {
    expect(readBitstringEntry(entry as typeof SIMPLE_ENTRY)).toBe('malformed');
  });

  it('leaves other mechanisms to others', () => {
    expect(readBitstringEntry({ type: 'RevocationList2020Status' })).toBe('unknownType');
  });
});

function withMessage(last: unknown) {
  return { ...MESSAGE_ENTRY, statusMessage: [...MESSAGE_ENTRY.statusMessage.slice(0, 3), last] };
}

describe('what a list says of an entry', () => {
  const list = (changes: Partial<DecodedStatusList> = {}) => ({
    purposes: ['message'],
    statusSize: undefined,
    bits: listWith(492_847, 2, 1, 2 ** 20),
    ...changes,
  });
  const entry = readEntry(MESSAGE_ENTRY);

  it('is the value and its message', () => {
    expect(readListedStatus(list(), entry)).toEqual({ value: 1, message: 'accepted' });
    expect(readListedStatus(list({ statusSize: 2 }), entry)).toEqual({ value: 1, message: 'accepted' });
    expect(readListedStatus(list(), { ...entry, index: 492_846 })).toEqual({
      value: 0,
      message: 'pending_review',
    });
  });

  it('serves each of several purposes', () => {
    const shared = list({ purposes: ['revocation', 'message'] });
    expect(readListedStatus(shared, entry)).toMatchObject({ value: 1 });
    expect(readListedStatus(shared, { ...entry, purpose: 'revocation' })).toMatchObject({ value: 1 });
    expect(readListedStatus(shared, { ...entry, purpose: 'suspension' })).toBe('purposeMismatch');
  });

  it.each([
    ['of another size', { statusSize: 1 }, 'sizeMismatch'],
    ['that is long enough for one bit, and too short for two', { bits: createBitstring() }, 'tooShort'],
    ['of no purpose of its own', { purposes: ['Message'] }, 'purposeMismatch'],
  ])('is not read from a list %s', (_, changes, problem) => {
    expect(readListedStatus(list(changes), { ...entry, index: 0 })).toBe(problem);
  });

  it.each(['524288', '1048576', '123456789012345678901234567890', '9'.repeat(400)])(
    'is nothing for index %s: out of range',
    (statusListIndex) => {
      const beyond = readEntry({ ...MESSAGE_ENTRY, statusListIndex });
      expect(readListedStatus(list(), beyond)).toBe('outOfRange');
    },
  );
});

describe('a list credential', () => {
  const encodedList = `u${gzipSync(Buffer.alloc(16_384)).toString('base64url')}`;
  const credential = (subject: object, changes: object = {}) =>
    ({
      '@context': ['https://www.w3.org/ns/credentials/v2'],
      id: LIST_URL,
      type: ['VerifiableCredential', 'BitstringStatusListCredential'],
      issuer: 'did:example:12345',
      credentialSubject: { type: 'BitstringStatusList', statusPurpose: 'message', encodedList, ...subject },
      ...changes,
    }) as unknown as Parameters<typeof decodeStatusList>[0];

  it('may have several purposes, a size, and a time to live in milliseconds', () => {
    const decoded = decodeStatusList(
      credential({ statusPurpose: ['revocation', 'message'], statusSize: 2, ttl: 30_000 }),
      NOW,
    );
    expect(decoded).toMatchObject({ purposes: ['revocation', 'message'], statusSize: 2 });
    expect(decoded?.usableUntil).toEqual(addSeconds(NOW, 30));
  });

  it('is not kept beyond its own end, nor longer than five minutes', () => {
    const validUntil = addSeconds(NOW, 10).toISOString();
    expect(decodeStatusList(credential({ ttl: 30_000 }, { validUntil }), NOW)?.usableUntil).toEqual(
      addSeconds(NOW, 10),
    );
    expect(decodeStatusList(credential({ ttl: 86_400_000 }), NOW)?.usableUntil).toEqual(addSeconds(NOW, 300));
    expect(decodeStatusList(credential({}), NOW)?.usableUntil).toEqual(addSeconds(NOW, 300));
  });

  it.each([
    ['of another type', {}, { type: ['VerifiableCredential'] }],
    ['about something else', { type: 'Person' }, {}],
    ['without purpose', { statusPurpose: undefined }, {}],
    ['with a purpose that is a number', { statusPurpose: ['message', 1] }, {}],
    ['with a size of zero', { statusSize: 0 }, {}],
    ['with a size that is a text', { statusSize: '2' }, {}],
    ['with a time to live that is a text', { ttl: '30000' }, {}],
    ['with a negative time to live', { ttl: -1 }, {}],
    ['without list', { encodedList: undefined }, {}],
  ])('%s is none', (_, subject, changes) => {
    expect(decodeStatusList(credential(subject, changes), NOW)).toBeUndefined();
  });

  it.each([
    ['something behind the end', Buffer.concat([gzipSync(Buffer.alloc(16_384)), Buffer.alloc(8)])],
    ['one byte less than 16 KB', gzipSync(Buffer.alloc(16_383))],
    ['more than is ever inflated', gzipSync(Buffer.alloc(MAX_BITSTRING_BYTES + 1))],
  ])('with %s has no bitstring', (_, compressed) => {
    expect(decodeBitstring(`u${compressed.toString('base64url')}`)).toBeUndefined();
  });

  it('has no bitstring with padding, or in plain base64url', () => {
    expect(decodeBitstring(`${encodedList}==`)).toBeUndefined();
    expect(decodeBitstring(encodedList.slice(1))).toBeUndefined();
    expect(decodeBitstring(encodedList)).toBeDefined();
  });
});
