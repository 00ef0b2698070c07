import { recordAudit } from '../../../adapters/database/records.js';
import type { Executor } from '../../../adapters/database/schema.js';
import { toPage, type Page, type PageRequest } from '../../../http/paging.js';
import { actorOf, type OrganisationCaller } from '../../../kernel/caller.js';
import { AppError, invalidField, notFound } from '../../../kernel/errors.js';
import {
  newId,
  type DocumentRequestId,
  type EvidenceId,
  type GrantId,
  type OrganisationId,
} from '../../../kernel/ids.js';
import { addDuration } from '../../../kernel/instants.js';
import { partyIn } from '../accessRequests/presentation.js';
import { DEFAULT_DOCUMENTS_WITHIN } from '../consentRules/rules.js';
import { findLatestRules } from '../consentRules/store.js';
import type { Party, SharingDeps } from '../deps.js';
import type { FileDeps } from '../evidenceLinks/service.js';
import { isFileReleased } from '../grants/rules.js';
import { holdLiveGrants } from '../grants/store.js';
import { openWords, sealWords } from '../words.js';
import { findBase, type BaseDeps } from './base.js';
import { lateBySeconds, MOST_OPEN_DOCUMENTS } from './rules.js';
import type { DocumentRequest, NewDocumentRequest } from './schemas.js';
import {
  countOpenDocuments,
  findDocument,
  holdDocumentPair,
  insertDocument,
  listDocuments,
  lockDocument,
  settleDocument,
  type DocumentRow,
} from './store.js';

export type DocumentDeps = SharingDeps & FileDeps & BaseDeps;

export interface DocumentRequestService {
  /** Throws `request/invalid`, `grants/over` and `document-requests/too-many-open`. */
  askForDocument(caller: OrganisationCaller, wanted: NewDocumentRequest): Promise<DocumentRequest>;
  listDocuments(
    caller: OrganisationCaller,
    role: 'partner' | 'responder' | 'holder',
    page: PageRequest,
  ): Promise<Page<DocumentRequest>>;
  readDocument(caller: OrganisationCaller, id: DocumentRequestId): Promise<DocumentRequest>;
  /**
   * With a file, which the partner gets under a live grant that releases files. Throws `auth/forbidden`, `document-requests/settled`, and
   * `document-requests/consent-needed` where there is no such grant.
   */
  answer(caller: OrganisationCaller, id: DocumentRequestId, evidenceId: EvidenceId): Promise<DocumentRequest>;
  /** Throws `auth/forbidden` and `document-requests/settled`. */
  refuse(caller: OrganisationCaller, id: DocumentRequestId, reason: string): Promise<DocumentRequest>;
}

export function createDocumentRequests(deps: DocumentDeps): DocumentRequestService {
  const { db, clock } = deps;

  async function present(
    executor: Executor,
    rows: readonly DocumentRow[],
    reader: OrganisationId,
  ): Promise<DocumentRequest[]> {
    const ids = new Set(rows.flatMap((row) => [row.partner_id, row.holder_id, row.responder_id]));
    const parties = await deps.findParties(executor, [...ids]);
    const now = clock.now();
    const presented = [];
    for (const row of rows)
      presented.push({ ...toWire(row, parties, reader, now), ...(await openTexts(deps, row)) });
    return presented;
  }

  async function presentOne(row: DocumentRow | undefined, reader: OrganisationId): Promise<DocumentRequest> {
    const [document] = row ? await present(db, [row], reader) : [];
    if (!document) throw notFound('request for a document');
    return document;
  }

  return {
    async askForDocument(caller, wanted) {
      const id = await ask(deps, caller, wanted);
      return presentOne(await findDocument(db, id, caller.organisationId), caller.organisationId);
    },

    async listDocuments({ organisationId }, role, page) {
      const rows = await listDocuments(db, { role, organisationId }, page);
      const { items, ...rest } = toPage(rows, page.limit, (row) => row);
      return { items: await present(db, items, organisationId), ...rest };
    },

    readDocument: async ({ organisationId }, id) =>
      presentOne(await findDocument(db, id, organisationId), organisationId),

    async answer(caller, id, evidenceId) {
      await settle(deps, caller, id, async (trx, row, at) => {
        const grantId = await findRelease(deps, trx, row, evidenceId, at);
        return { outcome: 'answered', answer: { grantId, evidenceId } };
      });
      return presentOne(await findDocument(db, id, caller.organisationId), caller.organisationId);
    },

    async refuse(caller, id, reason) {
      await settle(deps, caller, id, async (trx, row) => {
        const context = `document-refusal:${row.id}` as const;
        const sealedRefusal = await sealWords(deps.words, trx, row.holder_id, context, reason);
        return { outcome: 'refused', sealedRefusal };
      });
      return presentOne(await findDocument(db, id, caller.organisationId), caller.organisationId);
    },
  };
}

