import { recordAudit } from '../../../adapters/database/records.js';
import type { Executor } from '../../../adapters/database/schema.js';
import { actorOf, type MemberCaller, type OrganisationCaller } from '../../../kernel/caller.js';
import { AppError, invalidField, notFound } from '../../../kernel/errors.js';
import { newId, type AgreementId, type OrganisationId } from '../../../kernel/ids.js';
import { addSeconds } from '../../../kernel/instants.js';
import { highestSensitivity } from '../../../kernel/sensitivity.js';
import { countedApprovals, judgeSpeaker, type Electorate } from '../accessRequests/rules.js';
import { neededApprovals, ruleFor, type ConsentRule } from '../consentRules/rules.js';
import { findLatestRules } from '../consentRules/store.js';
import { sealWords } from '../words.js';
import type { AgreementDeps } from './deps.js';
import { neededOf, type AgreementTerms } from './rules.js';
import type { AgreementAcceptance } from './schemas.js';
import * as store from './store.js';

/** Approvals that are older count no more: the dossier, the co-op and its delegates have moved on. */
export const APPROVAL_SECONDS = 30 * 24 * 3600;

/**
 * One delegate's yes to the newest version. With the last one that the organisation's consent rule asks for, for the most sensitive of the
 * fields, the version is in force in place of the one before: an agreement must be no way around the rule for a single request.
 */
export async function acceptVersion(
  deps: AgreementDeps,
  caller: OrganisationCaller,
  id: AgreementId,
  { version, minute }: AgreementAcceptance,
): Promise<void> {
  const by = requirePerson(caller);
  const { organisationId } = by;
  await deps.db.transaction().execute(async (trx) => {
    await store.holdDecision(trx, organisationId, id);
    const electorate = {
      delegates: await deps.holdDelegates(trx, organisationId),
      onBothSides: new Set<string>(),
    };
    if (!(await store.findVersion(trx, id, organisationId))) throw notFound('agreement');
    requireDelegate(electorate, by);
    const row = await requireAcceptable(trx, id, organisationId, version);
    const [current] = await store.listMembershipsOf(trx, organisationId, [id]);
    if (current?.version === version)
      throw new AppError('agreements/already-accepted', 'This version is in force for your organisation.');
    const rule = await ruleOf(deps, trx, organisationId, row.terms as AgreementTerms, electorate);
    if (rule.requireMinute === true && minute === undefined)
      throw invalidField('/minute', 'is demanded by your organisation’s consent rules');
    await approve(deps, trx, { by, id, version, minute, rule, electorate });
  });
}

interface Approving {
  readonly by: MemberCaller;
  readonly id: AgreementId;
  readonly version: number;
  readonly minute: string | undefined;
  readonly rule: ConsentRule;
  readonly electorate: Electorate;
}

async function approve(
  deps: AgreementDeps,
  trx: Executor,
  { by, id, version, minute, rule, electorate }: Approving,
): Promise<void> {
  const { organisationId, personId, membershipId } = by;
  const at = deps.clock.now();
  const earliest = addSeconds(at, -APPROVAL_SECONDS);
  await store.settleApprovals(trx, { organisationId, id, givenUntil: earliest }, at);
  const given = (await store.listApprovals(trx, organisationId, [id], earliest)).filter(
    (approval) => approval.version === version,
  );
  if (given.some((approval) => approval.person_id === personId))
    throw new AppError('agreements/already-approved', 'You have approved this version before.');
  const approvalId = newId();
  const needed = neededApprovals(rule);
  await store.insertApproval(trx, {
    id: approvalId,
    agreement_id: id,
    version,
    organisation_id: organisationId,
    person_id: personId,
    membership_id: membershipId,
    needed,
    at,
    sealed_minute: await sealWords(deps.words, trx, organisationId, `agreement-minute:${approvalId}`, minute),
    settled_at: null,
  });
  await record(trx, by, 'agreement.approved', id, version, at);
  const standing = given.map((approval) => ({
    personId: approval.person_id,
    membershipId: approval.membership_id,
  }));
  const counted = countedApprovals([...standing, { personId, membershipId }], electorate);
  if (counted.length < neededOf(given, needed)) return;
  await store.endMemberships(trx, { organisationId, id }, { at, ending: 'replaced' });
  await store.insertMembership(trx, {
    id: newId<'agreementMembership'>(),
    agreement_id: id,
    organisation_id: organisationId,
    version,
    accepted_at: at,
    ended_at: null,
    ending: null,
  });
  await store.settleApprovals(trx, { organisationId, id, upTo: version }, at);
  await record(trx, by, 'agreement.accepted', id, version, at);
}

