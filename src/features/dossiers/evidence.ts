import { createHash, randomBytes } from 'node:crypto';
import { pipeline, Readable } from 'node:stream';
import type { Kysely } from 'kysely';
import { decryptStream, encryptStream } from '../../adapters/chunkedCipher.js';
import { recordAudit } from '../../adapters/database/records.js';
import type { Executor, Tables } from '../../adapters/database/schema.js';
import type { DossierSealing } from '../../adapters/database/dossierSealing.js';
import type { Envelope } from '../../adapters/envelope.js';
import { toPage, type Page, type PageRequest } from '../../http/paging.js';
import { actorOf, mayRead, type OrganisationCaller } from '../../kernel/caller.js';
import { AppError, missingRight, notFound } from '../../kernel/errors.js';
import { newId, type EvidenceId, type OrganisationId } from '../../kernel/ids.js';
import type { BlobStore, Clock, DossierRef } from '../../kernel/ports.js';
import type { Evidence, EvidenceMetadata } from './schemas.js';
import { peekHead, sniffMediaType } from './sniffing.js';
import {
  findEvidence,
  insertEvidence,
  listErasableFiles,
  listEvidence,
  lockNotRewrapped,
  updateFileKey,
  type EvidenceRow,
} from './store.js';

/** A file that is stored and encrypted, and belongs to no record yet. */
export interface StoredFile {
  readonly id: EvidenceId;
  /** In the clear until the record seals it; a file that comes to no record is unreadable from then on. */
  readonly dataKey: Buffer;
  readonly digest: Buffer;
  readonly sizeBytes: number;
  readonly mediaType: string;
}

export interface EvidenceDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  /** Of files that were handed in before dossiers had keys of their own. */
  readonly envelope: Pick<Envelope, 'unwrap'>;
  readonly sealing: DossierSealing;
  readonly blobs: BlobStore;
  readonly maxBytes: number;
  /** Whether a registrar has an application before it for which this piece was handed in. */
  readonly isUnderReviewBy: (
    executor: Executor,
    registrarId: OrganisationId,
    evidence: { applicantId: OrganisationId; createdAt: Date },
  ) => Promise<boolean>;
}

export interface EvidenceService {
  /** Streams the content to the blob store, encrypted. Throws `evidence/too-large` and `evidence/type-not-allowed`. */
  storeFile(content: Readable): Promise<StoredFile>;
  /** Removes a file whose upload did not come to a record. */
  discardFile(file: StoredFile): Promise<void>;
  addEvidence(caller: OrganisationCaller, metadata: EvidenceMetadata, file: StoredFile): Promise<Evidence>;
  listEvidence(organisationId: OrganisationId, page: PageRequest): Promise<Page<Evidence>>;
  /** Puts the keys of older files under their dossiers' own; returns how many it took on. */
  rewrapKeys(): Promise<number>;
  /** Of a dossier whose key is gone. */
  deleteFiles(dossier: DossierRef): Promise<void>;
  /** Throws `resource/not-found` for whoever may not see it. */
  openEvidence(
    caller: OrganisationCaller,
    ownerId: OrganisationId,
    id: EvidenceId,
  ): Promise<{ evidence: Evidence; content: Readable }>;
}

