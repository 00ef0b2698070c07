import { createHash } from 'node:crypto';
import { pipeline, Readable } from 'node:stream';
import type { Kysely } from 'kysely';
import { decryptStream, encryptStream } from '../../adapters/chunkedCipher.js';
import { recordAudit } from '../../adapters/database/records.js';
import type { Executor, Tables } from '../../adapters/database/schema.js';
import type { Envelope } from '../../adapters/envelope.js';
import { toPage, type Page, type PageRequest } from '../../http/paging.js';
import { actorOf, mayRead, type OrganisationCaller, type Scope } from '../../kernel/caller.js';
import { AppError, missingRight, notFound } from '../../kernel/errors.js';
import { newId, type EvidenceId, type OrganisationId } from '../../kernel/ids.js';
import type { BlobStore, Clock } from '../../kernel/ports.js';
import type { Evidence, EvidenceMetadata } from './schemas.js';
import { peekHead, sniffMediaType } from './sniffing.js';
import { findEvidence, insertEvidence, listEvidence, type EvidenceRow } from './store.js';

/** A file that is stored and encrypted, and belongs to no record yet. */
export interface StoredFile {
  readonly id: EvidenceId;
  readonly wrappedKey: Buffer;
  readonly digest: Buffer;
  readonly sizeBytes: number;
  readonly mediaType: string;
}

export interface EvidenceDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly envelope: Envelope;
  readonly blobs: BlobStore;
  readonly maxBytes: number;
  /** The right that an organisation needs to read a piece of another one's; `undefined` where it is not for its eyes. */
  readonly findEvidenceScope: (
    executor: Executor,
    readerId: OrganisationId,
    evidence: { id: EvidenceId; ownerId: OrganisationId; createdAt: Date },
  ) => Promise<Scope | undefined>;
}

export interface EvidenceService {
  /** Streams the content to the blob store, encrypted. Throws `evidence/too-large` and `evidence/type-not-allowed`. */
  storeFile(content: Readable): Promise<StoredFile>;
  /** Removes a file whose upload did not come to a record. */
  discardFile(file: StoredFile): Promise<void>;
  addEvidence(caller: OrganisationCaller, metadata: EvidenceMetadata, file: StoredFile): Promise<Evidence>;
  listEvidence(organisationId: OrganisationId, page: PageRequest): Promise<Page<Evidence>>;
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
      const { dataKey, wrapped } = deps.envelope.newDataKey(keyContext(id));
      const measured = measure(content, deps.maxBytes);
      const cipher = encryptStream(dataKey, id);
      dataKey.fill(0);
      // A failure of the source reaches `put` through the cipher, so the callback has nothing left to do.
      pipeline(Readable.from(measured.content), cipher, () => undefined);
      await deps.blobs.put(id, cipher);
      return { id, wrappedKey: wrapped, mediaType, ...measured.result() };
    },

    discardFile: (file) => deps.blobs.delete(file.id),

    async addEvidence(caller, metadata, file) {
      const at = deps.clock.now();
      const { organisationId } = caller;
      const row: EvidenceRow = {
        id: file.id,
        organisation_id: organisationId,
        type: metadata.type,
        title: metadata.title,
        media_type: file.mediaType,
        size_bytes: file.sizeBytes,
        digest: file.digest,
        wrapped_key: file.wrappedKey,
        created_at: at,
      };
      await deps.db.transaction().execute(async (trx) => {
        await insertEvidence(trx, row);
        await recordAudit(trx, {
          at,
          actor: actorOf(caller),
          action: 'evidence.added',
          organisationId,
          subjectId: row.id,
        });
      });
      return toEvidence(row);
    },

    async listEvidence(organisationId, page) {
      return toPage(await listEvidence(deps.db, organisationId, page), page.limit, toEvidence);
    },

    async openEvidence(caller, ownerId, id) {
      const row = await findEvidence(deps.db, id);
      if (!row || row.organisation_id !== ownerId) throw notFound('piece of evidence');
      await requireSight(caller, row);
      const dataKey = deps.envelope.unwrap(row.wrapped_key, keyContext(id));
      const stored = await deps.blobs.get(id);
      const content = decryptStream(dataKey, id);
      dataKey.fill(0);
      pipeline(stored, content, () => undefined);
      return { evidence: toEvidence(row), content };
    },
  };

  async function requireSight(caller: OrganisationCaller, row: EvidenceRow): Promise<void> {
    const scope =
      row.organisation_id === caller.organisationId
        ? 'dossier'
        : await deps.findEvidenceScope(deps.db, caller.organisationId, {
            id: row.id,
            ownerId: row.organisation_id,
            createdAt: row.created_at,
          });
    if (!scope) throw notFound('piece of evidence');
    if (!mayRead(caller, scope)) throw missingRight(scope);
  }
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

export function toEvidence(row: EvidenceRow): Evidence {
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
