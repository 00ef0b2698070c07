import { LRUCache } from 'lru-cache';
import type { Clock, HttpAnswer, HttpClient } from '../kernel/ports.js';

/** What a host answered, and when it was asked. */
export interface RecentAnswer {
  readonly status: number;
  readonly body: Buffer;
  readonly askedAt: Date;
}

/**
 * A client that remembers for a while what hosts have answered: what is used again from a cache can so still be kept for good, by who may
 * keep things. Bounded in number and size; what does not fit is forgotten.
 */
export interface RememberingHttp extends HttpClient {
  /** The last answer that counts for anything: content, or that there is none. */
  findRecent(url: string, accept: string): RecentAnswer | undefined;
}

const MOST_ANSWERS = 5_000;
const MOST_BYTES = 64_000_000;
/** As long as anything is used from a cache, and a little longer. */
const KEPT_SECONDS = 600;
/** Content; not found; gone for good. Every other answer is no answer. */
const TELLING = [200, 404, 410];

export function rememberAnswers(http: HttpClient, clock: Clock): RememberingHttp {
  const answers = new LRUCache<string, RecentAnswer>({
    max: MOST_ANSWERS,
    maxSize: MOST_BYTES,
    sizeCalculation: ({ body }) => body.length + 1_000,
  });
  return {
    async get(url, options): Promise<HttpAnswer> {
      const askedAt = clock.now();
      const answer = await http.get(url, options);
      const { status } = answer;
      if (TELLING.includes(status)) {
        const body = status === 200 ? answer.body : Buffer.alloc(0);
        answers.set(keyOf(url, options.accept), { status, body, askedAt });
      }
      return answer;
    },
    findRecent(url, accept) {
      const answer = answers.get(keyOf(url, accept));
      const age = answer ? clock.now().getTime() - answer.askedAt.getTime() : Infinity;
      return age >= 0 && age < KEPT_SECONDS * 1000 ? answer : undefined;
    },
  };
}

function keyOf(url: string, accept: string): string {
  return `${accept}\n${url}`;
}
