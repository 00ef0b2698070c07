import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { issuerIdOf, type Credential } from '../../src/credentials/dataModel.js';
import { webDidOf } from '../../src/credentials/did/webDid.js';
import { importJwk } from '../../src/credentials/keys.js';
import { coopLegalIdentity } from '../../src/credentials/profiles/coopLegalIdentity.js';
import { coopStatus } from '../../src/credentials/profiles/coopStatus.js';
import { integrityOf, publishTypeMetadata } from '../../src/credentials/profiles/typeMetadata.js';
import {
  DC_SD_JWT_PROFILE,
  parseDcSdJwt,
  prepareDcSdJwt,
  signDcSdJwt,
  verifyDcSdJwtSignature,
} from '../../src/credentials/securing/dcSdJwt.js';
import {
  composeIssuerMetadata,
  findMetadataKey,
  issuerMetadataUrl,
  readIssuerMetadata,
} from '../../src/credentials/securing/sdJwt/issuerMetadata.js';
import { presentSdJwt } from '../../src/credentials/securing/sdJwt/present.js';
import {
  composeDcSdJwtClaims,
  concealProfile,
  toCredentialView,
} from '../../src/credentials/securing/sdJwt/profileClaims.js';
import {
  parseVcSdJwt,
  prepareVcSdJwt,
  signVcSdJwt,
  VC_SD_JWT_PROFILE,
  verifyVcSdJwtSignature,
} from '../../src/credentials/securing/vcSdJwt.js';
import { valueAt } from '../../src/kernel/jsonPointer.js';
import {
  COOP_DID,
  coopKey,
  CREDENTIAL_ID,
  NOW,
  profiles,
  PUBLIC_URL,
  REGISTRAR_DID,
  registrarEdKey,
  registrarKey,
  signer,
} from '../support/issuer.js';
import { AUDIENCE, fullLegalIdentity, NONCE, random } from '../support/sdJwt.js';

const ISSUER_URL = `${PUBLIC_URL}/orgs/registrar`;
const status = { idx: 4711, uri: `${PUBLIC_URL}/status/tokens-1` };

function dcClaims(credential: Credential = fullLegalIdentity()) {
  return composeDcSdJwtClaims({
    credential,
    profile: coopLegalIdentity,
    publicUrl: PUBLIC_URL,
    issuerUrl: ISSUER_URL,
    issuedAt: NOW,
    status,
    holderKey: coopKey.jwk,
  });
}

function prepareDc(claims: Record<string, unknown> = dcClaims()) {
  return prepareDcSdJwt(claims, profiles, {
    ...concealProfile(claims, coopLegalIdentity, ''),
    random: random(),
  });
}

function prepareVc(credential: unknown = { ...fullLegalIdentity(), cnf: { jwk: coopKey.jwk } }) {
  const document = credential as Record<string, unknown>;
  return prepareVcSdJwt(credential, profiles, {
    ...concealProfile(document, coopLegalIdentity, '/credentialSubject'),
    random: random(),
  });
}

function valueOf<T>(outcome: { value: T } | { problems: readonly unknown[] }): T {
  if ('problems' in outcome) throw new Error(JSON.stringify(outcome.problems));
  return outcome.value;
}

function read<T extends object>(outcome: T): Exclude<T, { problem: unknown }> {
  if ('problem' in outcome) throw new Error(JSON.stringify(outcome));
  return outcome as Exclude<T, { problem: unknown }>;
}

function keyOf(jwk: unknown) {
  const key = importJwk(jwk);
  if (!key) throw new Error('no key');
  return key;
}

