import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createBitstring, setBit } from '../../src/credentials/status/bitstring.js';
import { composeStatusList } from '../../src/credentials/status/listCredential.js';
import { prepareVcJwt, signVcJwt } from '../../src/credentials/securing/vcJwt.js';
import { addSeconds } from '../../src/kernel/instants.js';
import { startApp, type TestApp } from '../support/app.js';
import { createKey, documentOf, forgeToken, profiles, signer, type TestKey } from '../support/issuer.js';
import { expectStatus, registerOrganisation, type Organisation } from '../support/network.js';
import { signInAgain } from '../support/people.js';

/** What other hosts published, as it was seen: asked for as of then, once they say something else, or nothing. */
let t: TestApp;
let partner: Organisation;
let host: Server;
let origin: string;
const asked: string[] = [];
const statements: string[] = [];
const pages = new Map<string, string>();

beforeAll(async () => {
  const onQuery = ({ query }: { query: { sql: string } }) => void statements.push(query.sql);
  t = await startApp({ environment: { ALLOW_LOOPBACK: 'true' }, onQuery });
  partner = await registerOrganisation(t.api, 'Partner');
  host = createServer((request, response) => {
    asked.push(request.url ?? '');
    const page = pages.get(request.url ?? '');
    response.writeHead(page === undefined ? 404 : 200).end(page);
  });
  await once(host.listen(0, '127.0.0.1'), 'listening');
  origin = `127.0.0.1%3A${(host.address() as AddressInfo).port}`;
});
afterAll(async () => {
  host.close();
  await t.close();
});
beforeEach(async () => {
  partner = await signInAgain(t, partner);
});

let issuers = 0;

/** Somebody elsewhere, with a DID document and a status list on their host. */
async function foundForeigner() {
  const name = `issuer${(issuers += 1)}`;
  const key = createKey(`did:web:${origin}:${name}`);
  const document = documentOf(key.did, [key]);
  const listUrl = `http://${decodeURIComponent(origin)}/${name}/list`;
  const didPath = `/${name}/did.json`;
  pages.set(didPath, JSON.stringify(document));
  await publishList(key, listUrl, false);
  const credential = forgeToken(
    key,
    { alg: 'ES256', kid: key.kid, typ: 'vc+jwt' },
    {
      '@context': ['https://www.w3.org/ns/credentials/v2', 'https://foreign.example/contexts/v1'],
      type: ['VerifiableCredential', 'VeryForeignCredential'],
      issuer: key.did,
      credentialSubject: { id: 'did:example:subject' },
      credentialStatus: {
        type: 'BitstringStatusListEntry',
        statusPurpose: 'revocation',
        statusListIndex: '7',
        statusListCredential: listUrl,
      },
    },
  );
  return { key, listUrl, didPath, listPath: `/${name}/list`, credential };
}

async function publishList(key: TestKey, url: string, isRevoked: boolean, ttlSeconds = 300): Promise<void> {
  const bits = createBitstring();
  if (isRevoked) setBit(bits, 7, true);
  const now = t.clock.now();
  const list = composeStatusList({
    listUrl: url,
    issuerDid: key.did,
    purpose: 'revocation',
    bits,
    validFrom: now,
    validUntil: addSeconds(now, 86_400),
    ttlSeconds,
  });
  const prepared = prepareVcJwt(list, profiles);
  if ('problems' in prepared) throw new Error('not a list');
  pages.set(new URL(url).pathname, await signVcJwt(prepared.value, key, signer));
}

async function judge(credential: string, asOf?: Date, as = partner.api) {
  const body = { credential, ...(asOf && { asOf: asOf.toISOString() }) };
  const report = expectStatus(await as.post('/v1/verifications', body), 200).body;
  const codes = report.checks.map(({ code }: { code: string }) => code) as string[];
  return {
    report,
    key: codes.find((code) => code.startsWith('key/')),
    status: codes.find((code) => code.startsWith('status/')),
  };
}

