import type { Kysely } from 'kysely';
import { announceChange } from '../../../adapters/database/changeFeed.js';
import { recordAudit } from '../../../adapters/database/records.js';
import type { PackedSealing } from '../../../adapters/database/dossierSealing.js';
import type { Executor, Tables } from '../../../adapters/database/schema.js';
import { toPage, type Page, type PageRequest } from '../../../http/paging.js';
import { actorOf, type OrganisationCaller } from '../../../kernel/caller.js';
import { AppError, invalidField, notFound } from '../../../kernel/errors.js';
import type { TellReliants } from '../../../kernel/events.js';
import { newId, type ContestId, type CredentialId, type OrganisationId } from '../../../kernel/ids.js';
import type { NewNotice } from '../../../kernel/notices.js';
import type { Clock } from '../../../kernel/ports.js';
import { profileOf } from '../concerns.js';
import type { HeldCredential } from '../deps.js';
import { saysAt } from '../rules.js';
import { listGrounds } from '../store.js';
import type { Contest, ContestAnswer, NewContest } from './schemas.js';
import { closeContest, insertContest, listContests, lockContest, type ContestRow } from './store.js';
import { openWords, sealWords } from './words.js';

export interface ContestDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly words: PackedSealing;
  readonly findCredential: (executor: Executor, id: CredentialId) => Promise<HeldCredential | undefined>;
  /** Whoever is about to rely on the credential waits until it is known what is contested of it. */
  readonly holdLife: (trx: Executor, id: CredentialId) => Promise<void>;
  readonly notify: (trx: Executor, notice: NewNotice) => Promise<void>;
  readonly tellReliants: TellReliants<Executor>;
  /** After the commit, so that this process says at once what is contested. */
  readonly onContestsChanged: (credentialId: CredentialId) => void;
}

export interface ContestService {
  /** Throws `contests/already-open`, `credentials/not-issued` and `credentials/already-revoked`. */
  openContest(caller: OrganisationCaller, id: CredentialId, wanted: NewContest): Promise<Contest>;
  listContests(caller: OrganisationCaller, id: CredentialId, page: PageRequest): Promise<Page<Contest>>;
  /** By the registrar. Throws `contests/closed`. */
  answerContest(
    caller: OrganisationCaller,
    id: CredentialId,
    contestId: ContestId,
    answer: ContestAnswer,
  ): Promise<Contest>;
  /** By the holder. Throws `contests/closed`. */
  withdrawContest(caller: OrganisationCaller, id: CredentialId, contestId: ContestId): Promise<Contest>;
}

type Role = 'holder' | 'issuer' | 'either';

