import { recordAudit } from '../../../adapters/database/records.js';
import type { Executor } from '../../../adapters/database/schema.js';
import { actorOf, type MemberCaller, type OrganisationCaller } from '../../../kernel/caller.js';
import { AppError, invalidField, notFound } from '../../../kernel/errors.js';
import { newId, type AccessRequestId, type OrganisationId, type PersonId } from '../../../kernel/ids.js';
import { valueAt } from '../../../kernel/jsonPointer.js';
import type { SharingDeps } from '../deps.js';
import { grantByConsent } from '../grants/granting.js';
import { sealWords } from '../words.js';
import { judgeApproval, judgeSpeaker, stateOf, type Electorate } from './rules.js';
import type { NewApproval, Refusal } from './schemas.js';
import {
  findRequest,
  insertApproval,
  listApprovals,
  lockRequest,
  settleRequest,
  type ApprovalRow,
  type RequestRow,
} from './store.js';

type Denial = Exclude<ReturnType<typeof judgeSpeaker>, undefined>;

/**
 * One delegate's yes. With the last one that the rule asks for, the fields are granted as they stand at that moment: an approval that was given
 * to something else is void (see `dossierSaved` in grants/watching.ts).
 */
export async function approve(
  deps: SharingDeps,
  caller: OrganisationCaller,
  id: AccessRequestId,
  { minute }: NewApproval,
): Promise<RequestRow> {
  const by = requirePerson(caller);
  return deps.db.transaction().execute(async (trx) => {
    const held = await holdForDecision(deps, trx, by, id);
    const { row, standing, electorate, at } = held;
    const facts = { outcome: row.outcome, expiresAt: row.expires_at, rule: row.rule };
    const approver = { personId: by.personId, membershipId: by.membershipId, minute };
    const judged = judgeApproval(facts, standing.map(toStanding), electorate, approver, at);
    if ('refused' in judged) throw refusalOf(judged.refused);
    const { version, blocks } = await deps.findLatestVersion(trx, row.holder_id);
    if (!row.fields.some((field) => valueAt(blocks, field) !== undefined))
      throw new AppError(
        'access-requests/nothing-there',
        'The dossier says nothing at any of the places that are asked for.',
      );
    const approvalId = newId();
    const context = `access-minute:${approvalId}` as const;
    await insertApproval(trx, {
      id: approvalId,
      request_id: row.id,
      holder_id: row.holder_id,
      person_id: by.personId,
      membership_id: by.membershipId,
      dossier_version: version,
      at,
      sealed_minute: await sealWords(deps.words, trx, row.holder_id, context, minute),
      void_at: null,
      void_cause: null,
    });
    await record(trx, by, 'access.approved', row.id, at);
    const { partner_id: partnerId, holder_id: holderId } = row;
    const news = { partnerId, holderId, to: 'holder', data: { requestId: row.id } } as const;
    await deps.tell(trx, 'access.approved', [news], at);
    if (judged.isDecided) {
      const { generation } = held;
      await grantByConsent(deps, trx, row, { by: actorOf(by), at, version, generation });
    }
    return reread(trx, row);
  });
}

/** One delegate's no, which is enough. */
export async function refuse(
  deps: SharingDeps,
  caller: OrganisationCaller,
  id: AccessRequestId,
  { reason }: Refusal,
): Promise<RequestRow> {
  const by = requirePerson(caller);
  return deps.db.transaction().execute(async (trx) => {
    const { row, electorate, at } = await holdForDecision(deps, trx, by, id);
    const denied = judgeSpeaker(electorate, by);
    if (denied) throw refusalOf(denied);
    requireOpen(row, at);
    const { partner_id: partnerId, holder_id: holderId } = row;
    const sealedReason = await sealWords(deps.words, trx, holderId, `access-reason:${row.id}`, reason);
    await settleRequest(trx, row.id, { outcome: 'refused', at, by: actorOf(by), sealedReason });
    await record(trx, by, 'access.refused', row.id, at);
    const news = { partnerId, holderId, to: 'partner', data: { requestId: row.id } } as const;
    await deps.tell(trx, 'access.refused', [news], at);
    return reread(trx, row);
  });
}

