import { describe, expect, it } from 'vitest';
import { DC_SD_JWT_PROFILE } from '../../src/credentials/securing/dcSdJwt.js';
import { presentSdJwt } from '../../src/credentials/securing/sdJwt/present.js';
import { VC_SD_JWT_PROFILE } from '../../src/credentials/securing/vcSdJwt.js';
import { prepareVpJwt11, signVpJwt11 } from '../../src/credentials/securing/vpJwt11.js';
import { PRESENTATION_CHECKS, type CheckCode } from '../../src/credentials/verification/checks.js';
import type { PresentationReport } from '../../src/credentials/verification/report.js';
import { verifyPresentation } from '../../src/credentials/verification/verifyPresentation.js';
import { addSeconds } from '../../src/kernel/instants.js';
import { createWorldOfForms, prove, valueOf } from '../support/forms.js';
import {
  COOP_DID,
  coopKey,
  documentOf,
  forgeToken,
  NOW,
  registrarEdKey,
  registrarKey,
  REGISTRAR_DID,
  signer,
  type World,
} from '../support/issuer.js';
import { AUDIENCE, forgeKeyBinding, NONCE } from '../support/sdJwt.js';

type Json = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any

const ALL_GOOD = [
  'format/well-formed',
  'signature/valid',
  'key/listed',
  'holder/bound',
  'audience/matches',
  'nonce/matches',
  'validity/current',
];

function verify(secured: unknown, world: World): Promise<PresentationReport> {
  return verifyPresentation(secured, { now: NOW, sources: world.sources, audience: AUDIENCE, nonce: NONCE });
}

function codesOf({ checks }: PresentationReport): string[] {
  return checks.map(({ code }) => code);
}

function expectReason(report: PresentationReport, code: CheckCode, verdict: string): void {
  expect(codesOf(report)).toContain(code);
  expect(report.verdict).toBe(verdict);
  expect(report.checks.map(({ check }) => check)).toEqual(PRESENTATION_CHECKS);
}

function envelope(content: string, mediaType: string, type = 'EnvelopedVerifiableCredential'): Json {
  return { '@context': 'https://www.w3.org/ns/credentials/v2', type, id: `data:${mediaType},${content}` };
}

function presentationOf(credentials: readonly unknown[], changes: Json = {}): Json {
  return {
    '@context': ['https://www.w3.org/ns/credentials/v2'],
    type: ['VerifiablePresentation'],
    holder: COOP_DID,
    verifiableCredential: credentials,
    ...changes,
  };
}

describe('a presentation with a Data Integrity proof', () => {
  const request = {
    cryptosuite: 'ecdsa-jcs-2019',
    proofPurpose: 'authentication',
    domain: AUDIENCE,
    challenge: NONCE,
  } as const;

  async function present(changes: Json = {}, options: Json = {}) {
    const { world, forms } = await createWorldOfForms();
    const credentials = [
      JSON.parse(forms.vc),
      envelope(forms['vc+jwt'], 'application/vc+jwt'),
      envelope(forms['dc+sd-jwt'], 'application/dc+sd-jwt'),
    ];
    const presentation = await prove(presentationOf(credentials, changes), coopKey, {
      ...request,
      ...options,
    });
    return { world, presentation };
  }

  it('is accepted with credentials in several formats, as JSON and as text', async () => {
    const { world, presentation } = await present();
    for (const form of [presentation, JSON.stringify(presentation)]) {
      const report = await verify(form, world);
      expect(codesOf(report)).toEqual(ALL_GOOD);
      expect(report).toMatchObject({ verdict: 'accepted', holder: { did: COOP_DID } });
      expect(report.credentials.map(({ verdict }) => verdict)).toEqual(['accepted', 'accepted', 'accepted']);
    }
  });

  it('may leave the holder to be told by its key', async () => {
    const { world, presentation } = await present({ holder: undefined });
    expect(await verify(presentation, world)).toMatchObject({
      verdict: 'accepted',
      holder: { did: COOP_DID },
    });
  });

  it('covers RDF as well', async () => {
    const { world, presentation } = await present({}, { cryptosuite: 'ecdsa-rdfc-2019' });
    expect((await verify(presentation, world)).verdict).toBe('accepted');
  });

  it.each<[string, Json, CheckCode]>([
    ['another domain', { domain: 'https://other.example' }, 'audience/mismatch'],
    ['a further domain', { domain: [AUDIENCE, 'https://other.example'] }, 'audience/mismatch'],
    ['no domain', { domain: undefined }, 'audience/missing'],
    ['another challenge', { challenge: 'other' }, 'nonce/mismatch'],
    ['no challenge', { challenge: undefined }, 'nonce/missing'],
    ['the purpose of issuing', { proofPurpose: 'assertionMethod' }, 'signature/purpose-mismatch'],
    ['an expiry that has passed', { expires: '2026-11-20T11:58:00Z' }, 'validity/signature-expired'],
  ])('with %s is rejected', async (_, options, code) => {
    const { world, presentation } = await present({}, options);
    expectReason(await verify(presentation, world), code, 'rejected');
  });

  it.each<[string, (presentation: Json) => Json, CheckCode]>([
    [
      'its credentials',
      (shown) => ({ ...shown, verifiableCredential: shown['verifiableCredential'].slice(1) }),
      'signature/invalid',
    ],
    ['its holder', (shown) => ({ ...shown, holder: REGISTRAR_DID }), 'holder/mismatch'],
    ['its proof', (shown) => ({ ...shown, proof: null }), 'format/malformed'],
    [
      'its credentials for none',
      (shown) => ({ ...shown, verifiableCredential: [] }),
      'format/not-a-presentation',
    ],
    [
      'a credential for one without a proof',
      (shown) => ({
        ...shown,
        verifiableCredential: [{ ...shown['verifiableCredential'][0], proof: undefined }],
      }),
      'format/not-a-presentation',
    ],
  ])('that changed %s is rejected', async (_, change, code) => {
    const { world, presentation } = await present();
    const changed = JSON.parse(JSON.stringify(change(presentation))) as Json;
    expectReason(await verify(changed, world), code, 'rejected');
  });

  it("of somebody else's credentials is rejected", async () => {
    const { world, forms } = await createWorldOfForms();
    const presentation = await prove(
      presentationOf([JSON.parse(forms.vc)], { holder: REGISTRAR_DID }),
      registrarEdKey,
      { ...request, cryptosuite: 'eddsa-jcs-2022' },
    );
    expectReason(await verify(presentation, world), 'holder/not-subject', 'rejected');
  });

  it('is undetermined for who asks for no audience and no nonce', async () => {
    const { world, presentation } = await present();
    const report = await verifyPresentation(presentation, { now: NOW, sources: world.sources });
    expectReason(report, 'audience/not-demanded', 'undetermined');
    expectReason(report, 'nonce/not-demanded', 'undetermined');
  });
});

