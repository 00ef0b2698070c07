import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  ASSURANCE_LEVELS,
  assuranceOf,
  CHECK_METHODS,
  tierOf,
  type CheckMethod,
} from '../../src/credentials/assurance.js';
import { composeCredential, type CredentialParts } from '../../src/credentials/compose.js';
import { toVersion1 } from '../../src/credentials/dataModel.js';
import { coopLegalIdentity } from '../../src/credentials/profiles/coopLegalIdentity.js';
import { coopStatus } from '../../src/credentials/profiles/coopStatus.js';
import { coopStatusV1 } from '../../src/credentials/profiles/coopStatusV1.js';
import { FORMER_PROFILES, PROFILES } from '../../src/credentials/profiles/index.js';
import { answersRequirement, claimSubject, type Profile } from '../../src/credentials/profiles/profile.js';
import { profileContext, profileSchema } from '../../src/credentials/profiles/publication.js';
import { addSeconds } from '../../src/kernel/instants.js';
import { leafPointers } from '../../src/kernel/jsonPointer.js';
import {
  confirmed,
  COOP_DID,
  CREDENTIAL_UUID,
  dossier,
  NOW,
  profiles,
  PUBLIC_URL,
  REGISTRAR_DID,
  REVOCATION_URL,
  SUSPENSION_URL,
} from '../support/issuer.js';
import { runs } from '../support/properties.js';

const EVERYTHING = [
  '/representation',
  '/legalIdentity',
  '/addresses',
  '/identifiers',
  '/democraticControl',
  '/signatories',
  '/controlPersons',
  '/recognition/federations',
  '/screening',
];

function compose(profile: Profile, changes: Partial<CredentialParts> = {}) {
  const checks = changes.checks ?? EVERYTHING.map((field) => confirmed(field));
  return composeCredential({
    profile,
    publicUrl: PUBLIC_URL,
    credentialId: CREDENTIAL_UUID,
    issuerDid: REGISTRAR_DID,
    subjectDid: COOP_DID,
    claims: claimSubject(
      profile,
      dossier,
      checks.map(({ field }) => field),
    ),
    checks,
    assuranceLevel: 'substantial',
    validFrom: NOW,
    validUntil: addSeconds(NOW, 86_400),
    status: {
      revocation: { purpose: 'revocation', listUrl: REVOCATION_URL, index: 0 },
      suspension: { purpose: 'suspension', listUrl: SUSPENSION_URL, index: 1 },
    },
    ...changes,
  });
}

describe('assurance', () => {
  it.each<[CheckMethod[], string]>([
    [['register_lookup', 'document_inspection'], 'substantial'],
    [['register_lookup', 'interview'], 'low'],
    [['vouch'], 'low'],
    [['site_visit', 'callback', 'screening'], 'substantial'],
    [[], 'low'],
  ])('of %j is %s', (methods, level) => {
    expect(assuranceOf(methods.map((method) => ({ method })))).toBe(level);
  });

  it('is the lowest over the checks, so that none can raise it', () => {
    const checks = fc.array(
      fc.constantFrom(...CHECK_METHODS).map((method) => ({ method })),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(checks, checks, (some, more) => {
        const rank = (list: { method: CheckMethod }[]) => ASSURANCE_LEVELS.indexOf(assuranceOf(list));
        expect(rank([...some, ...more])).toBe(Math.min(rank(some), rank(more)));
      }),
      runs(100),
    );
  });

  it.each<[CheckMethod, string]>([
    ['interview', 'third_party'],
    ['vouch', 'third_party'],
    ['screening', 'third_party'],
    ['register_lookup', 'official_register'],
    ['document_inspection', 'verified'],
    ['site_visit', 'verified'],
    ['callback', 'verified'],
  ])('%s makes a field %s', (method, tier) => {
    expect(tierOf(method)).toBe(tier);
  });
});

