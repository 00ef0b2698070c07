import type { FindingCode } from '../../reference/bods/consistency.js';
import { namesCooperative } from '../../reference/cooperativeForms.js';
import {
  findLegalForm,
  findLegalFormsCalled,
  isAbbreviationIn,
  type LegalForm,
} from '../../reference/legalForms.js';
import { countryOf } from '../../reference/places.js';

/** The legal form of a co-op: a code of ISO 20275, or words. */
export interface StatedForm {
  readonly jurisdiction: string;
  readonly legalForm?: string | undefined;
}

/** Four capital letters and digits; words are longer, or have small letters. */
const CODE = /^[A-Z0-9]{4}$/;

/** By ISO 20275 and for any country: a form that is not listed yet, and none. */
const ANY_COUNTRY = new Set(['8888', '9999']);

/** What is wrong with the form, where it is a code. */
export function legalFormProblem({ jurisdiction, legalForm }: StatedForm): string | undefined {
  if (legalForm === undefined || !CODE.test(legalForm) || ANY_COUNTRY.has(legalForm)) return undefined;
  const country = countryOf(jurisdiction);
  const form = findLegalForm(legalForm);
  if (form?.country === country)
    return form.status === 'active' ? undefined : 'is a code of ISO 20275 that is not active any more';
  // Words after all: some abbreviations of forms (SARL) look like a code.
  if (isAbbreviationIn(legalForm, country)) return undefined;
  return form
    ? 'is a code of ISO 20275 for another country than the jurisdiction; GET /v1/legal-forms lists those of each'
    : 'is no code of ISO 20275; GET /v1/legal-forms lists them, and words are taken too';
}

export interface DossierWarning {
  readonly pointer: string;
  readonly code: WarningCode;
  readonly detail: string;
}

export type WarningCode =
  | 'legal-form/not-cooperative'
  | 'legal-form/unknown'
  | 'legal-form/other-subdivision'
  | 'identifiers/scheme-spelling'
  | `control-persons/${FindingCode}`;

/** What a person should look at before a registrar asks: whether the stated form is a co-operative one. */
export function legalFormWarnings(identity: StatedForm | undefined): DossierWarning[] {
  if (identity?.legalForm === undefined) return [];
  const warn = (code: WarningCode, detail: string): DossierWarning[] => [
    { pointer: '/legalIdentity/legalForm', code, detail },
  ];
  const forms = findStatedForms(identity.legalForm, countryOf(identity.jurisdiction));
  if (forms.length === 0) {
    if (namesCooperative(identity.legalForm)) return [];
    return warn(
      'legal-form/unknown',
      'The form is in no list, so whether it is a co-operative one could not be found out. Choose its code from GET /v1/legal-forms.',
    );
  }
  if (!forms.some(({ isCooperative }) => isCooperative))
    return warn(
      'legal-form/not-cooperative',
      'This is not a co-operative legal form. A registrar will ask what makes the body a co-operative.',
    );
  if (forms.every(({ subdivision }) => isElsewhere(subdivision, identity.jurisdiction)))
    return warn(
      'legal-form/other-subdivision',
      'This form belongs to another part of the country than the jurisdiction.',
    );
  return [];
}

/** By code, or by what it is called in its country. */
function findStatedForms(stated: string, country: string): readonly LegalForm[] {
  const byCode = CODE.test(stated) ? findLegalForm(stated) : undefined;
  if (byCode && (byCode.country === country || byCode.country === undefined)) return [byCode];
  return findLegalFormsCalled(stated, country);
}

function isElsewhere(subdivision: string | undefined, jurisdiction: string): boolean {
  return subdivision !== undefined && jurisdiction.includes('-') && subdivision !== jurisdiction;
}
