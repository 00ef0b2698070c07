import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEnvelope, EnvelopeError } from '../../src/adapters/envelope.js';
import { runs } from '../support/properties.js';

const testKey = (name: string): Buffer => createHash('sha256').update(name).digest();
const envelope = createEnvelope(testKey('envelope test key'));
const otherInstallation = createEnvelope(testKey('another key'));
const CONTEXT = 'signing-key:01890a5d-ac96-774b-bcce-b302099a8057';
const SECRET = Buffer.from('a private key');

function flipBit(bytes: Buffer, index: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[index] = (copy[index] ?? 0) ^ 1;
  return copy;
}

describe('a sealed value', () => {
  it('opens to what was sealed, whatever that is (property)', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string({ minLength: 1 }), (plaintext, context) => {
        const opened = envelope.open(envelope.seal(plaintext, context), context);
        expect(opened.equals(plaintext)).toBe(true);
      }),
      runs(100),
    );
  });

  it('does not open in another record', () => {
    const sealed = envelope.seal(SECRET, CONTEXT);
    expect(() => envelope.open(sealed, `${CONTEXT}0`)).toThrow(EnvelopeError);
  });

  it('does not open under another key-encryption key', () => {
    const sealed = envelope.seal(SECRET, CONTEXT);
    expect(() => otherInstallation.open(sealed, CONTEXT)).toThrow(EnvelopeError);
  });

  it('does not open with any one byte changed', () => {
    const sealed = envelope.seal(SECRET, CONTEXT);
    for (let index = 0; index < sealed.length; index += 1)
      expect(() => envelope.open(flipBit(sealed, index), CONTEXT)).toThrow(EnvelopeError);
  });

  it('does not open when cut at any place', () => {
    const sealed = envelope.seal(SECRET, CONTEXT);
    for (let length = 0; length < sealed.length; length += 1)
      expect(() => envelope.open(sealed.subarray(0, length), CONTEXT)).toThrow(EnvelopeError);
  });

  it('does not open with a byte added', () => {
    const sealed = Buffer.concat([envelope.seal(SECRET, CONTEXT), Buffer.of(0)]);
    expect(() => envelope.open(sealed, CONTEXT)).toThrow(EnvelopeError);
  });

  it('is different each time, so equal secrets cannot be told', () => {
    expect(envelope.seal(SECRET, CONTEXT).equals(envelope.seal(SECRET, CONTEXT))).toBe(false);
  });

  it('says nothing of its content or context when it does not open', () => {
    const sealed = envelope.seal(SECRET, CONTEXT);
    const openElsewhere = (): Buffer => envelope.open(sealed, 'another-record');
    expect(openElsewhere).toThrow(/^an encrypted value cannot be opened/);
    expect(openElsewhere).not.toThrow(/another-record|private key/);
  });
});

describe('a data key', () => {
  it('has 32 bytes and comes back from its wrapping', () => {
    const { dataKey, wrapped } = envelope.newDataKey(CONTEXT);
    expect(dataKey).toHaveLength(32);
    expect(envelope.unwrap(wrapped, CONTEXT).equals(dataKey)).toBe(true);
  });

  it('is a fresh one each time', () => {
    expect(envelope.newDataKey(CONTEXT).dataKey.equals(envelope.newDataKey(CONTEXT).dataKey)).toBe(false);
  });

  it('does not come back in another record', () => {
    const { wrapped } = envelope.newDataKey(CONTEXT);
    expect(() => envelope.unwrap(wrapped, 'signing-key:other')).toThrow(EnvelopeError);
  });

  it('does not come back with any one byte changed', () => {
    const { wrapped } = envelope.newDataKey(CONTEXT);
    for (let index = 0; index < wrapped.length; index += 1)
      expect(() => envelope.unwrap(flipBit(wrapped, index), CONTEXT)).toThrow(EnvelopeError);
  });

  it('is not the key inside a sealed value, even for the same record', () => {
    const sealed = envelope.seal(SECRET, CONTEXT);
    const { wrapped } = envelope.newDataKey(CONTEXT);
    const inner = sealed.subarray(1, 1 + wrapped.length);
    expect(() => envelope.unwrap(inner, CONTEXT)).toThrow(EnvelopeError);
  });
});

describe('a derived secret', () => {
  it('is the same each time for a purpose', () => {
    const again = createEnvelope(testKey('envelope test key'));
    expect(envelope.deriveSecret('session-tokens').equals(again.deriveSecret('session-tokens'))).toBe(true);
  });

  it('differs by purpose', () => {
    expect(envelope.deriveSecret('a').equals(envelope.deriveSecret('b'))).toBe(false);
  });

  it('differs by installation', () => {
    expect(envelope.deriveSecret('a').equals(otherInstallation.deriveSecret('a'))).toBe(false);
  });
});

describe('the key-encryption key', () => {
  it.each([0, 16, 31, 33, 64])('is refused with %i bytes', (length) => {
    expect(() => createEnvelope(Buffer.alloc(length, 1))).toThrow(TypeError);
  });

  it('is copied, so that the caller can zero its own', () => {
    const key = testKey('envelope test key');
    const copied = createEnvelope(key);
    key.fill(0);
    expect(envelope.open(copied.seal(SECRET, CONTEXT), CONTEXT).equals(SECRET)).toBe(true);
  });

  it('is not used without a context', () => {
    expect(() => envelope.seal(SECRET, '')).toThrow(TypeError);
  });
});
