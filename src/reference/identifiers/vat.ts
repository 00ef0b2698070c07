import { createRequire } from 'node:module';

/**
 * VAT identification numbers, by the length, alphabet and check digits that each country defines. Whether a number was ever given out, only the tax
 * office (for the EU: VIES) knows; that is not asked here.
 */

/** Of stdnum, which keeps the rules of each country in a file of its own. */
interface Validator {
  validate(value: string): { readonly isValid: boolean };
}

/** By the prefix of the number; Greece writes EL, Northern Ireland XI. */
const VALIDATORS: Readonly<Record<string, string>> = {
  AT: 'at/uid',
  BE: 'be/vat',
  BG: 'bg/vat',
  CH: 'ch/vat',
  CY: 'cy/vat',
  CZ: 'cz/dic',
  DE: 'de/vat',
  DK: 'dk/cvr',
  EE: 'ee/kmkr',
  EL: 'gr/vat',
  ES: 'es/nif',
  FI: 'fi/alv',
  FR: 'fr/tva',
  GB: 'gb/vat',
  GR: 'gr/vat',
  HR: 'hr/oib',
  HU: 'hu/anum',
  IE: 'ie/vat',
  IT: 'it/iva',
  LT: 'lt/pvm',
  LU: 'lu/tva',
  LV: 'lv/pvn',
  MT: 'mt/vat',
  NL: 'nl/btw',
  NO: 'no/mva',
  PL: 'pl/nip',
  PT: 'pt/nif',
  RO: 'ro/cui',
  SE: 'se/vat',
  SI: 'si/ddv',
  SK: 'sk/dph',
  XI: 'gb/vat',
};

/** Loaded country by country, when first needed: all of them together take a tenth of a second. */
const load = createRequire(import.meta.url);

/** Countries whose rules are not known here pass: nothing is known against the number. */
export function vatProblem(id: string, country: string | undefined): string | undefined {
  const compact = id.replaceAll(/[ .-]/g, '');
  if (!/^[A-Z0-9+*]{4,20}$/.test(compact))
    return 'is no VAT number: that has capital letters and digits, and begins with the code of the country';
  const prefix = compact.slice(0, 2);
  const hasPrefix = Object.hasOwn(VALIDATORS, prefix);
  // CHE is the whole prefix in Switzerland, and part of the number for its rules.
  const file = VALIDATORS[hasPrefix ? prefix : (country ?? '')];
  if (file === undefined) return undefined;
  const number = hasPrefix && prefix !== 'CH' ? compact.slice(2) : compact;
  const { validate } = load(`stdnum/lib/cjs/${file}.js`) as Validator;
  return validate(number).isValid
    ? undefined
    : 'is no VAT number of its country: its length or its check digit is wrong; look for a mistyped character';
}
