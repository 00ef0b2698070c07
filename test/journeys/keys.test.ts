import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createIdempotencyStore } from '../../src/adapters/database/idempotencyStore.js';
import { onBehalfOf } from '../../src/adapters/database/context.js';
import type { DatabaseConnection } from '../../src/adapters/database/connect.js';
import { readConfig } from '../../src/config.js';
import {
  findMetadataKey,
  issuerMetadataUrl,
  readIssuerMetadata,
} from '../../src/credentials/securing/sdJwt/issuerMetadata.js';
import { addIdentifierRoutes } from '../../src/features/identifiers/routes.js';
import { buildServer, type Server } from '../../src/http/server.js';
import type { Role } from '../../src/kernel/caller.js';
import { AppError } from '../../src/kernel/errors.js';
import { newId, type OrganisationId } from '../../src/kernel/ids.js';
import { openTestDatabase, serviceOf } from '../support/database.js';
import {
  FOUNDED_AT,
  foundOrganisation,
  PUBLIC_URL,
  startIdentifiers,
  type IdentifiersProcess,
} from '../support/identifiers.js';

let database: DatabaseConnection;
let parts: IdentifiersProcess;
let server: Server;

beforeAll(async () => {
  database = await openTestDatabase();
  parts = startIdentifiers(serviceOf(database));
  server = await startServer();
});
afterAll(async () => {
  await server.close();
  await database.close();
});

/** The production server with the routes of this feature; a token names role and organisation, since signing in is another journey. */
async function startServer(): Promise<Server> {
  const built = await buildServer(readConfig({ PUBLIC_URL, LOG_LEVEL: 'silent' }), {
    authenticate: () => async (request) => {
      const [role, organisationId] = request.headers.authorization?.split(' ') ?? [];
      if (role === undefined || organisationId === undefined) throw new AppError('auth/required', 'Sign in.');
      return {
        kind: 'member',
        personId: newId<'person'>(),
        sessionId: newId<'session'>(),
        membershipId: newId<'membership'>(),
        organisationId: organisationId as OrganisationId,
        role: role as Role,
      };
    },
    onBehalfOf,
    idempotency: createIdempotencyStore(serviceOf(database).db),
    readiness: { check: async () => undefined },
    now: () => FOUNDED_AT,
    version: '0.0.0',
  });
  addIdentifierRoutes(built, parts.identifiers);
  await built.ready();
  return built;
}

let organisationCount = 0;

async function found() {
  const slug = `journey-${++organisationCount}`;
  const { organisationId, did } = await foundOrganisation(database, parts, slug);
  const keys = `/v1/organisations/${organisationId}/keys`;
  const as = (role: Role) => ({ authorization: `${role} ${organisationId}` });
  return {
    organisationId,
    did,
    keys,
    as,
    document: async () => (await server.inject(`/orgs/${slug}/did.json`)).json(),
    documentUrl: `/orgs/${slug}/did.json`,
    issuer: `${PUBLIC_URL}/orgs/${slug}`,
    metadata: async () => (await server.inject(`/.well-known/jwt-vc-issuer/orgs/${slug}`)).json(),
    metadataUrl: `/.well-known/jwt-vc-issuer/orgs/${slug}`,
    list: async () => (await server.inject({ url: keys, headers: as('viewer') })).json().items,
    rotate: (algorithm: unknown, role: Role = 'admin') =>
      server.inject({ method: 'POST', url: keys, headers: as(role), payload: { algorithm } as object }),
    revoke: (keyId: string, payload: object, role: Role = 'admin') =>
      server.inject({ method: 'POST', url: `${keys}/${keyId}/revoke`, headers: as(role), payload }),
    activeKey: (algorithm: 'ES256' | 'EdDSA') =>
      parts.identifiers.activeKey(database.db, organisationId, algorithm),
  };
}

const stolen = { compromisedAt: FOUNDED_AT.toISOString(), reason: 'A backup was stolen' };

