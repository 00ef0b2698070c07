import { covers } from '../kernel/jsonPointer.js';
import { addDuration, addSeconds } from '../kernel/instants.js';
import { isJsonObject } from '../kernel/strictJson.js';
import type { Profile } from './profiles/profile.js';

/** How long what a credential rests on holds. */

export interface TimedCheck {
  /** Dossier field, a JSON Pointer. */
  readonly field: string;
  readonly checkedAt: Date;
  /** In OpenID Identity Assurance's names. */
  readonly evidence: unknown;
}

/** When a check no longer carries what it confirmed: its evidence is over, or it is older than the profile allows. `undefined`: never. */
export function lapsesAt(check: TimedCheck, profile: Pick<Profile, 'checkMaximumAge'>): Date | undefined {
  const ages = Object.entries(profile.checkMaximumAge)
    .filter(([pointer]) => covers(pointer, check.field) || covers(check.field, pointer))
    .flatMap(([, longest]) => addDuration(check.checkedAt, longest) ?? []);
  return earliest([...ages, ...expiriesIn(check.evidence)]);
}

export function suspendsAt(since: Date, profile: Pick<Profile, 'gracePeriod'>): Date {
  return addDuration(since, profile.gracePeriod) ?? since;
}

/** The start of the renewal window. */
export function renewableFrom(
  { validFrom, validUntil }: { readonly validFrom: Date; readonly validUntil: Date },
  { renewalWindow }: Pick<Profile, 'renewalWindow'>,
): Date {
  const length = validUntil.getTime() - validFrom.getTime();
  const window = addDuration(new Date(0), renewalWindow)?.getTime() ?? length / 3;
  // Of what was granted for a shorter time than the profile has in mind, the last third.
  return new Date(validUntil.getTime() - (2 * window <= length ? window : length / 3));
}

/** Every `date_of_expiry` in a piece of evidence, wherever its type has it. What cannot be read as a date is over already. */
function expiriesIn(evidence: unknown): Date[] {
  if (Array.isArray(evidence)) return evidence.flatMap(expiriesIn);
  if (!isJsonObject(evidence)) return [];
  return Object.entries(evidence).flatMap(([name, value]) => {
    if (name !== 'date_of_expiry') return expiriesIn(value);
    return [typeof value === 'string' ? endOf(value) : new Date(0)];
  });
}

/** A day counts to its end, in UTC. */
function endOf(text: string): Date {
  const instant = new Date(text);
  if (Number.isNaN(instant.getTime())) return new Date(0);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) ? addSeconds(instant, 86_400) : instant;
}

function earliest(instants: readonly Date[]): Date | undefined {
  return instants.length === 0
    ? undefined
    : new Date(Math.min(...instants.map((instant) => instant.getTime())));
}
