import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { composeCredential } from '../../src/credentials/compose.js';
import { createProfileCatalogue } from '../../src/credentials/profiles/catalogue.js';
import { PROFILES } from '../../src/credentials/profiles/index.js';
import { claimSubject } from '../../src/credentials/profiles/profile.js';
import { prepareVcJwt } from '../../src/credentials/securing/vcJwt.js';
import { DossierBlocks } from '../../src/features/dossiers/schemas.js';
import {
  confirmed,
  COOP_DID,
  dossier as example,
  NOW,
  PUBLIC_URL,
  REGISTRAR_DID,
} from '../support/issuer.js';
import { SCREENING_KINDS, SCREENING_RESULTS } from '../../src/credentials/profiles/subjectSchemas.js';
import { addSeconds } from '../../src/kernel/instants.js';
import { runs } from '../support/properties.js';

/** Whatever the dossier takes, a profile must be able to say: a registrar's approval cannot fail on the length of a text. */
const profiles = createProfileCatalogue(PUBLIC_URL);

const text = (maxLength: number) =>
  fc
    .oneof(
      fc.constant('x'.repeat(maxLength)),
      fc.constant('é'.repeat(maxLength)),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: Math.min(20, maxLength) }),
    )
    .filter((value) => /\S/.test(value) && [...value].length <= maxLength);
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const share = fc.double({ min: 0, max: 100, noNaN: true });
const date = fc.constantFrom('1844-08-15', '2024-02-29', '9999-12-31', '0001-01-01');

const dossiers = fc
  .record({
    legalIdentity: fc.record({
      legalName: text(300),
      tradingNames: optional(fc.array(text(300), { maxLength: 20 })),
      registrationNumber: text(100),
      registrationAuthority: fc.record({ name: text(200), code: optional(text(20)) }),
      jurisdiction: fc.constantFrom('GB', 'GB-ENG', 'CA-QC', 'FR-974'),
      legalForm: optional(text(200)),
      status: optional(text(100)),
      incorporatedOn: optional(date),
    }),
    addresses: fc.array(
      fc.record({
        type: fc.constantFrom('registered', 'business', 'alternative'),
        street: text(300),
        locality: text(150),
        region: optional(text(150)),
        postalCode: optional(text(30)),
        country: fc.constant('GB'),
      }),
      { maxLength: 5 },
    ),
    identifiers: fc.array(fc.record({ scheme: text(100), id: text(100), uri: optional(fc.webUrl()) }), {
      maxLength: 5,
    }),
    democraticControl: fc.record({
      category: text(100),
      votingRule: text(100),
      memberCount: fc.nat({ max: 1_000_000_000 }),
      memberCountOn: date,
      transactingVoteShare: optional(fc.double({ min: 0, max: 100, noNaN: true })),
      largestVoteShare: optional(fc.double({ min: 0, max: 100, noNaN: true })),
      memberClasses: optional(
        fc.array(
          fc.record({
            name: text(100),
            memberCount: fc.nat({ max: 1_000_000_000 }),
            votesPerMember: optional(fc.double({ min: 0, max: 1_000_000, noNaN: true })),
            voteShare: optional(share),
            isTransacting: optional(fc.boolean()),
            isInvestor: optional(fc.boolean()),
          }),
          { minLength: 1, maxLength: 3 },
        ),
      ),
      investorVoteShare: optional(share),
      assetLock: optional(fc.oneof(fc.boolean(), text(500))),
      surplusDistribution: optional(text(500)),
      lastGeneralMeetingOn: optional(date),
      byLaws: optional(
        fc.record({ digest: fc.constant(`sha256-${'+'.repeat(43)}=`), adoptedOn: optional(date) }),
      ),
    }),
    signatories: fc.array(
      fc.record({
        fullName: text(200),
        role: text(100),
        authority: fc.constantFrom('sole', 'joint'),
        jointWith: optional(fc.array(text(200), { minLength: 1, maxLength: 3 })),
        signaturesRequired: optional(fc.integer({ min: 2, max: 20 })),
        limits: optional(
          fc.array(
            fc.record({
              matter: optional(text(300)),
              amount: optional(fc.double({ min: 0, max: 1e15, noNaN: true })),
              currency: optional(fc.constant('GBP')),
            }),
            { minLength: 1, maxLength: 3 },
          ),
        ),
        validFrom: optional(date),
        validUntil: optional(date),
        grantedBy: fc.record({ body: text(200), grantedOn: date, reference: optional(text(200)) }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    controlPersons: fc.array(
      fc.record({
        statementId: text(200),
        recordType: fc.constantFrom('entity', 'person', 'relationship'),
        recordDetails: fc.record({ isComponent: fc.boolean() }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    recognition: fc.record({
      federations: fc.array(
        fc.record({
          body: text(300),
          did: optional(fc.constant('did:web:passport.example:orgs:federation')),
          memberNumber: optional(text(100)),
          memberSince: optional(date),
          standing: text(100),
        }),
        { minLength: 1, maxLength: 3 },
      ),
      coopDomain: optional(fc.constant('abeona.coop')),
    }),
    screening: fc.record({
      lists: fc.array(
        fc.record({
          kind: fc.constantFrom(...SCREENING_KINDS),
          name: text(200),
          publisher: optional(text(200)),
          version: text(100),
        }),
        { minLength: 1, maxLength: 3 },
      ),
      screenedAt: fc.constant('2026-11-19T10:00:00Z'),
      result: fc.constantFrom(...SCREENING_RESULTS),
      personsScreened: optional(fc.nat({ max: 10_000 })),
    }),
  })
  // As it comes from the database: without what is undefined.
  .map((dossier) => JSON.parse(JSON.stringify(dossier)) as Record<string, unknown>);

/** What is computed of it when a credential is ordered. */
const { dossier: summary } = example;

const isDossier = new Ajv2020({ strict: false, validateFormats: false }).compile(DossierBlocks);

describe.each(PROFILES.map((profile) => [profile.type, profile] as const))('%s', (_type, profile) => {
  test('can say everything that a dossier may hold', () => {
    fc.assert(
      fc.property(dossiers, (dossier) => {
        expect(isDossier(dossier)).toBe(true);
        const checks = ['/representation', ...Object.keys(dossier).map((block) => `/${block}`)].map((field) =>
          confirmed(field),
        );
        const credential = composeCredential({
          profile,
          publicUrl: PUBLIC_URL,
          credentialId: '01941f29-7c00-7000-8000-000000000001',
          issuerDid: REGISTRAR_DID,
          subjectDid: COOP_DID,
          claims: claimSubject(
            profile,
            { ...dossier, dossier: summary },
            checks.map(({ field }) => field),
          ),
          checks,
          assuranceLevel: 'substantial',
          validFrom: NOW,
          validUntil: addSeconds(NOW, 3600),
          status: {
            revocation: { purpose: 'revocation', listUrl: `${PUBLIC_URL}/status/1`, index: 1 },
            suspension: { purpose: 'suspension', listUrl: `${PUBLIC_URL}/status/2`, index: 2 },
          },
        });
        const prepared = prepareVcJwt(credential, profiles);
        expect('problems' in prepared ? prepared.problems : []).toEqual([]);
      }),
      runs(60),
    );
  });
});
