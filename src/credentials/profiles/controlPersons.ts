import { REPRESENTATION, type Profile } from './profile.js';
import { jurisdiction, listOfUpTo } from './subjectSchemas.js';

/** Who controls it, or why nobody does beyond its members: Beneficial Ownership Data Standard 0.4. */
export const controlPersons: Profile = {
  type: 'ControlPersonsCredential',
  version: 1,
  title: 'Control persons of a co-operative',
  description:
    'BODS 0.4 statements on who controls the co-operative, or why there is no beneficial owner, and who is its senior managing official.',
  requiredChecks: [REPRESENTATION, '/controlPersons'],
  requiredFields: ['/legalIdentity/jurisdiction', '/controlPersons'],
  claims: [
    { member: 'jurisdiction', from: '/legalIdentity/jurisdiction', companionOf: REPRESENTATION },
    { member: 'statements', from: '/controlPersons' },
  ],
  maximumValidity: 'P1Y',
  renewalWindow: 'P90D',
  gracePeriod: 'P14D',
  checkMaximumAge: {},
  isPersonal: true,
  uniqueWithin: 'network',
  formats: ['dc+sd-jwt', 'vc+sd-jwt'],
  subjectMembers: {
    jurisdiction,
    // What a statement must hold, the standard's own schema says, which the dossier was judged by.
    statements: listOfUpTo(500, {
      type: 'object',
      required: ['statementId', 'recordType'],
      properties: {
        statementId: { type: 'string', minLength: 1 },
        recordType: { enum: ['entity', 'person', 'relationship'] },
      },
    }),
  },
  requiredMembers: ['jurisdiction', 'statements'],
  terms: { jurisdiction: '#jurisdiction', statements: { '@id': '#statements', '@type': '@json' } },
};