describe('dc+sd-jwt', () => {
  it.each([registrarKey, registrarEdKey])(
    'what is prepared, signed and parsed is the same ($algorithm)',
    async (key) => {
      const token = await signDcSdJwt(valueOf(prepareDc()), key, signer);
      const parsed = read(parseDcSdJwt(token));
      expect(parsed.claims).toEqual(dcClaims());
      expect(parsed.kid).toBe(key.kid);
      expect(verifyDcSdJwtSignature(parsed, keyOf(key.jwk))).toBe(true);
      expect(verifyDcSdJwtSignature(parsed, keyOf(coopKey.jwk))).toBe(false);
    },
  );

  it('says in registered claims what they are there for', () => {
    expect(dcClaims()).toMatchObject({
      iss: ISSUER_URL,
      sub: COOP_DID,
      jti: CREDENTIAL_ID,
      vct: `${PUBLIC_URL}/types/CoopLegalIdentityCredential/v1`,
      iat: NOW.getTime() / 1000,
      nbf: NOW.getTime() / 1000 - 86_400,
      exp: NOW.getTime() / 1000 + 365 * 86_400,
      status: { status_list: status },
      cnf: { jwk: coopKey.jwk },
      legalName: 'Abeona Housing Co-operative Limited',
    });
  });

  it('shows nothing but what is always disclosed before the holder chooses', async () => {
    const token = await signDcSdJwt(valueOf(prepareDc()), registrarKey, signer);
    const { presentation } = read(await presentSdJwt(token, DC_SD_JWT_PROFILE, { disclose: [] }));
    expect(Object.keys(read(parseDcSdJwt(presentation)).claims).sort()).toEqual([
      'assuranceLevel',
      'cnf',
      'evidence',
      'exp',
      'iat',
      'iss',
      'jti',
      'jurisdiction',
      'nbf',
      'status',
      'sub',
      'termsOfUse',
      'vct',
      'vct#integrity',
    ]);
  });

  it('discloses one field of one address', async () => {
    const token = await signDcSdJwt(valueOf(prepareDc()), registrarKey, signer);
    const { presentation } = read(
      await presentSdJwt(token, DC_SD_JWT_PROFILE, {
        disclose: ['/addresses/1/locality'],
        keyBinding: { audience: AUDIENCE, nonce: NONCE, issuedAt: NOW, key: coopKey, signer },
      }),
    );
    expect(read(parseDcSdJwt(presentation)).claims['addresses']).toEqual([{ locality: 'Leeds' }]);
  });

  it('reads back as the credential that it was made from', () => {
    const { credentialStatus: _, ...expected } = fullLegalIdentity();
    expect(toCredentialView(dcClaims(), REGISTRAR_DID, profiles)).toMatchObject(expected);
  });

  it("does not take a legal entity's status for the token's", () => {
    const base = fullLegalIdentity();
    const subject = { ...(base.credentialSubject as object), status: 'registered' };
    const credential = { ...base, credentialSubject: subject };
    const claims = dcClaims(credential);
    expect(claims).toMatchObject({ registrationStatus: 'registered', status: { status_list: status } });
    expect(toCredentialView(claims, REGISTRAR_DID, profiles).credentialSubject).toEqual(subject);
  });

  it('is the same text again when it is prepared again with the same seed', () => {
    expect(valueOf(prepareDc()).payload).toBe(valueOf(prepareDc()).payload);
    expect(valueOf(prepareDc()).payloadDigest).toEqual(
      createHash('sha256').update(valueOf(prepareDc()).payload).digest(),
    );
  });

  it.each<[string, Record<string, unknown>]>([
    ["what contradicts the type's schema", { ...dcClaims(), legalName: 7 }],
    ['what the schema calls for and is not there', { ...dcClaims(), legalName: undefined }],
    ['a type without issuer', { vct: 'https://a.example/t' }],
    ['an issuer without did:web', { vct: 'https://a.example/t', iss: 'https://a.example/?q=1' }],
    ['what is not JSON', { ...dcClaims(), extra: 1n }],
    ['exp as text', { ...dcClaims(), exp: 'never' }],
  ])('does not prepare %s', (_, claims) => {
    expect(prepareDcSdJwt(claims, profiles, { disclosable: [], random: random() })).toHaveProperty(
      'problems',
    );
  });

  it.each(['/vct', '/status', '/cnf/jwk', '/iss', '/exp', '/nbf', '/vct#integrity', '/aka_vcts/0'])(
    'does not conceal %s',
    (pointer) => {
      const concealment = { disclosable: [pointer], random: random() };
      const claims = { ...dcClaims(), aka_vcts: ['urn:example:identity'] };
      expect(prepareDcSdJwt(claims, profiles, concealment)).toEqual({
        problems: [{ pointer, detail: 'must always be disclosed' }],
      });
    },
  );

  it('has no decoys where nothing could be kept back', () => {
    const claims = { vct: 'urn:example:type', iss: ISSUER_URL, name: 'Abeona' };
    const prepare = (disclosable: string[]) =>
      prepareDcSdJwt(claims, profiles, { disclosable, decoys: { '': 2 }, random: random() });
    expect(prepare(['/name'])).toHaveProperty('value');
    expect(prepare([])).toEqual({
      problems: [{ pointer: '', detail: 'has decoys and nothing that could be kept back' }],
    });
  });

  it('carries further types of a foreign credential', async () => {
    const claims = { vct: 'urn:example:pid:1', aka_vcts: ['urn:example:pid'], iss: ISSUER_URL };
    const prepared = valueOf(prepareDcSdJwt(claims, profiles, { disclosable: [], random: random() }));
    const parsed = read(parseDcSdJwt(await signDcSdJwt(prepared, registrarKey, signer)));
    expect(parsed.claims.aka_vcts).toEqual(['urn:example:pid']);
  });

  it('is of a profile of ours by its `vct` alone, whatever else it says it is', () => {
    const claims = { ...dcClaims(), vct: 'urn:example:own', aka_vcts: [dcClaims().vct] };
    expect(toCredentialView(claims, REGISTRAR_DID, profiles).type).toEqual([
      'VerifiableCredential',
      'urn:example:own',
    ]);
  });

  it("does not sign with a key that is not the issuer's", async () => {
    await expect(signDcSdJwt(valueOf(prepareDc()), coopKey, signer)).rejects.toThrow(TypeError);
  });

  it('is not made for an issuer at another place than its DID', () => {
    expect(() => dcClaims({ ...fullLegalIdentity(), issuer: COOP_DID })).toThrow(TypeError);
  });
});

