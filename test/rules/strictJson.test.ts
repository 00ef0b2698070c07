import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase58, encodeBase58 } from '../../src/credentials/encoding/base58.js';
import { decodeBase64url, encodeBase64url } from '../../src/credentials/encoding/base64url.js';
import { parseStrictJson } from '../../src/kernel/strictJson.js';
import { runs } from '../support/properties.js';

describe('parseStrictJson', () => {
  it('reads whatever JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(0, 2), (value, space) => {
        const text = JSON.stringify(value, null, space);
        // By text, since to write -0 is to write 0.
        for (const source of [text, Buffer.from(text)])
          expect(JSON.stringify(parseStrictJson(source)?.value, null, space)).toBe(text);
      }),
      runs(100),
    );
  });

  it.each([
    ['{"d":0,"\\\\":0}', '{"d":0,"\\u0061":0}', { d: 0, a: 0 }],
    ['{"e":0,"\\\\u":0}', '{"e":0,"\\u0061b":[{"\\n":1}]}', { e: 0, ab: [{ '\n': 1 }] }],
    ['{"f":0,"%\\\\":0}', '{"f":0,"%\\u0032\\u0030":"\\u0061\\":"}', { f: 0, '%20': 'a":' }],
  ])('is not led by %s, read before, in reading %s', (before, text, value) => {
    for (let reader = 0; reader < 3; reader++) parseStrictJson(before);
    expect(parseStrictJson(text)).toEqual({ value });
  });

  it('reads an escaped name beside a long text', () => {
    const long = 'é\n'.repeat(400_000);
    const text = JSON.stringify({ 'a"b': 1, long });
    expect(parseStrictJson(text)).toEqual({ value: { 'a"b': 1, long } });
  });

  it('refuses a member twice, wherever', () => {
    fc.assert(
      fc.property(fc.string(), fc.jsonValue({ maxDepth: 2 }), fc.jsonValue({ maxDepth: 2 }), (name, a, b) => {
        const members = [a, b].map((value) => `${JSON.stringify(name)} : ${JSON.stringify(value)}`);
        expect(parseStrictJson(`[{"x":{${members.join(',')}}}]`)).toBeUndefined();
      }),
      runs(100),
    );
  });

  it.each([
    ['the same name in two objects', '[{"a":1},{"a":{"a":[{"a":1}]}}]'],
    ['a value equal to a name', '{"a":"a","b":"a"}'],
    ['structure inside strings', '{"a":"{\\"a\\":1,[","b":"\\\\"}'],
    ['a surrogate pair by escapes', '"\\ud83d\\ude00"'],
    ['64 levels', '['.repeat(64) + ']'.repeat(64)],
  ])('reads %s', (_, text) => {
    expect(parseStrictJson(text)).toEqual({ value: JSON.parse(text) as unknown });
  });

  it.each([
    ['a list of 20,001 values', `[${'1,'.repeat(20_000)}1]`],
    ['20,001 empty objects', `[${'{},'.repeat(20_000)}{}]`],
    ['65 levels', '['.repeat(65) + ']'.repeat(65)],
    ['a duplicate spelled otherwise', '{"a":1,"\\u0061":2}'],
    ['half a surrogate pair', '"\\ud83d"'],
    ['a number beyond a double', '{"a":-1e400}'],
    ['text after the value', '{} x'],
    ['an unclosed string', '"a'],
    ['a byte order mark', '\ufeff{}'],
    ['nothing', ''],
  ])('refuses %s', (_, text) => {
    expect(parseStrictJson(text)).toBeUndefined();
    expect(parseStrictJson(Buffer.from(text))).toBeUndefined();
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(parseStrictJson(Buffer.from([0x22, 0xc0, 0x80, 0x22]))).toBeUndefined();
  });
});

describe('base64url and base58', () => {
  it('give back the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(decodeBase64url(encodeBase64url(bytes))).toEqual(Buffer.from(bytes));
        expect(decodeBase58(encodeBase58(bytes))).toEqual(bytes);
      }),
      runs(100),
    );
  });

  it('have one text for each byte string', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), (text) => {
        const bytes = decodeBase64url(text);
        if (bytes) expect(encodeBase64url(bytes)).toBe(text);
        const others = decodeBase58(text);
        if (others) expect(encodeBase58(others)).toBe(text);
      }),
      runs(100),
    );
  });

  it.each(['AB', 'AA==', 'A', 'A A', 'A+', '\u0141A'])('refuse %j as base64url', (text) => {
    expect(decodeBase64url(text)).toBeUndefined();
  });
});
