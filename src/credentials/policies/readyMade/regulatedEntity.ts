import type { ReadyMadePolicy } from './readyMadePolicy.js';

/** For who answers to a supervisor: the whole passport, and for what matters a document that can be asked for. */
export const regulatedEntity: ReadyMadePolicy = {
  key: 'regulatedEntity',
  name: 'Regulated entity',
  description:
    'The whole passport with control persons and a fresh screening. Name, voting rule and control persons rest on documents whose digests stand in the credentials, so that each can be asked for and compared.',
  rules: [
    {
      rule: 'credentials',
      anyOf: [
        [
          'CoopLegalIdentityCredential',
          'CoopStatusCredential',
          'KycDossierCredential',
          'ControlPersonsCredential',
          'AuthorisedSignatoryCredential',
          'ScreeningCredential',
        ],
      ],
    },
    { rule: 'registrars', accreditation: { stillHeld: true, upTo: 'substantial' } },
    { rule: 'assurance', minimum: 'substantial' },
    {
      rule: 'checks',
      fields: [
        '/legalIdentity/legalName',
        '/legalIdentity/registrationNumber',
        '/legalIdentity/jurisdiction',
      ],
      provenance: 'official_register',
      maximumAge: 'P1Y',
    },
    {
      rule: 'checks',
      fields: ['/legalIdentity/legalName', '/democraticControl/votingRule', '/controlPersons'],
      evidenceTypes: ['document'],
      documented: true,
      maximumAge: 'P1Y',
    },
    { rule: 'checks', fields: ['/representation'], provenance: 'verified', maximumAge: 'P1Y' },
    { rule: 'checks', fields: ['/signatories'], maximumAge: 'P1Y' },
    { rule: 'screening', results: ['clear'], kinds: ['sanctions', 'pep'], maximumAge: 'P14D' },
    { rule: 'coopTest', test: 'voteConcentration' },
    { rule: 'uncontested' },
    { rule: 'recognition', maximumHops: 0 },
  ],
};
