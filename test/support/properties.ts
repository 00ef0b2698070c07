import fc from 'fast-check';
import { decodeBase64url } from '../../src/credentials/encoding/base64url.js';
import { leafPointers, pointerTokens } from '../../src/kernel/jsonPointer.js';

/** What properties share: how often each is tried, arbitrary content, and the changes that nothing signed survives. */

/** How many times its usual number of cases each property is tried with. */
const FACTOR = Number(process.env['PROPERTY_RUNS'] || 1);
if (!(FACTOR > 0)) throw new Error('PROPERTY_RUNS is a number: how many times more cases than usual');

/** @param usual cases in `npm test`, where all properties together take seconds */
export function runs(usual: number): { numRuns: number } {
  return { numRuns: Math.max(1, Math.round(usual * FACTOR)) };
}

/** For a file of properties: what is tried more often takes longer. */
export const PROPERTY_TIMEOUT_MS = 60_000 * Math.max(1, FACTOR);

/** Names of claims that no context, claim registry or data model gives a meaning to: `jku`, drawn once in ten thousand, has one. */
const claimName = fc.stringMatching(/^x[A-Z][A-Za-z]{1,8}$/);

/** Scalars, those among them that mean something to RDF when they are not escaped. Never `null`, which in RDF is nothing. */
export const leaf = fc.oneof(
  // `__proto__`, which fast-check likes to draw, is refused in JSON-LD wherever it stands.
  fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => text.isWellFormed() && text !== '__proto__'),
  fc.integer(),
  fc.boolean(),
  fc.constantFrom('_:c14n0', '<urn:bnid:0>', '" .\n_:b0 <urn:x:p> "', '\u{1F600}\uFF5E', ' '),
);

/** An object of a few members, which may hold others. */
export const { claims } = fc.letrec<{ value: unknown; claims: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    tie('claims'),
    fc.array(tie('claims'), { minLength: 1, maxLength: 3 }),
  ),
  claims: fc.dictionary(claimName, tie('value'), { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
}));

/** Which byte, and which of its bits; numbers wrap, so that any pair is a change of anything. */
export const byteChange = fc.record({ at: fc.nat(), mask: fc.integer({ min: 1, max: 255 }) });
export type ByteChange = { readonly at: number; readonly mask: number };

export function changeByte(bytes: Uint8Array, { at, mask }: ByteChange): Buffer {
  const changed = Buffer.from(bytes);
  const index = at % changed.length;
  changed[index] = (changed[index] ?? 0) ^ mask;
  return changed;
}

/**
 * A token or presentation with one byte of what one of its parts encodes changed, and encoded canonically again: header, payload, signature, a
 * disclosure, a key binding. Of an ECDSA signature the one twin that is valid, (r, n − s), differs in some thirty bytes, so no such change
 * makes it.
 */
export function changeToken(token: string, part: number, change: ByteChange): string {
  const parts = token.split(/([.~])/);
  const filled = parts.flatMap((text, index) => (index % 2 === 0 && text !== '' ? [index] : []));
  const chosen = filled[part % filled.length] ?? 0;
  const bytes = decodeBase64url(parts[chosen] ?? '');
  if (!bytes) throw new Error('a good token is canonical');
  return parts.with(chosen, changeByte(bytes, change).toString('base64url')).join('');
}

/** One character put in, taken out or replaced; `undefined` where that changes nothing. */
export const characterChange = fc.record({
  at: fc.nat(),
  character: fc.constantFrom(...'ABab01-_~.= \n+é'),
  kind: fc.constantFrom('replace', 'insert', 'remove'),
});
export type CharacterChange = { readonly at: number; readonly character: string; readonly kind: string };

export function changeCharacter(text: string, { at, character, kind }: CharacterChange): string | undefined {
  const index = at % text.length;
  const rest = text.slice(kind === 'insert' ? index : index + 1);
  const changed = text.slice(0, index) + (kind === 'remove' ? '' : character) + rest;
  return changed === text ? undefined : changed;
}

/** A copy with one of its leaves replaced; `undefined` where that changes nothing. Empty objects and arrays are leaves as well. */
export function changeLeaf<T>(
  document: T,
  seed: number,
  replacement: unknown,
  isChangeable: (pointer: string) => boolean = () => true,
): T | undefined {
  const pointers = leafPointers(document).filter(isChangeable);
  const tokens = pointerTokens(pointers[seed % pointers.length] ?? '');
  const last = tokens.pop();
  const copy = structuredClone(document);
  let parent = copy as Record<string, unknown>;
  for (const token of tokens) parent = parent[token] as Record<string, unknown>;
  if (last === undefined || Object.is(parent[last], replacement)) return undefined;
  parent[last] = replacement;
  return copy;
}

/** The pointers of everything in a document but the document itself, outer before inner. */
export function pointersInto(value: unknown, base = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([token, child]) => {
    const at = `${base}/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    return [at, ...pointersInto(child, at)];
  });
}
