import { randomBytes } from 'node:crypto';
import type { DossierSealing } from '../../../adapters/database/dossierSealing.js';
import type { Executor } from '../../../adapters/database/schema.js';
import type { Envelope } from '../../../adapters/envelope.js';
import { AppError } from '../../../kernel/errors.js';
import type { EvidenceId, OrganisationId } from '../../../kernel/ids.js';
import type { EvidenceRow } from './store.js';

/** The one place that knows under what a file's data key is wrapped. Whoever gets a data key zeroes it after use. */
export interface FileKeyDeps {
  readonly sealing: DossierSealing;
  /** Of files that were handed in before dossiers had keys of their own. */
  readonly envelope: Pick<Envelope, 'unwrap'>;
}

export type WrappedFileKey = Pick<EvidenceRow, 'wrapped_key' | 'key_generation'>;

const DATA_KEY_BYTES = 32;

export function newFileKey(): Buffer {
  return randomBytes(DATA_KEY_BYTES);
}

/** Under the key of the owner's dossier, so that the file goes when that does. */
export async function wrapFileKey(
  { sealing }: Pick<FileKeyDeps, 'sealing'>,
  trx: Executor,
  ownerId: OrganisationId,
  { id, dataKey }: { readonly id: EvidenceId; readonly dataKey: Buffer },
): Promise<WrappedFileKey> {
  const { generation, sealed } = await sealing.seal(trx, ownerId, dataKey, keyContext(id));
  return { wrapped_key: sealed, key_generation: generation };
}

/** Throws `evidence/deleted` and `evidence/erased`. */
export async function openFileKey(
  { sealing, envelope }: FileKeyDeps,
  row: Pick<EvidenceRow, 'id' | 'organisation_id'> & WrappedFileKey,
): Promise<Buffer> {
  const { id, organisation_id: ownerId, wrapped_key: sealed, key_generation: generation } = row;
  if (!sealed)
    throw new AppError('evidence/deleted', 'The file was deleted when its retention period was over.');
  if (generation === null) return envelope.unwrap(sealed, keyContext(id));
  const isBlank = sealed.length === 0;
  const opened = isBlank ? undefined : await sealing.open(ownerId, { generation, sealed }, keyContext(id));
  if (!opened) throw new AppError('evidence/erased', 'This file was erased with its dossier.');
  return opened;
}

function keyContext(id: EvidenceId): string {
  return `evidence:${id}`;
}