async function count(table: 'archived_bodies' | 'archived_answers'): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from ${sql.table(table)}`.execute(
    t.connection.db,
  );
  return rows[0]?.n ?? -1;
}

describe('what a verification of who is signed in has seen', () => {
  test('is answered as of then, for as long as it was believed, and nobody is asked', async () => {
    const { key, listUrl, didPath, listPath, credential } = await foundForeigner();
    const first = t.clock.now();
    expect(await judge(credential)).toMatchObject({ key: 'key/listed', status: 'status/clear' });
    t.clock.advance(400);
    await publishList(key, listUrl, true);
    const second = t.clock.now();
    const live = await judge(credential);
    expect(live.status).toBe('status/revoked');
    t.clock.advance(400);
    pages.delete(didPath);
    pages.delete(listPath);
    asked.length = 0;
    for (const seconds of [0, 299]) {
      const past = await judge(credential, addSeconds(first, seconds));
      expect(past).toMatchObject({ key: 'key/listed', status: 'status/clear' });
      expect(past.report.since).toEqual([]);
    }
    const past = await judge(credential, second);
    expect(past.report.checks).toEqual(live.report.checks);
    // Between, nobody had looked; before, nobody had looked either.
    for (const seconds of [300, 399, -1])
      expect(await judge(credential, addSeconds(first, seconds))).toMatchObject({
        key: 'key/not-archived',
        report: { verdict: 'undetermined' },
      });
    expect(asked).toEqual([]);
  });

  test('is a list for no longer than the list says', async () => {
    const { key, listUrl, credential } = await foundForeigner();
    await publishList(key, listUrl, false, 30);
    const at = t.clock.now();
    await judge(credential);
    t.clock.advance(200);
    expect(await judge(credential, addSeconds(at, 29))).toMatchObject({ status: 'status/clear' });
    expect(await judge(credential, addSeconds(at, 31))).toMatchObject({
      key: 'key/listed',
      status: 'status/not-archived',
    });
  });

  test('is also that there was nothing', async () => {
    const { didPath, credential } = await foundForeigner();
    const document = pages.get(didPath) ?? '';
    pages.delete(didPath);
    const at = t.clock.now();
    expect((await judge(credential)).key).toBe('key/did-not-found');
    pages.set(didPath, document);
    t.clock.advance(10);
    expect((await judge(credential)).key).toBe('key/listed');
    expect((await judge(credential, at)).key).toBe('key/did-not-found');
    expect((await judge(credential, t.clock.now())).key).toBe('key/listed');
  });

  test('may have been fetched before by somebody who is not', async () => {
    const { credential } = await foundForeigner();
    const at = t.clock.now();
    const before = await count('archived_answers');
    await judge(credential, undefined, t.api);
    expect(await count('archived_answers')).toBe(before);
    t.clock.advance(100);
    asked.length = 0;
    await judge(credential);
    expect(asked).toEqual([]);
    expect(await judge(credential, at)).toMatchObject({ key: 'key/listed', status: 'status/clear' });
  });

  test('is kept once, however often it is seen, and not written again while it is warm', async () => {
    const { credential } = await foundForeigner();
    const bodies = await count('archived_bodies');
    const answers = await count('archived_answers');
    for (const seconds of [0, 10, 400]) {
      t.clock.advance(seconds);
      await judge(credential);
    }
    expect(await count('archived_bodies')).toBe(bodies + 2);
    expect(await count('archived_answers')).toBe(answers + 4);
  });

  test('costs a warm verification no statement', async () => {
    const { credential } = await foundForeigner();
    await judge(credential);
    statements.length = 0;
    await judge(credential);
    const own = statements.filter((sql) => /verifications|archive/.test(sql));
    expect(own).toEqual([expect.stringContaining('insert into "verifications"')]);
  });

  test('is out of reach of everybody but the two questions', async () => {
    expect(await count('archived_bodies')).toBeGreaterThan(0);
    const other = await registerOrganisation(t.api, 'Another Partner');
    const { credential } = await foundForeigner();
    const at = t.clock.now();
    await judge(credential);
    // What was seen was public: any member of the network may ask what it said.
    expect(await judge(credential, at, other.api)).toMatchObject({ key: 'key/listed' });
  });
});

describe('an archive that is bounded', () => {
  test('takes no more of one organisation in a day than its measure', async () => {
    const full = await registerOrganisation(t.api, 'Busy Partner');
    const at = t.clock.now();
    const seen = await sql<{ digest: Buffer }>`select digest from archived_bodies limit 1`.execute(
      t.connection.db,
    );
    await sql`insert into archived_answers (request, seen_at, url, status, digest, organisation_id)
      select sha256(n::text::bytea), ${at}, 'https://x.example', 200, ${seen.rows[0]?.digest}, ${full.id}
      from generate_series(1, 20000) n`.execute(t.connection.db);
    const { credential } = await foundForeigner();
    expect(await judge(credential, undefined, full.api)).toMatchObject({ key: 'key/listed' });
    t.clock.advance(10);
    expect(await judge(credential, at, full.api)).toMatchObject({ key: 'key/not-archived' });
  });

  test('forgets when the time is over', async () => {
    t.clock.advance(729 * 86_400);
    await t.app.purgeExpired();
    expect(await count('archived_answers')).toBeGreaterThan(0);
    t.clock.advance(3 * 86_400);
    await t.app.purgeExpired();
    expect(await count('archived_answers')).toBe(0);
    expect(await count('archived_bodies')).toBe(0);
  });
});
