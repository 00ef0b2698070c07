import { gunzipSync } from 'node:zlib';
import { compactVerify, decodeProtectedHeader, importJWK, type CompactVerifyResult, type JWK } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { createHttpClient } from '../support/httpApi.js';
import {
  ALL_TYPES,
  apply,
  approve,
  expectStatus,
  foundNetwork,
  IDENTITY_FIELDS,
  putDossier,
  readToken,
  recordChecks,
  STATUS_FIELDS,
  type Registered,
} from '../support/network.js';
import { findFreePort } from '../support/serviceProcess.js';

/** What somebody needs who has never heard of this service: jose, zlib and the two specifications. No code of ours below. */

interface Secured {
  readonly issuer: string;
  readonly header: CompactVerifyResult['protectedHeader'];
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the credential as any stranger reads it
  readonly credential: any;
}

/** The did:web method, section 3.2; http because the host is this machine. */
function documentUrl(did: string): string {
  const [, method, host = '', ...path] = did.split(':');
  if (method !== 'web') throw new Error('not did:web');
  const segments = path.length === 0 ? ['.well-known'] : path.map(decodeURIComponent);
  return `http://${decodeURIComponent(host)}/${segments.join('/')}/did.json`;
}

/** Securing Verifiable Credentials using JOSE and COSE, section 3.1, with the key that `kid` names under assertionMethod. */
async function openSecured(token: string): Promise<Secured> {
  const { kid = '' } = decodeProtectedHeader(token);
  const did = kid.split('#')[0] ?? '';
  const response = await fetch(documentUrl(did));
  expect(response.headers.get('content-type')).toMatch(/json/);
  const document = (await response.json()) as {
    id: string;
    assertionMethod: string[];
    verificationMethod: { id: string; type: string; controller: string; publicKeyJwk?: JWK }[];
  };
  expect(document.id).toBe(did);
  expect(document.assertionMethod).toContain(kid);
  const method = document.verificationMethod.find(({ id }) => id === kid);
  expect(method).toMatchObject({ type: 'JsonWebKey', controller: did });
  const key = await importJWK(method?.publicKeyJwk ?? {}, 'ES256');
  const { payload, protectedHeader } = await compactVerify(token, key, { algorithms: ['ES256'] });
  const credential = JSON.parse(new TextDecoder().decode(payload));
  expect(protectedHeader.typ).toBe('vc+jwt');
  expect(credential['@context'][0]).toBe('https://www.w3.org/ns/credentials/v2');
  expect(credential).not.toHaveProperty('vc');
  const issuer = typeof credential.issuer === 'string' ? credential.issuer : credential.issuer.id;
  expect(issuer).toBe(did);
  return { issuer, header: protectedHeader, credential };
}

/** Bitstring Status List v1.0, section 3.2. */
async function readStatuses(secured: Secured): Promise<Record<string, boolean>> {
  const statuses: Record<string, boolean> = {};
  for (const entry of secured.credential.credentialStatus) {
    expect(entry.type).toBe('BitstringStatusListEntry');
    const response = await fetch(entry.statusListCredential, { headers: { accept: 'application/vc+jwt' } });
    expect(response.headers.get('content-type')).toBe('application/vc+jwt');
    expect(response.headers.get('cache-control')).toContain('max-age=60');
    const list = await openSecured(await response.text());
    expect(list.issuer).toBe(secured.issuer);
    expect(list.credential.id).toBe(entry.statusListCredential);
    expect(list.credential.type).toContain('BitstringStatusListCredential');
    const { type, statusPurpose, encodedList } = list.credential.credentialSubject;
    expect([type, statusPurpose]).toEqual(['BitstringStatusList', entry.statusPurpose]);
    expect(encodedList[0]).toBe('u');
    const bits = gunzipSync(Buffer.from(encodedList.slice(1), 'base64url'));
    expect(bits.length * 8).toBeGreaterThanOrEqual(131_072);
    const index = Number(entry.statusListIndex);
    statuses[statusPurpose] = ((bits[index >> 3] ?? 0) & (0x80 >> (index & 7))) !== 0;
  }
  return statuses;
}

