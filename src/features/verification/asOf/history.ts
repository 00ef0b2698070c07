import type { Executor } from '../../../adapters/database/schema.js';
import type {
  ContestNote,
  DidResolution,
  IssuanceRecord,
  IssuerAccreditations,
  StatusListKind,
} from '../../../credentials/verification/sources.js';
import type { CredentialId, StatusListId } from '../../../kernel/ids.js';
import type { HttpClient } from '../../../kernel/ports.js';

/** What is recorded here of the past, by whoever keeps it. */
export interface History {
  /** Our own documents of then from the store; others' by the client, which answers from what was archived. */
  readonly resolveDidAsOf: (did: string, at: Date, http: HttpClient) => Promise<DidResolution>;
  readonly serveListAsOf: (
    listId: StatusListId,
    kind: StatusListKind,
    at: Date,
  ) => Promise<{ readonly content: string } | undefined>;
  readonly findAccreditationsAsOf: (
    executor: Executor,
    issuerDid: string,
    at: Date,
  ) => Promise<IssuerAccreditations>;
  readonly findIssuance: (executor: Executor, id: CredentialId) => Promise<IssuanceRecord | undefined>;
  readonly listContestHistory: (executor: Executor, id: CredentialId) => Promise<readonly ContestSpan[]>;
  readonly listStatusEvents: (executor: Executor, id: CredentialId) => Promise<readonly StatusEvent[]>;
  /** When another credential took its place; `undefined` where none has. */
  readonly findSupersededAt: (executor: Executor, id: CredentialId) => Promise<Date | undefined>;
  /** Of these keys of ours, by the absolute ids of their methods, those that were revoked. */
  readonly listRevocations: (
    executor: Executor,
    methods: readonly string[],
  ) => Promise<readonly { readonly revokedAt: Date; readonly compromisedAt: Date }[]>;
}

export interface StatusEvent {
  readonly change: 'suspended' | 'reinstated' | 'revoked';
  readonly at: Date;
}

/** A time during which a place in a credential was contested. */
export interface ContestSpan {
  readonly pointer: string;
  readonly openedAt: Date;
  readonly closedAt: Date | null;
}

export function contestsAt(spans: readonly ContestSpan[], at: Date): ContestNote[] {
  return spans
    .filter(({ openedAt, closedAt }) => openedAt <= at && (closedAt === null || closedAt > at))
    .map(({ pointer, openedAt }) => ({ pointer, since: openedAt }));
}
