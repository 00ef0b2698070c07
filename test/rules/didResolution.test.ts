import { describe, expect, it } from 'vitest';
import { createDidResolver } from '../../src/adapters/didResolution.js';
import type { DidResolver, DidResolverParts } from '../../src/adapters/didResolution.js';
import { OutboundHttpError } from '../../src/adapters/outboundHttp.js';
import type { DidDocument } from '../../src/credentials/did/document.js';
import { FactCache } from '../../src/kernel/factCache.js';

const OWN_DID = 'did:web:passport.test:orgs:acme';

interface Answer {
  readonly status?: number;
  readonly body?: string;
}

interface World {
  readonly resolver: DidResolver;
  readonly fetched: string[];
  readonly ownAsked: string[];
  readonly clock: { now: number };
  readonly ownDocuments: FactCache<string, DidDocument>;
}

/** A network and a store in memory. An address that is not listed cannot be reached. */
function buildWorld(answers: Record<string, Answer> = {}, parts: Partial<DidResolverParts> = {}): World {
  const [fetched, ownAsked, clock]: [string[], string[], { now: number }] = [[], [], { now: 0 }];
  const options = { maxEntries: 10, ttlSeconds: 300, now: () => clock.now };
  const ownDocuments = new FactCache<string, DidDocument>(options);
  const resolver = createDidResolver({
    own: (slug) => {
      ownAsked.push(slug);
      return Promise.resolve(slug === 'acme' ? { id: OWN_DID } : undefined);
    },
    publicUrl: 'https://passport.test',
    http: {
      get(url) {
        fetched.push(url);
        const answer = answers[url];
        if (answer === undefined) return Promise.reject(new OutboundHttpError('network'));
        const body = Buffer.from(answer.body ?? '');
        return Promise.resolve({ status: answer.status ?? 200, contentType: '', headers: {}, body });
      },
    },
    allowLoopback: false,
    ownDocuments,
    foreignDocuments: new FactCache<string, DidDocument>(options),
    ...parts,
  });
  return { resolver, fetched, ownAsked, clock, ownDocuments };
}

const documentOf = (did: string): Answer => ({ body: JSON.stringify({ id: did }) });