describe('a VP-JWT 1.1', () => {
  const parts = (credentials: readonly string[]) => ({
    holder: COOP_DID,
    audience: AUDIENCE,
    nonce: NONCE,
    credentials,
    issuedAt: NOW,
    expiresAt: addSeconds(NOW, 300),
  });

  it('is accepted, bare and in an envelope', async () => {
    const { world, forms } = await createWorldOfForms();
    const token = await signVpJwt11(valueOf(prepareVpJwt11(parts([forms.jwt]))), coopKey, signer);
    for (const form of [token, envelope(token, 'application/jwt', 'EnvelopedVerifiablePresentation')]) {
      const report = await verify(form, world);
      expect(codesOf(report)).toEqual(ALL_GOOD);
      expect(report.verdict).toBe('accepted');
    }
  });

  it('of another key than the holder’s is rejected', async () => {
    const { world, forms } = await createWorldOfForms();
    const { payload } = valueOf(prepareVpJwt11(parts([forms.jwt])));
    const token = forgeToken(registrarKey, { alg: 'ES256', typ: 'JWT', kid: registrarKey.kid }, payload);
    expectReason(await verify(token, world), 'holder/mismatch', 'rejected');
  });
});

describe.each(['vc+sd-jwt', 'dc+sd-jwt'] as const)('a %s with its key binding', (format) => {
  const profile = format === 'vc+sd-jwt' ? VC_SD_JWT_PROFILE : DC_SD_JWT_PROFILE;
  const keyBinding = { audience: AUDIENCE, nonce: NONCE, issuedAt: NOW, key: coopKey, signer };

  async function present(withBinding = true) {
    const { world, forms } = await createWorldOfForms();
    const shown = await presentSdJwt(forms[format], profile, {
      disclose: [format === 'vc+sd-jwt' ? '/credentialSubject/legalName' : '/legalName'],
      ...(withBinding && { keyBinding }),
    });
    if ('problem' in shown) throw new Error(shown.problem);
    return { world, presentation: shown.presentation };
  }

  it('is accepted, and shows what was chosen', async () => {
    const { world, presentation } = await present();
    const report = await verify(presentation, world);
    expect(codesOf(report)).toEqual(ALL_GOOD);
    expect(report).toMatchObject({ verdict: 'accepted', holder: { did: COOP_DID } });
    expect(report.credentials[0]?.credential?.subject.name).toBe('Abeona Housing Co-operative Limited');
  });

  it('without it is rejected', async () => {
    const { world, presentation } = await present(false);
    expectReason(await verify(presentation, world), 'holder/key-binding-missing', 'rejected');
  });

  it.each<[string, Parameters<typeof forgeKeyBinding>[1], CheckCode]>([
    ['for another audience', { claims: { aud: 'https://other.example' } }, 'audience/mismatch'],
    ['for another nonce', { claims: { nonce: 'other' } }, 'nonce/mismatch'],
    ['of another presentation', { claims: { sd_hash: 'AAAA' } }, 'holder/key-binding-mismatch'],
    ['of last week', { claims: { iat: NOW.getTime() / 1000 - 7 * 86_400 } }, 'validity/signature-expired'],
    ['by another key', { key: registrarKey }, 'signature/invalid'],
    ['under another algorithm', { key: registrarEdKey }, 'signature/algorithm-mismatch'],
    ['of another type', { header: { typ: 'JWT' } }, 'holder/key-binding-malformed'],
  ])('%s is rejected', async (_, changes, code) => {
    const { world, presentation } = await present(false);
    expectReason(
      await verify(presentation + forgeKeyBinding(presentation, changes), world),
      code,
      'rejected',
    );
  });

  it('of a credential that its issuer did not sign is rejected', async () => {
    const { world, presentation } = await present();
    world.documents.set(REGISTRAR_DID, documentOf(REGISTRAR_DID, []));
    const report = await verify(presentation, world);
    expect(report.verdict).toBe('rejected');
    expect(codesOf(report)).toContain('holder/not-checked');
    expect(report.holder).toBeUndefined();
  });

  it('is undetermined for who asks for no audience', async () => {
    const { world, presentation } = await present();
    const report = await verifyPresentation(presentation, { now: NOW, sources: world.sources, nonce: NONCE });
    expectReason(report, 'audience/not-demanded', 'undetermined');
  });
});
