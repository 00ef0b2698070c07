import { timingSafeEqual } from 'node:crypto';
import type { RepresentationMethod } from '../../adapters/database/representationTables.js';
import type { CheckMethod } from '../../credentials/assurance.js';
import { scopesOf, type Role } from '../../kernel/caller.js';

/** Whom a confirmed check of `/representation` binds, and what about the organisation it was judged with. */
export interface Binding {
  /** Null where a machine client applied: then it is the administration as a whole that was shown to act. */
  readonly membershipId: string | null;
  readonly role: Role | null;
  /** All who administered the organisation when it was shown. */
  readonly administrators: readonly string[];
  readonly expiresAt: Date;
}

/** A membership that has not ended. */
export interface LiveMember {
  readonly id: string;
  readonly role: Role;
}

export const LAPSE_REASONS = [
  'left',
  'role_lost',
  'administration_changed',
  'representative_changed',
  'organisation_closed',
  'expired',
] as const;
export type LapseReason = (typeof LAPSE_REASONS)[number];

/**
 * Why a binding does not hold any more, if so. It is about whom the organisation is in the hands of:
 *
 * - who was shown to act is not a member any more (left, was removed, is erased): `left`;
 * - or has fewer rights than when it was shown: `role_lost`;
 * - or nobody administers the organisation any more who did then, so that it was taken over around that person: `administration_changed`.
 *
 * A further administrator changes nothing, whatever they do, for as long as those who were shown or vouched for by being there then can still
 * remove them; nor does the departure of one of several. Whether the application's own representative changed is for who changes it to say.
 */
export function judgeBinding(
  binding: Binding,
  members: readonly LiveMember[],
  now: Date,
): LapseReason | undefined {
  if (binding.membershipId !== null) {
    const bound = members.find(({ id }) => id === binding.membershipId);
    if (!bound) return 'left';
    if (binding.role !== null && hasLost(bound.role, binding.role)) return 'role_lost';
  }
  const remains = members.some(({ id, role }) => role === 'admin' && binding.administrators.includes(id));
  if (!remains) return 'administration_changed';
  return binding.expiresAt <= now ? 'expired' : undefined;
}

function hasLost(role: Role, before: Role): boolean {
  const scopes = scopesOf(role);
  return (
    (before === 'admin' && role !== 'admin') || scopesOf(before).some((scope) => !scopes.includes(scope))
  );
}

/** What an approval lacks, in the words of the application's `missingChecks`. */
export const LAPSED: Readonly<Record<LapseReason | 'unbound', string>> = {
  left: 'who was shown to act for the co-op is not a member of it any more: somebody has to take the application over and be shown to act',
  role_lost: 'who was shown to act for the co-op has lost the role for it: it has to be shown again',
  administration_changed:
    'nobody administers the co-op any more who did when representation was shown: it has to be shown again',
  representative_changed: 'another person has taken the application over: it has to be shown of that one',
  organisation_closed: 'the organisation is closed',
  expired: 'representation was shown too long ago: it has to be shown again',
  unbound: 'the check binds nobody: it has to be made again',
};

/**
 * As which kind of check a method counts. A letter and a domain that the register lists are an answer through a channel of the register's,
 * as a call is. That the .coop registry lists somebody is its vouching: it knows its registrants, and is no register of companies.
 */
export function checkMethodOf(
  method: RepresentationMethod,
  listedBy: 'coop_registry' | 'register' | null = null,
): CheckMethod {
  if (method === 'mandate') return 'document_inspection';
  return method === 'domain' && listedBy === 'coop_registry' ? 'vouch' : 'callback';
}

export const LETTER_VALID_FOR = 'P30D';
export const DOMAIN_PROOF_VALID_FOR = 'P30D';
export const MOST_CODES = 10;
const FREE_CODES = 3;
const FIRST_WAIT_SECONDS = 30;
const LONGEST_WAIT_SECONDS = 3600;

/** How long to wait before the next code is looked at: nothing for the first wrong ones, then twice as long after each. */
export function codeWaitSeconds(attempts: number, lastAttemptAt: Date | null, now: Date): number {
  if (attempts < FREE_CODES || lastAttemptAt === null) return 0;
  const wait = Math.min(FIRST_WAIT_SECONDS * 2 ** (attempts - FREE_CODES), LONGEST_WAIT_SECONDS);
  return Math.max(0, Math.ceil((lastAttemptAt.getTime() - now.getTime()) / 1000 + wait));
}

export const MOST_LOOKUPS = 200;
const LOOKUP_PAUSE_SECONDS = 10;

/** A look at a domain is an outbound request that somebody else pays for. */
export function lookupWaitSeconds(lastAttemptAt: Date | null, now: Date): number {
  if (lastAttemptAt === null) return 0;
  return Math.max(0, Math.ceil((lastAttemptAt.getTime() - now.getTime()) / 1000 + LOOKUP_PAUSE_SECONDS));
}

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const DOMAIN = new RegExp(`^(?:${LABEL}\\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$`);
const LOOPBACK = /^localhost:\d{1,5}$/;

/**
 * The domain as it is looked up, or why it cannot be one. Of .coop only the name that its registry gives: whoever holds `platform.coop` may
 * give names below it to anybody. An address or a single label is none; with `allowLoopback`, `localhost:port` is, for trying out.
 */
export function judgeDomain(
  text: string,
  listedBy: 'coop_registry' | 'register',
  { allowLoopback }: { readonly allowLoopback: boolean },
): { readonly domain: string } | { readonly fault: string } {
  const domain = text.toLowerCase();
  if (allowLoopback && listedBy === 'register' && LOOPBACK.test(domain)) return { domain };
  if (domain.length > 253 || !DOMAIN.test(domain))
    return { fault: 'must be a domain such as albion.coop, with letters beyond ASCII written as xn--' };
  if (listedBy === 'coop_registry' && !/^[^.]+\.coop$/.test(domain))
    return { fault: 'must be a name directly below .coop, or one that the register lists' };
  return { domain };
}

/** Where a domain shows its proof. The content is not in the address, so that a server which repeats what it is asked for proves nothing. */
export function placesOf(domain: string, pathToken: string) {
  const isLoopback = LOOPBACK.test(domain);
  return {
    url: `${isLoopback ? 'http' : 'https'}://${domain}/.well-known/coop-passport/${pathToken}`,
    txtName: `_coop-passport.${domain.split(':')[0] ?? ''}`,
  };
}

export function contentOf(contentToken: string): string {
  return `coop-passport=${contentToken}`;
}

/** Compared in constant time; the lengths are no secret. */
export function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/** Crockford's base 32: no letter in it looks like another. */
export const CODE_ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
export const CODE_LENGTH = 12;

/** As it is typed in from paper: in any case, with or without dashes, O for 0 and I or L for 1. */
export function normaliseCode(text: string): string {
  return text.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
}
