import type { Executor } from '../../../adapters/database/schema.js';
import type { RecentAnswer } from '../../../adapters/recentAnswers.js';
import type { HttpClient } from '../../../kernel/ports.js';
import { addSeconds } from '../../../kernel/instants.js';
import { findArchived, insertArchived } from './archiveStore.js';
import type { ForeignRequest } from './foreignUse.js';

export interface ArchiveDeps {
  readonly db: Executor;
  /** What was answered lately, also where it was used from a cache. */
  readonly findRecent: (url: string, accept: string) => RecentAnswer | undefined;
}

/** What other hosts answered, as it was seen by verifications of who was signed in. */
export interface Archive {
  /** Keeps what a verification used, as far as it is not kept yet. Asks nobody where it is. */
  keep(used: readonly ForeignRequest[]): Promise<void>;
  clientAsOf(at: Date): ArchiveClient;
}

/** Answers as the hosts did, with what was seen of them at or before an instant and still believed at it; rejects where there is nothing. */
export interface ArchiveClient extends HttpClient {
  /** When that was seen which this client has answered with. */
  seenAt(url: string, accept: string): Date | undefined;
}

/** How long at most a verifier believes what it has fetched: the longest that a document or a list is kept in its caches. */
export const BELIEVED_SECONDS = 300;
/** Questions to the archive that one verification may cause, as many as there would be to other hosts. */
const MOST_QUESTIONS = 20;
/** Larger ones are not kept: a list that would fill the archive. */
const MAX_BODY_BYTES = 1_000_000;

export function createArchive({ db, findRecent }: ArchiveDeps): Archive {
  const kept = new WeakSet<RecentAnswer>();
  return {
    async keep(used) {
      const fresh = used.flatMap((request) => {
        const answer = findRecent(request.url, request.accept);
        return answer && !kept.has(answer) && answer.body.length <= MAX_BODY_BYTES
          ? [{ request, answer }]
          : [];
      });
      if (fresh.length === 0) return;
      await insertArchived(
        db,
        fresh.map(({ request, answer: { askedAt, ...answer } }) => ({
          ...request,
          ...answer,
          seenAt: askedAt,
        })),
      );
      for (const { answer } of fresh) kept.add(answer);
    },

    clientAsOf(at) {
      const seen = new Map<string, Date>();
      let asked = 0;
      return {
        async get(url, { accept }) {
          const found =
            (asked += 1) > MOST_QUESTIONS
              ? undefined
              : await findArchived(db, { url, accept }, at, addSeconds(at, -BELIEVED_SECONDS));
          if (!found) throw new Error('nothing is archived');
          seen.set(`${accept}\n${url}`, found.seenAt);
          return { status: found.status, contentType: '', headers: {}, body: found.body };
        },
        seenAt: (url, accept) => seen.get(`${accept}\n${url}`),
      };
    },
  };
}
