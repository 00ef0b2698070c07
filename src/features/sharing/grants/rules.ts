import { isDeepStrictEqual } from 'node:util';
import { addDuration } from '../../../kernel/instants.js';
import { covers, valueAt } from '../../../kernel/jsonPointer.js';

export type Ending = 'withdrawn' | 'given_back' | 'agreement_ended' | 'organisation_closed' | 'erased';
export type GrantState = 'live' | Ending | 'expired';

export interface GrantFacts {
  readonly ending: Ending | null;
  readonly expiresAt: Date;
}

/** Live is only what nobody has ended and what has not expired; at the instant of its expiry it has. */
export function stateOfGrant({ ending, expiresAt }: GrantFacts, now: Date): GrantState {
  if (ending !== null) return ending;
  return now < expiresAt ? 'live' : 'expired';
}

/** When a grant ends by itself: as asked for, and not after the agreement that it rests on. */
export function grantExpiry(grantFor: string, now: Date, noLaterThan?: Date): Date {
  const wished = addDuration(now, grantFor);
  if (!wished) throw new RangeError('a grant for no duration');
  return noLaterThan && noLaterThan < wished ? noLaterThan : wished;
}

/** Whether a place of a dossier may be shown under a grant of these fields. */
export function isReleased(fields: readonly string[], pointer: string): boolean {
  return fields.some((field) => covers(field, pointer));
}

/** Those of the fields that say something else in one version than in the other. */
export function changedFields(fields: readonly string[], before: unknown, now: unknown): string[] {
  return fields.filter((field) => !isDeepStrictEqual(valueAt(before, field), valueAt(now, field)));
}

/** A file shows everything that it was handed in for, so it is released only where all of that is. */
export function isFileReleased(fields: readonly string[], supported: readonly string[]): boolean {
  return supported.length > 0 && supported.every((pointer) => isReleased(fields, pointer));
}
