import { REPRESENTATION, type Profile } from './profile.js';
import { code, fullDate, jurisdiction, percentage, text } from './subjectSchemas.js';

/** As it was before member classes, by-laws and the last meeting could be claimed. Verified, and not issued any more. */
export const coopStatusV1: Profile = {
  type: 'CoopStatusCredential',
  version: 1,
  title: 'Co-operative status',
  description:
    'Category, voting rule, membership, concentration of votes and asset lock of a co-operative, as confirmed by a registrar.',
  requiredChecks: [
    REPRESENTATION,
    '/democraticControl/category',
    '/democraticControl/votingRule',
    '/democraticControl/memberCount',
  ],
  requiredFields: [
    '/legalIdentity/jurisdiction',
    '/democraticControl/category',
    '/democraticControl/votingRule',
    '/democraticControl/memberCount',
    '/democraticControl/memberCountOn',
  ],
  claims: [
    // Part of naming the subject, whose entity `/representation` establishes; an accreditation is judged against it.
    { member: 'jurisdiction', from: '/legalIdentity/jurisdiction', companionOf: REPRESENTATION },
    { member: 'category', from: '/democraticControl/category' },
    { member: 'votingRule', from: '/democraticControl/votingRule' },
    { member: 'memberCount', from: '/democraticControl/memberCount' },
    {
      member: 'memberCountOn',
      from: '/democraticControl/memberCountOn',
      companionOf: '/democraticControl/memberCount',
    },
    { member: 'transactingVoteShare', from: '/democraticControl/transactingVoteShare' },
    { member: 'largestVoteShare', from: '/democraticControl/largestVoteShare' },
    { member: 'assetLock', from: '/democraticControl/assetLock' },
  ],
  maximumValidity: 'P1Y',
  renewalWindow: 'P90D',
  gracePeriod: 'P30D',
  checkMaximumAge: {},
  isPersonal: false,
  uniqueWithin: 'network',
  formats: ['vc+jwt', 'dc+sd-jwt', 'vc+sd-jwt', 'vc', 'jwt'],
  subjectMembers: {
    jurisdiction,
    category: code,
    votingRule: code,
    memberCount: { type: 'integer', minimum: 0 },
    memberCountOn: fullDate,
    transactingVoteShare: { ...percentage, description: 'Votes held by transacting members, per cent' },
    largestVoteShare: { ...percentage, description: 'Votes held by the largest single voter, per cent' },
    assetLock: { anyOf: [{ type: 'boolean' }, text], description: 'Whether, or how, the assets are locked' },
  },
  requiredMembers: ['jurisdiction', 'category', 'votingRule', 'memberCount', 'memberCountOn'],
  terms: {
    jurisdiction: '#jurisdiction',
    category: '#category',
    votingRule: '#votingRule',
    memberCount: '#memberCount',
    memberCountOn: { '@id': '#memberCountOn', '@type': 'http://www.w3.org/2001/XMLSchema#date' },
    transactingVoteShare: '#transactingVoteShare',
    largestVoteShare: '#largestVoteShare',
    assetLock: '#assetLock',
  },
};