async function ask(
  deps: DocumentDeps,
  caller: OrganisationCaller,
  wanted: NewDocumentRequest,
): Promise<DocumentRequestId> {
  const { organisationId: partnerId } = caller;
  if (wanted.pointer === undefined && wanted.evidenceDigest === undefined)
    throw invalidField('', 'must name the document, by `pointer` or by `evidenceDigest`');
  if (wanted.pointer !== undefined && !deps.isFieldPlace(wanted.pointer))
    throw invalidField('/pointer', 'names no place in a dossier');
  const base = await findBase(deps, caller, wanted);
  const { holderId, responderId } = base;
  return deps.db.transaction().execute(async (trx) => {
    for (const party of [...new Set([partnerId, holderId, responderId])].sort()) {
      if (!(await deps.holdOpenOrganisation(trx, party)))
        throw new AppError('grants/over', 'One of the organisations has closed its account.');
    }
    await holdDocumentPair(trx, partnerId, responderId);
    if ((await countOpenDocuments(trx, partnerId, responderId)) >= MOST_OPEN_DOCUMENTS)
      throw new AppError(
        'document-requests/too-many-open',
        `You wait for ${MOST_OPEN_DOCUMENTS} documents of this organisation.`,
      );
    const at = deps.clock.now();
    const { settings } = await findLatestRules(trx, responderId);
    const id = newId<'documentRequest'>();
    await insertDocument(trx, {
      id,
      partner_id: partnerId,
      holder_id: holderId,
      responder_id: responderId,
      grant_id: base.grantId ?? null,
      verification_id: base.verificationId ?? null,
      pointer: wanted.pointer ?? null,
      evidence_digest: wanted.evidenceDigest ?? null,
      sealed_reason: await sealWords(deps.words, trx, holderId, `document-reason:${id}`, wanted.reason),
      created_at: at,
      created_by: JSON.stringify(actorOf(caller)),
      due_at: addDuration(at, settings.documentsWithin ?? DEFAULT_DOCUMENTS_WITHIN) as Date,
      outcome: null,
      settled_at: null,
      settled_by: null,
      sealed_refusal: null,
      answer_grant_id: null,
      evidence_id: null,
    });
    await record(trx, caller, 'document.requested', id, at);
    await deps.notify(trx, { organisationId: responderId, kind: 'document.requested', subjectId: id, at });
    const news = { partnerId, holderId: responderId, to: 'holder', data: { documentRequestId: id } } as const;
    await deps.tell(trx, 'document.requested', [news], at);
    return id;
  });
}

type Settlement = Omit<Parameters<typeof settleDocument>[2], 'at' | 'by'>;

