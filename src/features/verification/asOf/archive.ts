import type { HttpClient } from '../../../kernel/ports.js';

/** What other hosts answered, as it was seen by verifications of who was signed in. */
export interface Archive {
  clientAsOf(at: Date): ArchiveClient;
}

/** Answers as the hosts did, with what was seen of them at or before an instant and still believed at it; rejects where there is nothing. */
export interface ArchiveClient extends HttpClient {
  /** When that was seen which this client has answered with. */
  seenAt(url: string, accept: string): Date | undefined;
}

/** How long at most a verifier believes what it has fetched: the longest that a document or a list is kept in its caches. */
export const BELIEVED_SECONDS = 300;

/** Keeps nothing yet. */
export function createArchive(): Archive {
  return {
    clientAsOf: () => ({
      get: () => Promise.reject(new Error('not archived')),
      seenAt: () => undefined,
    }),
  };
}
