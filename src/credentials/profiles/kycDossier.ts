import { PROVENANCE_TIERS } from '../assurance.js';
import { REPRESENTATION, type Profile } from './profile.js';
import { code, fullDate, jurisdiction, listOfUpTo, XSD_DATE } from './subjectSchemas.js';

/**
 * A commitment to a whole version of the dossier, without anything of it: any field that the co-op releases later can be proven against its
 * root. What it claims under `/dossier` is computed of the version under review (`credentials/dossier`).
 */
export const kycDossier: Profile = {
  type: 'KycDossierCredential',
  version: 1,
  title: 'KYC dossier of a co-operative',
  description:
    'Merkle root of a version of the dossier, which blocks it covers and how well they were checked. Holds no personal data.',
  requiredChecks: [
    REPRESENTATION,
    '/legalIdentity/legalName',
    '/legalIdentity/registrationNumber',
    '/legalIdentity/jurisdiction',
    '/democraticControl/votingRule',
  ],
  requiredFields: [
    '/legalIdentity/legalName',
    '/legalIdentity/registrationNumber',
    '/legalIdentity/registrationAuthority',
    '/legalIdentity/jurisdiction',
    '/democraticControl/votingRule',
  ],
  claims: [
    { member: 'jurisdiction', from: '/legalIdentity/jurisdiction', companionOf: REPRESENTATION },
    ...['dossierVersion', 'merkleRoot', 'coveredBlocks', 'lowestTier', 'nextReviewOn'].map((member) => ({
      member,
      from: `/dossier/${member}`,
      companionOf: REPRESENTATION,
    })),
  ],
  maximumValidity: 'P1Y',
  renewalWindow: 'P90D',
  gracePeriod: 'P30D',
  checkMaximumAge: {},
  isPersonal: false,
  uniqueWithin: 'network',
  commitsToDossier: true,
  formats: ['vc+jwt', 'dc+sd-jwt', 'vc+sd-jwt', 'vc', 'jwt'],
  subjectMembers: {
    jurisdiction,
    dossierVersion: { type: 'integer', minimum: 1 },
    merkleRoot: {
      type: 'object',
      required: ['alg', 'value', 'size'],
      properties: {
        alg: { const: 'sha-256' },
        value: { ...code, description: 'RFC 9162 §2.1.1 over salted leaves, base64url' },
        size: { type: 'integer', minimum: 1, description: 'How many leaves the tree has' },
      },
      additionalProperties: false,
    },
    coveredBlocks: listOfUpTo(50, {
      type: 'object',
      required: ['block', 'lowestTier'],
      properties: { block: code, lowestTier: { enum: [...PROVENANCE_TIERS] } },
      additionalProperties: false,
    }),
    lowestTier: { enum: [...PROVENANCE_TIERS] },
    nextReviewOn: fullDate,
  },
  requiredMembers: [
    'jurisdiction',
    'dossierVersion',
    'merkleRoot',
    'coveredBlocks',
    'lowestTier',
    'nextReviewOn',
  ],
  terms: {
    jurisdiction: '#jurisdiction',
    dossierVersion: '#dossierVersion',
    merkleRoot: { '@id': '#merkleRoot', '@type': '@json' },
    coveredBlocks: { '@id': '#coveredBlocks', '@type': '@json' },
    lowestTier: '#lowestTier',
    nextReviewOn: { '@id': '#nextReviewOn', '@type': XSD_DATE },
  },
};
