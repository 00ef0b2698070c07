import type { OrganisationId } from '../../../kernel/ids.js';
import { addDuration } from '../../../kernel/instants.js';
import { covers } from '../../../kernel/jsonPointer.js';
import { isWithin } from '../accessRequests/rules.js';

/** What the members of an agreement let each other have; evaluated by machines, while its text is for people. */
export interface AgreementTerms {
  /** JSON Pointers of fields, lists and blocks of the dossier. */
  readonly fields: readonly string[];
  readonly purposes: readonly string[];
  /** Nobody keeps what was read for longer (ISO 8601). */
  readonly longestRetention: string;
  /** No grant lasts longer (ISO 8601). */
  readonly longestGrant: string;
  /** RFC 3339; until then grants last at the most. */
  readonly until?: string;
  /** Who may ask; absent: every member may ask every other one. */
  readonly mayAsk?: readonly OrganisationId[];
}

/** A request for access, as far as terms look at it. */
export interface WantedAccess {
  readonly partnerId: OrganisationId;
  readonly fields: readonly string[];
  readonly purposes: readonly string[];
  readonly retention: string;
}

/**
 * Whether these terms alone let the partner have all that it wants, and until when at the most; `undefined` where anything is not covered, since
 * half of a wish is for people to decide.
 */
export function permits(terms: AgreementTerms, wanted: WantedAccess, now: Date): Date | undefined {
  const { fields, purposes, longestRetention, longestGrant, until, mayAsk } = terms;
  const latest = addDuration(now, longestGrant);
  const end = until === undefined ? latest : earlier(latest, new Date(until));
  const isCovered =
    (!mayAsk || mayAsk.includes(wanted.partnerId)) &&
    wanted.fields.length > 0 &&
    wanted.fields.every((field) => fields.some((permitted) => covers(permitted, field))) &&
    wanted.purposes.length > 0 &&
    wanted.purposes.every((purpose) => purposes.includes(purpose)) &&
    isWithin(wanted.retention, longestRetention, now);
  return isCovered && end && end > now ? end : undefined;
}

/**
 * The same for two members, each of which is bound by the version that it has accepted and by no other: both have to permit it.
 */
export function permitBoth(
  holders: AgreementTerms,
  partners: AgreementTerms,
  wanted: WantedAccess,
  now: Date,
): Date | undefined {
  const [one, other] = [permits(holders, wanted, now), permits(partners, wanted, now)];
  return one && other && earlier(one, other);
}

/** `undefined` where one of them is none. */
function earlier(one: Date | undefined, other: Date): Date | undefined {
  if (!one || Number.isNaN(one.getTime()) || Number.isNaN(other.getTime())) return undefined;
  return one < other ? one : other;
}

/** How many approvals a version takes: of the rules of when each was given and of now, the strictest. */
export function neededOf(given: readonly { readonly needed: number }[], now: number): number {
  return Math.max(now, ...given.map(({ needed }) => needed));
}
