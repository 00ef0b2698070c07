/** A URL in the data model's sense: absolute, any scheme (`https:`, `did:`, `urn:`), no blanks that a lenient parser would drop. */
export function isUrl(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    /^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`]+$/.test(value) &&
    URL.canParse(value)
  );
}
