import { asWork } from '../../../adapters/database/context.js';
import {
  signVouch,
  verifyVouch,
  vouchForValue,
  VOUCH_MEDIA_TYPE,
} from '../../../credentials/evidence/vouch.js';
import type { Vouch } from '../../../credentials/evidence/vouch.js';
import type { OrganisationCaller } from '../../../kernel/caller.js';
import { AppError, invalidField } from '../../../kernel/errors.js';
import type { VouchRequestId } from '../../../kernel/ids.js';
import { valueAt } from '../../../kernel/jsonPointer.js';
import type { VouchDeps } from './deps.js';
import { partyOf } from './presentation.js';
import { addToDossier, audit, partiesOf, requireRequest, settled, titleOf, withRecord } from './records.js';
import { vouchExpiry } from './rules.js';
import type { GivenVouch, NewVouch } from './schemas.js';
import { settleRequest } from './store.js';

/** Signs under the caller's DID, and puts the vouch into the subject's dossier. Throws `vouches/settled`. */
export async function giveVouch(
  deps: VouchDeps,
  caller: OrganisationCaller,
  wanted: NewVouch,
): Promise<GivenVouch> {
  if (caller.kind !== 'member')
    throw new AppError('auth/forbidden', 'Only a person may vouch, not a machine client.');
  const { db, clock } = deps;
  const at = clock.now();
  const expiresAt = vouchExpiry(wanted.validFor, at);
  if (!expiresAt) throw invalidField('/validFor', 'must be longer than nothing and two years at the most');
  const request = await requireRequest(db, wanted.requestId as VouchRequestId, caller.organisationId);
  if (request.voucher_id !== caller.organisationId)
    throw new AppError('auth/forbidden', 'Only the organisation that is asked may vouch.');
  if (request.outcome !== null) throw settled();
  const parties = await partiesOf(deps, db, [request]);
  const voucher = partyOf(parties, request.voucher_id);
  const { blocks } = await deps.versions.findVersion(
    db,
    request.subject_id,
    request.dossier_version,
    'impersonal',
  );
  const key = await deps.activeKey(db, voucher.id);
  const vouch: Vouch = {
    voucherDid: voucher.did,
    subjectDid: partyOf(parties, request.subject_id).did,
    id: request.id,
    statement: wanted.statement,
    dossierVersion: request.dossier_version,
    fields: request.fields.map((field) => vouchForValue(field, valueAt(blocks, field))),
    issuedAt: at,
    expiresAt,
  };
  const token = await signVouch(vouch, key, deps.signer);
  // What we would not accept ourselves, nobody gets.
  const verdict = await verifyVouch(token, { now: at, sources: deps });
  if (verdict.outcome !== 'pass' || !verdict.vouch) throw new Error(`an own vouch gave ${verdict.code}`);
  const checked = { ...verdict, vouch: verdict.vouch };
  const file = await deps.evidence.storeOwnFile(VOUCH_MEDIA_TYPE, Buffer.from(token));
  await withRecord(deps, file, async (trx) => {
    if (!(await deps.holdTrustedKey(trx, key.id)))
      throw new AppError('keys/not-active', 'The key was revoked meanwhile; try again.');
    // It asked for just this.
    await asWork(trx, 'counterpart', () =>
      addToDossier(deps, trx, request.subject_id, file, checked, voucher, titleOf(voucher.name), at),
    );
    if (!(await settleRequest(trx, request.id, { outcome: 'given', at, evidenceId: file.id })))
      throw settled();
    await audit(trx, caller, 'vouch.given', request.id, at);
  });
  return { requestId: request.id, token, expiresAt: checked.vouch.expiresAt.toISOString() };
}