export function createContests(deps: ContestDeps): ContestService {
  const { db, clock } = deps;

  async function findOwn(
    executor: Executor,
    caller: OrganisationCaller,
    id: CredentialId,
    role: Role,
  ): Promise<HeldCredential> {
    const credential = await deps.findCredential(executor, id);
    const parties = credential && { holder: credential.holder_id, issuer: credential.issuer_id };
    if (!parties || !Object.values(parties).includes(caller.organisationId)) throw notFound('credential');
    if (role !== 'either' && parties[role] !== caller.organisationId)
      throw new AppError('auth/forbidden', `Only the ${role} of a credential may do this.`);
    return credential;
  }

  /** A change with its traces; what is contested is announced to every process that verifies. */
  async function change(
    caller: OrganisationCaller,
    id: CredentialId,
    role: Role,
    action: 'opened' | 'upheld' | 'dismissed' | 'withdrawn',
    act: (trx: Executor, credential: HeldCredential, at: Date) => Promise<ContestRow>,
  ): Promise<Contest> {
    const at = clock.now();
    const contest = await db.transaction().execute(async (trx) => {
      await deps.holdLife(trx, id);
      const credential = await findOwn(trx, caller, id, role);
      const row = await act(trx, credential, at);
      await recordAudit(trx, {
        at,
        actor: actorOf(caller),
        action: `contest.${action}`,
        organisationId: caller.organisationId,
        subjectId: id,
        detail: { contestId: row.id, pointer: row.pointer },
      });
      await tellOfContest(deps, trx, row, at);
      await announceChange(trx, { kind: 'contest', id });
      return row;
    });
    deps.onContestsChanged(id);
    return present(await openWords(deps.words, contest));
  }

  const tell = (
    trx: Executor,
    organisationId: OrganisationId,
    kind: 'credential.contested' | 'contest.resolved' | 'contest.withdrawn',
    { credential_id: subjectId, pointer }: ContestRow,
    at: Date,
  ) => deps.notify(trx, { organisationId, kind, subjectId, at, pointers: [pointer] });

  return {
    openContest: (caller, id, { pointer, statement }) =>
      change(caller, id, 'holder', 'opened', async (trx, credential, at) => {
        if (credential.state !== 'issued')
          throw new AppError('credentials/not-issued', 'This credential has not been issued.');
        if (credential.revoked_at !== null)
          throw new AppError('credentials/already-revoked', 'What is revoked says nothing any more.');
        if (!saysAt(profileOf(credential), await listGrounds(trx, [id]), pointer))
          throw invalidField('/pointer', 'names nothing that the credential says');
        const row = await compose(deps, trx, credential, { pointer, statement, at });
        if (!(await insertContest(trx, row, actorOf(caller))))
          throw new AppError('contests/already-open', 'You contest this already.');
        await tell(trx, row.issuer_id, 'credential.contested', row, at);
        return row;
      }),

    async listContests(caller, id, page) {
      await findOwn(db, caller, id, 'either');
      const rows: ContestRow[] = [];
      for (const row of await listContests(db, id, page)) rows.push(await openWords(deps.words, row));
      return toPage(rows, page.limit, present);
    },

    answerContest: (caller, id, contestId, { outcome, reason }) =>
      change(caller, id, 'issuer', outcome, async (trx, _credential, at) => {
        const row = await close(deps, trx, id, contestId, { at, outcome, reason });
        await tell(trx, row.holder_id, 'contest.resolved', row, at);
        return row;
      }),

    withdrawContest: (caller, id, contestId) =>
      change(caller, id, 'holder', 'withdrawn', async (trx, _credential, at) => {
        const row = await close(deps, trx, id, contestId, { at, outcome: 'withdrawn', reason: null });
        await tell(trx, row.issuer_id, 'contest.withdrawn', row, at);
        return row;
      }),
  };
}

async function compose(
  { words }: ContestDeps,
  trx: Executor,
  { id: credential_id, holder_id, issuer_id }: HeldCredential,
  { pointer, statement, at }: { pointer: string; statement: string; at: Date },
): Promise<ContestRow> {
  const id = newId<'contest'>();
  return {
    id,
    credential_id,
    holder_id,
    issuer_id,
    pointer,
    statement: '',
    sealed_statement: await sealWords(words, trx, { id, holder_id }, 'statement', statement),
    opened_at: at,
    closed_at: null,
    outcome: null,
    reason: null,
    sealed_reason: null,
  };
}

/** Where it is contested, and how that ended; never what was said. */
async function tellOfContest(
  { tellReliants }: ContestDeps,
  trx: Executor,
  { credential_id: credentialId, pointer, outcome }: ContestRow,
  at: Date,
): Promise<void> {
  if (outcome === null)
    await tellReliants(trx, 'credential.contested', [{ credentialId, details: { pointer } }], at);
  else
    await tellReliants(
      trx,
      'credential.contest_closed',
      [{ credentialId, details: { pointer, outcome } }],
      at,
    );
}

async function close(
  { words }: ContestDeps,
  trx: Executor,
  id: CredentialId,
  contestId: ContestId,
  { at, outcome, reason }: { at: Date; outcome: NonNullable<ContestRow['outcome']>; reason: string | null },
): Promise<ContestRow> {
  const row = await lockContest(trx, id, contestId);
  if (!row) throw notFound('contest');
  if (row.outcome !== null) throw new AppError('contests/closed', `The contest is ${row.outcome}.`);
  const end = {
    closed_at: at,
    outcome,
    reason: reason === null ? null : '',
    sealed_reason: reason === null ? null : await sealWords(words, trx, row, 'reason', reason),
  };
  await closeContest(trx, contestId, end);
  return { ...row, ...end };
}

function present(row: ContestRow): Contest {
  return {
    id: row.id,
    credentialId: row.credential_id,
    pointer: row.pointer,
    statement: row.statement,
    since: row.opened_at.toISOString(),
    state: row.outcome ?? 'open',
    ...(row.closed_at ? { closedAt: row.closed_at.toISOString() } : {}),
    ...(row.reason === null ? {} : { reason: row.reason }),
  };
}
