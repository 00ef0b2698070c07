import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { importJwk, toMultikey } from '../../src/credentials/keys.js';
import {
  parseSecuredDocument,
  verifyProofs,
} from '../../src/credentials/securing/dataIntegrity/dataIntegrity.js';
import { parseVcJwt, verifyVcJwtSignature } from '../../src/credentials/securing/vcJwt.js';
import { readBit } from '../../src/credentials/status/bitstring.js';
import { decodeStatusList } from '../../src/credentials/status/listCredential.js';
import { REPRESENTATIONS, type PublishedList } from '../../src/credentials/status/representations.js';
import {
  entryValues,
  STATUS_MEDIA_TYPES,
  type OwnListKind,
  type StatusMediaType,
} from '../../src/credentials/status/statusLists.js';
import {
  decodeStatusListToken,
  parseStatusListToken,
  verifyStatusListTokenSignature,
} from '../../src/credentials/status/statusListToken.js';
import { readStatus } from '../../src/credentials/status/tokenStatusList.js';
import type { Credential } from '../../src/credentials/dataModel.js';
import { addSeconds } from '../../src/kernel/instants.js';
import { canonizer } from '../support/dataIntegrity.js';
import {
  NOW,
  profiles,
  PUBLIC_URL,
  REGISTRAR_DID,
  registrarEdKey,
  registrarKey,
  signer,
  type TestKey,
} from '../support/issuer.js';

const SIZE = 131_072;
const tools = { profiles, signer, canonizer };

function keyOf(key: TestKey) {
  const verifying = importJwk(key.jwk);
  if (!verifying) throw new Error('not a key');
  return { verifying, signing: { ...key, multikeyId: `${key.did}#${toMultikey(verifying)}` } };
}
const es256 = keyOf(registrarKey);
const ed25519 = keyOf(registrarEdKey);

function listOf(kind: OwnListKind, entries: PublishedList['entries'] = []): PublishedList {
  return {
    kind,
    url: `${PUBLIC_URL}/status/1`,
    issuerDid: REGISTRAR_DID,
    issuerUrl: `${PUBLIC_URL}/orgs/registrar`,
    size: SIZE,
    entries,
    publishedAt: NOW,
    expiresAt: addSeconds(NOW, 86_400),
    ttlSeconds: 60,
  };
}

const signingKey = (mediaType: StatusMediaType) =>
  REPRESENTATIONS[mediaType].algorithm === 'ES256' ? es256.signing : ed25519.signing;

/** Verifies the list and gives a reader of its entries. */
const READERS: Record<
  StatusMediaType,
  (text: string) => Promise<(index: number) => number | boolean | undefined>
> = {
  'application/vc+jwt': async (text) => {
    const parsed = parseVcJwt(text);
    if ('problem' in parsed || !verifyVcJwtSignature(parsed, es256.verifying)) throw new Error('refused');
    return readerOf(parsed.credential);
  },
  'application/vc': async (text) => {
    const secured = parseSecuredDocument(text);
    if ('problem' in secured) throw new Error(secured.problem);
    const expectations = { purpose: 'assertionMethod', now: NOW, toleranceSeconds: 60 } as const;
    const outcome = await verifyProofs(secured, [ed25519.verifying], expectations, canonizer);
    if (!('verified' in outcome)) throw new Error(outcome.problem);
    return readerOf(outcome.verified as unknown as Credential);
  },
  'application/statuslist+jwt': async (text) => {
    const parsed = parseStatusListToken(text);
    if ('problem' in parsed || !verifyStatusListTokenSignature(parsed, es256.verifying))
      throw new Error('refused');
    expect(parsed).toMatchObject({
      sub: `${PUBLIC_URL}/status/1`,
      claims: { iss: `${PUBLIC_URL}/orgs/registrar` },
      ttlSeconds: 60,
    });
    const decoded = decodeStatusListToken(parsed, NOW);
    if (!decoded) throw new Error('not a list');
    expect(decoded.list.bits).toBe(2);
    return (index) => readStatus(decoded.list, index);
  },
};

function readerOf(credential: Credential) {
  const decoded = decodeStatusList(credential, NOW);
  if (!decoded) throw new Error('not a list');
  return (index: number) => {
    const bit = readBit(decoded.bits, index);
    return bit === undefined ? undefined : Number(bit);
  };
}

const CASES = (Object.keys(STATUS_MEDIA_TYPES) as OwnListKind[]).flatMap((kind) =>
  STATUS_MEDIA_TYPES[kind].map((mediaType) => [kind, mediaType] as const),
);

describe.each(CASES)('a %s list as %s', (kind, mediaType) => {
  it('says of every entry what it was given, and nothing beyond its end', async () => {
    const value = kind === 'token' ? fc.integer({ min: 1, max: 2 }) : fc.constant(1);
    const entries = fc.dictionary(fc.nat(SIZE - 1).map(String), value, { maxKeys: 20 });
    await fc.assert(
      fc.asyncProperty(entries, async (values) => {
        const list = listOf(
          kind,
          Object.entries(values).map(([index, set]) => ({ index: Number(index), value: set })),
        );
        const text = await REPRESENTATIONS[mediaType].sign(list, signingKey(mediaType), tools);
        const read = await READERS[mediaType](text);
        for (const { index, value: set } of list.entries) expect(read(index)).toBe(set);
        for (const index of [0, 1, SIZE - 1]) expect(read(index)).toBe(values[String(index)] ?? 0);
        expect(read(SIZE)).toBeUndefined();
      }),
      { numRuns: 5 },
    );
  });

  it('is not made of a list of another kind', async () => {
    const other = listOf(kind === 'token' ? 'revocation' : 'token');
    const signing = async () => REPRESENTATIONS[mediaType].sign(other, signingKey(mediaType), tools);
    await expect(signing()).rejects.toThrow(TypeError);
  });
});

it.each([
  [false, false, { revocation: 0, suspension: 0, token: 0 }],
  [true, false, { revocation: 0, suspension: 1, token: 2 }],
  [false, true, { revocation: 1, suspension: 0, token: 1 }],
  [true, true, { revocation: 1, suspension: 1, token: 1 }],
])('suspended %s, revoked %s', (isSuspended, isRevoked, expected) => {
  expect(entryValues({ isSuspended, isRevoked })).toEqual(expected);
});
