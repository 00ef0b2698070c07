import { addDuration, addSeconds } from '../../../kernel/instants.js';

/** Why a file may not be deleted yet. Without `until` nobody knows for how long. */
export interface KeepClaim {
  readonly because: 'hold' | 'credential' | 'review';
  readonly until?: Date;
}

export interface Keeping {
  /** The latest end of all claims; absent while one of them has none. */
  readonly until?: Date;
  readonly because: readonly KeepClaim['because'][];
}

/** What must be kept for the sake of something that stands now, and until when; `undefined` when nothing stands in the way. */
export function judgeKeeping(claims: readonly KeepClaim[], now: Date): Keeping | undefined {
  const standing = claims.filter(({ until }) => until === undefined || until > now);
  if (standing.length === 0) return undefined;
  const because = [...new Set(standing.map((claim) => claim.because))].sort();
  const ends = standing.map(({ until }) => until?.getTime() ?? Infinity);
  const latest = Math.max(...ends);
  return { because, ...(Number.isFinite(latest) ? { until: new Date(latest) } : {}) };
}

const DAY_SECONDS = 86_400;

/** A day at the most: what rests on a file may end before its time, and then the file has no reason to be there any more. */
export function nextLook(keeping: Keeping, now: Date): Date {
  const tomorrow = addSeconds(now, DAY_SECONDS);
  return keeping.until !== undefined && keeping.until < tomorrow ? keeping.until : tomorrow;
}

/** Longer than any duty to keep that we know of; what is to be kept for ever belongs in an archive. */
export const LONGEST_RETENTION = 'P30Y';

/** For who has somebody else's file kept: longer than that it says so again. */
export const LONGEST_HOLD_OF_OTHERS = 'P10Y';

export type RetentionWish = { readonly retainUntil?: string; readonly retention?: string };

/** Until when a file is kept, or what is wrong with the wish, by its member. */
export function judgeRetention(
  wish: RetentionWish,
  configured: string,
  now: Date,
): { readonly retainUntil: Date } | { readonly member: keyof RetentionWish; readonly detail: string } {
  const { retainUntil, retention } = wish;
  if (retainUntil !== undefined && retention !== undefined)
    return { member: 'retention', detail: 'give either this or `retainUntil`' };
  const member = retainUntil === undefined ? 'retention' : 'retainUntil';
  const wanted =
    retainUntil === undefined ? addDuration(now, retention ?? configured) : new Date(retainUntil);
  const longest = addDuration(now, LONGEST_RETENTION);
  if (!wanted || Number.isNaN(wanted.getTime())) return { member, detail: 'is not a time' };
  if (wanted <= now) return { member, detail: 'must lie in the future' };
  if (longest && wanted > longest) return { member, detail: 'must be 30 years at the most' };
  return { retainUntil: wanted };
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'image/tiff': 'tif',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/vnd.oasis.opendocument.text': 'odt',
  'application/vnd.oasis.opendocument.spreadsheet': 'ods',
  'text/plain': 'txt',
};

/**
 * A name for the saved file, from its title: ASCII letters, digits and dashes, so that no header and no file system reads anything else in it. The
 * ending says what the content was found to be.
 */
export function fileNameFor({ title, mediaType }: { title: string; mediaType: string }): string {
  const words = title
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60);
  return `${words === '' ? 'evidence' : words}.${EXTENSIONS[mediaType] ?? 'bin'}`;
}

/** The path by which the file of a piece of evidence is fetched. */
export function evidencePath(organisationId: string, id: string): string {
  return `/v1/organisations/${organisationId}/evidence/${id}`;
}
