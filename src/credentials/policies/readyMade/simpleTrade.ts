import type { ReadyMadePolicy } from './readyMadePolicy.js';

/** To buy from each other and sell to each other: who it is, that it is a co-op, and that somebody looked into the register. */
export const simpleTrade: ReadyMadePolicy = {
  key: 'simpleTrade',
  name: 'Simple trade',
  description: 'Who it is in law by the register, and that a registrar or a federation knows it as a co-op.',
  rules: [
    {
      rule: 'credentials',
      anyOf: [
        ['CoopLegalIdentityCredential', 'CoopStatusCredential'],
        ['CoopLegalIdentityCredential', 'FederationMembershipCredential'],
      ],
    },
    {
      rule: 'checks',
      fields: ['/legalIdentity/legalName', '/legalIdentity/registrationNumber'],
      provenance: 'official_register',
      maximumAge: 'P2Y',
    },
    { rule: 'checks', fields: ['/representation'], maximumAge: 'P2Y' },
    { rule: 'recognition', maximumHops: 1 },
  ],
};
