import { describe, expect, it } from 'vitest';
import { DC_SD_JWT_PROFILE } from '../../src/credentials/securing/dcSdJwt.js';
import { presentSdJwt } from '../../src/credentials/securing/sdJwt/present.js';
import { VC_SD_JWT_PROFILE } from '../../src/credentials/securing/vcSdJwt.js';
import { createBitstring, setBit } from '../../src/credentials/status/bitstring.js';
import type { CheckCode } from '../../src/credentials/verification/checks.js';
import type { CredentialFormat } from '../../src/credentials/verification/secured.js';
import { addSeconds } from '../../src/kernel/instants.js';
import {
  createWorldOfForms,
  FORMATS,
  multikeyMethod,
  prove,
  secureAs,
  signTokenList,
  withStatus,
  TOKEN_LIST_URL,
} from '../support/forms.js';
import {
  coopKey,
  documentOf,
  NOW,
  registrarEdKey,
  registrarKey,
  REGISTRAR_DID,
  REVOCATION_URL,
  signList,
  signer,
} from '../support/issuer.js';
import { codesOf, expectReason, verify, withSources } from '../support/reports.js';
import { forgeSdJwt, fullLegalIdentity } from '../support/sdJwt.js';

type Json = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any

const MEDIA_TYPES: Partial<Record<CredentialFormat, string>> = {
  'vc+jwt': 'application/vc+jwt',
  'vc+sd-jwt': 'application/vc+sd-jwt',
  'dc+sd-jwt': 'application/dc+sd-jwt',
  jwt: 'application/jwt',
};

function enveloped(mediaType: string, content: string): Json {
  return {
    '@context': 'https://www.w3.org/ns/credentials/v2',
    type: 'EnvelopedVerifiableCredential',
    id: `data:${mediaType},${content}`,
  };
}

/** Whether it is text or JSON, with one value in what is signed replaced by another. */
function tamper(form: string): unknown {
  if (form.startsWith('{')) {
    const document = JSON.parse(form) as Json;
    return {
      ...document,
      credentialSubject: { ...document['credentialSubject'], legalName: 'Somebody Else' },
    };
  }
  const [header = '', payload = '', rest = ''] = form.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Json;
  claims[claims['vc'] ? 'vc' : 'assuranceLevel'] = claims['vc']
    ? { ...claims['vc'], assuranceLevel: 'low' }
    : 'low';
  return [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), rest].join('.');
}

describe.each(FORMATS)('%s', (format) => {
  it('is accepted, with every check made', async () => {
    const { world, forms } = await createWorldOfForms();
    const report = await verify(forms[format], world);
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
    expect(report).toMatchObject({ verdict: 'accepted', credential: { assurance: 'substantial' } });
  });

  it('is rejected once something in it is changed', async () => {
    const { world, forms } = await createWorldOfForms();
    const report = await verify(tamper(forms[format]), world);
    expectReason(report, 'signature/invalid', 'rejected');
    expect(report.credential).toBeUndefined();
  });

  it('is undetermined when nothing shows that it was issued', async () => {
    const { world, forms } = await createWorldOfForms();
    world.issuances.clear();
    expectReason(await verify(forms[format], world), 'accreditation/issuance-unrecorded', 'undetermined');
  });

  it('is rejected when its key is listed no more', async () => {
    const { world, forms } = await createWorldOfForms();
    world.documents.set(REGISTRAR_DID, documentOf(REGISTRAR_DID, []));
    expectReason(await verify(forms[format], world), 'key/not-found', 'rejected');
  });

  it('is rejected when its key is listed for signing in alone', async () => {
    const { world, forms } = await createWorldOfForms();
    world.documents.set(REGISTRAR_DID, {
      ...(world.documents.get(REGISTRAR_DID) as Json),
      assertionMethod: [],
    });
    expectReason(await verify(forms[format], world), 'key/not-listed-for-purpose', 'rejected');
  });

  it('is rejected when it is over', async () => {
    const { world, forms } = await createWorldOfForms();
    const report = await verify(forms[format], world, addSeconds(NOW, 366 * 86_400));
    expectReason(report, 'validity/expired', 'rejected');
  });

  it('is rejected when it is revoked', async () => {
    const { world, forms } = await createWorldOfForms();
    const bits = createBitstring();
    setBit(bits, 94_567, true);
    world.lists.set(REVOCATION_URL, await signList('revocation', { bits }));
    world.lists.set(TOKEN_LIST_URL, await signTokenList(withStatus(1)));
    expectReason(await verify(forms[format], world), 'status/revoked', 'rejected');
  });

  it('is undetermined when its status is out of reach', async () => {
    const { world, forms } = await createWorldOfForms();
    world.lists.clear();
    expectReason(await verify(forms[format], world), 'status/unreachable', 'undetermined');
  });
});

