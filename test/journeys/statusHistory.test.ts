import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyStatusList } from '../../src/credentials/verification/statusList.js';
import type { DecodedList, StatusListKind } from '../../src/credentials/verification/sources.js';
import { readStatus } from '../../src/credentials/status/tokenStatusList.js';
import { readBit } from '../../src/credentials/status/bitstring.js';
import { startApp, type TestApp } from '../support/app.js';
import { payloadOf } from '../support/forgery.js';
import { profiles } from '../support/issuer.js';
import { expectStatus, foundNetwork, issueLegalIdentity, type Registered } from '../support/network.js';
import { refusalOf } from '../support/people.js';

/** `GET /status/{listId}?timestamp=`: the list of then. */
let t: TestApp;
let network: Registered;
let token: string;
let sdJwt: string;
let credentialId: string;
/** Between what happened: issued, suspended, reinstated, revoked. */
const instants: Date[] = [];

beforeAll(async () => {
  t = await startApp();
  network = await foundNetwork(t);
  const { coop, registrar } = network;
  ({ token, credentialId } = await issueLegalIdentity(coop, registrar));
  sdJwt = (await coop.api.get(`/v1/credentials/${credentialId}`, { accept: 'application/dc+sd-jwt' })).text;
  for (const action of ['suspend', 'reinstate', 'revoke', undefined]) {
    t.clock.advance(30.25);
    instants.push(t.clock.now());
    t.clock.advance(30.25);
    if (action !== undefined)
      expectStatus(
        await registrar.api.post(`/v1/credentials/${credentialId}/${action}`, { reason: 'Minutes' }),
        200,
      );
  }
});
afterAll(() => t.close());

interface Entry {
  readonly statusPurpose: string;
  readonly statusListCredential: string;
  readonly statusListIndex: string;
}
const entries = () => payloadOf(token).credentialStatus as Entry[];
const pathOf = (purpose: string) =>
  new URL(entries().find(({ statusPurpose }) => statusPurpose === purpose)?.statusListCredential ?? '')
    .pathname;
const tokenEntry = () =>
  payloadOf(sdJwt.split('~')[0] ?? '').status.status_list as { uri: string; idx: number };

const at = (instant: Date) => `timestamp=${encodeURIComponent(instant.toISOString())}`;

/** Verified as anybody would as of then: signature, issuer, dates. */
async function open(content: string, url: string, kind: StatusListKind, now: Date): Promise<DecodedList> {
  const loaded = await verifyStatusList(content, url, kind, {
    now,
    toleranceSeconds: 0,
    sources: {
      profiles,
      resolveDid: async () => ({
        document: (await t.api.get(`/orgs/${network.registrar.slug}/did.json`)).body,
      }),
      fetchStatusList: async () => ({ problem: 'unreachable' }),
      accreditations: async () => 'unavailable',
      issuance: async () => 'unavailable',
    },
  });
  if (!('list' in loaded)) throw new Error(`not a list: ${loaded.problem}`);
  return loaded.list;
}