/** The partner does not want it any more. */
export async function withdraw(
  deps: SharingDeps,
  caller: OrganisationCaller,
  id: AccessRequestId,
): Promise<RequestRow> {
  return deps.db.transaction().execute(async (trx) => {
    const row = await lockRequest(trx, id, caller.organisationId);
    if (!row) throw notFound('request for access');
    if (row.partner_id !== caller.organisationId)
      throw new AppError('auth/forbidden', 'Only who made a request may withdraw it; refuse it instead.');
    const at = deps.clock.now();
    requireOpen(row, at);
    await settleRequest(trx, row.id, { outcome: 'withdrawn', at, by: actorOf(caller) });
    await record(trx, caller, 'access.withdrawn', row.id, at);
    const { partner_id: partnerId, holder_id: holderId } = row;
    const news = { partnerId, holderId, to: 'holder', data: { requestId: row.id } } as const;
    await deps.tell(trx, 'access.withdrawn', [news], at);
    return reread(trx, row);
  });
}

interface HeldRequest {
  readonly row: RequestRow;
  readonly standing: readonly ApprovalRow[];
  readonly electorate: Electorate;
  readonly generation: number;
  /** When all of this was so. */
  readonly at: Date;
}

/**
 * Everything that a decision rests on, so that it stays so: the two accounts, who is a delegate, which dossier it is, and the request. Always
 * in this order, in which others hold them too.
 */
async function holdForDecision(
  deps: SharingDeps,
  trx: Executor,
  by: MemberCaller,
  id: AccessRequestId,
): Promise<HeldRequest> {
  const found = await findRequest(trx, id, by.organisationId);
  if (!found) throw notFound('request for access');
  const { holder_id: holderId, partner_id: partnerId } = found;
  if (holderId !== by.organisationId)
    throw new AppError('auth/forbidden', 'Only the co-op that is asked decides about a request.');
  // A closed account has closed its requests, which is seen below.
  for (const party of [holderId, partnerId].sort()) await deps.holdOpenOrganisation(trx, party);
  const delegates = await deps.holdDelegates(trx, holderId);
  const generation = await deps.holdGeneration(trx, holderId);
  const row = await lockRequest(trx, id, holderId);
  if (!row) throw notFound('request for access');
  const standing = (await listApprovals(trx, [id])).filter((approval) => approval.void_at === null);
  const onBothSides = await findOnBothSides(deps, trx, partnerId, [
    by.personId,
    ...standing.map((approval) => approval.person_id),
  ]);
  return { row, standing, electorate: { delegates, onBothSides }, generation, at: deps.clock.now() };
}

async function findOnBothSides(
  deps: SharingDeps,
  trx: Executor,
  partnerId: OrganisationId,
  people: readonly PersonId[],
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const person of people) if (await deps.isMember(trx, person, partnerId)) found.add(person);
  return found;
}

function toStanding({ person_id: personId, membership_id: membershipId }: ApprovalRow) {
  return { personId, membershipId };
}

function requirePerson(caller: OrganisationCaller): MemberCaller {
  if (caller.kind === 'member') return caller;
  throw new AppError('auth/forbidden', 'Only a person may decide, not a machine client.');
}

function requireOpen(row: RequestRow, at: Date): void {
  if (stateOf({ outcome: row.outcome, expiresAt: row.expires_at }, at) !== 'open') throw refusalOf('settled');
}

function refusalOf(why: Denial | 'settled' | 'already-approved' | 'minute-missing'): AppError {
  switch (why) {
    case 'not-a-delegate':
      return new AppError('auth/forbidden', 'Only delegates of your organisation decide about requests.');
    case 'both-sides':
      return new AppError(
        'auth/forbidden',
        'You belong to the organisation that asks as well: somebody else has to decide.',
      );
    case 'settled':
      return new AppError('access-requests/settled', 'The request is decided, withdrawn or expired.');
    case 'already-approved':
      return new AppError('access-requests/already-approved', 'You have approved this request before.');
    case 'minute-missing':
      return invalidField('/minute', 'is demanded by your organisation’s consent rules');
  }
}

async function record(
  trx: Executor,
  caller: OrganisationCaller,
  action: string,
  subjectId: AccessRequestId,
  at: Date,
): Promise<void> {
  const { organisationId } = caller;
  await recordAudit(trx, { at, actor: actorOf(caller), action, organisationId, subjectId });
}

async function reread(trx: Executor, { id, holder_id: holderId }: RequestRow): Promise<RequestRow> {
  const row = await findRequest(trx, id, holderId);
  if (!row) throw new Error('a request that was held is gone');
  return row;
}
