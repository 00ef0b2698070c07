import type { Readable } from 'node:stream';
import type { Executor } from '../../../adapters/database/schema.js';
import type { EvidenceId, OrganisationId } from '../../../kernel/ids.js';
import type { EvidenceDeps } from './deps.js';
import { readFile } from './files.js';
import { fileNameFor } from './rules.js';
import { findEvidence, findEvidenceRows, listEvidenceUntil, type EvidenceRow } from './store.js';

/** A file as somebody else may see it; its title may name persons, and is not part of it. */
export interface SharedFile {
  readonly id: EvidenceId;
  readonly ownerId: OrganisationId;
  readonly type: string;
  readonly digest: string;
  readonly mediaType: string;
  readonly size: number;
  /** JSON Pointers that it was handed in for. */
  readonly fields: readonly string[];
  readonly createdAt: Date;
}

/** For whoever shares files with others; who may have which, is for it to say. */
export interface SharedFiles {
  /** What was handed in until then and is still there. */
  listFiles(executor: Executor, ownerId: OrganisationId, until: Date): Promise<SharedFile[]>;
  /** Those of them that are still there. */
  findFiles(executor: Executor, ids: readonly EvidenceId[]): Promise<SharedFile[]>;
  /** Throws `evidence/deleted` and `evidence/erased`. */
  openFile(
    executor: Executor,
    id: EvidenceId,
  ): Promise<{
    readonly content: Readable;
    readonly mediaType: string;
    readonly size: number;
    readonly fileName: string;
  }>;
}

export function createSharedFiles(deps: EvidenceDeps): SharedFiles {
  return {
    async listFiles(executor, ownerId, until) {
      return (await listEvidenceUntil(executor, ownerId, until)).flatMap(toShared);
    },

    async findFiles(executor, ids) {
      return (await findEvidenceRows(executor, ids)).flatMap(toShared);
    },

    async openFile(executor, id) {
      const row = await findEvidence(executor, id);
      if (!row) throw new Error('a file that was shared is not there');
      const { media_type: mediaType, size_bytes: size } = row;
      const fileName = fileNameFor({ title: 'document', mediaType });
      return { content: await readFile(deps, row), mediaType, size, fileName };
    },
  };
}

function toShared(row: EvidenceRow): SharedFile[] {
  const isThere = row.deleted_at === null && row.wrapped_key !== null && row.wrapped_key.length > 0;
  if (!isThere) return [];
  return [
    {
      id: row.id,
      ownerId: row.organisation_id,
      type: row.type,
      digest: `sha256-${row.digest.toString('base64')}`,
      mediaType: row.media_type,
      size: row.size_bytes,
      fields: row.fields,
      createdAt: row.created_at,
    },
  ];
}
