import { asWork } from '../../../adapters/database/context.js';
import { recordAudit, recordAuditOfOther } from '../../../adapters/database/records.js';
import type { Executor } from '../../../adapters/database/schema.js';
import { SYSTEM, type Actor } from '../../../kernel/caller.js';
import { newId } from '../../../kernel/ids.js';
import { valueAt } from '../../../kernel/jsonPointer.js';
import { settleRequest, type RequestRow } from '../accessRequests/store.js';
import type { AgreementAnswer, SharingDeps } from '../deps.js';
import { grantExpiry } from './rules.js';
import { insertGrant } from './store.js';

interface Granting {
  readonly by: Actor;
  readonly at: Date;
  /** Of the dossier, as it stands at this moment. */
  readonly version: number;
  readonly generation: number;
  /** Absent: the delegates have consented. */
  readonly agreement?: AgreementAnswer;
}

/** By the co-op's delegates, in their transaction. */
export async function grantByConsent(
  deps: SharingDeps,
  trx: Executor,
  request: RequestRow,
  granting: Granting,
): Promise<void> {
  await writeGrant(trx, request, granting);
  const { partner_id, holder_id: organisationId } = request;
  const { at, by } = granting;
  const entry = { at, actor: by, action: 'access.granted', subjectId: request.id };
  await recordAudit(trx, { ...entry, organisationId });
  await recordAuditOfOther(trx, { ...entry, organisationId: partner_id });
  await tellGranted(deps, trx, request, at);
}

/**
 * By a standing agreement, in the transaction of the partner's request: the co-op has said yes before. False where none covers it, or there is
 * nothing to be released: then it waits for the delegates.
 */
export async function grantByAgreement(
  deps: SharingDeps,
  trx: Executor,
  request: RequestRow,
  at: Date,
): Promise<boolean> {
  const { holder_id: holderId, partner_id: partnerId, fields, purposes, retention } = request;
  const question = { holderId, partnerId, fields, purposes, retention, now: at };
  const agreement = await deps.agreementFor?.(trx, question);
  if (!agreement || (agreement.expiresAt && agreement.expiresAt <= at)) return false;
  const generation = await deps.holdGeneration(trx, holderId);
  const { version, blocks } = await deps.findLatestVersion(trx, holderId);
  if (!fields.some((field) => valueAt(blocks, field) !== undefined)) return false;
  await asWork(trx, 'counterpart', async () => {
    await writeGrant(trx, request, { by: SYSTEM, at, version, generation, agreement });
    const entry = { at, actor: SYSTEM, action: 'access.granted', subjectId: request.id };
    for (const organisationId of [holderId, partnerId]) await recordAudit(trx, { ...entry, organisationId });
  });
  await tellGranted(deps, trx, request, at);
  return true;
}

async function writeGrant(trx: Executor, request: RequestRow, granting: Granting): Promise<void> {
  const { by, at, version, generation, agreement } = granting;
  await insertGrant(trx, {
    id: newId<'grant'>(),
    request_id: request.id,
    partner_id: request.partner_id,
    holder_id: request.holder_id,
    fields: request.fields,
    purposes: request.purposes,
    with_evidence: request.with_evidence,
    retention: request.retention,
    dossier_version: version,
    dossier_generation: generation,
    agreement_id: agreement?.agreementId ?? null,
    agreement_version: agreement?.version ?? null,
    granted_at: at,
    expires_at: grantExpiry(request.grant_for, at, agreement?.expiresAt),
    ended_at: null,
    ending: null,
    ended_by: null,
    sealed_reason: null,
  });
  await settleRequest(trx, request.id, { outcome: 'granted', at, by });
}

/** Both: the co-op has it on record as well, also where an agreement has decided. */
async function tellGranted(deps: SharingDeps, trx: Executor, request: RequestRow, at: Date): Promise<void> {
  const { id: requestId, partner_id: partnerId, holder_id: holderId } = request;
  await deps.tell(trx, 'access.granted', [{ partnerId, holderId, to: 'both', data: { requestId } }], at);
}
