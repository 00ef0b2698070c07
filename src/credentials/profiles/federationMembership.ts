import { REPRESENTATION, type Profile } from './profile.js';
import { code, fullDate, jurisdiction, listOfUpTo, text } from './subjectSchemas.js';

/** Of which federation, union or apex body it is a member, since when and in what standing. */
export const federationMembership: Profile = {
  type: 'FederationMembershipCredential',
  version: 1,
  title: 'Membership of a federation',
  description: 'Of which co-operative body the co-operative is a member, since when and in what standing.',
  requiredChecks: [REPRESENTATION, '/recognition/federations/*'],
  requiredFields: ['/legalIdentity/jurisdiction', '/recognition/federations'],
  claims: [
    { member: 'jurisdiction', from: '/legalIdentity/jurisdiction', companionOf: REPRESENTATION },
    { member: 'memberships', from: '/recognition/federations' },
  ],
  maximumValidity: 'P1Y',
  renewalWindow: 'P90D',
  gracePeriod: 'P30D',
  checkMaximumAge: {},
  isPersonal: false,
  // Each body speaks of its own members, and a co-op may belong to several.
  uniqueWithin: 'issuer',
  formats: ['vc+jwt', 'dc+sd-jwt', 'vc+sd-jwt', 'vc', 'jwt'],
  subjectMembers: {
    jurisdiction,
    memberships: listOfUpTo(20, {
      type: 'object',
      required: ['body', 'standing'],
      properties: {
        body: text,
        did: { type: 'string', pattern: '^did:', maxLength: 500 },
        memberNumber: code,
        memberSince: fullDate,
        standing: code,
      },
      additionalProperties: false,
    }),
  },
  requiredMembers: ['jurisdiction', 'memberships'],
  terms: {
    jurisdiction: '#jurisdiction',
    memberships: { '@id': 'https://schema.org/memberOf', '@type': '@json' },
  },
};
