/** Letters that Unicode does not take apart into a plain one and a mark. */
const PLAIN: Readonly<Record<string, string>> = {
  ł: 'l',
  ø: 'o',
  đ: 'd',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ı: 'i',
  þ: 'th',
};

/** Text as one searches: without case, marks on letters, and differences of spacing and punctuation. */
export function foldText(text: string): string {
  const lower = text.toLowerCase();
  // Half of the texts are ASCII, and asking Unicode about each character takes ten times as long.
  if (/^[\0-\x7f]*$/.test(lower))
    return lower
      .replaceAll(/['`.]/g, '')
      .replaceAll(/[^a-z0-9]+/g, ' ')
      .trim();
  return lower
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .replaceAll(/[łøđßæœıþ]/g, (letter) => PLAIN[letter] ?? letter)
    .replaceAll(/['’`.]/g, '')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
