import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { registerOrganisation, type Organisation } from '../support/network.js';

/** DID Resolution 1.0 (W3C Candidate Recommendation of 2026) over HTTP, with what its published test suite asks. */

const RESULT = 'application/did-resolution';
const DEREFERENCED = 'application/did-url-dereferencing';
const OLD_RESULT = 'application/ld+json;profile="https://w3id.org/did-resolution"';

const KEY_DIDS = [
  'did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp',
  'did:key:zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv',
  'did:key:z82Lkytz3HqpWiBmt2853ZgNgNG8qVoUJnyoMvGw6ZEBktGcwUVdKpUNJHct1wvp9pXjr7Y',
  'did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme',
];
const KEY_DID = KEY_DIDS[0]!;
const KEY_METHOD = `${KEY_DID}#${KEY_DID.slice('did:key:'.length)}`;
/** Of a P-384 key with a thumbprint for a `kid`: longer than a router's parameter may be. */
const JWK_DID =
  'did:jwk:eyJraWQiOiJ1cm46aWV0ZjpwYXJhbXM6b2F1dGg6andrLXRodW1icHJpbnQ6c2hhLTI1Njpnc0w0VTRxX1J6VFhRckpwQUNnZGkwb1lCdUV1QjNZNWZFanhDd1NPUFlBIiwia3R5IjoiRUMiLCJjcnYiOiJQLTM4NCIsImFsZyI6IkVTMzg0IiwieCI6ImEtRWV5T2hlRUNWcDJqRkdVRTNqR0RCNlAzVV80S0lyZHRzTU9RQXFQN0NBMlVvV3NERG1nOWdJUVhiOEthd0ciLCJ5Ijoib3cxWDJ6VFVRaG12elY4NnpHdGhKc0xLeDE2MmhmSmxmN1p0OTFYUnZBTzRScE4zR2RGaVl3Tmc0NXJWUmlUcSJ9';

let app: TestApp;
let coop: Organisation;
beforeAll(async () => {
  app = await startApp({ environment: { PUBLIC_URL: 'http://localhost:3000' } });
  coop = await registerOrganisation(app.api, 'Albion Housing Co-operative Limited');
});
afterAll(() => app.close());

/** Results are JSON under names that do not say so. */
async function resolve(identifier: string, accept?: string): Promise<Answer> {
  const answer = await app.api.get(`/1.0/identifiers/${identifier}`, accept === undefined ? {} : { accept });
  return { ...answer, body: JSON.parse(answer.text) };
}

const mediaTypeOf = ({ headers }: Answer) => headers['content-type'];

function expectError(answer: Answer, status: number, code: string): void {
  expect(answer.status).toBe(status);
  expect(mediaTypeOf(answer)).toBe(RESULT);
  expect(answer.body).toEqual({
    didDocument: null,
    didResolutionMetadata: {
      error: {
        type: `https://www.w3.org/ns/did#${code}`,
        title: expect.any(String) as string,
        detail: expect.any(String) as string,
      },
    },
    didDocumentMetadata: {},
  });
}

describe('a DID of this installation', () => {
  it('has a port in it, which is not decoded away', async () => {
    expect(coop.did).toContain('localhost%3A3000');
    const { status, body } = await resolve(coop.did);
    expect([status, body.didDocument.id]).toEqual([200, coop.did]);
  });

  it('may be percent-encoded as a whole', async () => {
    const { body } = await resolve(encodeURIComponent(coop.did));
    expect(body.didDocument.id).toBe(coop.did);
  });

  it('that was never given is 404', async () => {
    expectError(await resolve(`${coop.did}-2`), 404, 'NOT_FOUND');
  });

  it('gives the document that its own address gives', async () => {
    const { body } = await resolve(coop.did, 'application/did');
    expect(body).toEqual((await app.api.get(`/orgs/${coop.slug}/did.json`)).body);
  });
});

describe('a DID that is a key', () => {
  it.each([...KEY_DIDS, JWK_DID])('%s has a complete result', async (did) => {
    const answer = await resolve(did);
    expect(answer.status).toBe(200);
    expect(mediaTypeOf(answer)).toBe(RESULT);
    expect(answer.body).toMatchObject({
      didDocument: { id: did },
      didResolutionMetadata: { contentType: 'application/did' },
      didDocumentMetadata: {},
    });
  });

  it('may be kept for long', async () => {
    expect((await resolve(KEY_DID)).headers['cache-control']).toContain('max-age=86400');
  });
});

