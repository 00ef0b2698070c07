import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { composeCredential } from '../../src/credentials/compose.js';
import { createProfileCatalogue } from '../../src/credentials/profiles/catalogue.js';
import { PROFILES } from '../../src/credentials/profiles/index.js';
import { claimSubject } from '../../src/credentials/profiles/profile.js';
import { prepareVcJwt } from '../../src/credentials/securing/vcJwt.js';
import { DossierBlocks } from '../../src/features/dossiers/schemas.js';
import { confirmed, COOP_DID, NOW, PUBLIC_URL, REGISTRAR_DID } from '../support/issuer.js';
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
      assetLock: optional(fc.oneof(fc.boolean(), text(500))),
    }),
  })
  // As it comes from the database: without what is undefined.
  .map((dossier) => JSON.parse(JSON.stringify(dossier)) as Record<string, unknown>);

const isDossier = new Ajv2020({ strict: false, validateFormats: false }).compile(DossierBlocks);

describe.each(PROFILES.map((profile) => [profile.type, profile] as const))('%s', (_type, profile) => {
  test('can say everything that a dossier may hold', () => {
    fc.assert(
      fc.property(dossiers, (dossier) => {
        expect(isDossier(dossier)).toBe(true);
        const blocks = ['/legalIdentity', '/addresses', '/identifiers', '/democraticControl'];
        const checks = ['/representation', ...blocks].map((field) => confirmed(field));
        const credential = composeCredential({
          profile,
          publicUrl: PUBLIC_URL,
          credentialId: '01941f29-7c00-7000-8000-000000000001',
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
