import type { Readable } from 'node:stream';
import { recordAudit } from '../../../adapters/database/records.js';
import type { Executor } from '../../../adapters/database/schema.js';
import { toPage, type Page, type PageRequest } from '../../../http/paging.js';
import { actorOf, mayRead, type OrganisationCaller, type Scope } from '../../../kernel/caller.js';
import { missingRight, notFound } from '../../../kernel/errors.js';
import type { EvidenceId, OrganisationId } from '../../../kernel/ids.js';
import type { DossierRef } from '../../../kernel/ports.js';
import type { EvidenceDeps } from './deps.js';
import { deleteErasedFiles, rewrapKeys } from './erasure.js';
import { sealDetails } from './details.js';
import { wrapFileKey } from './fileKeys.js';
import { readFile, receiveFile, storeOwnFile, type StoredFile } from './files.js';
import { checkMetadata, type CheckedMetadata } from './metadata.js';
import { createHolds } from './holds.js';
import { presentAll } from './presentation.js';
import { deleteExpiredFiles } from './retention.js';
import type { Evidence, EvidenceMetadata, NewHold } from './schemas.js';
import { findEvidence, insertEvidence, listEvidence, listEvidenceUntil, type EvidenceRow } from './store.js';

export type { EvidenceDeps } from './deps.js';
export type { StoredFile } from './files.js';
export type { CheckedMetadata } from './metadata.js';

export interface EvidenceService {
  /** Says what is wrong by JSON Pointers below `/metadata`. */
  checkMetadata(caller: OrganisationCaller, metadata: EvidenceMetadata): Promise<CheckedMetadata>;
  /**
   * Streams the content to the blob store, encrypted. Throws `evidence/too-large`, `evidence/type-not-allowed`, `evidence/infected` and
   * `evidence/scanner-unavailable`.
   */
  storeFile(content: Readable): Promise<StoredFile>;
  /** The same for what we wrote ourselves, which nobody need look at. */
  storeOwnFile(mediaType: string, content: Buffer): Promise<StoredFile>;
  /** Removes a file whose upload did not come to a record. */
  discardFile(file: StoredFile): Promise<void>;
  /** The record of a stored file, which is gone where this rejects. */
  addEvidence(caller: OrganisationCaller, metadata: CheckedMetadata, file: StoredFile): Promise<Evidence>;
  listEvidence(organisationId: OrganisationId, page: PageRequest): Promise<Page<Evidence>>;
  /** Throws `resource/not-found` for whoever may not see it, and `evidence/deleted`. */
  openEvidence(
    caller: OrganisationCaller,
    ownerId: OrganisationId,
    id: EvidenceId,
  ): Promise<{ evidence: Pick<EvidenceRow, 'title' | 'media_type' | 'size_bytes'>; content: Readable }>;
  /** Own ones, and those that were handed in for a review; also which right it takes to do something about it. */
  requireVisible(
    executor: Executor,
    caller: OrganisationCaller,
    ownerId: OrganisationId,
    id: EvidenceId,
  ): Promise<{ row: EvidenceRow; scope: Scope }>;
  /** How one looks to whoever may see it. */
  presentOne(executor: Executor, row: EvidenceRow): Promise<Evidence>;
  /** For whoever sees the file; throws `evidence/deleted`. */
  holdEvidence(
    caller: OrganisationCaller,
    ownerId: OrganisationId,
    id: EvidenceId,
    hold: NewHold,
  ): Promise<Evidence>;
  liftHold(caller: OrganisationCaller, ownerId: OrganisationId, id: EvidenceId): Promise<void>;

  /** For other features, in their transactions. */
  listHandedIn(executor: Executor, ownerId: OrganisationId, until: Date): Promise<Evidence[]>;
  rewrapKeys(): Promise<number>;
  /** Of a dossier whose key is gone. */
  deleteErasedFiles(dossier: DossierRef): Promise<void>;
  /** The job that enforces the periods. */
  deleteExpiredFiles(): Promise<void>;
}

