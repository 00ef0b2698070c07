import { verifyVouch, VOUCH_MEDIA_TYPE } from '../../../credentials/evidence/vouch.js';
import type { Page, PageRequest } from '../../../http/paging.js';
import { mayWrite, type OrganisationCaller } from '../../../kernel/caller.js';
import { AppError, missingRight, notFound } from '../../../kernel/errors.js';
import type { EvidenceId, OrganisationId, VouchRequestId } from '../../../kernel/ids.js';
import type { Evidence } from '../evidence/schemas.js';
import type { VouchDeps } from './deps.js';
import { giveVouch } from './giving.js';
import { addToDossier, audit, titleOf, withRecord } from './records.js';
import { createVouchRequests } from './requests.js';
import type { ForeignVouch, GivenVouch, NewVouch, NewVouchRequest, VouchRequest } from './schemas.js';
import { updateVerdict } from './store.js';

export interface VouchService {
  /**
   * Shows the fields' values to the organisation that is asked, and to nobody else. Throws `vouches/too-many-open` and
   * `vouches/asked-too-often`.
   */
  requestVouch(caller: OrganisationCaller, wanted: NewVouchRequest): Promise<VouchRequest>;
  listRequests(
    organisationId: OrganisationId,
    role: 'subject' | 'voucher' | undefined,
    page: PageRequest,
  ): Promise<Page<VouchRequest>>;
  /** With the values, while it is open. Throws `resource/not-found`. */
  readRequest(organisationId: OrganisationId, id: VouchRequestId): Promise<VouchRequest>;
  /** Withdraws one's own request, declines another's. Throws `vouches/settled`. */
  endRequest(caller: OrganisationCaller, id: VouchRequestId): Promise<void>;
  /** Signs under the caller's DID, and puts the vouch into the subject's dossier. Throws `vouches/settled`. */
  giveVouch(caller: OrganisationCaller, wanted: NewVouch): Promise<GivenVouch>;
  /** A vouch that was made elsewhere. Throws `vouches/invalid`. */
  addForeignVouch(caller: OrganisationCaller, foreign: ForeignVouch): Promise<Evidence>;
  /** Asks the voucher's DID again; for whoever works with the piece of evidence. */
  recheckVouch(caller: OrganisationCaller, ownerId: OrganisationId, id: EvidenceId): Promise<Evidence>;
}

export function createVouches(deps: VouchDeps): VouchService {
  const { db, clock } = deps;
  return {
    ...createVouchRequests(deps),
    giveVouch: (caller, wanted) => giveVouch(deps, caller, wanted),

    async addForeignVouch(caller, { token, title }) {
      const [subject] = await deps.findParties(db, [caller.organisationId]);
      const verdict = await verifyVouch(token, { now: clock.now(), sources: deps });
      const { vouch, outcome, code } = verdict;
      if (!vouch || outcome === 'fail')
        throw new AppError('vouches/invalid', `The token was refused with the code ${code}.`);
      if (vouch.subjectDid !== subject?.did)
        throw new AppError('vouches/invalid', 'The token is about another DID than yours.');
      const voucher = await deps.findPartyByDid(db, vouch.voucherDid);
      const file = await deps.evidence.storeOwnFile(VOUCH_MEDIA_TYPE, Buffer.from(token));
      return withRecord(deps, file, async (trx) => {
        const at = clock.now();
        const names = title ?? titleOf(voucher?.name ?? vouch.voucherDid);
        const row = await addToDossier(
          deps,
          trx,
          subject.id,
          file,
          { ...verdict, vouch },
          voucher,
          names,
          at,
        );
        await audit(trx, caller, 'vouch.added', row.id, at, { outcome, code });
        return deps.evidence.presentOne(trx, row);
      });
    },

    async recheckVouch(caller, ownerId, id) {
      const { row, scope } = await deps.evidence.requireVisible(db, caller, ownerId, id);
      if (!mayWrite(caller, scope)) throw missingRight(scope);
      if (row.media_type !== VOUCH_MEDIA_TYPE) throw notFound('vouch');
      const { content } = await deps.evidence.openEvidence(caller, ownerId, id);
      const chunks: Buffer[] = [];
      for await (const chunk of content as AsyncIterable<Buffer>) chunks.push(chunk);
      const at = clock.now();
      const { outcome, code } = await verifyVouch(Buffer.concat(chunks).toString(), {
        now: at,
        sources: deps,
      });
      return db.transaction().execute(async (trx) => {
        await updateVerdict(trx, id, { outcome, code, checked_at: at });
        await audit(trx, caller, 'vouch.rechecked', id, at, { outcome, code });
        return deps.evidence.presentOne(trx, row);
      });
    },
  };
}