describe.each(Object.entries(MEDIA_TYPES))('a %s in an envelope', (format, mediaType) => {
  it('is accepted under its media type, and under no other', async () => {
    const { world, forms } = await createWorldOfForms();
    const form = forms[format as CredentialFormat];
    const good = enveloped(mediaType, form);
    expect((await verify(good, world)).verdict).toBe('accepted');
    expect((await verify(JSON.stringify(good), world)).verdict).toBe('accepted');
    const other = format === 'vc+jwt' ? 'application/jwt' : 'application/vc+jwt';
    expectReason(await verify(enveloped(other, form), world), 'format/unsupported', 'rejected');
  });
});

describe('the status of a token', () => {
  it.each<[string, () => Promise<string> | string, CheckCode, 'rejected' | 'undetermined']>([
    ['suspended', () => signTokenList(withStatus(2)), 'status/suspended', 'rejected'],
    [
      'a value of the application',
      () => signTokenList(withStatus(3)),
      'status/invalid-value',
      'undetermined',
    ],
    [
      "another issuer's list",
      () => signTokenList(undefined, { key: coopKey }),
      'status/list-invalid',
      'undetermined',
    ],
    [
      "another list's text",
      () => signTokenList(undefined, { uri: `${TOKEN_LIST_URL}-other` }),
      'status/list-mismatch',
      'undetermined',
    ],
    [
      'a bitstring list',
      () => signList('revocation', { listUrl: TOKEN_LIST_URL }),
      'status/list-invalid',
      'undetermined',
    ],
    ['nonsense', () => 'nonsense', 'status/list-invalid', 'undetermined'],
  ])('%s', async (_, list, code, verdict) => {
    const { world, forms } = await createWorldOfForms();
    world.lists.set(TOKEN_LIST_URL, await list());
    const report = await verify(forms['dc+sd-jwt'], world);
    expect(codesOf(report)).toContain(code);
    expect(report.verdict).toBe(code === 'status/list-mismatch' ? 'rejected' : verdict);
  });
});

describe('a bitstring list with a Data Integrity proof', () => {
  async function worldWithProvenList(change: (list: Json) => Json = (list) => list) {
    const { world, forms } = await createWorldOfForms();
    const [, payload = ''] = (await signList('revocation')).split('.');
    const list = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Json;
    world.lists.set(
      REVOCATION_URL,
      JSON.stringify(change(await prove(list, registrarEdKey, { cryptosuite: 'eddsa-jcs-2022' }))),
    );
    return { world, forms };
  }

  it('counts like one that is a token', async () => {
    const { world, forms } = await worldWithProvenList();
    expect((await verify(forms['vc+jwt'], world)).verdict).toBe('accepted');
  });

  it('is not believed once it is changed', async () => {
    const { world, forms } = await worldWithProvenList((list) => ({
      ...list,
      validUntil: '2027-01-01T00:00:00Z',
    }));
    expectReason(await verify(forms['vc+jwt'], world), 'status/list-invalid', 'undetermined');
  });
});

