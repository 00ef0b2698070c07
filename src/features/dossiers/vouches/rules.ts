import type { FieldError } from '../../../kernel/errors.js';
import { addDuration } from '../../../kernel/instants.js';
import { valueAt } from '../../../kernel/jsonPointer.js';
import { isPersonal } from '../blocks/index.js';

/** What of the fields cannot be vouched for, and why. */
export function unvouchableFields(fields: readonly string[], blocks: unknown): FieldError[] {
  return fields.flatMap((field, index) => {
    const pointer = `/fields/${index}`;
    if (isPersonal(field))
      return [{ pointer, detail: 'is about people; nobody outside is asked to vouch for it' }];
    return valueAt(blocks, field) === undefined ? [{ pointer, detail: 'names nothing in your dossier' }] : [];
  });
}

const DEFAULT_VALIDITY = 'P1Y';
const LONGEST_VALIDITY = 'P2Y';

/** When a vouch ends; `undefined` where it would be over at once or last for longer than it may. */
export function vouchExpiry(validFor: string | undefined, at: Date): Date | undefined {
  const wanted = addDuration(at, validFor ?? DEFAULT_VALIDITY);
  const longest = addDuration(at, LONGEST_VALIDITY);
  return wanted && longest && wanted > at && wanted <= longest ? wanted : undefined;
}

/** Requests of one organisation that nobody has answered, and how often it may ask the same one. */
export const MOST_OPEN_REQUESTS = 20;
export const MOST_ASKED = 5;
export const ASKED_WITHIN_SECONDS = 24 * 3600;

/**
 * Why there may not be another request now: whoever is asked is told each time, and by mail.
 *
 * @param askedAt when the same organisation was asked within that time, oldest first, whatever became of it
 */
export function judgeQuota(
  open: number,
  askedAt: readonly Date[],
  now: Date,
): 'ask' | 'too-many-open' | { readonly waitSeconds: number } {
  if (open >= MOST_OPEN_REQUESTS) return 'too-many-open';
  const counting = askedAt.at(-MOST_ASKED);
  if (!counting) return 'ask';
  const passed = (now.getTime() - counting.getTime()) / 1000;
  return { waitSeconds: Math.max(1, Math.ceil(ASKED_WITHIN_SECONDS - passed)) };
}