describe('over a real socket', () => {
  let t: TestApp;
  let api: ApiClient;
  let network: Registered;
  let ids: string[];
  let tokens: string[];

  beforeAll(async () => {
    const port = await findFreePort();
    const origin = `http://localhost:${port}`;
    t = await startApp({ environment: { PUBLIC_URL: origin } });
    await t.app.server.listen({ port, host: 'localhost' });
    api = createHttpClient(origin);
    network = await foundNetwork({ api });
    await putDossier(network.coop);
    const applicationId = await apply(network.coop, network.registrar, ALL_TYPES);
    const fields = [...new Set([...IDENTITY_FIELDS, ...STATUS_FIELDS])];
    await recordChecks(network.registrar, applicationId, fields);
    const credentials = await approve(network.registrar, applicationId);
    ids = credentials.map(({ id }) => id);
    tokens = await Promise.all(ids.map((id) => readToken(network.coop, id)));
  });
  afterAll(() => t.close());

  const change = async (action: string, n: number) => {
    const url = `/v1/credentials/${ids[n]}/${action}`;
    expectStatus(await network.registrar.api.post(url, { reason: 'a reason' }), 200);
  };
  const statusesOf = async (n: number) => readStatuses(await openSecured(tokens[n] ?? ''));
  const verdictOf = async (credential: unknown, by = api) =>
    expectStatus(await by.post('/v1/verifications', { credential }), 200).body.verdict;

  it('a stranger verifies our credentials with jose alone', async () => {
    for (const token of tokens) {
      const { credential, header, issuer } = await openSecured(token);
      expect(issuer).toBe(network.registrar.did);
      expect(header).toMatchObject({ alg: 'ES256', typ: 'vc+jwt' });
      expect(credential.credentialSubject.id).toBe(network.coop.did);
      expect(new Date(credential.validUntil).getTime()).toBeGreaterThan(t.clock.now().getTime());
      const schema = await fetch(credential.credentialSchema.id);
      expect(schema.status).toBe(200);
      for (const context of credential['@context'].slice(1)) {
        expect((await fetch(context)).status).toBe(200);
      }
    }
    expect(await statusesOf(0)).toEqual({ revocation: false, suspension: false });
  });

  it('a stranger refuses a credential that was changed', async () => {
    const [header, payload = '', signature] = (tokens[0] ?? '').split('.');
    const text = Buffer.from(payload, 'base64url').toString().replace('C3719', 'C3718');
    const forged = [header, Buffer.from(text).toString('base64url'), signature].join('.');
    await expect(openSecured(forged)).rejects.toThrow('signature verification failed');
    expect(await verdictOf(forged)).toBe('rejected');
  });

  it('anybody and a partner accept it; the partner can read its report again', async () => {
    expect(await verdictOf(tokens[0])).toBe('accepted');
    const answer = await network.partner.api.post('/v1/verifications', { credential: tokens[0] });
    const { id, verdict } = expectStatus(answer, 200).body;
    expect(verdict).toBe('accepted');
    const stored = expectStatus(await network.partner.api.get(`/v1/verifications/${id}`), 200);
    expect(stored.body).toEqual(answer.body);
    expectStatus(await network.coop.api.get(`/v1/verifications/${id}`), 404);
  });

  it('a suspension comes and goes, for a stranger as for us', async () => {
    await change('suspend', 0);
    expect(await statusesOf(0)).toEqual({ revocation: false, suspension: true });
    expect(await verdictOf(tokens[0])).toBe('rejected');
    await change('reinstate', 0);
    expect(await statusesOf(0)).toEqual({ revocation: false, suspension: false });
    expect(await verdictOf(tokens[0])).toBe('accepted');
  });

  it('a revocation sets the bit of this credential and of no other', async () => {
    await change('revoke', 0);
    expect(await statusesOf(0)).toEqual({ revocation: true, suspension: false });
    expect(await statusesOf(1)).toEqual({ revocation: false, suspension: false });
    expect([await verdictOf(tokens[0]), await verdictOf(tokens[1])]).toEqual(['rejected', 'accepted']);
  });

  it('what a rotated key has signed goes on being verified', async () => {
    const keys = `/v1/organisations/${network.registrar.id}/keys`;
    expectStatus(await network.registrar.api.post(keys, { algorithm: 'ES256' }), 201);
    expect(await statusesOf(1)).toEqual({ revocation: false, suspension: false });
    expect(await verdictOf(tokens[1])).toBe('accepted');
  });
});
