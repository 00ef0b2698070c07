import { AsyncLocalStorage } from 'node:async_hooks';
import type { HttpClient } from '../kernel/ports.js';
import { OutboundHttpError } from './outboundHttpError.js';

/** Outbound requests of one call of ours, counted wherever in its depth they are made: behind caches and resolvers too. */
export interface BudgetedHttp extends HttpClient {
  /** Runs `work`; what it asks for beyond `most` requests is refused as a network fault would be. */
  within<T>(most: number, work: () => Promise<T>): Promise<T>;
}

export function budgetOutbound(http: HttpClient): BudgetedHttp {
  const budgets = new AsyncLocalStorage<{ left: number }>();
  return {
    within: (most, work) => budgets.run({ left: most }, work),
    async get(url, options) {
      const budget = budgets.getStore();
      if (budget && budget.left-- <= 0) throw new OutboundHttpError('network');
      return http.get(url, options);
    },
  };
}
