import { REPRESENTATION, type Profile } from './profile.js';
import {
  code,
  jurisdiction,
  listOfUpTo,
  SCREENING_KINDS,
  SCREENING_RESULTS,
  text,
  XSD_DATE_TIME,
} from './subjectSchemas.js';

/** Against which sanctions and other lists it was screened, and what came of it: true of the day, so valid for days. */
export const screening: Profile = {
  type: 'ScreeningCredential',
  version: 1,
  title: 'Screening of a co-operative',
  description: 'Lists, versions, time and result of a sanctions, PEP or adverse media screening.',
  requiredChecks: [REPRESENTATION, '/screening'],
  requiredFields: ['/legalIdentity/jurisdiction', '/screening'],
  claims: [
    { member: 'jurisdiction', from: '/legalIdentity/jurisdiction', companionOf: REPRESENTATION },
    { member: 'lists', from: '/screening/lists' },
    { member: 'screenedAt', from: '/screening/screenedAt' },
    { member: 'result', from: '/screening/result' },
    { member: 'personsScreened', from: '/screening/personsScreened' },
  ],
  maximumValidity: 'P14D',
  renewalWindow: 'P7D',
  gracePeriod: 'PT0S',
  checkMaximumAge: { '/screening': 'P14D' },
  isPersonal: false,
  uniqueWithin: 'network',
  formats: ['vc+jwt', 'dc+sd-jwt', 'vc+sd-jwt', 'vc', 'jwt'],
  subjectMembers: {
    jurisdiction,
    lists: listOfUpTo(50, {
      type: 'object',
      required: ['kind', 'name', 'version'],
      properties: { kind: { enum: [...SCREENING_KINDS] }, name: text, publisher: text, version: code },
      additionalProperties: false,
    }),
    screenedAt: { type: 'string', format: 'date-time' },
    result: { enum: [...SCREENING_RESULTS] },
    personsScreened: { type: 'integer', minimum: 0 },
  },
  requiredMembers: ['jurisdiction', 'lists', 'screenedAt', 'result'],
  terms: {
    jurisdiction: '#jurisdiction',
    lists: { '@id': '#lists', '@type': '@json' },
    screenedAt: { '@id': '#screenedAt', '@type': XSD_DATE_TIME },
    result: '#result',
    personsScreened: '#personsScreened',
  },
};
