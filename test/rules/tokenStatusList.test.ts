import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { importJwk } from '../../src/credentials/keys.js';
import { composeStatusClaim, readStatusClaim } from '../../src/credentials/status/statusClaim.js';
import {
  decodeStatusListToken,
  parseStatusListToken,
  prepareStatusListToken,
  signStatusListToken,
  verifyStatusListTokenSignature,
  type ParsedStatusListToken,
} from '../../src/credentials/status/statusListToken.js';
import {
  createTokenStatusList,
  decodeTokenStatusList,
  encodeTokenStatusList,
  MAX_STATUS_LIST_BYTES,
  readStatus,
  setStatus,
  STATUS_BITS,
  STATUS_TYPES,
  type StatusBits,
  type TokenStatusList,
} from '../../src/credentials/status/tokenStatusList.js';
import { addSeconds } from '../../src/kernel/instants.js';
import { coopKey, forgeToken, NOW, registrarKey, signer } from '../support/issuer.js';
import { runs } from '../support/properties.js';

const vectors = JSON.parse(readFileSync('test/vectors/token-status-list/vectors.json', 'utf8')) as {
  bits: StatusBits;
  size: number;
  entries: Record<string, number>;
  lst: string;
}[];

function decoded(statusList: unknown): TokenStatusList {
  const list = decodeTokenStatusList(statusList);
  if (!list) throw new Error('not decoded');
  return list;
}

