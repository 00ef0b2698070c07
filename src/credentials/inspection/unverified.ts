import type { Check } from '../verification/checks.js';
import type { Inspection } from './inspection.js';

/** What a verification would look at and an inspection never does, in the names of its checks. */
const UNVERIFIED = {
  credential: ['signature', 'key', 'issuer', 'validity', 'schema', 'status', 'accreditation'],
  presentation: ['signature', 'key', 'holder', 'audience', 'nonce', 'validity'],
} as const satisfies Record<string, readonly Check[]>;

export type UnverifiedCheck = (typeof UNVERIFIED)[keyof typeof UNVERIFIED][number];

/** Those of a presentation, then those of the credentials in it. */
export function unverifiedChecks({ holds, contains = [] }: Inspection): readonly UnverifiedCheck[] {
  const own = holds === 'presentation' ? UNVERIFIED.presentation : UNVERIFIED.credential;
  return [...new Set([...own, ...contains.flatMap(unverifiedChecks)])];
}
