import { FactCache } from '../../kernel/factCache.js';
import type { Clock } from '../../kernel/ports.js';
import type { DidDocument } from '../../credentials/did/document.js';
import type {
  ContestNote,
  DecodedList,
  IssuanceRecord,
  IssuerAccreditations,
} from '../../credentials/verification/sources.js';

/**
 * What a verification has learned and may use again: bounded in number and age, and forgotten at once when it changes here, or within
 * moments when another process says that it changed there. With these warm, a verification asks nobody.
 */
export interface VerificationFacts {
  readonly ownDocuments: FactCache<string, DidDocument>;
  readonly foreignDocuments: FactCache<string, DidDocument>;
  /** By URL, strangers' by kind as well, apart from each other so that strangers' lists cannot push ours out. */
  readonly ownLists: FactCache<string, DecodedList>;
  readonly foreignLists: FactCache<string, DecodedList>;
  readonly accreditations: FactCache<string, IssuerAccreditations>;
  readonly issuances: FactCache<string, IssuanceRecord>;
  /** By the id of a credential of ours; most often none. */
  readonly contests: FactCache<string, readonly ContestNote[]>;
}

export function createVerificationFacts(clock: Clock): VerificationFacts {
  const now = () => clock.now().getTime();
  const cache = <V extends {}>(maxEntries: number, ttlSeconds: number, ttlSecondsOf?: (value: V) => number) =>
    new FactCache<string, V>({ maxEntries, ttlSeconds, now, ...(ttlSecondsOf ? { ttlSecondsOf } : {}) });
  // By the length of their JSON, of which a parsed document takes some twenty times as much memory.
  const weight = { of: (document: DidDocument) => JSON.stringify(document).length, most: 8_000_000 };
  const untilUsed = (list: DecodedList) => (list.usableUntil.getTime() - now()) / 1000;
  return {
    ownDocuments: cache(10_000, 300),
    foreignDocuments: new FactCache({ maxEntries: 5_000, ttlSeconds: 300, now, weight }),
    ownLists: cache(2_000, 60, untilUsed),
    // One may take 2 MB once decoded.
    foreignLists: cache(50, 300, untilUsed),
    accreditations: cache(10_000, 60),
    // An issuance, once recorded, never changes.
    issuances: cache(50_000, 3600),
    contests: cache(50_000, 300),
  };
}

/** For one question about the past, which is forgotten with its answer. */
export function createPassingDocuments(
  clock: Clock,
): Pick<VerificationFacts, 'ownDocuments' | 'foreignDocuments'> {
  const cache = () =>
    new FactCache<string, DidDocument>({ maxEntries: 2, ttlSeconds: 60, now: () => clock.now().getTime() });
  return { ownDocuments: cache(), foreignDocuments: cache() };
}

export function allFacts(facts: VerificationFacts): FactCache<string, {}>[] {
  return Object.values(facts) as FactCache<string, {}>[];
}
