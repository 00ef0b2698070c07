import type { ReadyMadePolicy } from './readyMadePolicy.js';

/** For a federation that asks whether somebody may become a member: whether it is a genuine co-op, by every test that law and the ICA know. */
export const federationEligibility: ReadyMadePolicy = {
  key: 'federationEligibility',
  name: 'Federation eligibility',
  description:
    'A genuine co-op by the tests of democratic control, on figures that a registrar confirmed within a year.',
  rules: [
    { rule: 'credentials', anyOf: [['CoopLegalIdentityCredential', 'CoopStatusCredential']] },
    { rule: 'assurance', minimum: 'substantial', credentialTypes: ['CoopLegalIdentityCredential'] },
    {
      rule: 'checks',
      fields: [
        '/democraticControl/category',
        '/democraticControl/votingRule',
        '/democraticControl/memberCount',
      ],
      provenance: 'third_party',
      maximumAge: 'P1Y',
    },
    { rule: 'coopTest', test: 'oneMemberOneVote' },
    { rule: 'coopTest', test: 'sixtyPercentTest' },
    { rule: 'coopTest', test: 'voteConcentration' },
    { rule: 'coopTest', test: 'investorInfluence' },
    { rule: 'coopTest', test: 'minimumMembers' },
    { rule: 'coopTest', test: 'generalMeetingHeld' },
    { rule: 'uncontested' },
    { rule: 'recognition', maximumHops: 1 },
  ],
};