describe('claimSubject', () => {
  it('claims nothing without a check', () => {
    expect(claimSubject(coopLegalIdentity, dossier, ['/representation'])).toEqual({});
  });

  it('claims what is covered, and what is meaningless apart from it', () => {
    expect(claimSubject(coopLegalIdentity, dossier, ['/legalIdentity/registrationNumber'])).toEqual({
      registrationNumber: 'C3455',
      registrationAuthority: dossier.legalIdentity.registrationAuthority,
    });
    expect(claimSubject(coopStatus, dossier, ['/democraticControl/memberCount'])).toEqual({
      memberCount: 42,
      memberCountOn: '2026-06-30',
    });
  });

  it('takes the jurisdiction of the entity that was represented into the status', () => {
    expect(claimSubject(coopStatus, dossier, ['/representation'])).toEqual({ jurisdiction: 'GB-ENG' });
  });

  it('claims a list as a whole, or its confirmed items', () => {
    const claimed = (field: string) => claimSubject(coopLegalIdentity, dossier, [field])['addresses'];
    expect(claimed('/addresses')).toEqual(dossier.addresses);
    expect(claimed('/addresses/1')).toEqual([dossier.addresses[1]]);
    expect(claimed('/addresses/1/street')).toBeUndefined();
    expect(claimed('/addresses/10')).toBeUndefined();
    expect(claimed('/addressesX')).toBeUndefined();
  });

  it('claims nothing that a refutation touches, whatever the block around it', () => {
    const confirmed = ['/legalIdentity', '/addresses'];
    const { tradingNames: _refuted, ...rest } = claimSubject(coopLegalIdentity, dossier, confirmed);
    expect(claimSubject(coopLegalIdentity, dossier, confirmed, ['/legalIdentity/tradingNames'])).toEqual(
      rest,
    );
    expect(claimSubject(coopLegalIdentity, dossier, confirmed, ['/addresses/0/street'])['addresses']).toEqual(
      dossier.addresses.slice(1),
    );
    expect(claimSubject(coopLegalIdentity, dossier, confirmed, ['/legalIdentity', '/addresses'])).toEqual({});
  });

  it('never claims more by fewer checks', () => {
    const fields = fc.subarray([
      ...leafPointers(dossier),
      ...EVERYTHING,
      '/addresses/0',
      '/democraticControl/category',
    ]);
    fc.assert(
      fc.property(fc.constantFrom(...PROFILES), fields, fields, (profile, some, more) => {
        const fewer = leafPointers(claimSubject(profile, dossier, some)).length;
        expect(
          leafPointers(claimSubject(profile, dossier, [...some, ...more])).length,
        ).toBeGreaterThanOrEqual(fewer);
      }),
      runs(100),
    );
  });
});