describe('the DID document', () => {
  it('is served as application/did+json for a minute', async () => {
    const { did, documentUrl } = await found();
    const answer = await server.inject(documentUrl);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toMatch(/^application\/did\+json/);
    expect(answer.headers['cache-control']).toBe('public, max-age=60');
    expect(answer.json().id).toBe(did);
  });

  it('has two keys, each in two forms, for both purposes', async () => {
    const document = await (await found()).document();
    const methods = document.verificationMethod as { id: string; type: string }[];
    expect(methods.map(({ type }) => type)).toEqual(['JsonWebKey', 'Multikey', 'JsonWebKey', 'Multikey']);
    expect(document.assertionMethod).toEqual(methods.map(({ id }) => id));
    expect(document.authentication).toEqual(methods.map(({ id }) => id));
  });

  it('is 304 to who has it, until a key changes', async () => {
    const { documentUrl, rotate } = await found();
    const { etag } = (await server.inject(documentUrl)).headers;
    const headers = { 'if-none-match': `W/"other", ${etag}` };
    const known = await server.inject({ url: documentUrl, headers });
    expect([known.statusCode, known.body, known.headers.etag]).toEqual([304, '', etag]);
    await rotate('ES256');
    expect((await server.inject({ url: documentUrl, headers })).statusCode).toBe(200);
  });

  it.each(['nobody', 'a%2Fb', 'a:keys', 'UPPER'])('does not exist for the slug %s', async (slug) => {
    expect((await server.inject(`/orgs/${slug}/did.json`)).statusCode).toBe(404);
  });

  it.each(['a%00b', '%E0%A4%A', 'a'.repeat(101)])('is asked for wrongly with the slug %s', async (slug) => {
    expect((await server.inject(`/orgs/${slug}/did.json`)).statusCode).toBe(400);
  });
});

describe('the JWT VC issuer metadata', () => {
  type Key = { kid: string };
  const kidsOf = (metadata: { jwks: { keys: Key[] } }) => metadata.jwks.keys.map(({ kid }) => kid);

  it('is served as JSON for a minute, as data only', async () => {
    const { metadataUrl } = await found();
    const { statusCode, headers } = await server.inject(metadataUrl);
    expect(statusCode).toBe(200);
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(headers).toMatchObject({
      'cache-control': 'public, max-age=60',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'",
    });
  });

  it('names the issuer and the keys of the DID document, under the same ids', async () => {
    const { metadata, document, issuer } = await found();
    const { issuer: named, jwks } = await metadata();
    expect(named).toBe(issuer);
    const { verificationMethod, assertionMethod } = await document();
    const methods = (verificationMethod as { id: string; publicKeyJwk?: Record<string, string> }[]).filter(
      ({ id, publicKeyJwk }) => publicKeyJwk && assertionMethod.includes(id),
    );
    expect(methods).toHaveLength(2);
    const expected = methods.map(({ id, publicKeyJwk = {} }) => {
      const { alg: _alg, kid: _thumbprint, ...jwk } = publicKeyJwk;
      return { ...jwk, kid: id, use: 'sig' };
    });
    expect(jwks.keys).toEqual(expected);
  });

  it('stands where a verifier looks for it, and gives it the key that a token names', async () => {
    const { metadata, issuer, activeKey, metadataUrl } = await found();
    const url = issuerMetadataUrl(issuer.replace('http:', 'https:'));
    expect(url).toBe(`${PUBLIC_URL.replace('http:', 'https:')}${metadataUrl}`);
    const read = readIssuerMetadata(await metadata(), issuer);
    if (!read || !('keys' in read)) throw new Error('no keys');
    const { kid } = await activeKey('EdDSA');
    expect(findMetadataKey(read.keys, kid)?.algorithm).toBe('EdDSA');
  });

  it('keeps a retired key', async () => {
    const { metadata, rotate, activeKey } = await found();
    const { kid } = await activeKey('ES256');
    const { kid: newKid } = (await rotate('ES256')).json();
    expect(kidsOf(await metadata())).toEqual(expect.arrayContaining([kid, newKid]));
  });

  it('does not have a revoked key any more', async () => {
    const { metadata, revoke, activeKey } = await found();
    const { id, kid } = await activeKey('ES256');
    expect(kidsOf(await metadata())).toContain(kid);
    await revoke(id, stolen);
    const kids = kidsOf(await metadata());
    expect(kids).not.toContain(kid);
    expect(kids).toContain((await activeKey('ES256')).kid);
  });

  it('is 304 to who has it, until a key changes', async () => {
    const { metadataUrl, rotate } = await found();
    const { etag } = (await server.inject(metadataUrl)).headers;
    const headers = { 'if-none-match': String(etag) };
    expect((await server.inject({ url: metadataUrl, headers })).statusCode).toBe(304);
    await rotate('EdDSA');
    expect((await server.inject({ url: metadataUrl, headers })).statusCode).toBe(200);
  });

  it.each(['nobody', 'a%2Fb', 'UPPER'])('does not exist for the slug %s', async (slug) => {
    const answer = await server.inject(`/.well-known/jwt-vc-issuer/orgs/${slug}`);
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'resource/not-found']);
  });
});

