import ipaddr from 'ipaddr.js';

/** Pure decisions about names, addresses, passwords, sign-ins and tokens. */

/** The form in which two e-mail addresses are compared. */
export function addressKey(email: string): string {
  return email.normalize('NFC').toLowerCase();
}

const SLUG_LENGTH = 60;
/** Letters that do not decompose into an ASCII letter and an accent. */
const FOLDED: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
};

/** The readable part of a DID, `^[a-z0-9]+(-[a-z0-9]+)*$`; `organisation` for a name without a Latin letter or digit. */
export function slugOf(name: string): string {
  const ascii = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^\p{ASCII}]/gu, (letter) => FOLDED[letter] ?? '-')
    .replaceAll(/['’]/g, '');
  const slug = trimHyphens(ascii.replaceAll(/[^a-z0-9]+/g, '-'));
  return trimHyphens(slug.slice(0, SLUG_LENGTH)) || 'organisation';
}

/** For when the slug is in use or was: slugs never return. */
export function withSuffix(slug: string, suffix: string): string {
  return `${trimHyphens(slug.slice(0, SLUG_LENGTH - suffix.length - 1))}-${suffix}`;
}

function trimHyphens(text: string): string {
  return text.replaceAll(/^-+|-+$/g, '');
}

/** In characters (code points), as JSON Schema counts them. */
export const PASSWORD_LENGTH = { least: 12, most: 200 } as const;

/**
 * Why a new password is refused, or `undefined`. NIST SP 800-63B §3.1.1.2 asks for length and for no rules of composition, and for refusing
 * what somebody who knows the account would try first.
 */
export function findPasswordFault(
  password: string,
  known: { readonly email: string; readonly organisationName?: string },
): string | undefined {
  const { least, most } = PASSWORD_LENGTH;
  const length = Array.from(password).length;
  if (length < least || length > most) {
    return `must have ${String(least)} to ${String(most)} characters`;
  }
  const folded = fold(password);
  if (folded === fold(known.email)) return 'must not be the e-mail address';
  if (known.organisationName !== undefined && folded === fold(known.organisationName)) {
    return "must not be the organisation's name";
  }
  return undefined;
}

function fold(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase();
}

/** The network that counts as one sender: an IPv4 address, or the /64 of an IPv6 one. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return 'unknown';
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const parts = (parsed as ipaddr.IPv6).parts.slice(0, 4).map((part) => part.toString(16));
  return `${parts.join(':')}::/64`;
}

export interface FailureCount {
  readonly failures: number;
  readonly lastFailedAt: Date;
}

const FORGOTTEN_AFTER_SECONDS = 15 * 60;
const LONGEST_WAIT_SECONDS = 60;

/** How many failures cost nothing: of one account, of one account from one network it knows, of one network. */
export const FREE_FAILURES = { account: 5, accountAtKnownNetwork: 5, network: 20 } as const;

/**
 * Seconds until the next attempt is let through: 0 below the free failures, then 1, 2, 4 … at most 60 after the latest one. A quarter of an
 * hour without a failure forgets them all, so nothing is locked for good.
 */
export function waitSeconds(count: FailureCount | undefined, freeFailures: number, now: Date): number {
  if (!count || isForgotten(count, now) || count.failures < freeFailures) return 0;
  const wait = Math.min(LONGEST_WAIT_SECONDS, 2 ** (count.failures - freeFailures));
  const left = count.lastFailedAt.getTime() / 1000 + wait - now.getTime() / 1000;
  // A clock that was set back must not make anybody wait for longer than the longest wait.
  return Math.max(0, Math.min(LONGEST_WAIT_SECONDS, Math.ceil(left)));
}

export function addFailure(count: FailureCount | undefined, now: Date): FailureCount {
  const before = count && !isForgotten(count, now) ? count.failures : 0;
  return { failures: before + 1, lastFailedAt: now };
}

function isForgotten(count: FailureCount, now: Date): boolean {
  return now.getTime() - count.lastFailedAt.getTime() >= FORGOTTEN_AFTER_SECONDS * 1000;
}

/** For how long a spent refresh token gives its answer again, which may have been lost on the way. */
const REPEAT_SECONDS = 10;

export interface RefreshTokenState {
  readonly expiresAt: Date;
  readonly usedAt: Date | null;
}

/** What a refresh token of a live session is good for: a successor, the same answer again, nothing; or it shows a theft. */
export function judgeRefresh(
  token: RefreshTokenState,
  now: Date,
): 'rotate' | 'repeat' | 'expired' | 'reused' {
  if (token.usedAt) {
    return now.getTime() - token.usedAt.getTime() <= REPEAT_SECONDS * 1000 ? 'repeat' : 'reused';
  }
  return now < token.expiresAt ? 'rotate' : 'expired';
}