/** By who is to answer: of a co-op a delegate in person, of a registrar whoever may share. */
async function settle(
  deps: DocumentDeps,
  caller: OrganisationCaller,
  id: DocumentRequestId,
  decide: (trx: Executor, row: DocumentRow, at: Date) => Promise<Settlement>,
): Promise<void> {
  const { organisationId } = caller;
  await deps.db.transaction().execute(async (trx) => {
    const found = await findDocument(trx, id, organisationId);
    if (!found) throw notFound('request for a document');
    if (found.responder_id !== organisationId)
      throw new AppError('auth/forbidden', 'Only who is asked for the document answers.');
    const isOwn = found.holder_id === organisationId;
    if (isOwn && !(caller.kind === 'member' && caller.role === 'delegate'))
      throw new AppError('auth/forbidden', 'Only delegates of your organisation answer for its documents.');
    // The dossier first: whoever erases it holds it before what is about it.
    await deps.holdGeneration(trx, found.holder_id);
    const row = await lockDocument(trx, id, organisationId);
    if (!row) throw notFound('request for a document');
    if (row.outcome !== null)
      throw new AppError('document-requests/settled', 'The request was answered or refused before.');
    const at = deps.clock.now();
    const settlement = await decide(trx, row, at);
    await settleDocument(trx, row.id, { ...settlement, at, by: actorOf(caller) });
    const type = settlement.outcome === 'answered' ? 'document.answered' : 'document.refused';
    await record(trx, caller, type, row.id, at);
    const news = {
      partnerId: row.partner_id,
      holderId: row.responder_id,
      to: 'partner',
      data: { documentRequestId: row.id },
    } as const;
    await deps.tell(trx, type, [news], at);
  });
}

/**
 * The grant under which the partner may have a file: one that the co-op has consented to, that is live, releases files, and covers everything
 * that this one was handed in for. Without one nobody hands out anything, a registrar neither.
 */
async function findRelease(
  deps: DocumentDeps,
  trx: Executor,
  row: DocumentRow,
  evidenceId: EvidenceId,
  now: Date,
): Promise<GrantId> {
  const [file] = await deps.findFiles(trx, [evidenceId]);
  if (file?.ownerId !== row.holder_id || !(await deps.seesFile(trx, evidenceId)))
    throw invalidField('/evidenceId', 'names no file of this co-op’s dossier that is there');
  const live = await holdLiveGrants(trx, row.holder_id, row.partner_id, now);
  const release = live.find((grant) => grant.with_evidence && isFileReleased(grant.fields, file.fields));
  if (release) return release.id;
  throw new AppError(
    'document-requests/consent-needed',
    'The co-op has granted this partner no files for what this one was handed in for.',
  );
}

async function record(
  trx: Executor,
  caller: OrganisationCaller,
  action: string,
  subjectId: DocumentRequestId,
  at: Date,
): Promise<void> {
  const { organisationId } = caller;
  await recordAudit(trx, { at, actor: actorOf(caller), action, organisationId, subjectId });
}

async function openTexts(deps: DocumentDeps, row: DocumentRow) {
  const { id, holder_id: holderId } = row;
  const reason = await openWords(deps.words, holderId, `document-reason:${id}`, row.sealed_reason);
  const refusal = await openWords(deps.words, holderId, `document-refusal:${id}`, row.sealed_refusal);
  return { ...(reason === undefined ? {} : { reason }), ...(refusal === undefined ? {} : { refusal }) };
}

function toWire(
  row: DocumentRow,
  parties: readonly Party[],
  reader: OrganisationId,
  now: Date,
): Omit<DocumentRequest, 'reason' | 'refusal'> {
  const isPartner = reader === row.partner_id;
  const isParty = isPartner || reader === row.holder_id;
  const facts = { outcome: row.outcome, dueAt: row.due_at, settledAt: row.settled_at };
  const lateBy = lateBySeconds(facts, now);
  return {
    id: row.id,
    partner: partyIn(parties, row.partner_id),
    holder: partyIn(parties, row.holder_id),
    responder: partyIn(parties, row.responder_id),
    ...(row.grant_id && isParty ? { grantId: row.grant_id } : {}),
    ...(row.verification_id && isPartner ? { verificationId: row.verification_id } : {}),
    ...(row.pointer === null ? {} : { pointer: row.pointer }),
    ...(row.evidence_digest === null ? {} : { evidenceDigest: row.evidence_digest }),
    state: row.outcome ?? 'open',
    createdAt: row.created_at.toISOString(),
    dueAt: row.due_at.toISOString(),
    ...(row.settled_at ? { settledAt: row.settled_at.toISOString() } : {}),
    ...(lateBy > 0 ? { lateBy } : {}),
    ...(row.answer_grant_id && row.evidence_id
      ? { answer: { grantId: row.answer_grant_id, evidenceId: row.evidence_id } }
      : {}),
  };
}
