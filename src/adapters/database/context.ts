import { AsyncLocalStorage } from 'node:async_hooks';
import { sql } from 'kysely';
import type { Caller } from '../../kernel/caller.js';
import type { Executor } from './schema.js';

/**
 * On whose behalf the database is asked: row-level security shows and lets change what that role and organisation may see and change, and
 * nothing else (`migrations/0020_isolation.sql`). Each transaction takes it up as it begins; whatever runs outside every context is the public.
 */
export interface DatabaseContext {
  readonly role: DatabaseRole;
  readonly organisationId?: string;
  readonly personId?: string;
  /** Whose stored answers are asked for. */
  readonly requester?: string;
}

/** Groups of the database that nobody can sign in as; the service's user may become each of them for the length of a transaction. */
export const DATABASE_ROLES = [
  'coop_passport_public',
  'coop_passport_member',
  'coop_passport_operator',
  'coop_passport_accounts',
  'coop_passport_issuance',
  'coop_passport_idempotency',
  'coop_passport_upkeep',
  'coop_passport_sealing',
  'coop_passport_watch',
  'coop_passport_retention',
  'coop_passport_registers',
  'coop_passport_counterpart',
  'coop_passport_telling',
  'coop_passport_digests',
  'coop_passport_statistics',
] as const;
export type DatabaseRole = (typeof DATABASE_ROLES)[number];

/** What is done on nobody's behalf in particular, or before it is known on whose: each with no more rights than it takes. */
const WORK = {
  /** Who signs in, registers, accepts an invitation, changes a password or is erased: people and their sessions. */
  accounts: 'coop_passport_accounts',
  /** Settling issuances and signing status lists, also on behalf of whoever asks for a list. */
  issuance: 'coop_passport_issuance',
  /** Accreditations. */
  governance: 'coop_passport_operator',
  /** The first start, the outbox of mails, and purging. */
  upkeep: 'coop_passport_upkeep',
  /** Making the key under which somebody's personal data is sealed. */
  sealing: 'coop_passport_sealing',
  /** What credentials rest on and who may speak for a co-op: lapses, suspensions, and notices to the parties. */
  watch: 'coop_passport_watch',
  /** The end of evidence and of personal data. */
  retention: 'coop_passport_retention',
  /** Federations' members and their accounts, and imports that go on after a restart. */
  registers: 'coop_passport_registers',
  /** What one party of an application must know of the other, or causes there. */
  counterpart: 'coop_passport_counterpart',
  /** Telling those who rely on a credential what happens to it. */
  telling: 'coop_passport_telling',
  /** Mailing members how many events there were. */
  digests: 'coop_passport_digests',
  /** Counting what the network does, for everybody to read. */
  statistics: 'coop_passport_statistics',
} as const satisfies Record<string, DatabaseRole>;
export type Work = keyof typeof WORK;

const PUBLIC: DatabaseContext = { role: 'coop_passport_public' };
const contexts = new AsyncLocalStorage<DatabaseContext>();

export function currentContext(): DatabaseContext {
  return contexts.getStore() ?? PUBLIC;
}

/** Runs a handler on behalf of its caller: an organisation's member or client, the operator, or nobody. */
export function onBehalfOf<T>(caller: Caller | null, handle: () => T): T {
  return contexts.run(contextOf(caller), handle);
}

function contextOf(caller: Caller | null): DatabaseContext {
  switch (caller?.kind) {
    case undefined:
      return PUBLIC;
    case 'operator':
      return { role: 'coop_passport_operator', personId: caller.personId };
    case 'client':
      return { role: 'coop_passport_member', organisationId: caller.organisationId };
    case 'member': {
      const { organisationId, personId } = caller;
      return { role: 'coop_passport_member', organisationId, personId };
    }
  }
}

/** Runs on behalf of an organisation what it asked for beforehand, when somebody else brings it about. */
export function inOrganisation<T>(organisationId: string, run: () => T): T {
  return contexts.run({ role: 'coop_passport_member', organisationId }, run);
}

/** Runs a piece of the service's own work. A transaction that is under way stays what it is: there, see {@link asWork}. */
export function inWork<T>(work: Work, run: () => T): T {
  return contexts.run({ role: WORK[work] }, run);
}

/** Every function of a part as a piece of work. */
export function allInWork<T extends object>(work: Work, part: T): T {
  const wrapped = Object.entries(part).map(([name, member]: [string, unknown]) => [
    name,
    typeof member === 'function'
      ? (...args: unknown[]) => inWork(work, () => (member as (...all: unknown[]) => unknown)(...args))
      : member,
  ]);
  return Object.fromEntries(wrapped) as T;
}

/** For the answers that are kept under an Idempotency-Key. */
export function asRequester<T>(requester: string, run: () => T): T {
  return contexts.run({ role: 'coop_passport_idempotency', requester }, run);
}

/** A step of a transaction that is the service's own work; afterwards the transaction is on behalf of whom it was before. */
export async function asWork<T>(trx: Executor, work: Work, step: () => Promise<T>): Promise<T> {
  const { rows } = await sql<{ before: string }>`
    select current_user as before, set_config('role', ${WORK[work]}, true)`.execute(trx);
  const result = await step();
  // Where the step fails, so does the transaction, and the role with it.
  await sql`select set_config('role', ${rows[0]?.before ?? PUBLIC.role}, true)`.execute(trx);
  return result;
}

/** A function that takes an executor, as a step of a transaction of somebody else's or, outside of one, as a piece of work. */
export function stepIn<A extends readonly unknown[], T>(
  work: Work,
  step: (executor: Executor, ...args: A) => Promise<T>,
): (executor: Executor, ...args: A) => Promise<T> {
  return (executor, ...args) => {
    const run = () => step(executor, ...args);
    return executor.isTransaction ? asWork(executor, work, run) : inWork(work, run);
  };
}

/** Every function of a part, each of which takes an executor first, or begins transactions of its own. */
export function allStepsIn<T extends object>(work: Work, part: T): T {
  const wrapped = Object.entries(part).map(([name, member]: [string, unknown]) => [
    name,
    (...args: unknown[]) => {
      const [first] = args;
      const run = () => (member as (...all: unknown[]) => Promise<unknown>)(...args);
      const isStep = typeof first === 'object' && first !== null && 'isTransaction' in first;
      return isStep && (first as Executor).isTransaction
        ? asWork(first as Executor, work, run)
        : inWork(work, run);
    },
  ]);
  return Object.fromEntries(wrapped) as T;
}

/**
 * What a transaction begins with, as SQL: everything local to it, so that the connection comes back as it was. What a context does not have is
 * not set, and policies find it empty.
 */
export function entering({ role, organisationId, personId, requester }: DatabaseContext): string {
  const settings = { organisation: organisationId, person: personId, requester };
  const statements = Object.entries(settings).flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (!/^[\w:-]*$/.test(value)) throw new TypeError('an id that is none');
    return [`set local coop_passport.${name} = '${value}'`];
  });
  return [`set local role ${role}`, ...statements].join('; ');
}