describe('proofs', () => {
  it('cannot be checked without a canonizer', async () => {
    const { world, forms } = await createWorldOfForms();
    const { canonizer: _, ...sources } = world.sources;
    const report = await verify(forms.vc, { ...world, sources });
    expectReason(report, 'signature/not-checked', 'undetermined');
  });

  it('may be given as JSON or as its text, in which no member stands twice', async () => {
    const { world, forms } = await createWorldOfForms();
    expect((await verify(JSON.parse(forms.vc), world)).verdict).toBe('accepted');
    const doubled = forms.vc.replace('"assuranceLevel"', '"assuranceLevel":"high","assuranceLevel"');
    expectReason(await verify(doubled, world), 'format/malformed', 'rejected');
  });

  it('by others alone do not make a credential', async () => {
    const { world } = await createWorldOfForms();
    const own = await prove({ ...fullLegalIdentity(), issuer: coopKey.did }, coopKey, {
      cryptosuite: 'ecdsa-rdfc-2019',
    });
    const report = await verify({ ...own, issuer: REGISTRAR_DID }, world);
    expectReason(report, 'issuer/mismatch', 'rejected');
  });

  it('by others stand beside the issuer’s, and have to be good', async () => {
    const { world, forms } = await createWorldOfForms();
    const twice = await prove(JSON.parse(forms.vc), coopKey, { cryptosuite: 'ecdsa-rdfc-2019' });
    const [first, second] = twice['proof'] as Json[];
    const authentic = await verify(twice, world);
    expect(codesOf(authentic)).toContain('signature/valid');
    const spoilt = { ...twice, proof: [first, { ...second, created: '2026-11-20T11:00:01Z' }] };
    expectReason(await verify(spoilt, world), 'signature/invalid', 'rejected');
  });

  it.each<[string, (proof: Json) => Json, CheckCode]>([
    [
      'for signing in',
      (proof) => ({ ...proof, proofPurpose: 'authentication' }),
      'signature/purpose-mismatch',
    ],
    [
      'that expired',
      (proof) => ({ ...proof, expires: '2026-11-20T11:30:00Z' }),
      'validity/signature-expired',
    ],
    [
      'of a day to come',
      (proof) => ({ ...proof, created: '2026-11-21T11:30:00Z' }),
      'validity/signature-not-yet-valid',
    ],
    [
      'that builds on none',
      (proof) => ({ ...proof, previousProof: 'urn:proof:1' }),
      'signature/chain-broken',
    ],
    [
      'in another base',
      (proof) => ({ ...proof, proofValue: `f${'00'.repeat(64)}` }),
      'signature/proof-malformed',
    ],
    [
      'of another suite',
      (proof) => ({ ...proof, cryptosuite: 'ecdsa-rdfc-2019' }),
      'signature/algorithm-mismatch',
    ],
    ['without its value', ({ proofValue: _, ...proof }) => proof, 'format/malformed'],
    [
      'that names no key',
      (proof) => ({ ...proof, verificationMethod: 'https://a.example/key' }),
      'key/unidentified',
    ],
    [
      'by a key that is not there',
      (proof) => ({
        ...proof,
        verificationMethod: multikeyMethod(coopKey).replace(coopKey.did, REGISTRAR_DID),
      }),
      'key/not-found',
    ],
  ])('%s are refused', async (_, change, code) => {
    const { world, forms } = await createWorldOfForms();
    const document = JSON.parse(forms.vc) as Json;
    expectReason(await verify({ ...document, proof: change(document['proof']) }, world), code, 'rejected');
  });

  it('over terms that no context defines are no proof of anything', async () => {
    const { world, forms } = await createWorldOfForms();
    const document = { ...JSON.parse(forms.vc), undefinedTerm: true };
    expectReason(await verify(document, world), 'format/not-json-ld', 'rejected');
  });

  it('of a cryptosuite that is not known leave it undetermined', async () => {
    const { world, forms } = await createWorldOfForms();
    const document = JSON.parse(forms.vc) as Json;
    const proof = { ...document['proof'], cryptosuite: 'bbs-2023' };
    expectReason(
      await verify({ ...document, proof }, world),
      'signature/unknown-cryptosuite',
      'undetermined',
    );
  });

  it.each([null, 'proof', 7, [], [null], {}])('that are %j are malformed', async (proof) => {
    const { world, forms } = await createWorldOfForms();
    expectReason(await verify({ ...JSON.parse(forms.vc), proof }, world), 'format/malformed', 'rejected');
  });
});

