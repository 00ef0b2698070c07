/**
 * European Unique Identifier of a company (Implementing Regulation (EU) 2021/1042, annex): country, register, a full stop, the registration number, and
 * for some countries an underscore and check characters. How those are computed, each country says for itself, so only their form is checked.
 */

/** Members of the EU and the EEA; Greece writes itself EL there, and GR in ISO 3166. */
const COUNTRIES =
  'AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GR|HR|HU|IE|IS|IT|LI|LT|LU|LV|MT|NL|NO|PL|PT|RO|SE|SI|SK';
const COUNTRY = new RegExp(`^(?:${COUNTRIES})`);
const WHOLE =
  /^[A-Z]{2}[A-Z0-9]{1,20}\.[A-Za-z0-9](?:[A-Za-z0-9 /-]{0,48}[A-Za-z0-9])?(?:_[A-Za-z0-9]{1,4})?$/;

export function euidProblem(id: string): string | undefined {
  if (!COUNTRY.test(id)) return 'is no EUID: that begins with the code of a country of the EU or the EEA';
  if (!WHOLE.test(id))
    return 'is no EUID: after the country come the register, a full stop and the registration number, as in DEK1101R.HRB116737';
  return undefined;
}
