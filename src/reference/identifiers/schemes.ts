import { foldText } from '../foldedText.js';
import { coopDomainProblem } from './coopDomain.js';
import { euidProblem } from './euid.js';
import { leiProblem } from './lei.js';
import { vatProblem } from './vat.js';

/** The identifiers whose own rules are known here; all others are taken as they are written. */
export const IDENTIFIER_SCHEMES = ['LEI', 'EUID', 'VAT', 'coop-domain'] as const;
export type IdentifierScheme = (typeof IDENTIFIER_SCHEMES)[number];

/** Folded, without spaces. */
const SPELLINGS: Readonly<Record<string, IdentifierScheme>> = {
  lei: 'LEI',
  leicode: 'LEI',
  legalentityidentifier: 'LEI',
  iso17442: 'LEI',
  euid: 'EUID',
  europeanuniqueidentifier: 'EUID',
  vat: 'VAT',
  vatnumber: 'VAT',
  vatid: 'VAT',
  vatin: 'VAT',
  coopdomain: 'coop-domain',
  dotcoop: 'coop-domain',
  dotcoopdomain: 'coop-domain',
};

/** The scheme that is meant, however it is spelled. */
export function findScheme(scheme: string): IdentifierScheme | undefined {
  const spelling = foldText(scheme).replaceAll(' ', '');
  return Object.hasOwn(SPELLINGS, spelling) ? SPELLINGS[spelling] : undefined;
}

/** What is wrong with an identifier by the rules of its scheme; never what it holds. `country` is where it would belong, if it does not say. */
export function identifierProblem(
  scheme: string,
  id: string,
  country: string | undefined,
): string | undefined {
  switch (findScheme(scheme)) {
    case 'LEI':
      return leiProblem(id);
    case 'EUID':
      return euidProblem(id);
    case 'VAT':
      return vatProblem(id, country);
    case 'coop-domain':
      return coopDomainProblem(id);
    case undefined:
      return undefined;
  }
}