describe.each(['vc+sd-jwt', 'dc+sd-jwt'] as const)('what a holder keeps back of a %s', (format) => {
  const profile = format === 'vc+sd-jwt' ? VC_SD_JWT_PROFILE : DC_SD_JWT_PROFILE;

  it('does not count as missing', async () => {
    const { world, forms } = await createWorldOfForms();
    const shown = await presentSdJwt(forms[format], profile, { disclose: [] });
    if ('problem' in shown) throw new Error(shown.problem);
    const report = await verify(shown.presentation, world);
    expect(report.verdict).toBe('accepted');
    expect(report.credential?.subject.name).toBeUndefined();
  });

  it('is told apart from a presentation', async () => {
    const { world, forms } = await createWorldOfForms();
    const keyBinding = {
      audience: 'https://partner.example',
      nonce: 'n',
      issuedAt: NOW,
      key: coopKey,
      signer,
    };
    const shown = await presentSdJwt(forms[format], profile, { disclose: [], keyBinding });
    if ('problem' in shown) throw new Error(shown.problem);
    expectReason(await verify(shown.presentation, world), 'format/presentation', 'rejected');
  });

  it('leaves a disclosure that nothing calls for without a place', async () => {
    const { world, forms } = await createWorldOfForms();
    const extra = Buffer.from(JSON.stringify(['c2FsdA', 'legalName', 'Somebody Else'])).toString('base64url');
    expectReason(await verify(`${forms[format]}${extra}~`, world), 'format/disclosure-malformed', 'rejected');
  });
});

describe('an issuer that is named by a URL alone', () => {
  const ISSUER = 'https://issuer.example/tenants/7';
  const METADATA = 'https://issuer.example/.well-known/jwt-vc-issuer/tenants/7';

  function signForeign(key = registrarKey): string {
    const now = NOW.getTime() / 1000;
    const vct = 'https://issuer.example/types/member';
    const claims = { iss: ISSUER, vct, sub: 'did:example:coop', iat: now, exp: now + 60 };
    return forgeSdJwt(claims, [], { typ: 'dc+sd-jwt', key: { ...key, kid: 'key-1' } });
  }

  async function verifyWith(documents: Record<string, unknown>, key = registrarKey) {
    const { world } = await createWorldOfForms();
    const fetchJson = async (url: string) =>
      url in documents ? { value: documents[url] } : ({ problem: 'unreachable' } as const);
    return verify(signForeign(key), withSources(world, { fetchJson }));
  }

  const jwks = { keys: [{ ...registrarKey.jwk, kid: 'key-1' }] };

  it('is bound to the keys of its metadata', async () => {
    const report = await verifyWith({ [METADATA]: { issuer: ISSUER, jwks } });
    expect(codesOf(report).slice(0, 4)).toEqual([
      'format/well-formed',
      'signature/valid',
      'key/listed',
      'issuer/bound',
    ]);
    expect(report.credential?.issuer.did).toBe(ISSUER);
    expect(codesOf(report)).toContain('accreditation/not-accredited');
  });

  it('may have them at an address of their own', async () => {
    const jwksUri = 'https://issuer.example/keys';
    const report = await verifyWith({ [METADATA]: { issuer: ISSUER, jwks_uri: jwksUri }, [jwksUri]: jwks });
    expect(codesOf(report)).toContain('signature/valid');
  });

  it.each<[string, Record<string, unknown>, CheckCode]>([
    ['out of reach', {}, 'key/unresolvable'],
    ['of another issuer', { [METADATA]: { issuer: 'https://other.example', jwks } }, 'key/metadata-invalid'],
    ['without this key', { [METADATA]: { issuer: ISSUER, jwks: { keys: [] } } }, 'key/not-found'],
  ])('whose metadata is %s is not', async (_, documents, code) => {
    expect(codesOf(await verifyWith(documents))).toContain(code);
  });

  it('does not sign with another key', async () => {
    const report = await verifyWith({ [METADATA]: { issuer: ISSUER, jwks } }, coopKey);
    expectReason(report, 'signature/invalid', 'rejected');
  });
});

describe('a form that was changed in another form’s name', () => {
  it('has no record of its own', async () => {
    const { world } = await createWorldOfForms();
    const other = await secureAs('jwt', { ...fullLegalIdentity(), validUntil: '2027-06-01T00:00:00Z' });
    expectReason(await verify(other, world), 'accreditation/issuance-unrecorded', 'undetermined');
  });
});