export function createEvidence(deps: EvidenceDeps): EvidenceService {
  const { db, clock } = deps;

  return {
    checkMetadata: (caller, metadata) => checkMetadata(deps, caller, metadata),
    storeFile: (content) => receiveFile(deps, content),
    storeOwnFile: (mediaType, content) => storeOwnFile(deps, mediaType, content),
    discardFile: (file) => deps.blobs.delete(file.id),
    requireVisible,
    presentOne,

    async addEvidence(caller, metadata, file) {
      const at = clock.now();
      try {
        return await db.transaction().execute(async (trx) => {
          const row = await toRow(deps, trx, caller.organisationId, metadata, file, at);
          await insertEvidence(trx, row);
          await recordAudit(trx, {
            at,
            actor: actorOf(caller),
            action: 'evidence.added',
            organisationId: row.organisation_id,
            subjectId: row.id,
          });
          return presentOne(trx, row);
        });
      } catch (error) {
        await deps.blobs.delete(file.id);
        throw error;
      }
    },

    async listEvidence(organisationId, page) {
      const rows = await listEvidence(db, organisationId, page);
      const shown = await presentAll(deps, db, rows.slice(0, page.limit));
      const byId = new Map<string, Evidence>(shown.map((evidence) => [evidence.id, evidence]));
      return toPage(rows, page.limit, ({ id }) => byId.get(id) as Evidence);
    },

    async openEvidence(caller, ownerId, id) {
      const { row } = await requireVisible(db, caller, ownerId, id);
      return { evidence: row, content: await readFile(deps, row) };
    },

    ...createHolds(deps, { requireVisible, presentOne }),

    listHandedIn: async (executor, ownerId, until) =>
      presentAll(deps, executor, await listEvidenceUntil(executor, ownerId, until)),
    rewrapKeys: () => rewrapKeys(deps),
    deleteErasedFiles: (dossier) => deleteErasedFiles(deps, dossier),
    deleteExpiredFiles: () => deleteExpiredFiles(deps),
  };

  async function presentOne(executor: Executor, row: EvidenceRow): Promise<Evidence> {
    const [evidence] = await presentAll(deps, executor, [row]);
    return evidence as Evidence;
  }

  async function requireVisible(
    executor: Executor,
    caller: OrganisationCaller,
    ownerId: OrganisationId,
    id: EvidenceId,
  ): Promise<{ row: EvidenceRow; scope: Scope }> {
    const row = await findEvidence(executor, id);
    if (!row || row.organisation_id !== ownerId) throw notFound('piece of evidence');
    const { organisation_id: owner, created_at: createdAt } = row;
    const isOwn = owner === caller.organisationId;
    const scope = isOwn
      ? 'dossier'
      : await deps.findEvidenceScope(executor, caller.organisationId, { id, ownerId: owner, createdAt });
    if (scope === undefined) throw notFound('piece of evidence');
    if (!mayRead(caller, scope)) throw missingRight(scope);
    return { row, scope };
  }
}

/** With the key of the file wrapped; it is zeroed here. */
export async function toRow(
  deps: Pick<EvidenceDeps, 'sealing'>,
  trx: Executor,
  organisationId: OrganisationId,
  metadata: CheckedMetadata,
  file: StoredFile,
  at: Date,
): Promise<EvidenceRow> {
  const key = await wrapFileKey(deps, trx, organisationId, file);
  file.dataKey.fill(0);
  return {
    id: file.id,
    organisation_id: organisationId,
    type: metadata.type,
    title: metadata.title,
    media_type: file.mediaType,
    size_bytes: file.sizeBytes,
    digest: file.digest,
    ...key,
    created_at: at,
    details: null,
    sealed_details: metadata.details
      ? await sealDetails(deps, trx, organisationId, file.id, metadata.details)
      : null,
    fields: metadata.fields ?? [],
    retain_until: metadata.retainUntil,
    deleted_at: null,
  };
}
