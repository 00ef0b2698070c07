import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prepareVpJwt, signVpJwt, type PresentationParts } from '../../src/credentials/securing/vpJwt.js';
import { PRESENTATION_CHECKS, type CheckCode } from '../../src/credentials/verification/checks.js';
import type { PresentationReport } from '../../src/credentials/verification/report.js';
import { verifyPresentation } from '../../src/credentials/verification/verifyPresentation.js';
import { addSeconds } from '../../src/kernel/instants.js';
import {
  COOP_DID,
  coopKey,
  documentOf,
  forgeToken,
  issueInWorld,
  NOW,
  REGISTRAR_DID,
  registrarKey,
  REVOCATION_URL,
  signer,
  type World,
} from '../support/issuer.js';
import { runs } from '../support/properties.js';

const AUDIENCE = 'https://partner.example';
const NONCE = 'n-0S6_WzA2Mj';
const HEADER = { alg: 'ES256', typ: 'vp+jwt', kid: coopKey.kid };

function partsOf(token: string, changes: Partial<PresentationParts> = {}): PresentationParts {
  const expiresAt = addSeconds(NOW, 300);
  return {
    holder: COOP_DID,
    audience: AUDIENCE,
    nonce: NONCE,
    credentials: [token],
    issuedAt: NOW,
    expiresAt,
    ...changes,
  };
}

function present(token: string, changes: Partial<PresentationParts> = {}): Promise<string> {
  return signVpJwt(prepareVpJwt(partsOf(token, changes)), coopKey, signer);
}

/** A presentation with members as no honest holder would write them. */
function forge(token: string, changes: object): string {
  return forgeToken(coopKey, HEADER, {
    ...(JSON.parse(prepareVpJwt(partsOf(token)).payload) as object),
    ...changes,
  });
}

function verify(value: unknown, world: World, now = NOW): Promise<PresentationReport> {
  return verifyPresentation(value, { now, sources: world.sources, audience: AUDIENCE, nonce: NONCE });
}

function expectReason(
  report: PresentationReport,
  code: CheckCode,
  verdict: PresentationReport['verdict'],
): void {
  expect(report.checks.map((check) => check.code)).toContain(code);
  expect(report.verdict).toBe(verdict);
  expect(report.checks.map(({ check }) => check)).toEqual(PRESENTATION_CHECKS);
}

describe('verifyPresentation', () => {
  it('accepts a credential presented by its subject', async () => {
    const { world, token } = await issueInWorld();
    const report = await verify(await present(token), world);
    expect(report.checks.map(({ code }) => code)).toEqual([
      'format/well-formed',
      'signature/valid',
      'key/listed',
      'holder/bound',
      'audience/matches',
      'nonce/matches',
      'validity/current',
    ]);
    expect(report).toMatchObject({ verdict: 'accepted', holder: { did: COOP_DID } });
    expect(report.credentials.map(({ verdict }) => verdict)).toEqual(['accepted']);
  });

  it('is not better than the worst credential in it', async () => {
    const { world, token } = await issueInWorld();
    world.lists.delete(REVOCATION_URL);
    expect((await verify(await present(token), world)).verdict).toBe('undetermined');
    const report = await verify(await present(token, { credentials: [token, 'garbage'] }), world);
    expectReason(report, 'holder/unbound', 'rejected');
    expect(report.credentials.map(({ verdict }) => verdict)).toEqual(['undetermined', 'rejected']);
  });

  it('refuses a credential about somebody else', async () => {
    const { world, token } = await issueInWorld();
    const parts = partsOf(token, { holder: REGISTRAR_DID });
    const presentation = await signVpJwt(prepareVpJwt(parts), registrarKey, signer);
    expectReason(await verify(presentation, world), 'holder/not-subject', 'rejected');
  });

  it.each<[string, object, CheckCode]>([
    ['another audience', { aud: 'https://other.example' }, 'audience/mismatch'],
    ['no audience', { aud: undefined }, 'audience/missing'],
    ['an audience that is a number', { aud: 7 }, 'format/malformed'],
    ['another nonce', { nonce: 'other' }, 'nonce/mismatch'],
    ['no nonce', { nonce: undefined }, 'nonce/missing'],
    ['no holder', { holder: undefined }, 'holder/missing'],
    ['another holder than the key has', { holder: REGISTRAR_DID }, 'holder/mismatch'],
    ['another iss than the holder', { iss: REGISTRAR_DID }, 'holder/mismatch'],
    ['an expiry that has passed', { exp: NOW.getTime() / 1000 - 60 }, 'validity/signature-expired'],
    ['an expiry that is text', { exp: '9999999999' }, 'format/malformed'],
    ['a vp claim', { vp: {} }, 'format/forbidden-claim'],
    ['another type', { type: ['VerifiableCredential'] }, 'format/not-a-presentation'],
    ['no credentials', { verifiableCredential: [] }, 'format/not-a-presentation'],
    [
      'an unsecured credential',
      { verifiableCredential: [{ type: 'VerifiableCredential' }] },
      'format/not-a-presentation',
    ],
    [
      '21 credentials',
      {
        verifiableCredential: Array(21).fill({
          type: 'EnvelopedVerifiableCredential',
          id: 'data:application/vc+jwt,a.b.c',
        }),
      },
      'format/not-a-presentation',
    ],
  ])('refuses %s', async (_, changes, code) => {
    const { world, token } = await issueInWorld();
    expectReason(await verify(forge(token, changes), world), code, 'rejected');
  });

  it('takes one audience among several', async () => {
    const { world, token } = await issueInWorld();
    const report = await verify(forge(token, { aud: ['https://other.example', AUDIENCE] }), world);
    expect(report.verdict).toBe('accepted');
  });

  it('refuses a key that may issue but not authenticate, and one that was revoked', async () => {
    const { world, token } = await issueInWorld();
    const presentation = await present(token);
    const document = documentOf(COOP_DID, [coopKey]);
    world.documents.set(COOP_DID, { ...document, authentication: [] });
    expectReason(await verify(presentation, world), 'key/not-listed-for-purpose', 'rejected');
    const revoked = document.verificationMethod?.map((method) => ({
      ...method,
      revoked: '2030-01-01T00:00:00Z',
    }));
    world.documents.set(COOP_DID, { ...document, verificationMethod: revoked });
    expectReason(await verify(presentation, world), 'key/revoked', 'rejected');
  });

  it('gives a complete report for any value', async () => {
    const { world, token } = await issueInWorld();
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.anything(), fc.constant(token)), async (value) => {
        const report = await verify(value, world);
        expect(report.verdict).toBe('rejected');
        expect(report.checks.map(({ check }) => check)).toEqual(PRESENTATION_CHECKS);
      }),
      runs(100),
    );
  });

  it('does not accept any change of one character', async () => {
    const { world, token } = await issueInWorld();
    const presentation = await present(token);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(presentation.length - 1),
        fc.constantFrom(...'AZaz09-_.'),
        async (at, character) => {
          fc.pre(presentation[at] !== character);
          const changed = presentation.slice(0, at) + character + presentation.slice(at + 1);
          expect((await verify(changed, world)).verdict).not.toBe('accepted');
        },
      ),
      runs(100),
    );
  });

  it('is not prepared for no credential, too many, or an expiry in the past', () => {
    expect(() => prepareVpJwt(partsOf('', { credentials: [] }))).toThrow(RangeError);
    expect(() => prepareVpJwt(partsOf('', { credentials: Array<string>(21).fill('a') }))).toThrow(RangeError);
    expect(() => prepareVpJwt(partsOf('', { expiresAt: NOW }))).toThrow(RangeError);
  });
});
