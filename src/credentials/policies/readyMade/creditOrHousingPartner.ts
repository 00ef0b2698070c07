import type { ReadyMadePolicy } from './readyMadePolicy.js';

/** To lend, to let, to build together: besides, who may sign, and that no single member decides. */
export const creditOrHousingPartner: ReadyMadePolicy = {
  key: 'creditOrHousingPartner',
  name: 'Credit or housing partner',
  description:
    'Freshly examined by a registrar that is still accredited: who it is, who may sign for it, one member one vote and no single vote above 10 %.',
  rules: [
    {
      rule: 'credentials',
      anyOf: [['CoopLegalIdentityCredential', 'CoopStatusCredential', 'AuthorisedSignatoryCredential']],
    },
    { rule: 'registrars', accreditation: { stillHeld: true } },
    { rule: 'assurance', minimum: 'substantial' },
    {
      rule: 'checks',
      fields: ['/legalIdentity/legalName', '/legalIdentity/registrationNumber'],
      provenance: 'official_register',
      maximumAge: 'P1Y',
    },
    { rule: 'checks', fields: ['/representation'], provenance: 'verified', maximumAge: 'P1Y' },
    {
      rule: 'checks',
      fields: ['/democraticControl/votingRule', '/democraticControl/memberCount'],
      evidenceTypes: ['document', 'electronic_record'],
      maximumAge: 'P1Y',
    },
    { rule: 'checks', fields: ['/signatories'], maximumAge: 'P1Y' },
    { rule: 'coopTest', test: 'oneMemberOneVote' },
    { rule: 'coopTest', test: 'voteConcentration', atMost: 10 },
    { rule: 'coopTest', test: 'generalMeetingHeld' },
    { rule: 'uncontested' },
    { rule: 'recognition', maximumHops: 0 },
  ],
};
