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
