import { foldText } from './foldedText.js';

/**
 * Which legal forms are co-operative ones, which no public list says. The rule: a form is co-operative when one of its names says so in its own
 * language (the word for "co-operative" or "credit union"; unions of co-operatives are counted in), or when its law makes it one under another name; less those that
 * only mention co-operation. Every code in the two lists of exceptions was looked at, and why it is there stands beside it.
 */

/** The beginnings or stems of words, folded. */
const STEMS = [
  // English, French, Spanish, Portuguese, Italian, Dutch, Romanian, the Latin of the European Co-operative Society; not "cooperation".
  /\bco ?operati(?!on)|\bco ?op\b/,
  // Swedish, Turkish, Azerbaijani, Albanian, transliterated Russian; Lithuanian; Russian and its neighbours.
  /kooperati[fv]/,
  /\bkooperatin/,
  /кооператив/,
  // Bulgarian: there "co-operation" is the name of the form.
  /^кооперация$/,
  /\bkoperasi\b/,
  /genossenschaft/,
  /\bandelsselskab|andelslag|andelsbank/,
  /osuuskunta\b|osuuspankki\b/,
  /\bspoldziel/,
  /\bdruzst(vo|ev)/,
  /zadrug|zadruzni/,
  /συνεταιρισμος/,
  /samvirkeforetak/,
  /szovetkezet/,
  /tulundusuhistu|euroopa uhistu/,
  /\bартели\b/,
  /合作社/,
  /\bhop tac xa\b/,
  // A co-operative of savers and borrowers, by law owned by its members with one vote each.
  /\bcredit unions?\b|\bcaisse populaire\b/,
];

/** Co-operative by law, whatever they are called. */
const BY_LAW: Readonly<Record<string, string>> = {
  '5AJO': 'France: the savings banks are co-operatives since 1999',
  E6YB: 'France: a co-operative bank (Crédit Mutuel)',
  Y7G8: 'France: a co-operative bank (Crédit Mutuel, local)',
  EVYY: 'France: a co-operative bank (Crédit Maritime Mutuel)',
  S0X8: 'France: a co-operative bank (Crédit Agricole)',
  FVGZ: 'United Kingdom: the form of co-operatives until 2014',
  XLZV: 'United Kingdom: what is registered under the Act of 2014 or was before; most are co-operatives, and their rules tell',
  ZJS8: 'Ireland: the form that co-operatives have',
  '9DI1': 'Norway: an association that builds homes for its members, under an Act of its own',
  O0EU: 'Norway: a housing co-operative',
  '6I0P': 'Estonia: a building association of members, a kind of co-operative',
  C61P: 'Sweden: the form that co-operatives have (economic association)',
  SSOM: 'Sweden: a housing co-operative (tenant-owners)',
  TCC0: 'Vermont: a limited co-operative association under another name',
};

/** Their names mention co-operatives, and they are none. */
const NOT_ONE: Readonly<Record<string, string>> = {
  CT3J: 'Quebec: any non-profit body under one of a long list of Acts',
  RHFQ: 'Czechia: an enterprise that a co-operative owns',
  WJ30: 'Czechia: an enterprise that co-operatives own',
  '3P3W': 'Slovakia: an enterprise that a co-operative owns',
  '8RE3': 'Slovakia: an enterprise that co-operatives own',
  '3QX8': 'Puerto Rico: the list has a limited liability company under the same inactive code',
  '81YI': 'Puerto Rico: the list has an international financial entity under the same inactive code',
  XK6L: 'Puerto Rico: the list has an international financial entity under the same inactive code',
  XUYT: 'Puerto Rico: the list has an international banking center under the same inactive code',
  R5ZC: 'Finland: an establishment of a European Co-operative Society, not a society',
};

export function isCooperativeForm(
  code: string,
  names: readonly { readonly name: string; readonly transliteratedName?: string }[],
): boolean {
  if (Object.hasOwn(NOT_ONE, code)) return false;
  if (Object.hasOwn(BY_LAW, code)) return true;
  return names.some(({ name, transliteratedName }) =>
    namesCooperative(transliteratedName ? `${name} | ${transliteratedName}` : name),
  );
}

/** Whether words, in whatever language, name a co-operative form. */
export function namesCooperative(words: string): boolean {
  // Each text apart, since one of the stems is a whole name.
  return words.split('|').some((part) => {
    const folded = foldText(part);
    return STEMS.some((stem) => stem.test(folded));
  });
}

export const REVIEWED_EXCEPTIONS = { byLaw: Object.keys(BY_LAW), notOne: Object.keys(NOT_ONE) } as const;
