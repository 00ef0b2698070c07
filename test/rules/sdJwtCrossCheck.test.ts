import { createHash, randomBytes } from 'node:crypto';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';
import { describe, expect, it } from 'vitest';
import { importJwk } from '../../src/credentials/keys.js';
import { coopLegalIdentity } from '../../src/credentials/profiles/coopLegalIdentity.js';
import {
  DC_SD_JWT_PROFILE,
  parseDcSdJwt,
  prepareDcSdJwt,
  signDcSdJwt,
  verifyDcSdJwtSignature,
  type ParsedDcSdJwt,
} from '../../src/credentials/securing/dcSdJwt.js';
import { verifyJwsSignature } from '../../src/credentials/securing/jws.js';
import { findKeyBindingProblem } from '../../src/credentials/securing/sdJwt/keyBinding.js';
import { presentSdJwt } from '../../src/credentials/securing/sdJwt/present.js';
import { composeDcSdJwtClaims, concealProfile } from '../../src/credentials/securing/sdJwt/profileClaims.js';
import {
  coopKey,
  NOW,
  profiles,
  PUBLIC_URL,
  rawSignature,
  registrarKey,
  signer,
  type TestKey,
} from '../support/issuer.js';
import { AUDIENCE, fullLegalIdentity, NONCE, NOW_SECONDS, random } from '../support/sdJwt.js';

/** An independent implementation takes ours, and we take its. What it lets pass that it should not is in hostileSdJwt.test.ts. */

const sign = (key: TestKey) => (data: string) => rawSignature(key, Buffer.from(data)).toString('base64url');
const verify = (key: TestKey) => (data: string, signature: string) => {
  const [header = '', payload = ''] = data.split('.');
  const imported = importJwk(key.jwk);
  return (
    imported !== undefined &&
    verifyJwsSignature(
      {
        algorithm: 'ES256',
        kid: undefined,
        iss: undefined,
        payload: {},
        signingInput: `${header}.${payload}`,
        signature: Buffer.from(signature, 'base64url'),
      },
      imported,
    )
  );
};

const theirs = new SDJwtVcInstance({
  signAlg: 'ES256',
  signer: sign(registrarKey),
  verifier: verify(registrarKey),
  kbSignAlg: 'ES256',
  kbSigner: sign(coopKey),
  kbVerifier: (data, signature) => verify(coopKey)(data, signature),
  hashAlg: 'sha-256',
  hasher: (data, algorithm) =>
    createHash(algorithm.replace('-', ''))
      .update(typeof data === 'string' ? data : Buffer.from(data))
      .digest(),
  saltGenerator: (length) => randomBytes(length).toString('base64url'),
});

function ours(token: string): ParsedDcSdJwt {
  const parsed = parseDcSdJwt(token);
  if ('problem' in parsed) throw new Error(JSON.stringify(parsed));
  return parsed;
}

function keyOf(key: TestKey) {
  const imported = importJwk(key.jwk);
  if (!imported) throw new Error('no key');
  return imported;
}

// Without status: their verifier would fetch it.
const { status: _, ...claims } = composeDcSdJwtClaims({
  credential: fullLegalIdentity(),
  profile: coopLegalIdentity,
  publicUrl: PUBLIC_URL,
  issuerUrl: `${PUBLIC_URL}/orgs/registrar`,
  issuedAt: NOW,
  status: { idx: 1, uri: `${PUBLIC_URL}/status/tokens-1` },
  holderKey: coopKey.jwk,
});

async function issueOurs(): Promise<string> {
  const concealment = { ...concealProfile(claims, coopLegalIdentity, ''), random: random() };
  const prepared = prepareDcSdJwt(claims, profiles, concealment);
  if ('problems' in prepared) throw new Error(JSON.stringify(prepared.problems));
  return signDcSdJwt(prepared.value, registrarKey, signer);
}

describe('ours, taken by @sd-jwt/sd-jwt-vc', () => {
  it('issued', async () => {
    const { payload } = await theirs.verify(await issueOurs(), { currentDate: NOW_SECONDS });
    expect(payload).toEqual(claims);
  });

  it('presented with key binding', async () => {
    const outcome = await presentSdJwt(await issueOurs(), DC_SD_JWT_PROFILE, {
      disclose: ['/legalName', '/addresses/1/street'],
      keyBinding: { audience: AUDIENCE, nonce: NONCE, issuedAt: NOW, key: coopKey, signer },
    });
    if ('problem' in outcome) throw new Error(outcome.problem);
    const { payload, kb } = await theirs.verify(outcome.presentation, {
      currentDate: NOW_SECONDS,
      keyBindingNonce: NONCE,
    });
    expect(payload).toMatchObject({
      legalName: claims['legalName'],
      addresses: [{ street: '2 Mutual Way' }],
    });
    expect(kb?.payload).toMatchObject({ aud: AUDIENCE, nonce: NONCE, iat: NOW_SECONDS });
  });

  it('presented by them', async () => {
    const presentation = await theirs.present(
      await issueOurs(),
      { legalName: true },
      {
        kb: { payload: { aud: AUDIENCE, nonce: NONCE, iat: NOW_SECONDS } },
      },
    );
    const parsed = ours(presentation);
    expect(parsed.disclosed.map(({ pointer }) => pointer)).toEqual(['/legalName']);
    const expected = { audience: AUDIENCE, nonce: NONCE, now: NOW };
    expect(findKeyBindingProblem(parsed, keyOf(coopKey), expected)).toBeUndefined();
  });
});

describe('theirs, taken by us', () => {
  const plain = {
    iss: 'https://issuer.example',
    vct: 'https://issuer.example/type',
    cnf: { jwk: coopKey.jwk },
    name: 'Abeona',
    address: { street: '1 Mutual Way', locality: 'Leeds' },
    members: ['a', 'b', 'c'],
  };
  const issue = () =>
    theirs.issue(
      plain as never,
      {
        _sd: ['name', 'address'],
        _sd_decoy: 3,
        address: { _sd: ['street', 'locality'] },
        members: { _sd: [0, 2], _sd_decoy: 2 },
      } as never,
    );

  it('issued', async () => {
    const parsed = ours(await issue());
    expect(parsed.claims).toEqual(plain);
    expect(verifyDcSdJwtSignature(parsed, keyOf(registrarKey))).toBe(true);
  });

  it('presented with key binding', async () => {
    const presentation = await theirs.present(
      await issue(),
      { name: true, address: { street: true } },
      { kb: { payload: { aud: AUDIENCE, nonce: NONCE, iat: NOW_SECONDS } } },
    );
    const parsed = ours(presentation);
    const { iss, vct, cnf, name } = plain;
    expect(parsed.claims).toEqual({
      iss,
      vct,
      cnf,
      name,
      address: { street: '1 Mutual Way' },
      members: ['b'],
    });
    const expected = { audience: AUDIENCE, nonce: NONCE, now: NOW };
    expect(findKeyBindingProblem(parsed, keyOf(coopKey), expected)).toBeUndefined();
  });

  it('presented by us', async () => {
    const outcome = await presentSdJwt(await issue(), DC_SD_JWT_PROFILE, { disclose: ['/members/2'] });
    if ('problem' in outcome) throw new Error(outcome.problem);
    expect(ours(outcome.presentation).claims['members']).toEqual(['b', 'c']);
    const { payload } = await theirs.verify(outcome.presentation);
    expect(payload).toMatchObject({ members: ['b', 'c'] });
  });
});
