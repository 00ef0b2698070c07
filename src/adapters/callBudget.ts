import { AsyncLocalStorage } from 'node:async_hooks';
import type { Canonizer } from '../credentials/jsonLd/canonizer.js';
import type { HttpClient } from '../kernel/ports.js';
import { OutboundHttpError } from './outboundHttpError.js';

/** What one call of ours may cost, counted wherever in its depth it arises: behind caches and resolvers too. */
export interface BudgetedHttp extends HttpClient {
  /**
   * Runs `work`; what it asks for beyond `most` requests is refused as a network fault would be, and what it wants canonicalised after its time
   * is up is given up as taking too long.
   */
  within<T>(most: number, work: () => Promise<T>): Promise<T>;
  /** The same canonizer, under the budget of whichever call it is used in. */
  budgetCanonizer(canonizer: Canonizer): Canonizer;
}

interface Budget {
  left: number;
  /** From the first document on; absent until then. */
  canonizing?: AbortSignal;
}

/**
 * For all the documents of a call together, waiting included: a presentation can hold two hundred proofs, each over a document that takes the
 * canonizer's whole time for one.
 */
const CANONIZING_MS = 10_000;

export function budgetOutbound(http: HttpClient): BudgetedHttp {
  const budgets = new AsyncLocalStorage<Budget>();
  const signalOfCall = (): AbortSignal | undefined => {
    const budget = budgets.getStore();
    return budget && (budget.canonizing ??= AbortSignal.timeout(CANONIZING_MS));
  };
  return {
    within: (most, work) => budgets.run({ left: most }, work),
    budgetCanonizer: ({ canonize, select }) => ({
      canonize: (document, hash, signal = signalOfCall()) => canonize(document, hash, signal),
      select: (document, selections, signal = signalOfCall()) => select(document, selections, signal),
    }),
    async get(url, options) {
      const budget = budgets.getStore();
      if (budget && budget.left-- <= 0) throw new OutboundHttpError('network');
      return http.get(url, options);
    },
  };
}