describe('vc+sd-jwt', () => {
  it.each([registrarKey, registrarEdKey])(
    'what is prepared, signed and parsed is the same ($algorithm)',
    async (key) => {
      const prepared = valueOf(prepareVc());
      const token = await signVcSdJwt(prepared, key, signer);
      const parsed = read(parseVcSdJwt(token));
      expect(parsed.credential).toEqual(prepared.credential);
      expect(issuerIdOf(parsed.credential)).toBe(REGISTRAR_DID);
      expect(parsed.iss).toBe(REGISTRAR_DID);
      expect(verifyVcSdJwtSignature(parsed, keyOf(key.jwk))).toBe(true);
      expect(verifyVcSdJwtSignature(parsed, keyOf(coopKey.jwk))).toBe(false);
    },
  );

  it('remains a credential whatever the holder keeps back', async () => {
    const token = await signVcSdJwt(valueOf(prepareVc()), registrarKey, signer);
    const { presentation } = read(
      await presentSdJwt(token, VC_SD_JWT_PROFILE, {
        disclose: ['/credentialSubject/addresses/0'],
        keyBinding: { audience: AUDIENCE, nonce: NONCE, issuedAt: NOW, key: coopKey, signer },
      }),
    );
    const { credentialSubject } = read(parseVcSdJwt(presentation)).credential;
    const addresses = valueAt(fullLegalIdentity(), '/credentialSubject/addresses/0');
    expect(credentialSubject).toEqual({ id: COOP_DID, jurisdiction: 'GB-ENG', addresses: [addresses] });
  });

  it.each<[string, unknown]>([
    ['no credential', {}],
    ['one of our types that lacks its schema', { ...fullLegalIdentity(), assuranceLevel: 'total' }],
    ['a vc claim', { ...fullLegalIdentity(), vc: {} }],
    ['another jti', { ...fullLegalIdentity(), jti: 'urn:x:y' }],
  ])('does not prepare %s', (_, credential) => {
    expect(prepareVc(credential)).toHaveProperty('problems');
  });

  it("does not sign with a key that is not the issuer's", async () => {
    await expect(signVcSdJwt(valueOf(prepareVc()), coopKey, signer)).rejects.toThrow(TypeError);
  });
});

