import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestApp } from '../support/app.js';
import type { Organisation } from '../support/network.js';
import { poisonGraph } from '../support/poison.js';
import { refusalOf } from '../support/people.js';
import { credentialV2, foundIssuer, issue, startVcApi, type Instance } from '../support/vcApi.js';

/** What nobody sends by mistake: a 4xx, in bounded time. */
let t: TestApp;
let organisation: Organisation;
let instance: Instance;

beforeAll(async () => {
  t = await startVcApi();
  ({ organisation, instance } = await foundIssuer(t, {
    format: 'vc',
    cryptosuite: 'eddsa-rdfc-2022',
    keyType: 'Ed25519',
  }));
});
afterAll(() => t.close());

const ROUTES = [
  ['/vc-api/credentials/verify', 'verifiableCredential'],
  ['/vc-api/presentations/verify', 'verifiablePresentation'],
  ['/vc-api/credentials/derive', 'verifiableCredential'],
  ['issue', 'credential'],
] as const;

async function send(route: string, raw: string) {
  const path = route === 'issue' ? instance.issuePath : route;
  const api = route === 'issue' ? organisation.api : t.api;
  return api.post(path, undefined, { raw, headers: { 'content-type': 'application/json' } });
}

describe.each(ROUTES)('%s', (route, member) => {
  const good = JSON.stringify(credentialV2()).slice(1);
  test.each([
    ['a member twice', `{"${member}":{"type":["VerifiableCredential"],${good}}`],
    ['a member twice, once with an escape', `{"${member}":{"t\\u0079pe":["VerifiableCredential"],${good}}`],
    ['itself twice', `{"${member}":{},"${member}":{${good}}`],
    ['half a surrogate pair', `{"${member}":{"id":"\\ud800"}}`],
    ['a number beyond a double', `{"${member}":{"id":1e999}}`],
    ['very deep lists', `{"${member}":${'['.repeat(300_000)}${']'.repeat(300_000)}}`],
    ['very deep objects', `{"${member}":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`],
    ['very many values', `{"${member}":[${'{},'.repeat(200_000)}{}]}`],
  ])('refuses %s', async (_what, raw) => {
    const started = performance.now();
    expect(refusalOf(await send(route, raw))).toBe('400 request/malformed-json');
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test('refuses two megabytes of nesting', async () => {
    const raw = `{"${member}":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`;
    expect(refusalOf(await send(route, raw))).toBe('413 request/too-large');
  });

  test.each(['null', '{"proof":null}', `"${'.'.repeat(100)}"`, '{"__proto__":{"proof":{}}}', '[[[]]]'])(
    'refuses %s',
    async (value) => {
      expect((await send(route, `{"${member}":${value}}`)).status).toBe(400);
    },
  );
});

test('a document that takes for ever to canonicalise is given up', async () => {
  const answer = await issue(organisation.api, instance, credentialV2(poisonGraph(10)));
  expect(refusalOf(answer)).toBe('400 request/invalid');
}, 20_000);
