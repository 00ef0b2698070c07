import { Resolver } from 'node:dns/promises';
import type { TxtLookup } from '../kernel/ports.js';

/** Nobody needs more at the name that is asked for; whoever has thousands wants to keep us busy. */
const MOST_RECORDS = 50;
const ATTEMPT_MS = 1_500;
/** For the look-up as a whole, whatever name servers do in it. */
const TOTAL_MS = 4_000;

/** Answers that say there is no such record, as opposed to none at all. */
const NOTHING_THERE = new Set(['ENODATA', 'ENOTFOUND']);

/** @param servers `address:port`; those of the system unless given */
export function createTxtLookup({ servers }: { readonly servers?: readonly string[] } = {}): TxtLookup {
  return async (name) => {
    const resolver = new Resolver({ timeout: ATTEMPT_MS, tries: 2 });
    if (servers) resolver.setServers(servers);
    const timer = setTimeout(() => resolver.cancel(), TOTAL_MS);
    try {
      const records = await resolver.resolveTxt(name);
      if (records.length > MOST_RECORDS) throw new Error('the name has too many TXT records');
      return records.map((strings) => strings.join(''));
    } catch (error) {
      if (NOTHING_THERE.has((error as { code?: string }).code ?? '')) return [];
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };
}
