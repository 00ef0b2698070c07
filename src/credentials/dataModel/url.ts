/**
 * What every credential is full of, and what the URL Standard parses whatever stands in it: a host of plain words under `https:` (no port,
 * no Punycode, no last label of digits, which would be an IPv4 address), or an opaque path. To look is faster than to parse.
 */
const PLAIN_URL =
  /^(?:https:\/\/(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]+(?:[/?#][!#-;=?-[\]_a-z~]*)?|(?:did|urn):[!#-.0-;=?-[\]_a-z~][!#-;=?-[\]_a-z~]*)$/;

/** A URL in the data model's sense: absolute, any scheme (`https:`, `did:`, `urn:`), no blanks that a lenient parser would drop. */
export function isUrl(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  return PLAIN_URL.test(value) || (/^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`]+$/.test(value) && parses(value));
}

/** Of text beyond ASCII, Node's `URL.canParse` says another thing once its caller has been compiled (seen in Node 20). */
function parses(text: string): boolean {
  if (/^[\x21-\x7e]*$/.test(text)) return URL.canParse(text);
  try {
    return new URL(text).href !== '';
  } catch {
    return false;
  }
}