function lst(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

describe.each(vectors)('the vector of $bits bits', ({ bits, size, entries, lst: encoded }) => {
  it('has its entries, and all others 0', () => {
    const list = decoded({ bits, lst: encoded });
    expect(list.bytes.length * (8 / bits)).toBe(size);
    const set: Record<string, number> = {};
    for (let index = 0; index < size; index++) {
      const value = readStatus(list, index);
      if (value !== 0) set[String(index)] = value ?? NaN;
    }
    const expected = Object.entries(entries).filter(([, value]) => value !== 0);
    expect(set).toEqual(Object.fromEntries(expected));
  });

  it('is the list that its entries make', () => {
    const list = createTokenStatusList(bits, size);
    for (const [index, value] of Object.entries(entries)) setStatus(list, Number(index), value);
    expect(Buffer.compare(list.bytes, decoded({ bits, lst: encoded }).bytes)).toBe(0);
    expect(Buffer.compare(decoded(encodeTokenStatusList(list)).bytes, list.bytes)).toBe(0);
  });

  it('is refused when it is tampered with', () => {
    const bytes = Buffer.from(encoded, 'base64url');
    const changed = Buffer.from(bytes);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    for (const statusList of [
      { bits, lst: lst(changed) },
      { bits, lst: lst(bytes.subarray(0, -1)) },
      { bits, lst: lst(Buffer.concat([bytes, Buffer.alloc(1)])) },
      { bits, lst: `${encoded}=` },
      { bits: bits * 3, lst: encoded },
    ]) {
      expect(decodeTokenStatusList(statusList)).toBeUndefined();
    }
  });
});

describe('the examples of §4', () => {
  it.each<[StatusBits, string, number[]]>([
    [1, 'eNrbuRgAAhcBXQ', [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]],
    [2, 'eNo76fITAAPfAgc', [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]],
  ])('%d bits', (bits, encoded, values) => {
    const list = decoded({ bits, lst: encoded });
    expect(values.map((_, index) => readStatus(list, index))).toEqual(values);
    expect(readStatus(list, values.length)).toBeUndefined();
    expect(encodeTokenStatusList(list)).toEqual({ bits, lst: encoded });
  });
});

describe('a list', () => {
  it('keeps what is set, and the neighbours as they were', () => {
    const setting = fc.record({
      bits: fc.constantFrom(...STATUS_BITS),
      settings: fc.array(fc.tuple(fc.nat(99), fc.nat(255)), { maxLength: 30 }),
    });
    fc.assert(
      fc.property(setting, ({ bits, settings }) => {
        const list = createTokenStatusList(bits, 100);
        const expected = new Array<number>(100).fill(0);
        for (const [index, value] of settings) {
          setStatus(list, index, value % 2 ** bits);
          expected[index] = value % 2 ** bits;
        }
        const read = decoded(encodeTokenStatusList(list));
        expect(expected.map((_, index) => readStatus(read, index))).toEqual(expected);
      }),
      runs(100),
    );
  });

  it.each([-1, 0.5, 100, 2 ** 53, NaN, Infinity])('has no entry %d', (index) => {
    const list = createTokenStatusList(8, 100);
    expect(readStatus(list, index)).toBeUndefined();
    expect(() => setStatus(list, index, 1)).toThrow(RangeError);
  });

  it.each([-1, 4, 0.5, NaN])('of two bits cannot hold %d', (value) => {
    expect(() => setStatus(createTokenStatusList(2, 4), 0, value)).toThrow(RangeError);
  });

  it.each([0, -1, 0.5, 2 ** 40])('cannot have %d entries', (entries) => {
    expect(() => createTokenStatusList(1, entries)).toThrow(RangeError);
  });

  const bytes = Buffer.from([1]);
  it('may say where the other lists are, and have members of its own', () => {
    const aggregation = { aggregation_uri: 'https://a.example/lists', extra: true };
    expect(decoded({ bits: 1, lst: lst(deflateSync(bytes)), ...aggregation }).bytes).toEqual(bytes);
  });

  it.each<[string, unknown]>([
    ['gzip', { bits: 1, lst: lst(gzipSync(bytes)) }],
    ['bare DEFLATE', { bits: 1, lst: lst(deflateRawSync(bytes)) }],
    ['a bomb', { bits: 1, lst: lst(deflateSync(Buffer.alloc(MAX_STATUS_LIST_BYTES + 1))) }],
    ['a list of nothing', { bits: 1, lst: lst(deflateSync(Buffer.alloc(0))) }],
    ['two streams', { bits: 1, lst: lst(Buffer.concat([deflateSync(bytes), deflateSync(bytes)])) }],
    ['bits as text', { bits: '1', lst: lst(deflateSync(bytes)) }],
    ['three bits', { bits: 3, lst: lst(deflateSync(bytes)) }],
    ['no bits', { lst: lst(deflateSync(bytes)) }],
    ['lst as bytes', { bits: 1, lst: [1] }],
    ['an empty lst', { bits: 1, lst: '' }],
    ['padded base64', { bits: 1, lst: `${lst(deflateSync(bytes))}==` }],
    ['an aggregation that is no URI', { bits: 1, lst: lst(deflateSync(bytes)), aggregation_uri: 'lists' }],
    ['an aggregation that is a number', { bits: 1, lst: lst(deflateSync(bytes)), aggregation_uri: 1 }],
    ['null', null],
    ['a list', []],
  ])('is not decoded from %s', (_, statusList) => {
    expect(decodeTokenStatusList(statusList)).toBeUndefined();
  });
});

describe('statuslist+jwt', () => {
  const uri = 'https://passport.example/status/tokens-1';
  const iss = 'https://passport.example/orgs/registrar';
  const list = createTokenStatusList(2, 1_000);
  setStatus(list, 7, STATUS_TYPES.SUSPENDED);
  const parts = { uri, iss, list, issuedAt: NOW, expiresAt: addSeconds(NOW, 86_400), ttlSeconds: 60 };
  const key = importJwk(registrarKey.jwk);
  const otherKey = importJwk(coopKey.jwk);
  if (!key || !otherKey) throw new Error('no key');

  function parsed(token: string): ParsedStatusListToken {
    const outcome = parseStatusListToken(token);
    if ('problem' in outcome) throw new Error(outcome.problem);
    return outcome;
  }

  it('is read as it was signed', async () => {
    const token = await signStatusListToken(prepareStatusListToken(parts), registrarKey, signer);
    const read = parsed(token);
    const seconds = NOW.getTime() / 1000;
    expect(read.claims).toEqual({ iss, sub: uri, iat: seconds, exp: seconds + 86_400 });
    expect(verifyStatusListTokenSignature(read, key)).toBe(true);
    expect(verifyStatusListTokenSignature(read, otherKey)).toBe(false);
    const status = decodeStatusListToken(read, NOW);
    expect(status?.usableUntil).toEqual(addSeconds(NOW, 60));
    expect(status && readStatus(status.list, 7)).toBe(STATUS_TYPES.SUSPENDED);
    expect(status && readStatus(status.list, 8)).toBe(STATUS_TYPES.VALID);
  });

  const header = { alg: 'ES256', kid: registrarKey.kid, typ: 'statuslist+jwt' };
  const claims = { sub: uri, iat: 1, status_list: encodeTokenStatusList(list) };
  const forged = (changes: object, headers: object = {}) =>
    forgeToken(registrarKey, { ...header, ...headers }, { ...claims, ...changes });

  it.each([
    ['its ttl', { ttl: 30 }, 30],
    ['five minutes at most', { ttl: 86_400 }, 300],
    ['five minutes without ttl', {}, 300],
    ['its expiry', { ttl: 60, exp: NOW.getTime() / 1000 + 10 }, 10],
  ])('may be kept for %s', (_, changes, expected) => {
    expect(decodeStatusListToken(parsed(forged(changes)), NOW)?.usableUntil).toEqual(
      addSeconds(NOW, expected),
    );
  });

  it.each<[string, string, string]>([
    ['without sub', forged({ sub: undefined }), 'malformed'],
    ['with a sub that is no URI', forged({ sub: 'list' }), 'malformed'],
    ['without iat', forged({ iat: undefined }), 'malformed'],
    ['with iat as text', forged({ iat: '1' }), 'malformed'],
    ['with exp "never"', forged({ exp: 'never' }), 'malformed'],
    ['with ttl as text', forged({ ttl: '60' }), 'malformed'],
    ['with a ttl of 0', forged({ ttl: 0 }), 'malformed'],
    ['with a negative ttl', forged({ ttl: -1 }), 'malformed'],
    ['without list', forged({ status_list: undefined }), 'malformed'],
    ['of typ JWT', forged({}, { typ: 'JWT' }), 'unsupported'],
    ['without typ', forged({}, { typ: undefined }), 'unsupported'],
    ['with crit', forged({}, { crit: ['exp'] }), 'criticalHeader'],
    ['alg none', forged({}, { alg: 'none' }), 'algorithmNotAllowed'],
    ['HS256', mac(), 'algorithmNotAllowed'],
  ])('%s is refused', (_, token, problem) => {
    expect(parseStatusListToken(token)).toEqual({ problem });
  });

  it('with a list that cannot be decoded has none', () => {
    expect(
      decodeStatusListToken(parsed(forged({ status_list: { bits: 1, lst: 'x' } })), NOW),
    ).toBeUndefined();
  });

  it('with any other signed content is not verified', async () => {
    const token = await signStatusListToken(prepareStatusListToken(parts), registrarKey, signer);
    const [head = '', , signature = ''] = token.split('.');
    const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
    expect(verifyStatusListTokenSignature(parsed([head, payload, signature].join('.')), key)).toBe(false);
  });

  it.each([
    ['an expiry before the issuance', { expiresAt: NOW }],
    ['a ttl of 0', { ttlSeconds: 0 }],
    ['no ttl', { ttlSeconds: NaN }],
  ])('is not prepared with %s', (_, changes) => {
    expect(() => prepareStatusListToken({ ...parts, ...changes })).toThrow(RangeError);
  });

  function mac(): string {
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const input = `${encode({ ...header, alg: 'HS256' })}.${encode(claims)}`;
    return `${input}.${createHmac('sha256', JSON.stringify(registrarKey.jwk)).update(input).digest('base64url')}`;
  }
});

describe('the status claim', () => {
  const reference = { idx: 0, uri: 'https://example.com/statuslists/1' };

  it('is read as it was composed', () => {
    expect(readStatusClaim(composeStatusClaim(reference))).toEqual(reference);
  });

  it.each<[string, unknown, string]>([
    ['another mechanism', { other: {} }, 'unknownMechanism'],
    ['nothing', {}, 'malformed'],
    ['null', null, 'malformed'],
    ['a list that is null', { status_list: null }, 'malformed'],
    ['a text as index', { status_list: { ...reference, idx: '0' } }, 'malformed'],
    ['half an index', { status_list: { ...reference, idx: 0.5 } }, 'malformed'],
    ['a negative index', { status_list: { ...reference, idx: -1 } }, 'malformed'],
    ['an index beyond counting', { status_list: { ...reference, idx: 2 ** 53 } }, 'malformed'],
    ['no URI', { status_list: { idx: 0 } }, 'malformed'],
    ['a relative URI', { status_list: { idx: 0, uri: '/statuslists/1' } }, 'malformed'],
  ])('of %s is refused', (_, status, problem) => {
    expect(readStatusClaim(status)).toBe(problem);
  });
});