describe('type metadata', () => {
  const published = publishTypeMetadata(coopLegalIdentity, PUBLIC_URL);

  it('is served as the bytes that the integrity is of', () => {
    expect(JSON.parse(published.text)).toEqual(published.document);
    expect(published.integrity).toBe(integrityOf(Buffer.from(published.text)));
    expect(dcClaims()['vct#integrity']).toBe(published.integrity);
  });

  it('computes integrity as W3C SRI gives it', () => {
    const [example, expected] = [
      "alert('Hello, world.');",
      'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=',
    ];
    expect(integrityOf(example)).toBe(expected);
  });

  it.each([coopLegalIdentity, coopStatus])(
    'says of every claim of $type whether it can be kept back',
    (profile) => {
      const { claims } = publishTypeMetadata(profile, PUBLIC_URL).document;
      for (const { path, sd, display } of claims) {
        expect(['always', 'never']).toContain(sd);
        expect(display[0]?.label).not.toBe('');
        expect(path.length).toBeGreaterThan(0);
      }
      const paths = claims.map(({ path }) => JSON.stringify(path));
      expect(new Set(paths).size).toBe(paths.length);
    },
  );

  it('names what is mandatory, and single fields of items', () => {
    expect(published.document.claims).toContainEqual({
      path: ['legalName'],
      display: [{ locale: 'en', label: 'Legal name' }],
      mandatory: true,
      sd: 'always',
    });
    expect(published.document.claims).toContainEqual({
      path: ['addresses', null, 'street'],
      display: [{ locale: 'en', label: 'Street' }],
      mandatory: false,
      sd: 'always',
    });
  });

  it('is what issuing does: exactly the claims that are "always" are concealed', () => {
    const claims = dcClaims();
    const { disclosable } = concealProfile(claims, coopLegalIdentity, '');
    const always = published.document.claims.filter(({ sd }) => sd === 'always');
    const described = always.map(({ path }) => path.map((part) => part ?? '*').join('/'));
    for (const pointer of disclosable) {
      expect(described).toContain(pointer.slice(1).replaceAll(/(?<=\/)\d+/g, '*'));
    }
  });
});

