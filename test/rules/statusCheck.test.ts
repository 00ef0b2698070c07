import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createBitstring, setBit } from '../../src/credentials/status/bitstring.js';
import { composeStatusList } from '../../src/credentials/status/listCredential.js';
import type { CredentialReport } from '../../src/credentials/verification/report.js';
import { addSeconds } from '../../src/kernel/instants.js';
import {
  coopKey,
  forgeToken,
  issueInWorld,
  legalIdentityCredential,
  NOW,
  registrarKey,
  REGISTRAR_DID,
  REVOCATION_URL,
  signList,
  SUSPENSION_URL,
} from '../support/issuer.js';
import { HEADER, verify, withSources, codesOf, expectReason } from '../support/reports.js';

describe('status', () => {
  async function verifyWithList(list: string, url = REVOCATION_URL): Promise<CredentialReport> {
    const { world, token } = await issueInWorld();
    world.lists.set(url, list);
    return verify(token, world);
  }
  const withBit = (index: number) => {
    const bits = createBitstring();
    setBit(bits, index, true);
    return bits;
  };

  it('revoked', async () => {
    const report = await verifyWithList(await signList('revocation', { bits: withBit(94_567) }));
    expectReason(report, 'status/revoked', 'rejected');
  });

  it('suspended', async () => {
    const list = await signList('suspension', { bits: withBit(23_452) });
    expectReason(await verifyWithList(list, SUSPENSION_URL), 'status/suspended', 'rejected');
  });

  it("a neighbour's bit does not matter", async () => {
    const report = await verifyWithList(await signList('revocation', { bits: withBit(94_566) }));
    expect(report.verdict).toBe('accepted');
  });

  it('a list of another issuer is refused', async () => {
    expectReason(
      await verifyWithList(await signList('revocation', { key: coopKey })),
      'status/issuer-mismatch',
      'rejected',
    );
  });

  it('a list of another address is refused', async () => {
    const list = await signList('revocation', { listUrl: 'https://passport.example/status/other' });
    expectReason(await verifyWithList(list), 'status/list-mismatch', 'rejected');
  });

  it('a list of another purpose is refused', async () => {
    const list = await signList('suspension', { listUrl: REVOCATION_URL });
    expectReason(await verifyWithList(list), 'status/purpose-mismatch', 'rejected');
  });

  it('a list that is over is stale', async () => {
    const list = await signList('revocation', { validUntil: addSeconds(NOW, -61) });
    expectReason(await verifyWithList(list), 'status/stale', 'undetermined');
  });

  it('a list out of reach, or a source that fails, leaves it undetermined', async () => {
    const { world, token } = await issueInWorld();
    const failing = withSources(world, { fetchStatusList: () => Promise.reject(new Error('boom')) });
    world.lists.delete(REVOCATION_URL);
    expectReason(await verify(token, world), 'status/unreachable', 'undetermined');
    expectReason(await verify(token, failing), 'status/unreachable', 'undetermined');
  });

  it.each([
    ['that inflates without end', `u${gzipSync(Buffer.alloc(64 * 1024 * 1024)).toString('base64url')}`],
    ['that is too short to hide in', `u${gzipSync(Buffer.alloc(16_383)).toString('base64url')}`],
    ['that is not GZIP', 'uAAAA'],
    ['in another multibase', 'zAAAA'],
    ['that is a number', 7],
  ])('a list %s is undetermined', async (_, encodedList) => {
    const list = {
      '@context': ['https://www.w3.org/ns/credentials/v2'],
      id: REVOCATION_URL,
      type: ['VerifiableCredential', 'BitstringStatusListCredential'],
      issuer: REGISTRAR_DID,
      credentialSubject: { type: 'BitstringStatusList', statusPurpose: 'revocation', encodedList },
    };
    const report = await verifyWithList(forgeToken(registrarKey, HEADER, list));
    expectReason(report, 'status/list-invalid', 'undetermined');
  });

  it.each([
    ['no status', undefined, 'status/missing'],
    ['no suspension entry', [entryOf(0)], 'status/missing'],
    [
      'an index out of range',
      [entryOf(0), { ...entryOf(1), statusListIndex: '131072' }],
      'status/out-of-range',
    ],
    ['an index that is a number', [entryOf(0), { ...entryOf(1), statusListIndex: 7 }], 'status/missing'],
    [
      'a third entry that is malformed',
      [entryOf(0), entryOf(1), { ...entryOf(1), statusListIndex: '-1' }],
      'status/malformed',
    ],
  ] as const)('one of our types with %s is refused', async (_, credentialStatus, code) => {
    const { world } = await issueInWorld();
    const token = forgeToken(registrarKey, HEADER, { ...legalIdentityCredential(), credentialStatus });
    expectReason(await verify(token, world), code, 'rejected');
  });

  it.each([
    ['without a status skips it', undefined, 'status/none-declared'],
    ['with another kind of status is undetermined', { type: 'Other' }, 'status/unknown-type'],
    [
      'with a third list fetches none',
      ['a', 'b', 'c'].map((list) => ({ ...entryOf(0), statusListCredential: `https://${list}.example` })),
      'status/too-many',
    ],
  ] as const)('a foreign type %s', async (_, credentialStatus, code) => {
    const { world } = await issueInWorld();
    const token = forgeToken(registrarKey, HEADER, { ...foreignCredential(), credentialStatus });
    expect(codesOf(await verify(token, world))).toContain(code);
  });

  describe('of several bits', () => {
    const MESSAGES = ['0x0', '0x1', '0x2', '0x3'].map((status) => ({ status, message: `is ${status}` }));
    const URL = 'https://passport.example/status/messages';

    async function verifyWithValue(purpose: string, value: number): Promise<CredentialReport> {
      const { world } = await issueInWorld();
      const bits = createBitstring(262_144);
      setBit(bits, 84, (value & 2) !== 0);
      setBit(bits, 85, (value & 1) !== 0);
      const list = composeStatusList({
        listUrl: URL,
        issuerDid: REGISTRAR_DID,
        purpose: 'revocation',
        bits,
        validFrom: NOW,
        validUntil: addSeconds(NOW, 60),
        ttlSeconds: 60,
      });
      const credentialSubject = { ...list.credentialSubject, statusPurpose: purpose };
      world.lists.set(URL, forgeToken(registrarKey, HEADER, { ...list, credentialSubject }));
      const credentialStatus = {
        type: 'BitstringStatusListEntry',
        statusPurpose: purpose,
        statusSize: 2,
        statusMessage: MESSAGES,
        statusListIndex: '42',
        statusListCredential: URL,
      };
      return verify(forgeToken(registrarKey, HEADER, { ...foreignCredential(), credentialStatus }), world);
    }

    it.each([
      ['message', 0, 'status/clear'],
      ['message', 2, 'status/informative'],
      ['refresh', 1, 'status/informative'],
      ['revocation', 2, 'status/revoked'],
      ['suspension', 1, 'status/suspended'],
      ['audit', 0, 'status/clear'],
      ['audit', 3, 'status/unknown-type'],
    ] as const)('%s %d gives %s', async (purpose, value, code) => {
      expect(codesOf(await verifyWithValue(purpose, value))).toContain(code);
    });
  });

  it('a list that its cache keeps past its time is not used', async () => {
    const { world, token } = await issueInWorld();
    const kept = new Map<string, unknown>();
    const caching = withSources(world, {
      recallStatusList: async (url, _kind, load) => {
        const loaded = (kept.get(url) as Awaited<ReturnType<typeof load>> | undefined) ?? (await load());
        kept.set(url, loaded);
        return loaded;
      },
    });
    expect((await verify(token, caching)).verdict).toBe('accepted');
    world.lists.clear();
    expect((await verify(token, caching, addSeconds(NOW, 60))).verdict).toBe('accepted');
    expectReason(await verify(token, caching, addSeconds(NOW, 61)), 'status/stale', 'undetermined');
  });

  function foreignCredential(): object {
    const type = ['VerifiableCredential', 'Diploma'];
    return { ...legalIdentityCredential(), type, credentialSchema: undefined };
  }

  function entryOf(index: number): object {
    return (legalIdentityCredential().credentialStatus as object[])[index] ?? {};
  }
});