describe('rotation', () => {
  it('answers 201 with the new key, whose Location can be read', async () => {
    const { rotate, did, as } = await found();
    const answer = await rotate('EdDSA');
    expect(answer.statusCode).toBe(201);
    expect(answer.json()).toMatchObject({ algorithm: 'EdDSA', state: 'active' });
    expect(answer.json().kid.startsWith(`${did}#`)).toBe(true);
    const read = await server.inject({ url: String(answer.headers.location), headers: as('viewer') });
    expect(read.json()).toEqual(answer.json());
  });

  it('retires the key before: it stays for what it signed and leaves authentication', async () => {
    const { rotate, activeKey, document, list } = await found();
    const { kid } = await activeKey('ES256');
    const { kid: newKid } = (await rotate('ES256')).json();
    const { assertionMethod, authentication } = await document();
    expect(assertionMethod).toEqual(expect.arrayContaining([kid, newKid]));
    expect(authentication).toContain(newKid);
    expect(authentication).not.toContain(kid);
    expect((await list()).map((key: { state: string }) => key.state)).toEqual([
      'active',
      'active',
      'retired',
    ]);
  });

  it('tells this process at once that the DID changed', async () => {
    const { rotate, did } = await found();
    await rotate('ES256');
    expect(parts.changedDids.at(-1)).toBe(did);
  });

  it('leaves audit and log rows, the log naming nobody', async () => {
    const { rotate, organisationId, did, activeKey } = await found();
    const { kid } = await activeKey('ES256');
    const thumbprint = kid.slice(did.length + 1);
    await rotate('ES256');
    const { db } = database;
    const audit = await db
      .selectFrom('audit_entries')
      .select('action')
      .where('organisation_id', '=', organisationId)
      .orderBy('id')
      .execute();
    expect(audit.map(({ action }) => action)).toEqual([
      'key.created',
      'key.created',
      'key.retired',
      'key.created',
    ]);
    const log = await db.selectFrom('log_entries').selectAll().orderBy('position').execute();
    const entries = log.filter(({ entry }) => entry.includes(thumbprint));
    expect(entries.map((row) => row.kind)).toEqual(['key.created', 'key.retired']);
    expect(log.filter(({ entry }) => entry.includes(did) || entry.includes(organisationId))).toEqual([]);
  });

  it.each([undefined, 'RS256', 'none', 1, null, ['ES256']])('refuses the algorithm %j', async (algorithm) => {
    const { statusCode, headers } = await (await found()).rotate(algorithm);
    expect(statusCode).toBe(400);
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
  });

  it('two at once both succeed, and one key is active', async () => {
    const { rotate, list } = await found();
    const answers = await Promise.all([rotate('ES256'), rotate('ES256')]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([201, 201]);
    const keys = (await list()) as { algorithm: string; state: string }[];
    expect(keys.filter(({ algorithm, state }) => algorithm === 'ES256' && state === 'active')).toHaveLength(
      1,
    );
  });
});

describe('revocation', () => {
  it('of the active key ends it with the instant of compromise, and a new one takes its place', async () => {
    const { revoke, activeKey, document } = await found();
    const { id, kid } = await activeKey('ES256');
    const answer = await revoke(id, stolen);
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ id, state: 'revoked', ...stolen });
    const { verificationMethod, assertionMethod, authentication } = await document();
    const method = verificationMethod.find((entry: { id: string }) => entry.id === kid);
    expect(method.revoked).toBe(stolen.compromisedAt);
    expect([...assertionMethod, ...authentication]).not.toContain(kid);
    expect((await activeKey('ES256')).id).not.toBe(id);
  });

  it('of a retired key leaves the active one as it is', async () => {
    const { revoke, rotate, activeKey } = await found();
    const { id } = await activeKey('ES256');
    await rotate('ES256');
    const current = await activeKey('ES256');
    expect((await revoke(id, stolen)).json()).toMatchObject({ id, state: 'revoked' });
    expect(await activeKey('ES256')).toEqual(current);
  });

  it('has what the key signed signed anew before it answers', async () => {
    const { revoke, activeKey, organisationId } = await found();
    const { id } = await activeKey('ES256');
    await revoke(id, stolen);
    expect(parts.revokedKeys.at(-1)).toMatchObject({ keyId: id, organisationId });
  });

  it('is final', async () => {
    const { revoke, activeKey } = await found();
    const { id } = await activeKey('ES256');
    await revoke(id, stolen);
    const again = await revoke(id, stolen);
    expect([again.statusCode, again.json().code]).toEqual([409, 'keys/already-revoked']);
  });

  it('keeps the reason from the audit trail and the log', async () => {
    const { revoke, activeKey, organisationId } = await found();
    await revoke((await activeKey('ES256')).id, { ...stolen, reason: 'found in a drawer' });
    const audit = await database.db
      .selectFrom('audit_entries')
      .selectAll()
      .where('organisation_id', '=', organisationId)
      .execute();
    const log = await database.db.selectFrom('log_entries').selectAll().execute();
    expect(JSON.stringify([audit, log])).not.toContain('drawer');
  });

  it.each([
    ['in the future', { compromisedAt: '2026-11-02T08:00:00.001Z' }],
    ['without offset', { compromisedAt: '2026-11-02T08:00:00' }],
    ['on a leap second', { compromisedAt: '2016-12-31T23:59:60Z' }],
    ['that is none', { compromisedAt: 'yesterday' }],
    ['that is a number', { compromisedAt: 1 }],
  ])('refuses an instant %s, pointing at it', async (_name, bad) => {
    const { revoke, activeKey } = await found();
    const answer = await revoke((await activeKey('ES256')).id, { ...stolen, ...bad });
    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors[0].pointer).toBe('/compromisedAt');
  });

  it.each([
    [{ reason: '' }],
    [{ reason: ' ' }],
    [{ reason: 'a\u0000b' }],
    [{ reason: 'a'.repeat(501) }],
    [{ more: 1 }],
  ])('refuses %j', async (bad) => {
    const { revoke, activeKey } = await found();
    expect((await revoke((await activeKey('ES256')).id, { ...stolen, ...bad })).statusCode).toBe(400);
  });
});

