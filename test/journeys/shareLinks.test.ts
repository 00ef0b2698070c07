import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { expectStatus } from '../support/network.js';
import { joinAs, refusalOf } from '../support/people.js';
import { PERSONAL_WORDS, walkPersonalJourney, type PersonalJourney } from '../support/personalJourney.js';

let t: TestApp;
let network: PersonalJourney;
let identity: string;

beforeAll(async () => {
  t = await startApp();
  network = await (await walkPersonalJourney(t)).decide();
  identity = network.credentials['CoopLegalIdentityCredential'] ?? '';
});
afterAll(() => t.close());

async function share(body: object = {}) {
  const made = expectStatus(await network.coop.api.post('/v1/share-links', body), 201).body;
  return { ...made, path: new URL(made.link).pathname };
}

const readLink = async (id: string) =>
  expectStatus(await network.coop.api.get(`/v1/share-links/${id}`), 200).body;
const open = (path: string) => t.api.post(path, {});

describe('a share link', () => {
  test('shows the passport as it stands, and counts', async () => {
    const { id, path, link: _shownOnce, ...made } = await share();
    expect(made).toEqual({
      status: 'open',
      maxUses: 100,
      uses: 0,
      createdAt: t.clock.now().toISOString(),
      expiresAt: expect.any(String),
    });
    const { body, headers } = expectStatus(await open(path), 200);
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex, nofollow',
    });
    expect(body).toEqual({
      holder: { did: network.coop.did, name: network.coop.name },
      openedAt: t.clock.now().toISOString(),
      credentials: [
        {
          id: identity,
          type: 'CoopLegalIdentityCredential',
          title: expect.any(String),
          issuer: { did: network.registrar.did, name: network.registrar.name },
          verdict: 'accepted',
          assurance: expect.any(String),
          validUntil: expect.any(String),
          credential: expect.any(String),
        },
      ],
    });
    const [{ credential }] = body.credentials;
    expect((await t.api.post('/v1/verifications', { credential })).body.verdict).toBe('accepted');
    expect(await readLink(id)).toEqual({
      id,
      ...made,
      uses: 1,
      lastOpenedAt: t.clock.now().toISOString(),
    });
  });

  test('shows nothing about persons, and takes no such credential', async () => {
    const { path } = await share();
    const { text } = expectStatus(await open(path), 200);
    for (const word of PERSONAL_WORDS) expect(text).not.toContain(word);
    const credentialIds = [identity, network.credentials['ControlPersonsCredential']];
    const answer = await network.coop.api.post('/v1/share-links', { credentialIds });
    expect([refusalOf(answer), answer.body.errors[0].pointer]).toEqual([
      '400 request/invalid',
      '/credentialIds/1',
    ]);
  });

  test('is a page with a button, which alone counts', async () => {
    const { id, path } = await share({ maxUses: 1 });
    for (let looked = 0; looked < 3; looked++) {
      const page = expectStatus(await t.api.get(path, { accept: 'text/html' }), 200);
      expect(page.text).toContain('<form method="post">');
      expect(page.text).not.toContain(network.coop.name);
    }
    expect(await readLink(id)).toMatchObject({ uses: 0, status: 'open' });
    const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' };
    const opened = await t.api.post(path, undefined, { raw: '', headers });
    expect(expectStatus(opened, 200).text).toContain(`Passport of ${network.coop.name}`);
    expect(opened.headers['content-security-policy']).toMatch(/default-src 'none'; style-src 'sha256-/);
    expect(await readLink(id)).toMatchObject({ uses: 1, status: 'used_up' });
    expect(refusalOf(await t.api.get(path))).toBe('404 resource/not-found');
  });

  test('opens so many times and no more, however many come at once', async () => {
    const { id, path } = await share({ maxUses: 3 });
    const answers = await Promise.all(Array.from({ length: 8 }, () => open(path)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 404, 404, 404, 404, 404]);
    expect(await readLink(id)).toMatchObject({ uses: 3, status: 'used_up' });
  });

  test('is ended at once and for good', async () => {
    const { id, path } = await share();
    expectStatus(await open(path), 200);
    for (let times = 0; times < 2; times++)
      expectStatus(await network.coop.api.delete(`/v1/share-links/${id}`), 204);
    expect(refusalOf(await open(path))).toBe('404 resource/not-found');
    expect(refusalOf(await t.api.get(path))).toBe('404 resource/not-found');
    expect(await readLink(id)).toMatchObject({ uses: 1, status: 'ended', endedAt: expect.any(String) });
  });

  test('ends when its time is over', async () => {
    const { id, path } = await share({ validFor: 'PT5M' });
    t.clock.advance(300);
    expect(refusalOf(await open(path))).toBe('404 resource/not-found');
    expect(await readLink(id)).toMatchObject({ uses: 0, status: 'expired' });
  });

  test.each(['PT0S', 'P367D', 'P2Y'])('does not last %s', async (validFor) => {
    const answer = await network.coop.api.post('/v1/share-links', { validFor });
    expect([refusalOf(answer), answer.body.errors[0].pointer]).toEqual(['400 request/invalid', '/validFor']);
  });

  test('tells what became of a credential that it names', async () => {
    const { path } = await share({ credentialIds: [identity] });
    const verdict = async () => expectStatus(await open(path), 200).body.credentials[0].verdict;
    expect(await verdict()).toBe('accepted');
    const credential = `/v1/credentials/${identity}`;
    expectStatus(await network.registrar.api.post(`${credential}/suspend`, { reason: 'A reason' }), 200);
    expect(await verdict()).toBe('rejected');
    expectStatus(await network.registrar.api.post(`${credential}/reinstate`, { reason: 'A reason' }), 200);
    expect(await verdict()).toBe('accepted');
  });

  test('is for its maker to see, who may not be somebody who only looks', async () => {
    const { id } = await share();
    for (const { api } of [network.registrar, network.partner]) {
      expect(refusalOf(await api.get(`/v1/share-links/${id}`))).toBe('404 resource/not-found');
      expect(refusalOf(await api.delete(`/v1/share-links/${id}`))).toBe('404 resource/not-found');
    }
    const { api } = await joinAs(t, network.coop, 'viewer');
    expect(refusalOf(await api.post('/v1/share-links', {}))).toBe('403 auth/forbidden');
    expect(refusalOf(await api.delete(`/v1/share-links/${id}`))).toBe('403 auth/forbidden');
    expect(JSON.stringify((await network.coop.api.get('/v1/share-links')).body)).not.toContain('/passports/');
  });

  test('does not open with a guess', async () => {
    for (const path of ['/passports/x', `/passports/${'A'.repeat(43)}`])
      expect(refusalOf(await open(path))).toBe('404 resource/not-found');
  });
});
