import fc from 'fast-check';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { CREDENTIAL_CHECKS } from '../../src/credentials/verification/checks.js';
import {
  CREDENTIAL_ID,
  COOP_DID,
  createWorld,
  documentOf,
  forgeToken,
  issueInWorld,
  legalIdentityCredential,
  recordOf,
  registrarEdKey,
  registrarKey,
  REGISTRAR_DID,
} from '../support/issuer.js';
import { HEADER, verify, codesOf, expectReason } from '../support/reports.js';
import { runs } from '../support/properties.js';

describe('a credential that is in order', () => {
  it.each([registrarKey, registrarEdKey])('is accepted ($algorithm)', async (key) => {
    const { world, token } = await issueInWorld(key);
    const report = await verify(token, world);
    expect(codesOf(report)).toEqual([
      'format/well-formed',
      'signature/valid',
      'key/listed',
      'issuer/bound',
      'validity/current',
      'schema/conforms',
      'status/clear',
      'accreditation/accredited',
    ]);
    expect(report.verdict).toBe('accepted');
    expect(report.verifiedAt).toBe('2026-11-20T12:00:00.000Z');
  });

  it('is summarised with what was checked and who vouches', async () => {
    const { world, token } = await issueInWorld();
    const { credential } = await verify(token, world);
    expect(credential).toMatchObject({
      id: CREDENTIAL_ID,
      issuer: { did: REGISTRAR_DID, name: 'Federation of Co-ops' },
      subject: { did: COOP_DID, name: 'Abeona Housing Co-operative Limited' },
      assurance: 'substantial',
    });
    expect(credential?.evidence).toHaveLength(4);
  });

  it('is not accepted once any one character is changed', async () => {
    const { world, token } = await issueInWorld();
    const characters = fc.constantFrom(...'ABCXYZabcxyz0189-_.=~ é');
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), characters, async (at, character) => {
        fc.pre(token[at] !== character);
        const report = await verify(token.slice(0, at) + character + token.slice(at + 1), world);
        expect(report.verdict).not.toBe('accepted');
        expect(report.credential).toBeUndefined();
      }),
      runs(300),
    );
  });
});

describe('any value at all', () => {
  it('gives a complete report that is not accepted', async () => {
    const world = await createWorld();
    await fc.assert(
      fc.asyncProperty(fc.anything({ withBigInt: true, withNullPrototype: true }), async (value) => {
        const report = await verify(value, world);
        expectReason(report, 'format/malformed', 'rejected');
      }),
      runs(200),
    );
  });

  it('in the form of a token does the same for any JSON in header and payload', async () => {
    const world = await createWorld();
    const part = fc.json().map((text) => Buffer.from(text).toString('base64url'));
    await fc.assert(
      fc.asyncProperty(part, part, part, async (header, payload, signature) => {
        const report = await verify(`${header}.${payload}.${signature}`, world);
        expect(report.verdict).toBe('rejected');
        expect(report.checks).toHaveLength(CREDENTIAL_CHECKS.length);
      }),
      runs(100),
    );
  });

  it('signed by a good key does the same for any member of the credential replaced', async () => {
    const { world } = await issueInWorld();
    const members = fc.constantFrom(...Object.keys(legalIdentityCredential()));
    await fc.assert(
      fc.asyncProperty(members, fc.jsonValue(), async (member, value) => {
        const token = forgeToken(registrarKey, HEADER, { ...legalIdentityCredential(), [member]: value });
        const report = await verify(token, world);
        expect(report.verdict).not.toBe('accepted');
        expect(report.checks).toHaveLength(CREDENTIAL_CHECKS.length);
      }),
      runs(200),
    );
  });
});

describe('what jose signs', () => {
  it.each(['ES256', 'EdDSA'] as const)('is accepted (%s)', async (algorithm) => {
    const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
    const kid = `${REGISTRAR_DID}#jose`;
    const { world } = await issueInWorld();
    const document = documentOf(REGISTRAR_DID, [registrarKey]);
    const joseMethod = {
      id: kid,
      type: 'JsonWebKey',
      controller: REGISTRAR_DID,
      publicKeyJwk: await exportJWK(publicKey),
    };
    world.documents.set(REGISTRAR_DID, {
      ...document,
      verificationMethod: [...(document.verificationMethod ?? []), joseMethod],
      assertionMethod: [registrarKey.kid, kid],
    });
    const token = await new SignJWT({ ...legalIdentityCredential() })
      .setProtectedHeader({ alg: algorithm, typ: 'vc+jwt', kid })
      .sign(privateKey);
    world.issuances.set(CREDENTIAL_ID, recordOf(token));
    expect((await verify(token, world)).verdict).toBe('accepted');
  });
});