describe.each([...PROFILES, ...FORMER_PROFILES])('$type, version $version', (profile) => {
  it('requires a check of the representation', () => {
    expect(profile.requiredChecks).toContain('/representation');
  });

  it('composes a credential that conforms to its schema, with every claim', () => {
    expect(profiles.violations(profile, compose(profile))).toEqual([]);
  });

  it('composes a conforming one from the required checks alone', () => {
    const checks = checksOf(profile).map((field) => confirmed(field));
    expect(profiles.violations(profile, compose(profile, { checks }))).toEqual([]);
  });

  it('refuses one that lacks the claim of any required check', () => {
    // The dossier's root commits to all of it, whatever of it is claimed.
    if (profile.type === 'KycDossierCredential') return;
    for (const missing of checksOf(profile).filter((field) => field !== '/representation')) {
      const checks = checksOf(profile)
        .filter((field) => field !== missing)
        .map((field) => confirmed(field));
      expect(profiles.violations(profile, compose(profile, { checks }))).not.toEqual([]);
    }
  });

  it('has the same schema for the form of version 1.1, and for no mixture of both', () => {
    const version2 = compose(profile);
    const translated = toVersion1(version2);
    if ('problems' in translated) throw new Error(JSON.stringify(translated.problems));
    const version1 = translated.value;
    expect(profiles.violations(profile, version1)).toEqual([]);
    const { issuanceDate, expirationDate } = version1;
    const mixtures: [object, string][] = [
      [{ ...version2, issuanceDate }, '/issuanceDate'],
      [{ ...version2, expirationDate }, '/expirationDate'],
      [{ ...version1, validFrom: version2.validFrom }, '/validFrom'],
      [{ ...version1, validUntil: version2.validUntil }, '/validUntil'],
      [{ ...version1, expirationDate: undefined }, ''],
      [{ ...version1, issuanceDate: undefined }, ''],
      [{ ...version2, validUntil: undefined }, ''],
      [{ ...version2, validFrom: undefined }, ''],
      [{ ...version1, expirationDate: 'never' }, '/expirationDate'],
      [{ ...version1, '@context': version2['@context'] }, ''],
      [{ ...version2, '@context': version1['@context'] }, ''],
      [{ ...version1, '@context': [version1['@context'][0]] }, '/@context'],
      [{ ...version1, extra: true }, ''],
    ];
    for (const [mixture, pointer] of mixtures) {
      const json: unknown = JSON.parse(JSON.stringify(mixture));
      expect(profiles.violations(profile, json)[0], JSON.stringify(mixture)).toMatchObject({ pointer });
    }
  });

  it('is published under immutable addresses', () => {
    expect(profileSchema(profile, PUBLIC_URL)['$id']).toBe(
      `${PUBLIC_URL}/schemas/${profile.type}/v${profile.version}`,
    );
    expect(compose(profile)['@context'][1]).toBe(
      `${PUBLIC_URL}/contexts/${profile.type}/v${profile.version}`,
    );
  });

  it('has a context that defines every term of its credentials, and none of the v2 context anew', () => {
    const context = profileContext(profile, PUBLIC_URL)['@context'];
    const undefinedTerms = termsIn(compose(profile, { checks: checksOfEveryKind() }), context);
    expect(undefinedTerms).toEqual([]);
    expect(Object.keys(context).filter((term) => V2_TERMS.has(term))).toEqual([]);
  });
});

/** One check for each that the profile requires. */
function checksOf(profile: Profile): string[] {
  return profile.requiredChecks.map((field) => field.replace(/\/\*$/, '/0'));
}

describe('a released version of a type', () => {
  it('is still what its credentials are judged by', () => {
    const former = compose(coopStatusV1);
    expect(profiles.claimedBy(former)).toEqual([coopStatusV1]);
    expect(profiles.claimedBy(compose(coopStatus))).toEqual([coopStatus]);
    expect(
      profiles.claimedBy({ ...former, credentialSchema: { id: 'https://x.example', type: 'JsonSchema' } }),
    ).toEqual([coopStatus]);
  });

  it('is told from the newest one by what may be claimed', () => {
    const { credentialSubject, ...former } = compose(coopStatusV1);
    const subject = { ...credentialSubject, lastGeneralMeetingOn: '2026-05-01' };
    const more = { ...former, credentialSubject: subject };
    expect(profiles.violations(coopStatusV1, more)).toMatchObject([{ pointer: '/credentialSubject' }]);
  });
});

describe('what a profile requires of a list', () => {
  it.each([
    ['/recognition/federations', true],
    ['/recognition/federations/0', true],
    ['/recognition/federations/12', true],
    ['/recognition/federations/0/body', false],
    ['/recognition/federationsX', false],
    ['/recognition', false],
  ])('a check of %s: %s', (field, answers) => {
    expect(answersRequirement('/recognition/federations/*', field)).toBe(answers);
  });
});

