import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { ANY_KEYS, checkDidDocument, findMethodOf } from '../../src/credentials/did/document.js';
import { jwkDidDocument } from '../../src/credentials/did/jwkDid.js';
import { keyDidDocument } from '../../src/credentials/did/keyDid.js';
import { decodeBase58, encodeBase58 } from '../../src/credentials/encoding/base58.js';
import { decodeBase64url, encodeBase64url } from '../../src/credentials/encoding/base64url.js';
import { parseStrictJson } from '../../src/kernel/strictJson.js';
import { importAnyJwk, importAnyMultikey, jwkThumbprint, toMultikey } from '../../src/credentials/keys.js';
import { decodeCbor, encodeCbor } from '../../src/credentials/securing/dataIntegrity/cbor.js';
import {
  byteChange,
  changeByte,
  changeCharacter,
  characterChange,
  pointersInto,
  PROPERTY_TIMEOUT_MS,
  runs,
} from '../support/properties.js';
import { pointerTokens } from '../../src/kernel/jsonPointer.js';

vi.setConfig({ testTimeout: PROPERTY_TIMEOUT_MS });

/** One text for one meaning: whatever is read has one spelling, and says what any other reader would find in it. */

describe('strict JSON', () => {
  const value = fc.jsonValue({ maxDepth: 5 });

  it('of what it reads says what JSON.parse does, and what JSON.parse refuses it refuses', () => {
    const text = fc.tuple(value, fc.constantFrom(0, 2), fc.array(characterChange, { maxLength: 3 }));
    fc.assert(
      fc.property(text, ([content, space, changes]) => {
        const broken = changes.reduce(
          (so, change) => changeCharacter(so, change) ?? so,
          JSON.stringify(content, null, space),
        );
        if (broken === '') return;
        const parsed = parseStrictJson(broken);
        if (parsed) expect(parsed.value).toEqual(JSON.parse(broken));
        else if (changes.length === 0) expect.fail('what JSON.stringify writes is read');
        expect(parseStrictJson(Buffer.from(broken))).toEqual(parsed);
      }),
      runs(150),
    );
  });

  it('refuses any member that stands twice, at any place, however it is spelled', () => {
    const twice = fc.tuple(
      fc.object({ maxDepth: 3, maxKeys: 4, values: [fc.string(), fc.nat()] }),
      fc.nat(),
      value,
    );
    fc.assert(
      fc.property(twice, fc.boolean(), ([content, seed, again], isEscaped) => {
        const document: unknown = { ...content, last: 1 };
        const pointers = pointersInto(document).filter((pointer) => !isElement(document, pointer));
        const tokens = pointerTokens(pointers[seed % pointers.length] ?? '');
        const name = tokens.at(-1) ?? '';
        const text = writeTwice(document, tokens, isEscaped ? escape(name) : JSON.stringify(name), again);
        // `JSON.parse` takes it, and keeps the last of the two.
        expect(() => JSON.parse(text) as unknown).not.toThrow();
        expect(parseStrictJson(text)).toBeUndefined();
      }),
      runs(100),
    );
  });

  function isElement(document: unknown, pointer: string): boolean {
    const tokens = pointerTokens(pointer).slice(0, -1);
    const parent = tokens.reduce<unknown>((at, token) => (at as Record<string, unknown>)[token], document);
    return Array.isArray(parent);
  }

  /** The document's text, with the member at this place written once more, behind all others of its object. */
  function writeTwice(
    of: unknown,
    [token, ...rest]: readonly string[],
    name: string,
    again: unknown,
  ): string {
    if (Array.isArray(of)) {
      const items = of.map((item: unknown, index) =>
        String(index) === token ? writeTwice(item, rest, name, again) : JSON.stringify(item),
      );
      return `[${items.join(',')}]`;
    }
    const members = Object.entries(of as object).map(([member, child]: [string, unknown]) => {
      const isOnTheWay = member === token && rest.length > 0;
      return `${JSON.stringify(member)}:${isOnTheWay ? writeTwice(child, rest, name, again) : JSON.stringify(child)}`;
    });
    if (rest.length === 0) members.push(`${name} : ${JSON.stringify(again)}`);
    return `{${members.join(',')}}`;
  }

  function escape(name: string): string {
    const units = Array.from({ length: name.length }, (_, index) => name.charCodeAt(index));
    return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}"`;
  }
});