/** By one delegate, at once: what was released under it, to this organisation and by it, is over from the commit on. */
export async function leave(deps: AgreementDeps, caller: OrganisationCaller, id: AgreementId): Promise<void> {
  const by = requirePerson(caller);
  const { organisationId } = by;
  await deps.db.transaction().execute(async (trx) => {
    await store.holdDecision(trx, organisationId, id);
    const delegates = await deps.holdDelegates(trx, organisationId);
    if (!(await store.findVersion(trx, id, organisationId))) throw notFound('agreement');
    requireDelegate({ delegates, onBothSides: new Set() }, by);
    const at = deps.clock.now();
    await store.settleApprovals(trx, { organisationId, id }, at);
    const [left] = await store.endMemberships(trx, { organisationId, id }, { at, ending: 'left' });
    if (left === undefined) return;
    await endGrants(deps, trx, organisationId, id, at, by);
    await record(trx, by, 'agreement.left', id, undefined, at);
  });
}

async function endGrants(
  { endGrantsOf }: AgreementDeps,
  trx: Executor,
  organisationId: OrganisationId,
  agreementId: AgreementId,
  at: Date,
  caller: OrganisationCaller,
): Promise<void> {
  const by = actorOf(caller);
  await endGrantsOf(trx, { agreementId, holderId: organisationId, at, by });
  await endGrantsOf(trx, { agreementId, partnerId: organisationId, at, by });
}

async function requireAcceptable(
  trx: Executor,
  id: AgreementId,
  organisationId: OrganisationId,
  version: number,
): Promise<store.VersionRow> {
  const row = await store.findVersion(trx, id, organisationId);
  if (!row) throw notFound('agreement');
  if (row.closed_at) throw new AppError('agreements/closed', 'Nobody joins this agreement any more.');
  const { parties } = row.terms as { readonly parties?: readonly string[] };
  if (parties && !parties.includes(organisationId))
    throw new AppError('auth/forbidden', 'This version is not offered to your organisation.');
  if (row.version !== version)
    throw new AppError('agreements/version-stale', `The newest version is ${row.version}.`);
  return row;
}

async function ruleOf(
  { sensitivityOf }: AgreementDeps,
  trx: Executor,
  organisationId: OrganisationId,
  { fields }: AgreementTerms,
  { delegates }: Electorate,
): Promise<ConsentRule> {
  const { settings } = await findLatestRules(trx, organisationId);
  return ruleFor(settings, highestSensitivity(fields.map(sensitivityOf)), delegates.length);
}

function requirePerson(caller: OrganisationCaller): MemberCaller {
  if (caller.kind === 'member') return caller;
  throw new AppError('auth/forbidden', 'Only a person may decide, not a machine client.');
}

function requireDelegate(electorate: Electorate, by: MemberCaller): void {
  if (judgeSpeaker(electorate, by) !== undefined)
    throw new AppError('auth/forbidden', 'Only delegates of your organisation decide about agreements.');
}

async function record(
  trx: Executor,
  caller: OrganisationCaller,
  action: string,
  subjectId: AgreementId,
  version: number | undefined,
  at: Date,
): Promise<void> {
  const { organisationId } = caller;
  const detail = version === undefined ? {} : { detail: { version } };
  await recordAudit(trx, { at, actor: actorOf(caller), action, organisationId, subjectId, ...detail });
}
