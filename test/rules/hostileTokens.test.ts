import { createHmac, createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { CheckCode } from '../../src/credentials/verification/checks.js';
import {
  COOP_DID,
  forgeToken,
  issueInWorld,
  legalIdentityCredential,
  registrarKey,
  REGISTRAR_DID,
} from '../support/issuer.js';
import { HEADER, verify, expectReason } from '../support/reports.js';

describe('hostile tokens are refused', () => {
  const good = JSON.stringify(legalIdentityCredential());
  const forged = (header: object | string, payload: object | string = good) =>
    forgeToken(registrarKey, header, payload);
  const encode = (text: string) => Buffer.from(text).toString('base64url');
  const nested = `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`;
  const valid = forged(HEADER);
  const [header = '', payload = '', signature = ''] = valid.split('.');

  const cases: [name: string, token: string, code: CheckCode][] = [
    ['alg none', `${encode('{"alg":"none","typ":"vc+jwt"}')}.${payload}.`, 'signature/algorithm-not-allowed'],
    ['HS256 with the public key', hmacToken(), 'signature/algorithm-not-allowed'],
    ['another algorithm than the key', forged({ ...HEADER, alg: 'EdDSA' }), 'signature/algorithm-mismatch'],
    ['alg of a prototype member', forged({ ...HEADER, alg: 'toString' }), 'signature/algorithm-not-allowed'],
    ['wrong typ', forged({ ...HEADER, typ: 'JWT' }), 'format/unsupported'],
    ['no typ', forged({ alg: 'ES256', kid: registrarKey.kid }), 'format/unsupported'],
    ['wrong cty', forged({ ...HEADER, cty: 'vp' }), 'format/unsupported'],
    ['crit', forged({ ...HEADER, crit: ['exp'], exp: 1 }), 'format/critical-header'],
    ['b64', forged({ ...HEADER, b64: false }), 'format/critical-header'],
    ['kid of the wrong type', forged({ ...HEADER, kid: 7 }), 'format/malformed'],
    ['no kid', forged({ alg: 'ES256', typ: 'vc+jwt' }), 'key/unidentified'],
    ['relative kid', forged({ ...HEADER, kid: '#key' }), 'key/unidentified'],
    ['vc claim', forged(HEADER, { ...legalIdentityCredential(), vc: {} }), 'format/forbidden-claim'],
    ['exp as text', forged(HEADER, { ...legalIdentityCredential(), exp: 'never' }), 'format/malformed'],
    [
      'contradicting jti',
      forged(HEADER, { ...legalIdentityCredential(), jti: 'x' }),
      'format/conflicting-claims',
    ],
    [
      'contradicting sub',
      forged(HEADER, { ...legalIdentityCredential(), sub: 'x' }),
      'format/conflicting-claims',
    ],
    ['contradicting iss', forged(HEADER, { ...legalIdentityCredential(), iss: COOP_DID }), 'issuer/mismatch'],
    ['contradicting header iss', forged({ ...HEADER, iss: COOP_DID }), 'issuer/mismatch'],
    ['duplicate members', forged(HEADER, `{"issuer":"did:web:a",${good.slice(1)}`), 'format/malformed'],
    [
      'duplicates by escape',
      forged(HEADER, `{"iss\\u0075er":"did:web:a",${good.slice(1)}`),
      'format/malformed',
    ],
    [
      'duplicate header members',
      forged(`{"alg":"none",${JSON.stringify(HEADER).slice(1)}`),
      'format/malformed',
    ],
    ['lone surrogate', forged(HEADER, good.replace('Abeona', '\\ud800')), 'format/malformed'],
    ['number beyond a double', forged(HEADER, `{"n":1e999,${good.slice(1)}`), 'format/malformed'],
    [
      'bad UTF-8',
      `${header}.${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.${signature}`,
      'format/malformed',
    ],
    ['padding', `${header}.${payload}=.${signature}`, 'format/malformed'],
    ['a trailing part', `${valid}.`, 'format/malformed'],
    ['trailing bytes', `${valid}AAAA`, 'signature/invalid'],
    ['a trailing blank', `${valid}\n`, 'format/malformed'],
    ['2 MB of nesting', `${header}.${encode(nested)}.${signature}`, 'format/malformed'],
    [
      'deep nesting within the size',
      `${header}.${encode(nested.slice(999_900, 1_000_100))}.${signature}`,
      'format/malformed',
    ],
    ['2 MB', 'A'.repeat(2_000_000), 'format/malformed'],
    ['100 dots', '.'.repeat(100), 'format/malformed'],
    ['nothing', '', 'format/malformed'],
    ['a payload that is no credential', forged(HEADER, { iss: REGISTRAR_DID }), 'format/not-a-credential'],
  ];

  it.each(cases)('%s', async (_, token, code) => {
    const { world } = await issueInWorld();
    expectReason(await verify(token, world), code, 'rejected');
  });

  function hmacToken(): string {
    const signingInput = `${encode(JSON.stringify({ ...HEADER, alg: 'HS256' }))}.${encode(good)}`;
    const publicKey = createPublicKey(registrarKey.privateKey).export({ format: 'pem', type: 'spki' });
    return `${signingInput}.${createHmac('sha256', publicKey).update(signingInput).digest('base64url')}`;
  }

  it('non-canonical base64url: other trailing bits of the same signature', async () => {
    const { world, token } = await issueInWorld();
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet.indexOf(token.at(-1) ?? '');
    const twin = token.slice(0, -1) + alphabet.charAt(last ^ 1);
    expect(Buffer.from(twin.split('.')[2] ?? '', 'base64url')).toEqual(
      Buffer.from(token.split('.')[2] ?? '', 'base64url'),
    );
    expectReason(await verify(twin, world), 'format/malformed', 'rejected');
  });

  it('a malleated ECDSA signature is the same issuance, not another one', async () => {
    const { world, token } = await issueInWorld();
    const order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
    const [head = '', body = '', sig = ''] = token.split('.');
    const raw = Buffer.from(sig, 'base64url');
    const s = order - BigInt(`0x${raw.subarray(32).toString('hex')}`);
    const twin = Buffer.concat([raw.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]);
    expect((await verify(`${head}.${body}.${twin.toString('base64url')}`, world)).verdict).toBe('accepted');
  });
});