export function createEvidence(deps: EvidenceDeps): EvidenceService {
  return {
    async storeFile(source) {
      const { head, content } = await peekHead(source);
      const mediaType = await sniffMediaType(head);
      if (mediaType === undefined) {
        throw new AppError(
          'evidence/type-not-allowed',
          'What the file holds is not a kind of document that is taken here.',
        );
      }
      const id = newId<'evidence'>();
      const dataKey = randomBytes(DATA_KEY_BYTES);
      const measured = measure(content, deps.maxBytes);
      const cipher = encryptStream(dataKey, id);
      // A failure of the source reaches `put` through the cipher, so the callback has nothing left to do.
      pipeline(Readable.from(measured.content), cipher, () => undefined);
      await deps.blobs.put(id, cipher);
      return { id, dataKey, mediaType, ...measured.result() };
    },

    discardFile: (file) => deps.blobs.delete(file.id),

    async addEvidence(caller, metadata, file) {
      const at = deps.clock.now();
      const { organisationId } = caller;
      const facts = {
        id: file.id,
        organisation_id: organisationId,
        type: metadata.type,
        title: metadata.title,
        media_type: file.mediaType,
        size_bytes: file.sizeBytes,
        digest: file.digest,
        created_at: at,
      };
      await deps.db.transaction().execute(async (trx) => {
        await insertEvidence(trx, { ...facts, ...(await sealFileKey(deps, trx, organisationId, file)) });
        await recordAudit(trx, {
          at,
          actor: actorOf(caller),
          action: 'evidence.added',
          organisationId,
          subjectId: file.id,
        });
      });
      file.dataKey.fill(0);
      return toEvidence(facts);
    },

    async listEvidence(organisationId, page) {
      return toPage(await listEvidence(deps.db, organisationId, page), page.limit, toEvidence);
    },

    rewrapKeys: () =>
      deps.db.transaction().execute(async (trx) => {
        const rows = await lockNotRewrapped(trx, REWRAP_BATCH);
        for (const { id, organisation_id: ownerId, wrapped_key: wrapped } of rows) {
          const dataKey = deps.envelope.unwrap(wrapped, keyContext(id));
          await updateFileKey(trx, id, await sealFileKey(deps, trx, ownerId, { id, dataKey }));
          dataKey.fill(0);
        }
        return rows.length;
      }),

    async deleteFiles(dossier) {
      for (const id of await listErasableFiles(deps.db, dossier)) await deps.blobs.delete(id);
    },

    async openEvidence(caller, ownerId, id) {
      const row = await findEvidence(deps.db, id);
      if (!row || row.organisation_id !== ownerId) throw notFound('piece of evidence');
      await requireSight(caller, row);
      const dataKey = await openFileKey(deps, row);
      const stored = await deps.blobs.get(id);
      const content = decryptStream(dataKey, id);
      dataKey.fill(0);
      pipeline(stored, content, () => undefined);
      return { evidence: toEvidence(row), content };
    },
  };

  async function requireSight(caller: OrganisationCaller, row: EvidenceRow): Promise<void> {
    const isOwn = row.organisation_id === caller.organisationId;
    const isBeforeThem =
      isOwn ||
      (await deps.isUnderReviewBy(deps.db, caller.organisationId, {
        applicantId: row.organisation_id,
        createdAt: row.created_at,
      }));
    if (!isBeforeThem) throw notFound('piece of evidence');
    const scope = isOwn ? 'dossier' : 'review';
    if (!mayRead(caller, scope)) throw missingRight(scope);
  }
}

const DATA_KEY_BYTES = 32;
const REWRAP_BATCH = 100;

async function sealFileKey(
  { sealing }: EvidenceDeps,
  trx: Executor,
  organisationId: OrganisationId,
  { id, dataKey }: Pick<StoredFile, 'id' | 'dataKey'>,
): Promise<Pick<EvidenceRow, 'wrapped_key' | 'key_generation'>> {
  const { generation, sealed } = await sealing.seal(trx, organisationId, dataKey, keyContext(id));
  return { wrapped_key: sealed, key_generation: generation };
}

async function openFileKey({ sealing, envelope }: EvidenceDeps, row: EvidenceRow): Promise<Buffer> {
  const { id, organisation_id: ownerId, wrapped_key: sealed, key_generation: generation } = row;
  if (generation === null) return envelope.unwrap(sealed, keyContext(id));
  const opened =
    sealed.length === 0 ? undefined : await sealing.open(ownerId, { generation, sealed }, keyContext(id));
  if (!opened) throw new AppError('evidence/erased', 'This file was erased with its dossier.');
  return opened;
}

function keyContext(id: EvidenceId): string {
  return `evidence:${id}`;
}

/** Counts and hashes what flows through, and stops what grows too large. */
function measure(content: AsyncIterable<Buffer>, maxBytes: number) {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  async function* through(): AsyncGenerator<Buffer> {
    for await (const chunk of content) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes)
        throw new AppError('evidence/too-large', `A file may have ${maxBytes} bytes at the most.`);
      hash.update(chunk);
      yield chunk;
    }
  }
  return { content: through(), result: () => ({ sizeBytes, digest: hash.digest() }) };
}

export function toEvidence(row: Omit<EvidenceRow, 'wrapped_key' | 'key_generation'>): Evidence {
  return {
    id: row.id,
    digest: `sha256-${row.digest.toString('base64')}`,
    mediaType: row.media_type,
    size: row.size_bytes,
    type: row.type,
    title: row.title,
    createdAt: row.created_at.toISOString(),
  };
}
