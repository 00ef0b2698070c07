import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CHECK_CODES, type CheckCode } from '../../src/credentials/verification/checks.js';
import { CREDENTIAL_CHECKS, completeResults, resultOf } from '../../src/credentials/verification/checks.js';
import type { CredentialReport } from '../../src/credentials/verification/report.js';
import {
  CRYPTOSUITE_NAMES,
  INSTANCE_FORMATS,
  KEY_TYPES,
  kindProblems,
  mandatoryPointersOf,
  profileClaimProblems,
  withIssuer,
} from '../../src/features/vc-api/rules.js';
import { judgeCredentialReport, judgePresentationReport } from '../../src/features/vc-api/verdicts.js';

const DID = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK';

describe('an instance', () => {
  test('is of one of these kinds and no other', () => {
    const possible = INSTANCE_FORMATS.flatMap((format) =>
      [...CRYPTOSUITE_NAMES, undefined].flatMap((cryptosuite) =>
        KEY_TYPES.filter(
          (keyType) => kindProblems({ format, keyType, ...(cryptosuite && { cryptosuite }) }).length === 0,
        ).map((keyType) => `${cryptosuite ?? format} ${keyType}`),
      ),
    );
    expect(possible.sort()).toEqual(
      [
        'eddsa-rdfc-2022 Ed25519',
        'eddsa-jcs-2022 Ed25519',
        'ecdsa-rdfc-2019 P-256',
        'ecdsa-rdfc-2019 P-384',
        'ecdsa-jcs-2019 P-256',
        'ecdsa-jcs-2019 P-384',
        'ecdsa-sd-2023 P-256',
        ...['vc+jwt', 'vc+sd-jwt'].flatMap((format) => KEY_TYPES.map((keyType) => `${format} ${keyType}`)),
      ].sort(),
    );
  });

  test("never signs in another's name, whatever stands as issuer", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (issuer) => {
        const bound = withIssuer({ issuer }, DID);
        if ('problems' in bound) return true;
        const named = bound.value['issuer'];
        return (typeof named === 'object' && named !== null ? (named as { id?: unknown }).id : named) === DID;
      }),
    );
  });

  test.each([undefined, null, '', {}, { id: null }, { id: undefined }, { name: 'Us' }, [], [DID]])(
    'does not fill in what is there: %j',
    (issuer) => {
      const mayBeFilled =
        typeof issuer === 'object' && issuer !== null && !Array.isArray(issuer) && !('id' in issuer);
      expect('value' in withIssuer({ issuer }, DID)).toBe(mayBeFilled);
    },
  );
});

describe('what this network examined', () => {
  const world = { publicUrl: 'https://passport.test', profileTypes: ['CoopStatusCredential'] };
  test.each<[string, object]>([
    ['a type', { type: 'CoopStatusCredential' }],
    ['a nested type', { credentialSubject: { a: [{ '@type': ['CoopStatusCredential'] }] } }],
    ['a type of another format', { vct: 'CoopStatusCredential' }],
    ['a schema', { credentialSchema: { id: 'https://passport.test/schemas/CoopStatusCredential/v1' } }],
    ['a schema, spelled otherwise', { credentialSchema: { id: 'HTTPS://PASSPORT.TEST:443/schemas/x' } }],
    ['a context', { '@context': ['https://passport.test/contexts/CoopStatusCredential/v1'] }],
    ['the origin in a context', { '@context': [{ a: { '@id': 'https://passport.test/' } }] }],
    [
      'a beginning of it, to be a prefix',
      { '@context': [{ p: { '@id': 'https://passpo', '@prefix': true } }] },
    ],
    ['a schema in percent-encoding', { credentialSchema: { id: 'https://passport.test/%73chemas/x' } }],
    ['a credential', { relatedResource: { id: 'https://passport.test/v1/credentials/1' } }],
    ['the terms of use', { termsOfUse: { type: 'AssertionLimits' } }],
  ])('is not to be named by %s', (_what, credential) => {
    expect(profileClaimProblems({ ...credential }, world)).toHaveLength(1);
  });

  test.each<[string, object]>([
    ['its name as a value', { credentialSubject: { wants: 'CoopStatusCredential' } }],
    ['a status list', { credentialStatus: { statusListCredential: 'https://passport.test/vc-api/1/x' } }],
    ['another host', { id: 'https://passport.test.example/v1/credentials/1' }],
    ['a DID of ours', { credentialSubject: { id: 'did:web:passport.test:orgs:x' } }],
  ])('is not named by %s', (_what, credential) => {
    expect(profileClaimProblems({ ...credential }, world)).toEqual([]);
  });
});

describe('mandatory pointers', () => {
  const credential = { issuer: DID, validUntil: '2030-01-01T00:00:00Z', credentialStatus: {}, name: 'x' };
  test('are what decides about validity unless others are named', () => {
    const open = mandatoryPointersOf(credential, undefined, { addsStatus: true });
    expect([...open].sort()).toEqual(['/credentialStatus', '/issuer', '/validUntil']);
    expect(mandatoryPointersOf(credential, ['/name'], { addsStatus: false })).toEqual(['/name']);
    expect(mandatoryPointersOf(credential, ['/name'], { addsStatus: true })).toEqual([
      '/name',
      '/credentialStatus',
    ]);
  });
});

describe('a report means to the VC API', () => {
  const passing: CheckCode[] = [
    'format/well-formed',
    'signature/valid',
    'key/listed',
    'issuer/bound',
    'validity/current',
    'schema/none-declared',
    'status/none-declared',
    'accreditation/not-accredited',
  ];
  const reportOf = (...codes: CheckCode[]): CredentialReport => ({
    verdict: 'rejected',
    verifiedAt: '2026-11-26T00:00:00Z',
    checks: completeResults(
      CREDENTIAL_CHECKS,
      codes.map((code) => resultOf(code)),
    ),
  });

  test('that it verifies, whatever the network says of the issuer', () => {
    expect(judgeCredentialReport(reportOf(...passing))).toEqual({ verdict: 'verified' });
  });

  const others = (Object.keys(CHECK_CODES) as CheckCode[]).filter(
    (code) =>
      CREDENTIAL_CHECKS.some((check) => code.startsWith(`${check}/`)) &&
      !code.startsWith('accreditation/') &&
      ['fail', 'undetermined'].includes(CHECK_CODES[code][0]),
  );
  test.each(others)('that it does not, for %s', (code) => {
    const check = code.slice(0, code.indexOf('/') + 1);
    const codes = [...passing.filter((one) => !one.startsWith(check)), code];
    const finding = judgeCredentialReport(reportOf(...codes));
    if (code.endsWith('/not-checked')) expect(finding).toEqual({ verdict: 'notLookedAt' });
    else {
      expect(finding).toMatchObject({
        verdict: 'notVerified',
        problems: [{ type: expect.stringMatching(/^https:\/\/[^#]+#[A-Z_]+$/), detail: expect.any(String) }],
      });
    }
  });

  test('that nothing is known of what was not reached', () => {
    const finding = judgeCredentialReport(reportOf('format/malformed'));
    expect(finding).toMatchObject({ verdict: 'notVerified', problems: [{ title: 'Parsing error' }] });
  });

  test('that a presentation without any check is not verified', () => {
    const empty = { verdict: 'undetermined', verifiedAt: '', checks: [], credentials: [] } as const;
    expect(judgePresentationReport(empty, true)).toEqual({ verdict: 'notLookedAt' });
  });
});
