import type { ApplicationStatus } from '../../../adapters/database/schema.js';
import type { ApplicationId, MembershipId } from '../../../kernel/ids.js';

export const QUEUE_SORTS = ['submittedAt', 'dueAt', 'updatedAt'] as const;
export type QueueSort = (typeof QUEUE_SORTS)[number];

/** States in which the registrar is to act, so that a due date counts. While information is awaited it does not: the clock of others runs. */
export const DUE_STATUSES: readonly ApplicationStatus[] = ['submitted', 'in_review'];

export function isDue(status: ApplicationStatus): boolean {
  return DUE_STATUSES.includes(status);
}

/** Where a page ended: the value that is sorted by, and the id among equals. What changes afterwards moves nobody else. */
export interface QueueCursor {
  readonly at: Date;
  readonly id: ApplicationId;
}

export const CURSOR_PATTERN = '^(\\d{1,13}-)?[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$';

export function writeCursor({ at, id }: QueueCursor): string {
  return `${at.getTime()}-${id}`;
}

/** `undefined` for the cursor of a list without `sort`, which is an id and nothing else. */
export function readCursor(text: string): QueueCursor | undefined {
  const match = /^(\d{1,13})-(.{36})$/.exec(text);
  return match ? { at: new Date(Number(match[1])), id: match[2] as ApplicationId } : undefined;
}

/**
 * The words of a name as they are stored and looked for: letters and figures only, without accents, in lower case. What is written
 * without word breaks stays one word.
 */
export function foldWords(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** For `to_tsquery`: all of the words, in any order, the beginning of each being enough. `undefined` where there is no word. */
export function toWordQuery(text: string): string | undefined {
  const words = foldWords(text).split(' ').filter(Boolean);
  return words.length === 0 ? undefined : words.map((word) => `'${word}':*`).join(' & ');
}

export interface Assignment {
  readonly present: MembershipId | undefined;
  /** Whether the present assignee is still a member. */
  readonly isPresentMember: boolean;
  readonly wanted: MembershipId | undefined;
  /** Of whoever asks; a machine client has none. */
  readonly by: MembershipId | undefined;
  readonly isAdmin: boolean;
  readonly handOver: boolean;
}

/** What somebody has taken on, others take from them only on purpose: the two of them, an administrator, or who says `handOver`. */
export function mayReassign({
  present,
  isPresentMember,
  wanted,
  by,
  isAdmin,
  handOver,
}: Assignment): boolean {
  if (present === undefined || !isPresentMember || present === wanted) return true;
  return present === by || isAdmin || handOver;
}
