import { REPRESENTATION, type Profile } from './profile.js';
import { code, fullDate, jurisdiction, listOfUpTo, text } from './subjectSchemas.js';

const limit = {
  type: 'object',
  properties: {
    matter: text,
    amount: { type: 'number', minimum: 0 },
    currency: { type: 'string', pattern: '^[A-Z]{3}$' },
  },
  additionalProperties: false,
};

/** Who may sign for it: in which role, alone or with whom, and within which limits. */
export const authorisedSignatory: Profile = {
  type: 'AuthorisedSignatoryCredential',
  version: 1,
  title: 'Authorised signatories of a co-operative',
  description: 'Who may sign for the co-operative: role, sole or joint, limits, term and who granted it.',
  requiredChecks: [REPRESENTATION, '/signatories'],
  requiredFields: ['/legalIdentity/jurisdiction', '/signatories'],
  claims: [
    { member: 'jurisdiction', from: '/legalIdentity/jurisdiction', companionOf: REPRESENTATION },
    { member: 'signatories', from: '/signatories' },
  ],
  maximumValidity: 'P1Y',
  renewalWindow: 'P90D',
  gracePeriod: 'P7D',
  checkMaximumAge: {},
  isPersonal: true,
  uniqueWithin: 'network',
  formats: ['dc+sd-jwt', 'vc+sd-jwt'],
  subjectMembers: {
    jurisdiction,
    signatories: listOfUpTo(100, {
      type: 'object',
      required: ['fullName', 'role', 'authority', 'grantedBy'],
      properties: {
        fullName: text,
        role: code,
        authority: { enum: ['sole', 'joint'] },
        jointWith: listOfUpTo(20, text),
        signaturesRequired: { type: 'integer', minimum: 2 },
        limits: listOfUpTo(20, limit),
        validFrom: fullDate,
        validUntil: fullDate,
        grantedBy: {
          type: 'object',
          required: ['body', 'grantedOn'],
          properties: { body: text, grantedOn: fullDate, reference: text },
          additionalProperties: false,
        },
      },
      additionalProperties: false,
    }),
  },
  requiredMembers: ['jurisdiction', 'signatories'],
  terms: { jurisdiction: '#jurisdiction', signatories: { '@id': '#signatories', '@type': '@json' } },
};
