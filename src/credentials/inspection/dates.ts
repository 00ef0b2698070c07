import { parseDateTimeStamp } from '../dateTimeStamp.js';
import type { JsonObject } from '../dataModel/problems.js';
import { isJsonObject } from '../../kernel/strictJson.js';
import type { InspectedDate, InspectedKeyBinding, InspectedProof } from './inspection.js';

/** The dates of VC Data Model 2.0 (§4.9) and 1.1 (§4.6, §4.8), and of JWT claims (RFC 7519 §4.1). */
const STAMPS = {
  validFrom: 'start',
  validUntil: 'end',
  issuanceDate: 'start',
  expirationDate: 'end',
} as const;
const NUMBERS = { iat: 'start', nbf: 'start', exp: 'end' } as const;
const LATEST_SECOND = 8.64e12; // The last that a Date can hold.

/** Those that can be read; that one cannot is the format's reader to say. */
export function datesOf(content: JsonObject | undefined): InspectedDate[] {
  if (!content) return [];
  const { vc } = content;
  const own = [...stampsOf(content), ...numbersOf(content)];
  // VC-JWT 1.1 has the credential in a claim.
  return isJsonObject(vc) ? [...own, ...stampsOf(vc, 'vc.')] : own;
}

export function datesOfProofs(proofs: readonly InspectedProof[]): InspectedDate[] {
  return proofs.flatMap(({ created, expires }, index) => [
    ...dateOf(`proof ${index + 1} created`, parseDateTimeStamp(created), 'start'),
    ...dateOf(`proof ${index + 1} expires`, parseDateTimeStamp(expires), 'end'),
  ]);
}

export function datesOfKeyBinding(keyBinding: InspectedKeyBinding | undefined): InspectedDate[] {
  return numbersOf(keyBinding?.payload ?? {}, 'key binding ');
}

function stampsOf(content: JsonObject, prefix = ''): InspectedDate[] {
  return Object.entries(STAMPS).flatMap(([name, bound]) =>
    dateOf(prefix + name, parseDateTimeStamp(content[name]), bound),
  );
}

function numbersOf(content: JsonObject, prefix = ''): InspectedDate[] {
  return Object.entries(NUMBERS).flatMap(([name, bound]) =>
    dateOf(prefix + name, toInstant(content[name]), bound),
  );
}

function toInstant(seconds: unknown): Date | undefined {
  return typeof seconds === 'number' && Math.abs(seconds) <= LATEST_SECOND
    ? new Date(seconds * 1000)
    : undefined;
}

function dateOf(name: string, at: Date | undefined, bound: InspectedDate['bound']): InspectedDate[] {
  return at ? [{ name, at, bound }] : [];
}
