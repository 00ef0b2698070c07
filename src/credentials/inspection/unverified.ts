import type { Check } from '../verification/checks.js';
import type { Inspection } from './inspection.js';

/** What a verification would look at and an inspection never does, in the names of its checks. */
const UNVERIFIED = {
  credential: ['signature', 'key', 'issuer', 'validity', 'schema', 'status', 'accreditation'],
  presentation: ['signature', 'key', 'holder', 'audience', 'nonce', 'validity'],
} as const satisfies Record<string, readonly Check[]>;

export type UnverifiedCheck = (typeof UNVERIFIED)[keyof typeof UNVERIFIED][number];

/** True for what was made for somebody: a presentation, an SD-JWT with its key binding, either in an envelope. */
export function isPresented({ holds, keyBinding }: Inspection): boolean {
  return holds === 'presentation' || keyBinding !== undefined;
}

/** Those of a presentation, then those of the credentials in it; an SD-JWT with a key binding is both. */
export function unverifiedChecks(inspection: Inspection): readonly UnverifiedCheck[] {
  const { holds, contains = [] } = inspection;
  const own = [
    ...(isPresented(inspection) ? UNVERIFIED.presentation : []),
    ...(holds === 'presentation' ? [] : UNVERIFIED.credential),
  ];
  return [...new Set([...own, ...contains.flatMap(unverifiedChecks)])];
}
