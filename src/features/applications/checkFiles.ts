import type { Executor } from '../../adapters/database/schema.js';
import { isVouchedFor } from '../../credentials/evidence/vouch.js';
import { AppError, invalidField, type FieldError } from '../../kernel/errors.js';
import type { EvidenceId } from '../../kernel/ids.js';
import type { ApplicationDeps, EvidenceFile } from './deps.js';
import { listAttachmentsIn } from './conversation/store.js';
import type { ApplicationRow, CheckRow } from './store.js';

/**
 * Every file that a check rests on: handed in for this review or sent with a message in it, or the registrar's own, still there, and of an attachment with the digest that it
 * is named by. None is deleted until the end of the transaction.
 */
export async function requireFiles(
  deps: ApplicationDeps,
  trx: Executor,
  row: ApplicationRow,
  { evidenceId, evidence }: Pick<CheckRow, 'evidenceId' | 'evidence'>,
  placeOf: (pointer: string) => string,
): Promise<EvidenceId[]> {
  const named = [
    ...(evidenceId === undefined ? [] : [{ id: evidenceId, pointer: placeOf('/evidenceId') }]),
    ...(evidence.attachments ?? []).map(({ url, digest }, index) => ({
      id: deps.attachedIdOf(url),
      pointer: placeOf(`/evidence/attachments/${index}`),
      digest: digest.value,
    })),
  ];
  const ids = [...new Set(named.flatMap(({ id }) => id ?? []))];
  const files = new Map((await deps.holdEvidenceFiles(trx, ids)).map((file) => [file.id, file]));
  const sent = ids.length === 0 ? [] : await listAttachmentsIn(trx, row.id);
  const errors = named.flatMap(({ id, pointer, ...rest }): FieldError[] => {
    const file = id && files.get(id);
    if (!file || !(isVisible(file, row) || sent.includes(file.id)))
      return [{ pointer, detail: 'names no piece of evidence that belongs to this application' }];
    if (file.deletedAt) return [{ pointer, detail: 'names a file that is deleted' }];
    const isMeant = !('digest' in rest) || rest.digest === file.sha256.toString('base64');
    return isMeant ? [] : [{ pointer: `${pointer}/digest/value`, detail: 'is not the digest of that file' }];
  });
  if (errors.length > 0) throw new AppError('request/invalid', 'The request is not valid.', { errors });
  return ids;
}

function isVisible(file: EvidenceFile, row: ApplicationRow): boolean {
  const isHandedIn = file.ownerId === row.applicant_id && file.createdAt <= row.submitted_at;
  return isHandedIn || file.ownerId === row.registrar_id;
}

/** A check that confirms by a signed vouch rests on one whose signature held, that lasts, and that names this value of this field. */
export async function requireVouch(
  deps: ApplicationDeps,
  trx: Executor,
  check: CheckRow,
  value: unknown,
  placeOf: (pointer: string) => string = (pointer) => pointer,
): Promise<void> {
  if (check.method !== 'vouch' || check.result !== 'confirmed' || check.evidenceId === undefined) return;
  const [vouch] = await deps.findVouches(trx, [check.evidenceId]);
  // A letter that was scanned is a vouch too, and a person's to judge.
  if (!vouch) return;
  if (vouch.outcome !== 'pass')
    throw invalidField(
      placeOf('/evidenceId'),
      'names a vouch whose signature was not verified; have it checked again',
    );
  if (vouch.expiresAt <= check.checkedAt)
    throw invalidField(placeOf('/evidenceId'), 'names a vouch that has expired');
  if (!isVouchedFor(vouch.fields, check.field, value))
    throw invalidField(
      placeOf('/evidenceId'),
      'names a vouch for other fields, or for another value of this one',
    );
}