describe('claim metadata (draft 19 §5.6), checked against what is issued', () => {
  /** JSON Pointers of what a path selects (§5.6.1.2). @throws where it meets a value of another kind */
  function select(value: unknown, path: readonly (string | null)[], pointer = ''): string[] {
    const [part, ...rest] = path;
    if (part === undefined) return [pointer];
    if (part === null) {
      if (!Array.isArray(value)) throw new Error(`${pointer} is no array`);
      return value.flatMap((element, index) => select(element, rest, `${pointer}/${index}`));
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new Error(`${pointer} is no object`);
    if (!Object.hasOwn(value, part)) return [];
    return select((value as Record<string, unknown>)[part], rest, `${pointer}/${part}`);
  }

  const claims = dcClaims();
  const disclosable = new Set(concealProfile(claims, coopLegalIdentity, '').disclosable);
  const metadata = publishTypeMetadata(coopLegalIdentity, PUBLIC_URL).document.claims;

  it('describes no claim that is of another kind', () => {
    for (const { path } of metadata) expect(() => select(claims, path)).not.toThrow();
  });

  it('calls mandatory only what is always there', () => {
    const missing = metadata.filter(({ path, mandatory }) => mandatory && select(claims, path).length === 0);
    expect(missing).toEqual([]);
  });

  it('says "always" of exactly what can be kept back', () => {
    const always = metadata.filter(({ sd }) => sd === 'always').flatMap(({ path }) => select(claims, path));
    const never = metadata.filter(({ sd }) => sd === 'never').flatMap(({ path }) => select(claims, path));
    expect(new Set(always)).toEqual(disclosable);
    expect(never.filter((pointer) => disclosable.has(pointer))).toEqual([]);
  });
});

describe('issuer metadata', () => {
  const metadata = composeIssuerMetadata(ISSUER_URL, [registrarKey, registrarEdKey]);

  it('gives the key that a token names', () => {
    const found = readIssuerMetadata(JSON.parse(JSON.stringify(metadata)), ISSUER_URL);
    if (!found || !('keys' in found)) throw new Error('no keys');
    expect(findMetadataKey(found.keys, registrarKey.kid)?.jwk).toEqual(registrarKey.jwk);
    expect(findMetadataKey(found.keys, 'other')).toBeUndefined();
    expect(findMetadataKey(found.keys, undefined)).toBeUndefined();
  });

  it.each([
    ['https://example.com', 'https://example.com/.well-known/jwt-vc-issuer'],
    ['https://example.com/', 'https://example.com/.well-known/jwt-vc-issuer'],
    ['https://example.com/tenant/1234', 'https://example.com/.well-known/jwt-vc-issuer/tenant/1234'],
    ['https://example.com/tenant/1234/', 'https://example.com/.well-known/jwt-vc-issuer/tenant/1234'],
    ['https://example.com:8443/a', 'https://example.com:8443/.well-known/jwt-vc-issuer/a'],
    ['http://example.com', undefined],
    ['https://example.com?', undefined],
    ['https://example.com/#a', undefined],
    ['https://user@example.com', undefined],
    ['did:web:example.com', undefined],
    ['', undefined],
  ])('of %s is at %s', (iss, url) => {
    expect(issuerMetadataUrl(iss)).toBe(url);
  });

  const { jwks } = metadata;
  it.each<[string, unknown]>([
    ['of another issuer', { issuer: COOP_DID, jwks }],
    ['of an issuer that differs by a slash', { issuer: `${ISSUER_URL}/`, jwks }],
    ['with both forms of keys', { issuer: ISSUER_URL, jwks, jwks_uri: 'https://a.example' }],
    ['without keys', { issuer: ISSUER_URL }],
    ['with plain http', { issuer: ISSUER_URL, jwks_uri: 'http://a.example' }],
    ['with keys that are no list', { issuer: ISSUER_URL, jwks: { keys: {} } }],
    ['with two keys of one name', { issuer: ISSUER_URL, jwks: { keys: [jwks.keys[0], jwks.keys[0]] } }],
    ['null', null],
  ])('%s is refused', (_, document) => {
    expect(readIssuerMetadata(document, ISSUER_URL)).toBeUndefined();
  });
});

describe('webDidOf', () => {
  it.each([
    ['https://passport.example/orgs/registrar', REGISTRAR_DID],
    ['https://passport.example', 'did:web:passport.example'],
    ['https://passport.example:8443/a', 'did:web:passport.example%3A8443:a'],
    ['http://localhost:3000/orgs/a', 'did:web:localhost%3A3000:orgs:a'],
    ['http://passport.example/a', undefined],
    ['https://passport.example/a/', undefined],
    ['https://passport.example/a//b', undefined],
    ['https://passport.example/a%2Fb', undefined],
    ['https://passport.example/a:b', undefined],
    ['https://passport.example/../a', undefined],
    ['https://Passport.example/a', undefined],
    ['https://passport.example:443/a', undefined],
    ['https://user@passport.example/a', undefined],
    ['https://passport.example/a?b', undefined],
    ['https://passport.example/a#b', undefined],
    ['no URL', undefined],
  ])('of %s is %s', (url, did) => {
    expect(webDidOf(url)).toBe(did);
  });
});