describe('by Accept', () => {
  it.each([undefined, '*/*', RESULT, `${RESULT};q=1, application/did;q=0.5`, 'application/*'])(
    '%s there is the complete result',
    async (accept) => {
      const answer = await resolve(KEY_DID, accept);
      expect(mediaTypeOf(answer)).toBe(RESULT);
      expect(answer.body).toHaveProperty('didResolutionMetadata');
    },
  );

  it('there is the result under its old name', async () => {
    const { status, headers, body } = await resolve(KEY_DID, OLD_RESULT);
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(
      /^application\/ld\+json; ?profile="https:\/\/w3id\.org\/did-resolution"/,
    );
    expect(body).toMatchObject({
      '@context': 'https://w3id.org/did-resolution/v1',
      didDocument: { id: KEY_DID },
    });
  });

  it.each([
    'application/did',
    'application/did+json',
    'application/did+ld+json',
    'application/json',
    'application/ld+json',
  ])('%s there is the document alone', async (accept) => {
    const answer = await resolve(KEY_DID, accept);
    expect(mediaTypeOf(answer)).toMatch(new RegExp(`^${accept.replaceAll('+', '\\+')}(?:;|$)`));
    expect(answer.body.id).toBe(KEY_DID);
    expect(answer.body).not.toHaveProperty('didDocument');
  });

  it.each(['application/x-unsupported', 'text/html', 'image/*'])('%s there is nothing', async (accept) => {
    expectError(await resolve(KEY_DID, accept), 406, 'REPRESENTATION_NOT_SUPPORTED');
  });

  it('as an option, where no header says so', async () => {
    expect(mediaTypeOf(await resolve(`${KEY_DID}?accept=application/did`))).toBe('application/did');
    expect(mediaTypeOf(await resolve(`${KEY_DID}?accept=application/did`, RESULT))).toBe(RESULT);
  });
});

describe('a DID is refused', () => {
  it.each([
    '',
    'not-a-did',
    'did:example',
    'did:',
    'DID:key:z6Mk',
    'did:key:zzz',
    `${KEY_DID}x`,
    'did:jwk:bnVsbA',
    'did:web:10.0.0.1',
    'did:web:a.example:..:b',
    '%25',
    encodeURIComponent(`${KEY_DID} `),
  ])('400 when it is %j', async (did) => {
    expectError(await resolve(did), 400, 'INVALID_DID');
  });

  it('400 when it is a DID URL, where a resolution is asked for', async () => {
    expectError(await resolve(encodeURIComponent(KEY_METHOD), RESULT), 400, 'INVALID_DID');
  });

  it.each(['did:unsupported:123456789abcdefghi', 'did:constructor:a', 'did:example:a:b'])(
    '501 when its method is unknown: %s',
    async (did) => {
      expectError(await resolve(did), 501, 'METHOD_NOT_SUPPORTED');
    },
  );

  it('501 when it is a key of a kind that is not used', async () => {
    const x25519 = 'did:key:z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc';
    expectError(await resolve(x25519), 501, 'FEATURE_NOT_SUPPORTED');
  });

  it('in a result even where the document alone is asked for', async () => {
    expectError(await resolve('not-a-did', 'application/did'), 400, 'INVALID_DID');
  });

  it('500 when whoever has it cannot be reached', async () => {
    expectError(await resolve('did:web:no-such-host.invalid'), 500, 'INTERNAL_ERROR');
  });
});

