import fc from 'fast-check';
import canonicalize from 'canonicalize';
import { describe, expect, it } from 'vitest';
import { MAX_JSON_DEPTH, MAX_JSON_VALUES, parseStrictJson } from '../../src/kernel/strictJson.js';
import { canonicalJson } from '../../src/kernel/canonicalJson.js';

/** What runs on every token, against slow readers and writers that are easy to believe. */

/** Reads JSON character by character and refuses what RFC 7493 §2 refuses, as soon as it stands there. */
class SlowReader {
  #at = 0;
  #values = 1;
  constructor(readonly text: string) {}

  read(): unknown {
    const value = this.#value(0);
    this.#blanks();
    if (this.#at < this.text.length) throw new SyntaxError('text after the value');
    return value;
  }

  #value(depth: number): unknown {
    this.#blanks();
    const start = this.text[this.#at];
    if (start === '"') return this.#string();
    if (start !== '{' && start !== '[') return this.#scalar();
    if (depth === MAX_JSON_DEPTH || ++this.#values > MAX_JSON_VALUES) throw new RangeError('beyond bounds');
    this.#at++;
    return start === '{' ? this.#object(depth + 1) : this.#array(depth + 1);
  }

  #object(depth: number): unknown {
    const members = new Map<string, unknown>();
    for (let isFirst = true; !this.#takes('}'); isFirst = false) {
      if (!isFirst) this.#comma();
      this.#blanks();
      const name = this.#string();
      if (members.has(name)) throw new SyntaxError('a member twice');
      if (!this.#takes(':')) throw new SyntaxError('no colon');
      members.set(name, this.#value(depth));
    }
    return Object.fromEntries(members);
  }

  #array(depth: number): unknown {
    const elements: unknown[] = [];
    while (!this.#takes(']')) {
      if (elements.length > 0) this.#comma();
      elements.push(this.#value(depth));
    }
    return elements;
  }

  #string(): string {
    const match = this.#match(/"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y);
    const content = JSON.parse(match) as string;
    if (!content.isWellFormed() || !match.isWellFormed()) throw new SyntaxError('half a pair');
    return content;
  }

  #scalar(): unknown {
    const match = this.#match(/true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y);
    const value: unknown = JSON.parse(match);
    if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError('beyond a double');
    return value;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.text)?.[0];
    if (match === undefined) throw new SyntaxError('not JSON');
    this.#at += match.length;
    return match;
  }

  #comma(): void {
    if (!this.#takes(',')) throw new SyntaxError('no comma');
    if (++this.#values > MAX_JSON_VALUES) throw new RangeError('beyond bounds');
  }

  #takes(character: string): boolean {
    this.#blanks();
    if (this.text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #blanks(): void {
    while (' \t\n\r'.includes(this.text[this.#at] ?? 'x')) this.#at++;
  }
}

function readSlowly(text: string): { value: unknown } | undefined {
  try {
    return { value: new SlowReader(text).read() };
  } catch {
    return undefined;
  }
}

/** JSON texts, and texts that nearly are: few names so that they meet again, escapes of all kinds, halves of pairs, odd numbers. */
const character = fc.constantFrom(
  ...['a', 'b', ':', ',', '{', '}', '[', ']', '\\"', '\\\\', '\\n', '\\u0061', '\\u005C', '\\u0022'],
  ...['\\ud83d', '\\uDE00', '\\ud83d\\ude00', '😀', '\ud83d', '\ude00', 'é', '\\', '\u0001', '__proto__'],
);
const likely = (characters: fc.Arbitrary<string>, maxLength: number) =>
  fc.array(characters, { maxLength }).map((parts) => `"${parts.join('')}"`);
const name = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('"a"', '"b"', '"\\u0061"', '"__proto__"', '""', '"c"', '"d"', '"e"'),
  },
  { weight: 1, arbitrary: likely(character, 3) },
);
const blank = fc.constantFrom('', '', '', ' ', '\n\t');
const scalar = fc.oneof(
  likely(character, 4),
  fc.constantFrom('"x"', '"a:b,{"', '"\\\\"', '"\\\\\\""', 'true', 'null', '"\\ud83d\\ude00"'),
  fc.constantFrom(
    '0',
    '-0',
    '1e308',
    '1e309',
    '-1E400',
    '1.5',
    '01',
    '.5',
    '1e',
    '123456789012345678901234567890',
  ),
  fc.double().map(String),
);
const { text } = fc.letrec<{ text: string }>((tie) => ({
  text: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('text'), { maxLength: 4 }).map((elements) => `[${elements.join(',')}]`),
    fc
      .array(fc.tuple(blank, name, blank, tie('text'), blank), { maxLength: 4 })
      .map(
        (members) => `{${members.map(([a, key, b, value, c]) => `${a}${key}${b}:${value}${c}`).join(',')}}`,
      ),
  ),
}));
const damaged = fc
  .tuple(text, fc.nat(), fc.constantFrom('', '"', ',', ':', '{', ']', '\\', '1', '\ud83d'))
  .map(([whole, at, piece]) => {
    const place = at % (whole.length + 1);
    return whole.slice(0, place) + piece + whole.slice(place + 1);
  });

describe('parseStrictJson', () => {
  it('agrees with a slow reader on JSON and what nearly is', () => {
    fc.assert(
      fc.property(fc.oneof(text, damaged), (candidate) => {
        expect(parseStrictJson(candidate)).toEqual(readSlowly(candidate));
      }),
      { numRuns: 3_000 },
    );
  });

  it('reads bytes as it reads their text', () => {
    fc.assert(
      fc.property(
        text.filter((candidate) => candidate.isWellFormed()),
        (candidate) => {
          expect(parseStrictJson(Buffer.from(candidate))).toEqual(parseStrictJson(candidate));
        },
      ),
    );
  });
});

describe('canonicalJson', () => {
  it('writes what an independent implementation writes', () => {
    const serialize = canonicalize as unknown as (value: unknown) => string;
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary', maxDepth: 5 }), (value) => {
        expect(canonicalJson(value)).toBe(serialize(value));
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['no number', NaN],
    ['an infinite number in a list', [-Infinity]],
    ['nothing', undefined],
    ['a function', () => 1],
  ])('refuses %s', (_, value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
  });
});