describe('a list of then', () => {
  test.each(['application/vc+jwt', 'application/vc'])('says what it said, as %s', async (accept) => {
    const said: unknown[] = [];
    for (const instant of instants) {
      const bits: unknown[] = [];
      for (const { statusPurpose, statusListCredential: url, statusListIndex } of entries()) {
        const answer = await t.api.get(`${pathOf(statusPurpose)}?${at(instant)}`, { accept });
        expectStatus(answer, 200);
        const list = await open(answer.text, url, 'bitstring', instant);
        if (list.kind !== 'bitstring') throw new Error('another kind');
        bits.push(readBit(list.bits, Number(statusListIndex)));
      }
      said.push(bits);
    }
    const [purpose] = entries().map(({ statusPurpose }) => statusPurpose);
    expect(purpose).toBe('revocation');
    expect(said).toEqual([
      [false, false],
      [false, true],
      [false, false],
      [true, false],
    ]);
  });

  test('says it in a token list too, by either name of the time', async () => {
    const { uri, idx } = tokenEntry();
    const said: unknown[] = [];
    for (const instant of instants) {
      const seconds = Math.floor(instant.getTime() / 1000);
      const answers = [];
      for (const query of [`time=${seconds}`, `timestamp=${seconds}`])
        answers.push(expectStatus(await t.api.get(`${new URL(uri).pathname}?${query}`), 200).text);
      expect(answers[0]).toBe(answers[1]);
      const list = await open(answers[0] ?? '', uri, 'token', new Date(seconds * 1000));
      if (list.kind !== 'token') throw new Error('another kind');
      // Draft 21 §8.4: what is asked for lies between `iat` and `exp`.
      const { iat, exp } = payloadOf(answers[0] ?? '');
      expect(iat).toBeLessThanOrEqual(seconds);
      expect(exp).toBeGreaterThanOrEqual(seconds);
      said.push(readStatus(list.list, idx));
    }
    expect(said).toEqual([0, 2, 0, 1]);
  });

  test('is signed once for the whole time in which it said that, and may be kept', async () => {
    const [first] = instants as [Date];
    const texts = new Set<string>();
    for (let offset = 0; offset < 20; offset += 1) {
      const answer = await t.api.get(
        `${pathOf('suspension')}?${at(new Date(first.getTime() + offset * 1000))}`,
      );
      texts.add(expectStatus(answer, 200).text);
      expect(answer.headers['cache-control']).toBe('public, max-age=86400');
    }
    expect(texts.size).toBe(1);
    const answer = await t.api.get(`${pathOf('suspension')}?${at(first)}`);
    const again = await t.api.get(`${pathOf('suspension')}?${at(first)}`, {
      'if-none-match': answer.headers['etag'] ?? '',
    });
    expect(again.status).toBe(304);
  });

  test('of a moment ago may be kept for a minute only', async () => {
    const answer = await t.api.get(`${pathOf('revocation')}?${at(t.clock.now())}`);
    expect(expectStatus(answer, 200).headers['cache-control']).toBe('public, max-age=60');
  });

  test('is signed by the key of now, also after the key of then is not trusted', async () => {
    const [first] = instants as [Date];
    const url = `${pathOf('suspension')}?${at(first)}`;
    const before = expectStatus(await t.api.get(url), 200).text;
    const { registrar } = network;
    const keys = `/v1/organisations/${registrar.id}/keys`;
    const { items } = expectStatus(await registrar.api.get(keys), 200).body;
    const { id } = items.find((key: { algorithm: string }) => key.algorithm === 'ES256');
    expectStatus(
      await registrar.api.post(`${keys}/${id}/revoke`, {
        compromisedAt: t.clock.now().toISOString(),
        reason: 'stolen',
      }),
      200,
    );
    const after = expectStatus(await t.api.get(url), 200).text;
    expect(after).not.toBe(before);
    const list = await open(after, `https://passport.test${pathOf('suspension')}`, 'bitstring', first);
    expect(list.issuerDid).toBe(registrar.did);
  });
});

describe('what is not served', () => {
  const listPath = () => pathOf('revocation');
  test.each<[string, string, string]>([
    ['the future', 'timestamp=2999-01-01T00:00:00Z', '400 request/invalid'],
    ['the future in seconds', 'time=99999999999', '400 request/invalid'],
    ['no instant', 'timestamp=yesterday', '400 request/invalid'],
    ['an instant without an offset', 'timestamp=2026-11-20T09:00:00', '400 request/invalid'],
    ['half a second', 'time=1.5', '400 request/invalid'],
    ['two times', 'time=1&timestamp=1', '400 request/invalid'],
    ['another name', 'asOf=2026-11-20T09:00:00Z', '400 request/invalid'],
    ['a time before there was the list', 'timestamp=2020-01-01T00:00:00Z', '404 resource/not-found'],
  ])('%s', async (_what, query, refusal) => {
    expect(refusalOf(await t.api.get(`${listPath()}?${query}`))).toBe(refusal);
  });

  test('an unknown list, and a media type that it has not', async () => {
    const query = at(instants[0] ?? new Date());
    expect(refusalOf(await t.api.get(`/status/${crypto.randomUUID()}?${query}`))).toBe(
      '404 resource/not-found',
    );
    const answer = await t.api.get(`${listPath()}?${query}`, { accept: 'application/statuslist+jwt' });
    expect(refusalOf(answer)).toBe('406 request/not-acceptable');
  });
});
