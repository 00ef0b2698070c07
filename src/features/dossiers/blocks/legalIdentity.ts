import { Type } from 'typebox';
import { JURISDICTION_PATTERN } from '../../../credentials/profiles/subjectSchemas.js';
import { block, closed, date, optionalText, text } from './shapes.js';

export const Jurisdiction = Type.String({
  pattern: JURISDICTION_PATTERN,
  description: 'ISO 3166-1 alpha-2 or ISO 3166-2',
  examples: ['GB', 'GB-ENG'],
});

const RegistrationAuthority = closed({
  name: text(200, 'The register or regulator', 'Regulator of Social Housing'),
  code: optionalText(20, 'Code in the GLEIF Registration Authorities List', 'RA000585'),
});

/** Who the co-op is in law. */
export const legalIdentity = block(
  'legalIdentity',
  closed(
    {
      legalName: text(300, 'As it stands in the register', 'Albion Housing Co-operative Limited'),
      tradingNames: Type.Optional(
        Type.Array(text(300, 'A name in use beside the legal one'), { maxItems: 20 }),
      ),
      registrationNumber: text(100, 'As the authority writes it', 'C3719'),
      registrationAuthority: RegistrationAuthority,
      jurisdiction: Jurisdiction,
      legalForm: optionalText(200, 'ISO 20275 (ELF) code, or the form in words', 'Registered society'),
      status: optionalText(100, 'As the register says', 'active'),
      incorporatedOn: Type.Optional(date('When it was incorporated or registered')),
    },
    { title: 'LegalIdentity' },
  ),
);