describe.each([
  ['base64url', encodeBase64url, decodeBase64url],
  ['base58', encodeBase58, decodeBase58],
] as const)('%s', (_, encode, decode) => {
  it('gives back the bytes, and every other text is other bytes or none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), characterChange, (bytes, change) => {
        const text = encode(bytes);
        expect(Buffer.from(decode(text) ?? [])).toEqual(Buffer.from(bytes));
        const other = changeCharacter(text, change);
        const read = other === undefined ? undefined : decode(other);
        if (read) expect(Buffer.from(read)).not.toEqual(Buffer.from(bytes));
      }),
      runs(100),
    );
  });
});

const CURVES = ['P-256', 'P-384', 'secp256k1', 'Ed25519'] as const;
function publicJwk(curve: (typeof CURVES)[number]): Record<string, unknown> {
  const { publicKey } =
    curve === 'Ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: curve });
  return publicKey.export({ format: 'jwk' });
}

describe.each(CURVES)('a public key of %s', (curve) => {
  it('is the same as JWK, as Multikey, as did:key and as did:jwk', () => {
    fc.assert(
      fc.property(fc.nat(), () => {
        const jwk = publicJwk(curve);
        const key = importAnyJwk(jwk);
        if (!key) throw new Error('a good key is imported');
        const multikey = toMultikey(key);
        const ofMultikey = importAnyMultikey(multikey);
        expect(ofMultikey?.jwk).toEqual(key.jwk);
        expect(ofMultikey && jwkThumbprint(ofMultikey.jwk)).toBe(jwkThumbprint(key.jwk));

        const keyDid = `did:key:${multikey}`;
        const jwkDid = `did:jwk:${encodeBase64url(JSON.stringify(key.jwk))}`;
        expect(keyOf(keyDidDocument(keyDid), keyDid, `#${multikey}`)).toEqual(key.jwk);
        expect(keyOf(jwkDidDocument(jwkDid), jwkDid, '#0')).toEqual(key.jwk);
      }),
      runs(10),
    );
  });

  it('with a byte changed is another key, or none', () => {
    const key = importAnyJwk(publicJwk(curve));
    if (!key) throw new Error('a good key is imported');
    const did = `did:key:${toMultikey(key)}`;
    const bytes = decodeBase58(toMultikey(key).slice(1)) ?? new Uint8Array(1);
    fc.assert(
      fc.property(byteChange, (change) => {
        const other = `z${encodeBase58(changeByte(bytes, change))}`;
        const imported = importAnyMultikey(other);
        if (imported) expect(imported.jwk).not.toEqual(key.jwk);
        const document = keyDidDocument(`did:key:${other}`);
        expect(document?.id).not.toBe(did);
        // What is a key has one spelling.
        if (imported) expect(toMultikey(imported)).toBe(other);
      }),
      runs(50),
    );
  });

  function keyOf(document: unknown, did: string, fragment: string): unknown {
    const checked = checkDidDocument(document, did);
    const finding = checked && findMethodOf(ANY_KEYS, checked, did + fragment, 'assertionMethod');
    return finding?.state === 'listed' ? finding.key.jwk : finding?.state;
  }
});

describe('CBOR', () => {
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 2 },
      fc.nat(),
      fc.string({ unit: 'grapheme' }),
      fc.uint8Array({ maxLength: 300 }),
      fc.array(tie('value'), { maxLength: 30 }),
    ),
  }));

  it('reads what it writes', () => {
    fc.assert(
      fc.property(value, (item) => {
        expect(decodeCbor(encodeCbor(item as never))).toEqual(item);
      }),
      runs(50),
    );
  });

  it('has one text for one value, and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const decoded = decodeCbor(bytes);
        if (decoded !== undefined) expect(Buffer.from(encodeCbor(decoded))).toEqual(Buffer.from(bytes));
      }),
      runs(500),
    );
  });

  it.each([
    ['a tag', 'd84000'],
    ['an indefinite length', '9f00ff'],
    ['a size that is not the shortest', '1817'],
    ['a float', 'f90000'],
    ['a negative number', '20'],
    ['null', 'f6'],
    ['bytes after the value', '0000'],
    ['a size without its content', '5affffffff'],
    ['a list that is too long for its bytes', '9affffffff'],
    ['keys out of order', 'a202000100'],
    ['a key twice', 'a201000100'],
    ['a key that is text', 'a1616100'],
    ['broken UTF-8', '61ff'],
    ['deep nesting', '8181818181818100'],
    ['nothing', ''],
  ])('refuses %s', (_, hex) => {
    expect(decodeCbor(Buffer.from(hex, 'hex'))).toBeUndefined();
  });
});