describe('evidence', () => {
  it('names the checks that the claims rest on, and no others', () => {
    const checks = [...EVERYTHING, '/addresses/0/street', '/identifiers/0'].map((field) => confirmed(field));
    const fieldsOf = (profile: Profile) =>
      [compose(profile, { checks }).evidence].flat().map((entry) => entry?.['field']);
    expect(fieldsOf(coopStatus)).toEqual(['/representation', '/legalIdentity', '/democraticControl']);
    expect(fieldsOf(coopLegalIdentity)).toEqual([
      '/representation',
      '/legalIdentity',
      '/addresses',
      '/identifiers',
      '/identifiers/0',
    ]);
  });

  it('never names a person, a file or a note', () => {
    const secret = 'Jane Secret';
    const secrets = {
      name: secret,
      note: secret,
      reviewer: secret,
      fileName: secret,
      voucher: { name: secret },
    };
    const checks = (['electronic_record', 'document', 'vouch', 'electronic_signature'] as const).map((type) =>
      confirmed('/legalIdentity', {
        evidence: {
          type,
          ...secrets,
          record: { type: 'register', source: { name: 'Register', ...{ contact: secret } }, ...secrets },
          document_details: { type: 'by-laws', issuer: { name: 'Register', clerk: secret }, ...secrets },
          attestation: secrets,
          signature_type: 'qes_eidas',
          issuer: secret,
        },
      }),
    );
    const credential = compose(coopLegalIdentity, { checks });
    expect(JSON.stringify(credential)).not.toContain(secret);
    expect(profiles.violations(coopLegalIdentity, credential)).toEqual([]);
    expect([credential.evidence].flat()).toEqual([
      expect.objectContaining({ record: { type: 'register', source: { name: 'Register' } } }),
      expect.objectContaining({ document_details: { type: 'by-laws', issuer: { name: 'Register' } } }),
      expect.objectContaining({ type: 'vouch', provenance: 'official_register' }),
      expect.objectContaining({ signature_type: 'qes_eidas' }),
    ]);
  });

  it('commits to a document by a salted digest that its owner can recompute', () => {
    const sha256 = createHash('sha256').update('by-laws').digest();
    const salt = Buffer.alloc(16, 7);
    const checks = [confirmed('/legalIdentity', { document: { sha256, salt } })];
    const [entry] = [compose(coopLegalIdentity, { checks }).evidence].flat();
    expect(entry?.['digest']).toEqual({
      alg: 'sha-256',
      salt: salt.toString('base64url'),
      value: createHash('sha256')
        .update(Buffer.concat([salt, sha256]))
        .digest('base64url'),
    });
  });
});

function checksOfEveryKind() {
  const document = { sha256: Buffer.alloc(32), salt: Buffer.alloc(16) };
  return [
    ...EVERYTHING.map((field) => confirmed(field, { document })),
    confirmed('/representation', { evidence: { type: 'document', document_details: { type: 'by-laws' } } }),
    confirmed('/representation', { evidence: { type: 'vouch' } }),
    confirmed('/representation', { evidence: { type: 'electronic_signature', signature_type: 'qes' } }),
  ];
}

/** Terms of the v2 context that are defined everywhere, and those that a credential's own type brings. */
const V2_TERMS = new Set([
  ...['@context', 'id', 'type', 'description', 'digestMultibase', 'digestSRI', 'mediaType', 'name'],
  ...[
    'VerifiableCredential',
    'JsonSchema',
    'BitstringStatusListEntry',
    'aud',
    'cnf',
    'exp',
    'iat',
    'iss',
    'sub',
  ],
  ...['credentialSchema', 'credentialStatus', 'credentialSubject', 'evidence', 'issuer', 'termsOfUse'],
  ...['validFrom', 'validUntil', 'statusListCredential', 'statusListIndex', 'statusPurpose'],
]);

/** Member names and `type` values that neither the v2 context nor the given ones define. */
function termsIn(value: unknown, context: Readonly<Record<string, unknown>>): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => termsIn(item, context));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([member, child]) => {
    if (member === '@context') return [];
    const terms = [member, ...(member === 'type' ? [child as string | string[]].flat() : [])];
    const unknown = terms.filter((term) => !V2_TERMS.has(term) && !Object.hasOwn(context, term));
    const definition = context[member] as { '@type'?: string; '@context'?: object } | undefined;
    if (definition?.['@type'] === '@json') return unknown;
    return [...unknown, ...termsIn(child, { ...context, ...definition?.['@context'] })];
  });
}
