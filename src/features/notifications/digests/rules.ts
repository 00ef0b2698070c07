import type { Role } from '../../../kernel/caller.js';
import type { EventType } from '../../../kernel/events.js';
import { addSeconds } from '../../../kernel/instants.js';

export const DIGEST_CHOICES = ['automatic', 'daily', 'never'] as const;
export type DigestChoice = (typeof DIGEST_CHOICES)[number];

const DAY_SECONDS = 24 * 3600;

/** The last moment at which this hour of the day (UTC) began: a digest is of what happened until then. */
export function latestCut(now: Date, hour: number): Date {
  const today = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate(), hour));
  return today <= now ? today : addSeconds(today, -DAY_SECONDS);
}

/** From when on a digest counts, for whom nothing was ever counted before. */
export function firstFrom(cut: Date): Date {
  return addSeconds(cut, -DAY_SECONDS);
}

/** How a member stands in an organisation, and how that is told otherwise. */
export interface DigestStanding {
  readonly choice: DigestChoice;
  readonly role: Role;
  /** A webhook of the organisation's is enabled, and its last delivery did not fail. */
  readonly hasWorkingWebhook: boolean;
}

/** Whoever has not chosen gets one where it is theirs to act, and nothing else tells them. */
export function wantsDigest({ choice, role, hasWorkingWebhook }: DigestStanding): boolean {
  if (choice !== 'automatic') return choice === 'daily';
  return (role === 'admin' || role === 'delegate') && !hasWorkingWebhook;
}

/** That somebody relies on one's credentials is good to know, and nothing to act on: by itself it is for those who chose to know it. */
export function isWorthAMail(choice: DigestChoice, types: readonly EventType[]): boolean {
  return types.some((type) => choice === 'daily' || !type.startsWith('reliance.'));
}
