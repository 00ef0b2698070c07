import { recordAudit, recordAuditOfOther } from '../../../adapters/database/records.js';
import type { Executor } from '../../../adapters/database/schema.js';
import { actorOf, type OrganisationCaller } from '../../../kernel/caller.js';
import { AppError, invalidField } from '../../../kernel/errors.js';
import { newId, type AccessRequestId, type OrganisationId, type PolicyId } from '../../../kernel/ids.js';
import { addDuration, addSeconds } from '../../../kernel/instants.js';
import { highestSensitivity } from '../../../kernel/sensitivity.js';
import { ruleFor } from '../consentRules/rules.js';
import { findLatestRules } from '../consentRules/store.js';
import type { SharingDeps } from '../deps.js';
import { grantByAgreement } from '../grants/granting.js';
import { sealWords } from '../words.js';
import {
  GRANTED_FOR,
  isWithin,
  LONGEST_GRANT,
  LONGEST_RETENTION,
  MOST_A_DAY,
  MOST_OPEN,
  normaliseFields,
  OPEN_FOR,
} from './rules.js';
import type { NewAccessRequest } from './schemas.js';
import { countRequests, findRequest, holdPair, insertRequest, type RequestRow } from './store.js';

const DAY_SECONDS = 24 * 3600;

/** A partner's request. Where an agreement covers it, it is granted at once; else the delegates are told that it waits. */
export async function askForAccess(
  deps: SharingDeps,
  caller: OrganisationCaller,
  wanted: NewAccessRequest,
): Promise<RequestRow> {
  const { organisationId: partnerId } = caller;
  const holderId = wanted.holderId as OrganisationId;
  requireSense(deps, wanted);
  if (holderId === partnerId) throw invalidField('/holderId', 'is your own organisation');
  const policy = await pinPolicy(deps, partnerId, wanted.policyId);
  const fields = normaliseFields(wanted.fields);
  return deps.db.transaction().execute(async (trx) => {
    await requireOpen(deps, trx, partnerId, holderId);
    await holdPair(trx, partnerId, holderId);
    const at = deps.clock.now();
    await requireQuota(trx, { partnerId, holderId }, at);
    const id = newId<'accessRequest'>();
    const { version, settings } = await findLatestRules(trx, holderId);
    const tier = highestSensitivity(fields.map(deps.sensitivityOf));
    const delegates = (await deps.listDelegates(trx, holderId)).length;
    await insertRequest(trx, {
      id,
      partner_id: partnerId,
      holder_id: holderId,
      fields,
      purposes: wanted.purposes,
      with_evidence: wanted.evidence ?? false,
      retention: wanted.retention,
      grant_for: wanted.grantFor ?? GRANTED_FOR,
      policy: policy ? JSON.stringify(policy) : null,
      sealed_note: await sealWords(deps.words, trx, holderId, `access-note:${id}`, wanted.note),
      created_at: at,
      created_by: JSON.stringify(actorOf(caller)),
      expires_at: addDuration(at, OPEN_FOR) as Date,
      rule_version: version,
      tier,
      rule: JSON.stringify(ruleFor(settings, tier, delegates)),
      outcome: null,
      settled_at: null,
      settled_by: null,
      sealed_reason: null,
    });
    const row = await requireInserted(trx, id, partnerId);
    const actor = actorOf(caller);
    for (const [record, organisationId] of [
      [recordAudit, partnerId],
      [recordAuditOfOther, holderId],
    ] as const)
      await record(trx, { at, actor, action: 'access.requested', organisationId, subjectId: id });
    if (await grantByAgreement(deps, trx, row, at)) return requireInserted(trx, id, partnerId);
    await deps.notify(trx, { organisationId: holderId, kind: 'access.requested', subjectId: id, at });
    await deps.tell(
      trx,
      'access.requested',
      [{ partnerId, holderId, to: 'holder', data: { requestId: id } }],
      at,
    );
    return row;
  });
}

function requireSense(deps: SharingDeps, wanted: NewAccessRequest): void {
  const now = deps.clock.now();
  normaliseEach(wanted.fields).forEach((field, index) => {
    if (!deps.isFieldPlace(field))
      throw invalidField(`/fields/${index}`, 'names no block of a dossier, and no place in one');
  });
  if (!isWithin(wanted.retention, LONGEST_RETENTION, now))
    throw invalidField('/retention', `must be longer than nothing and ${LONGEST_RETENTION} at the most`);
  if (wanted.grantFor !== undefined && !isWithin(wanted.grantFor, LONGEST_GRANT, now))
    throw invalidField('/grantFor', `must be longer than nothing and ${LONGEST_GRANT} at the most`);
}

function normaliseEach(fields: readonly string[]): string[] {
  return fields.map((field) => normaliseFields([field])[0] ?? '');
}

async function pinPolicy(deps: SharingDeps, partnerId: OrganisationId, id: string | undefined) {
  if (id === undefined) return undefined;
  try {
    const { version, name, rules } = await deps.findPolicy(partnerId, id as PolicyId);
    return { id, version, name, rules };
  } catch (error) {
    if (error instanceof AppError && error.code === 'resource/not-found')
      throw invalidField('/policyId', 'names no acceptance policy of yours');
    throw error;
  }
}

async function requireOpen(
  deps: SharingDeps,
  trx: Executor,
  partnerId: OrganisationId,
  holderId: OrganisationId,
): Promise<void> {
  for (const id of [partnerId, holderId].sort()) {
    if (await deps.holdOpenOrganisation(trx, id)) continue;
    if (id === holderId) throw invalidField('/holderId', 'names no organisation here');
    throw new AppError('auth/forbidden', 'Your organisation has closed its account.');
  }
}

async function requireQuota(
  trx: Executor,
  pair: { readonly partnerId: OrganisationId; readonly holderId: OrganisationId },
  now: Date,
): Promise<void> {
  const { open, recent } = await countRequests(trx, pair, { now, since: addSeconds(now, -DAY_SECONDS) });
  if (open >= MOST_OPEN)
    throw new AppError('access-requests/too-many-open', `You have ${open} open requests to this co-op.`);
  if (recent >= MOST_A_DAY)
    throw new AppError(
      'access-requests/asked-too-often',
      `You have asked this co-op ${recent} times within a day.`,
      { retryAfterSeconds: DAY_SECONDS },
    );
}

async function requireInserted(
  trx: Executor,
  id: AccessRequestId,
  partnerId: OrganisationId,
): Promise<RequestRow> {
  const row = await findRequest(trx, id, partnerId);
  if (!row) throw new Error('a request that was just made is not there');
  return row;
}