describe('a foreign did:web', () => {
  it.each([
    ['did:web:partner.test', 'https://partner.test/.well-known/did.json'],
    ['did:web:partner.test:coop', 'https://partner.test/coop/did.json'],
    ['did:web:partner.test:a:b', 'https://partner.test/a/b/did.json'],
    ['did:web:partner.test%3A8443:a', 'https://partner.test:8443/a/did.json'],
    ['did:web:partner.test%3a8443', 'https://partner.test:8443/.well-known/did.json'],
    ['did:web:partner.test:8443', 'https://partner.test/8443/did.json'],
    ['did:web:partner.test:caf%C3%A9', 'https://partner.test/caf%C3%A9/did.json'],
    ['did:web:partner.test:a..b', 'https://partner.test/a..b/did.json'],
    ['did:web:xn--bcher-kva.test', 'https://xn--bcher-kva.test/.well-known/did.json'],
  ])('%s is read at %s', async (did, url) => {
    const { resolver, fetched } = buildWorld({ [url]: documentOf(did) });
    expect(await resolver.resolveDid(did)).toEqual({ document: { id: did } });
    expect(fetched).toEqual([url]);
  });

  it.each([
    'did:web:',
    'did:web::a',
    'did:web:partner.test:',
    'did:web:partner.test::a',
    'did:web:partner.test:a:',
    'did:web:partner.test:.',
    'did:web:partner.test:..',
    'did:web:partner.test:...',
    'did:web:partner.test:%2e%2e',
    'did:web:partner.test:%2E.',
    'did:web:partner.test:a%2Fb',
    'did:web:partner.test:a%2fb',
    'did:web:partner.test:a%5Cb',
    'did:web:partner.test:a%3Fb',
    'did:web:partner.test:a%23b',
    'did:web:partner.test:a%40b',
    'did:web:partner.test:a%25%32%46b',
    'did:web:partner.test:a%20b',
    'did:web:partner.test:a%00b',
    'did:web:partner.test:a%0Ab',
    'did:web:partner.test:%FF',
    'did:web:partner.test:%E2%80%8B',
    'did:web:user%40partner.test',
    'did:web:partner.test%2Fpath',
    'did:web:partner.test%3Fquery',
    'did:web:partner.test%23fragment',
    'did:web:partner.test%3A',
    'did:web:partner.test%3A0',
    'did:web:partner.test%3A08443',
    'did:web:partner.test%3A65536',
    'did:web:partner.test%3A1%3A2',
    'did:web:partner.test%3Aabc',
    'did:web:partner.test.',
    'did:web:.partner.test',
    'did:web:partner..test',
    'did:web:-partner.test',
    'did:web:partner_.test',
    'did:web:127.0.0.1',
    'did:web:127.1',
    'did:web:2130706433',
    'did:web:0x7f000001',
    'did:web:8.8.8.8',
    'did:web:%5B%3A%3A1%5D',
    'did:web:partner.test/path',
    'did:web:partner.test?query',
    'did:web:partner.test#key',
    'did:web:partner.test;a=b',
    `did:web:partner.test:${'a'.repeat(2_048)}`,
  ])('is refused as %s without being asked for', async (did) => {
    const { resolver, fetched } = buildWorld();
    expect(await resolver.resolveDid(did)).toEqual({ problem: 'invalid' });
    expect(fetched).toEqual([]);
  });

  const DID = 'did:web:partner.test';
  const URL_OF_DID = 'https://partner.test/.well-known/did.json';

  it.each<[string, Answer, string]>([
    ['another id', { body: '{"id":"did:web:partner.test:other"}' }, 'invalid'],
    ['an id in other case', { body: '{"id":"did:web:Partner.test"}' }, 'invalid'],
    ['no id', { body: '{}' }, 'invalid'],
    ['two ids', { body: `{"id":"did:web:evil.test","id":"${DID}"}` }, 'invalid'],
    ['an array', { body: '[]' }, 'invalid'],
    ['no JSON', { body: '<html>' }, 'invalid'],
    ['malformed methods', { body: `{"id":"${DID}","verificationMethod":{}}` }, 'invalid'],
    ['status 404', { status: 404, ...documentOf(DID) }, 'notFound'],
    ['status 410', { status: 410 }, 'notFound'],
    ['a redirect', { status: 302, ...documentOf(DID) }, 'unreachable'],
    ['status 403', { status: 403 }, 'unreachable'],
    ['status 500', { status: 500, ...documentOf(DID) }, 'unreachable'],
  ])('that answers with %s is a problem', async (_what, answer, problem) => {
    const { resolver } = buildWorld({ [URL_OF_DID]: answer });
    expect(await resolver.resolveDid(DID)).toEqual({ problem });
  });

  it.each([
    ['network', 'unreachable'],
    ['timeout', 'unreachable'],
    ['tls', 'unreachable'],
    ['forbidden-address', 'unreachable'],
    ['too-large', 'invalid'],
  ] as const)('that ends in the error %s is %s', async (reason, problem) => {
    const http = { get: () => Promise.reject(new OutboundHttpError(reason)) };
    const { resolver } = buildWorld({}, { http });
    expect(await resolver.resolveDid(DID)).toEqual({ problem });
  });

  it('is asked for with bounds', async () => {
    const seen: unknown[] = [];
    const http: DidResolverParts['http'] = {
      get(_url, { maxBytes, timeoutMs }) {
        seen.push({ maxBytes, timeoutMs });
        return Promise.reject(new OutboundHttpError('network'));
      },
    };
    await buildWorld({}, { http }).resolver.resolveDid(DID);
    expect(seen).toEqual([{ maxBytes: 65_536, timeoutMs: 3_000 }]);
  });

  it('is read once while its document is fresh', async () => {
    const { resolver, fetched, clock } = buildWorld({ [URL_OF_DID]: documentOf(DID) });
    await resolver.resolveDid(DID);
    clock.now = 299_999;
    await resolver.resolveDid(DID);
    expect(fetched).toHaveLength(1);
    clock.now = 300_000;
    await resolver.resolveDid(DID);
    expect(fetched).toHaveLength(2);
  });

  it('is asked for again after a failure', async () => {
    const answers: Record<string, Answer> = {};
    const { resolver } = buildWorld(answers);
    expect(await resolver.resolveDid(DID)).toEqual({ problem: 'unreachable' });
    answers[URL_OF_DID] = documentOf(DID);
    expect(await resolver.resolveDid(DID)).toEqual({ document: { id: DID } });
  });
});

describe('a did:web on this machine', () => {
  it.each([
    ['did:web:localhost%3A4000:a', 'http://localhost:4000/a/did.json'],
    ['did:web:partner.localhost', 'http://partner.localhost/.well-known/did.json'],
    ['did:web:127.0.0.1%3A4000', 'http://127.0.0.1:4000/.well-known/did.json'],
    ['did:web:partner.test', 'https://partner.test/.well-known/did.json'],
    ['did:web:localhost.evil.test', 'https://localhost.evil.test/.well-known/did.json'],
    ['did:web:127.evil.test', 'https://127.evil.test/.well-known/did.json'],
  ])('%s is read at %s where loopback is allowed', async (did, url) => {
    const { resolver } = buildWorld({ [url]: documentOf(did) }, { allowLoopback: true });
    expect(await resolver.resolveDid(did)).toEqual({ document: { id: did } });
  });

  it('is read over https where it is not', async () => {
    const { resolver, fetched } = buildWorld();
    await resolver.resolveDid('did:web:localhost%3A4000');
    expect(fetched).toEqual(['https://localhost:4000/.well-known/did.json']);
  });
});