describe('who may', () => {
  it.each(['viewer', 'reviewer', 'delegate'] as const)('a %s reads keys and changes none', async (role) => {
    const { keys, as, rotate, revoke, activeKey } = await found();
    const { id } = await activeKey('ES256');
    expect((await server.inject({ url: keys, headers: as(role) })).statusCode).toBe(200);
    expect((await rotate('ES256', role)).statusCode).toBe(403);
    expect((await revoke(id, stolen, role)).statusCode).toBe(403);
  });

  it('an anonymous caller reads none', async () => {
    expect((await server.inject((await found()).keys)).statusCode).toBe(401);
  });

  it("another organisation's keys do not exist", async () => {
    const [mine, theirs] = [await found(), await found()];
    const { id } = await theirs.activeKey('ES256');
    const headers = mine.as('admin');
    const read = await server.inject({ url: theirs.keys, headers });
    const readByOwnPath = await server.inject({ url: `${mine.keys}/${id}`, headers });
    const rotate = await server.inject({
      method: 'POST',
      url: theirs.keys,
      headers,
      payload: { algorithm: 'ES256' },
    });
    const revoke = await mine.revoke(id, stolen);
    expect([read, readByOwnPath, rotate, revoke].map(({ statusCode }) => statusCode)).toEqual([
      404, 404, 404, 404,
    ]);
    expect((await theirs.activeKey('ES256')).id).toBe(id);
  });

  it('pages go from the newest key to the oldest', async () => {
    const { keys, as, rotate } = await found();
    await rotate('ES256');
    const first = await server.inject({ url: `${keys}?limit=2`, headers: as('viewer') });
    const { items, next } = first.json();
    const second = await server.inject({ url: `${keys}?limit=2&after=${next}`, headers: as('viewer') });
    expect([items.length, second.json().items.length, second.json().next]).toEqual([2, 1, undefined]);
  });
});
