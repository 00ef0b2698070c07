import { createPublicKey } from 'node:crypto';
import { verifying, type Comparison } from '../comparison.js';
import {
  createBitstring,
  decodeBitstring,
  encodeBitstring,
  importJwk,
  parseVcJwt,
  readBit,
  setBit,
  verifyVcJwtSignature,
} from '../core.js';
import {
  createIssuer,
  eachSample,
  sampleCredential,
  signJwts,
  type Algorithm,
  type SignedJwt,
} from '../samples.js';

/** What it is worth to import a key once. Reading the token is left out of both. */
export function compareKeyImports(algorithm: Algorithm): Comparison {
  const issuer = createIssuer(algorithm);
  const { jwk } = issuer.key;
  const tokens = signJwts(
    issuer,
    { typ: 'vc+jwt' },
    eachSample((number) => sampleCredential(issuer.did, number)),
  );
  const parse = ({ token }: SignedJwt) => {
    const parsed = parseVcJwt(token);
    if ('problem' in parsed) throw new Error(parsed.problem);
    return parsed;
  };
  const samples = { good: tokens.good.map(parse), tampered: tokens.tampered.map(parse) };
  type Parsed = (typeof samples)['good'][number];
  const withKept = (parsed: Parsed) => {
    const key = importJwk(jwk);
    return key !== undefined && verifyVcJwtSignature(parsed, key);
  };
  const withNew = (parsed: Parsed) => {
    const keyObject = createPublicKey({ key: { ...jwk }, format: 'jwk' });
    return verifyVcJwtSignature(parsed, { ...issuer.key, keyObject });
  };
  return {
    title: `check a signature with a JWK, ${algorithm}`,
    ours: verifying('ours: key imported once', withKept, samples),
    others: [verifying('key imported for each signature', withNew, samples)],
  };
}

const REVOKED = 94_567;

/** What it is worth to keep a status list decoded: the smallest there may be, with one entry in a hundred set. */
export function compareStatusBits(): Comparison {
  const bits = createBitstring();
  for (let index = 0; index < bits.length * 8; index++) {
    if (Math.random() < 0.01) setBit(bits, index, true);
  }
  setBit(bits, REVOKED, true);
  setBit(bits, REVOKED + 1, false);
  const encodedList = encodeBitstring(bits);
  const decoded = decodeBitstring(encodedList);
  if (!decoded) throw new Error('a list that cannot be decoded');
  const samples = { good: [REVOKED + 1], tampered: [REVOKED] };
  return {
    title: 'read a status bit',
    ours: verifying(
      'ours: from a decoded list',
      (index: number) => readBit(decoded, index) === false,
      samples,
    ),
    others: [
      verifying(
        'decoding the list each time',
        (index: number) => readBit(decodeBitstring(encodedList) ?? bits.subarray(0, 0), index) === false,
        samples,
      ),
    ],
  };
}
