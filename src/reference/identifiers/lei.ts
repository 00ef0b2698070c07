/**
 * Legal Entity Identifier (ISO 17442-1): 18 letters and digits, and two check digits by MOD 97-10 (ISO/IEC 7064). The scheme finds every change of a
 * digit into a digit and of a letter into a letter, and every swap of two of a kind; of changes between letter and digit it misses about one in 97.
 */
export function leiProblem(id: string): string | undefined {
  if (!/^[0-9A-Z]{18}[0-9]{2}$/.test(id))
    return 'is no LEI: that has 20 capital letters and digits, of which the last two are digits';
  const check = Number(id.slice(18));
  // The remainder alone would take 01 for 98, and 00 and 99 for 97 and 02.
  if (check < 2 || check > 98 || remainder97(id) !== 1)
    return 'is no LEI: its check digits (the last two) do not fit the rest; look for a mistyped character';
  return undefined;
}

/** Of the number that the letters make with A = 10 … Z = 35. */
function remainder97(id: string): number {
  let remainder = 0;
  for (const character of id) {
    const value = parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder;
}

/** The check digits that belong to the first 18 characters. */
export function leiCheckDigits(first18: string): string {
  return String(98 - remainder97(`${first18}00`)).padStart(2, '0');
}