describe('a did:web of ours', () => {
  it('comes from the store', async () => {
    const { resolver, fetched, ownAsked } = buildWorld();
    expect(await resolver.resolveDid(OWN_DID)).toEqual({ document: { id: OWN_DID } });
    expect([fetched, ownAsked]).toEqual([[], ['acme']]);
  });

  it.each([
    ['did:web:passport.test:orgs:unknown', 'notFound'],
    ['did:web:passport.test', 'notFound'],
    ['did:web:passport.test:orgs', 'notFound'],
    ['did:web:passport.test:orgs:acme:more', 'notFound'],
    ['did:web:passport.test:other:acme', 'notFound'],
    ['did:web:passport.test%3A443:orgs:acme', 'invalid'],
    ['did:web:PASSPORT.test:orgs:acme', 'invalid'],
    ['did:web:passport.test:orgs:%61cme', 'invalid'],
  ])('%s is %s and never asked for over HTTP', async (did, problem) => {
    const { resolver, fetched } = buildWorld();
    expect(await resolver.resolveDid(did)).toEqual({ problem });
    expect(fetched).toEqual([]);
  });

  it('with another port is not ours', async () => {
    const { resolver, fetched } = buildWorld();
    await resolver.resolveDid('did:web:passport.test%3A8443:orgs:acme');
    expect(fetched).toEqual(['https://passport.test:8443/orgs/acme/did.json']);
  });

  it('comes from the store when our own address is one of loopback', async () => {
    const did = 'did:web:localhost%3A3000:orgs:acme';
    const { resolver, fetched } = buildWorld(
      {},
      {
        publicUrl: 'http://localhost:3000',
        allowLoopback: true,
        own: () => Promise.resolve({ id: did }),
      },
    );
    expect(await resolver.resolveDid(did)).toEqual({ document: { id: did } });
    expect(fetched).toEqual([]);
  });

  it('is read from the store once, and again after an invalidation', async () => {
    const { resolver, ownAsked, ownDocuments } = buildWorld();
    await resolver.resolveDid(OWN_DID);
    await resolver.resolveDid(OWN_DID);
    expect(ownAsked).toHaveLength(1);
    ownDocuments.invalidate(OWN_DID);
    await resolver.resolveDid(OWN_DID);
    expect(ownAsked).toHaveLength(2);
  });

  it('cannot be pushed out of the cache by the DIDs of strangers', async () => {
    const strangers = Array.from({ length: 20 }, (_unused, n) => `did:web:stranger${n}.test`);
    const answers = strangers.map((did) => [
      `https://${did.slice('did:web:'.length)}/.well-known/did.json`,
      documentOf(did),
    ]);
    const { resolver, ownAsked } = buildWorld(Object.fromEntries(answers) as Record<string, Answer>);
    for (const did of [OWN_DID, ...strangers, OWN_DID]) await resolver.resolveDid(did);
    expect(ownAsked).toHaveLength(1);
  });

  it('passes on that the store failed: that is no finding about the DID', async () => {
    const { resolver } = buildWorld({}, { own: () => Promise.reject(new Error('database is down')) });
    await expect(resolver.resolveDid(OWN_DID)).rejects.toThrow('database is down');
  });
});

describe('another DID', () => {
  it('of did:key is its key', async () => {
    const did = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK';
    expect(await buildWorld().resolver.resolveDid(did)).toMatchObject({ document: { id: did } });
  });

  it('of did:jwk is its key', async () => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
    const did = `did:jwk:${Buffer.from(JSON.stringify(jwk)).toString('base64url')}`;
    expect(await buildWorld().resolver.resolveDid(did)).toMatchObject({ document: { id: did } });
  });

  it.each(['did:key:zNotAKey', 'did:jwk:e30', 'did:jwk:bm90IGpzb24', 'did:key:a:b'])(
    '%s is invalid',
    async (did) => {
      expect(await buildWorld().resolver.resolveDid(did)).toEqual({ problem: 'invalid' });
    },
  );

  it.each(['did:example:123', 'did:ion:abc', 'did:constructor:a', 'did:toString:a', 'did:hasownproperty:a'])(
    '%s has no method that we resolve',
    async (did) => {
      const problem = /[A-Z]/.test(did) ? 'invalid' : 'methodNotSupported';
      expect(await buildWorld().resolver.resolveDid(did)).toEqual({ problem });
    },
  );

  it.each(['', 'did', 'did:', 'did:web', 'https://partner.test', 'DID:web:partner.test', 'did:web:a b'])(
    '%j is invalid',
    async (did) => {
      expect(await buildWorld().resolver.resolveDid(did)).toEqual({ problem: 'invalid' });
    },
  );
});
