/** JSON Pointer (RFC 6901). */

export function pointerTokens(pointer: string): string[] {
  if (pointer === '') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

export function appendToken(pointer: string, token: string | number): string {
  return `${pointer}/${typeof token === 'number' ? token : escapeToken(token)}`;
}

function escapeToken(token: string): string {
  // Hardly any token needs it, and checks of whole documents make many pointers.
  if (!token.includes('~') && !token.includes('/')) return token;
  return token.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** The value that a pointer names, or `undefined`; own members only, so `/constructor` finds nothing. */
export function valueAt(document: unknown, pointer: string): unknown {
  let value = document;
  for (const token of pointerTokens(pointer)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, token)) return undefined;
    // Of an array only its elements (§4): `length` is a member of JavaScript's, not of the document.
    if (Array.isArray(value) && !/^\d+$/.test(token)) return undefined;
    value = (value as Record<string, unknown>)[token];
  }
  return value;
}

/** True where `inner` is `outer` or lies below it. */
export function covers(outer: string, inner: string): boolean {
  return inner.startsWith(outer) && (inner.length === outer.length || inner[outer.length] === '/');
}

/** The pointers of all leaves (scalars and empty containers) of a JSON value. */
export function leafPointers(value: unknown, base = ''): string[] {
  if (typeof value !== 'object' || value === null) return [base];
  const entries = Object.entries(value);
  if (entries.length === 0) return [base];
  return entries.flatMap(([token, child]) => leafPointers(child, appendToken(base, token)));
}