describe('an option', () => {
  const NOT_ASCII = ['🔥', 'Привет', 'こんにちは', 'مرحبا', 'foo\u200Bbar'].map(encodeURIComponent);
  const NAMES = ['service', 'serviceType', 'relativeRef', 'versionId', 'versionTime', 'hl', 'accept'];
  const CASES = NAMES.flatMap((name) => NOT_ASCII.map((value) => `${name}=${value}`));

  it.each(CASES)('?%s is not ASCII', async (query) => {
    expectError(await resolve(`${KEY_DID}?${query}`), 400, 'INVALID_OPTIONS');
  });

  it.each([
    '2025-10-07 12:30:45',
    '2025/10/07T12:30:45',
    '2025-13-07T12:30:45',
    '2025-10-07T25:00:00',
    '2025-10-07T12:30:60',
    '2025-10-07T12:30:45+24:00',
    '2025-10-07',
    'T12:30:45',
    '2025-10-07T00:00:00+02:00',
    '2025-10-07T00:00:00',
    '2025-10-07T00:00:00.123Z',
  ])('versionTime=%s is no instant in UTC and whole seconds', async (time) => {
    for (const did of [KEY_DID, coop.did]) {
      const answer = await resolve(`${did}?versionTime=${encodeURIComponent(time)}`);
      expectError(answer, 400, 'INVALID_OPTIONS');
    }
  });

  it('versionTime gives the document of a key at any time', async () => {
    const { status, body } = await resolve(`${KEY_DID}?versionTime=2025-10-07T14:30:00Z`);
    expect([status, body.didDocument.id]).toEqual([200, KEY_DID]);
  });

  it('versionTime is not answered with the document of now', async () => {
    const answer = await resolve(`${coop.did}?versionTime=2025-10-07T14:30:00Z`);
    expectError(answer, 501, 'FEATURE_NOT_SUPPORTED');
  });

  it.each(['my path/file', 'file#section', 'dir/with?query=value'])(
    'relativeRef=%s is not encoded',
    async (ref) => {
      expectError(await resolve(`${KEY_DID}?relativeRef=${encodeURIComponent(ref)}`), 400, 'INVALID_OPTIONS');
    },
  );

  it.each([
    'service=linkedDomain',
    'serviceType=LinkedDomain',
    'relativeRef=my%2520path/file',
    'noCache=false',
  ])('?%s has no part in the resolution', async (query) => {
    expect((await resolve(`${KEY_DID}?${query}`)).body.didDocument.id).toBe(KEY_DID);
  });

  it.each(['noCache=true', 'versionId=1', 'hl=zQm', 'option1=value1'])(
    '?%s is not supported',
    async (query) => {
      expectError(await resolve(`${KEY_DID}?${query}`), 501, 'FEATURE_NOT_SUPPORTED');
    },
  );

  it.each(['expandRelativeUrls=yes', 'versionTime=2025-10-07T14:30:00Z&versionTime=2026-10-07T14:30:00Z'])(
    '?%s is not valid',
    async (query) => {
      expectError(await resolve(`${KEY_DID}?${query}`), 400, 'INVALID_OPTIONS');
    },
  );

  it('may follow an encoded DID', async () => {
    const { body } = await resolve(`${encodeURIComponent(coop.did)}?expandRelativeUrls=true`);
    expect(body.didDocument.id).toBe(coop.did);
  });
});

describe('a DID URL', () => {
  it.each([
    ['encoded', encodeURIComponent(KEY_METHOD)],
    ['with its hash alone encoded', KEY_METHOD.replace('#', '%23')],
  ])('%s gives the method that it names', async (_, identifier) => {
    const answer = await resolve(identifier, DEREFERENCED);
    expect(answer.status).toBe(200);
    expect(mediaTypeOf(answer)).toBe(DEREFERENCED);
    expect(answer.body).toMatchObject({
      contentStream: { id: KEY_METHOD, type: 'Multikey' },
      dereferencingMetadata: { contentType: 'application/did' },
      contentMetadata: {},
    });
  });

  it('gives the method alone to who asks for no result', async () => {
    expect((await resolve(encodeURIComponent(KEY_METHOD), 'application/json')).body.id).toBe(KEY_METHOD);
  });

  it('of a DID gives its document', async () => {
    expect((await resolve(coop.did, DEREFERENCED)).body.contentStream.id).toBe(coop.did);
  });

  it.each([
    ['of no method', `${KEY_DID}#none`, 404, 'NOT_FOUND'],
    ['with a path', `${KEY_DID}/a/b`, 404, 'NOT_FOUND'],
    ['of no service', `${KEY_DID}?service=files&relativeRef=/resume.pdf`, 404, 'NOT_FOUND'],
    ['that is none', 'did:example', 400, 'INVALID_DID_URL'],
    ['with a blank', `${KEY_DID}#a b`, 400, 'INVALID_DID_URL'],
    ['of a DID that is none', 'did:key:zzz#a', 400, 'INVALID_DID'],
    ['of an unknown method', 'did:example:a#b', 501, 'METHOD_NOT_SUPPORTED'],
    ['with a parameter that is not supported', `${KEY_DID}?hl=zQm`, 501, 'FEATURE_NOT_SUPPORTED'],
  ])('%s is an error', async (_, didUrl, status, code) => {
    const answer = await resolve(encodeURIComponent(didUrl), DEREFERENCED);
    expect([answer.status, answer.body.dereferencingMetadata.error.type]).toEqual([
      status,
      `https://www.w3.org/ns/did#${code}`,
    ]);
    expect(answer.body.contentStream).toBeNull();
  });

  it('that is not encoded keeps its query', async () => {
    const answer = await resolve(`${KEY_DID}?service=files`, DEREFERENCED);
    expect(answer.status).toBe(404);
  });
});
