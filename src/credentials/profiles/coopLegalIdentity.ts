import { REPRESENTATION, type Profile } from './profile.js';
import {
  address,
  code,
  fullDate,
  identifier,
  jurisdiction,
  listOfUpTo,
  registrationAuthority,
  text,
} from './subjectSchemas.js';

/** Who the co-op is in law: names, registration, form, addresses, identifiers. */
export const coopLegalIdentity: Profile = {
  type: 'CoopLegalIdentityCredential',
  version: 1,
  title: 'Legal identity of a co-operative',
  description:
    'Legal and trading names, registration, jurisdiction, legal form, addresses and identifiers, as confirmed by a registrar.',
  requiredChecks: [
    REPRESENTATION,
    '/legalIdentity/legalName',
    '/legalIdentity/registrationNumber',
    '/legalIdentity/jurisdiction',
  ],
  requiredFields: [
    '/legalIdentity/legalName',
    '/legalIdentity/registrationNumber',
    '/legalIdentity/registrationAuthority',
    '/legalIdentity/jurisdiction',
  ],
  claims: [
    { member: 'legalName', from: '/legalIdentity/legalName' },
    { member: 'tradingNames', from: '/legalIdentity/tradingNames' },
    { member: 'registrationNumber', from: '/legalIdentity/registrationNumber' },
    {
      member: 'registrationAuthority',
      from: '/legalIdentity/registrationAuthority',
      companionOf: '/legalIdentity/registrationNumber',
    },
    { member: 'jurisdiction', from: '/legalIdentity/jurisdiction' },
    { member: 'legalForm', from: '/legalIdentity/legalForm' },
    { member: 'status', from: '/legalIdentity/status' },
    { member: 'incorporatedOn', from: '/legalIdentity/incorporatedOn' },
    { member: 'addresses', from: '/addresses' },
    { member: 'identifiers', from: '/identifiers' },
  ],
  maximumValidity: 'P1Y',
  formats: ['vc+jwt', 'dc+sd-jwt', 'vc+sd-jwt', 'vc', 'jwt'],
  subjectMembers: {
    legalName: text,
    tradingNames: listOfUpTo(50, text),
    registrationNumber: code,
    registrationAuthority,
    jurisdiction,
    legalForm: { ...text, description: 'ISO 20275 entity legal form (ELF) code, or the form in words' },
    status: code,
    incorporatedOn: fullDate,
    addresses: listOfUpTo(50, address),
    identifiers: listOfUpTo(50, identifier),
  },
  requiredMembers: ['legalName', 'registrationNumber', 'registrationAuthority', 'jurisdiction'],
  terms: {
    legalName: 'https://schema.org/legalName',
    tradingNames: 'https://schema.org/alternateName',
    registrationNumber: '#registrationNumber',
    registrationAuthority: { '@id': '#registrationAuthority', '@context': { code: '#authorityCode' } },
    jurisdiction: '#jurisdiction',
    legalForm: '#legalForm',
    status: '#status',
    incorporatedOn: {
      '@id': 'https://schema.org/foundingDate',
      '@type': 'http://www.w3.org/2001/XMLSchema#date',
    },
    addresses: {
      '@id': 'https://schema.org/address',
      '@context': {
        registered: '#RegisteredAddress',
        business: '#BusinessAddress',
        alternative: '#AlternativeAddress',
        street: 'https://schema.org/streetAddress',
        locality: 'https://schema.org/addressLocality',
        region: 'https://schema.org/addressRegion',
        postalCode: 'https://schema.org/postalCode',
        country: 'https://schema.org/addressCountry',
      },
    },
    // An identifier's `id` is a number in a scheme, not a URL, so it must not be read as JSON-LD's `@id`.
    identifiers: { '@id': 'https://schema.org/identifier', '@type': '@json' },
  },
};
