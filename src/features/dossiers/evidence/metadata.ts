import type { Attachment } from '../../../credentials/evidence/shapes.js';
import type { OrganisationCaller } from '../../../kernel/caller.js';
import { AppError, type FieldError } from '../../../kernel/errors.js';
import type { EvidenceDeps } from './deps.js';
import { attachedIdOf } from './presentation.js';
import { judgeRetention } from './rules.js';
import type { EvidenceMetadata } from './schemas.js';
import { findEvidenceRows } from './store.js';

/** What to record about a file, checked. */
export interface CheckedMetadata extends Pick<EvidenceMetadata, 'type' | 'title' | 'fields' | 'details'> {
  readonly retainUntil: Date;
}

type MetadataDeps = Pick<EvidenceDeps, 'db' | 'clock' | 'publicUrl' | 'retention'>;

/** What a shape cannot say of metadata; that `details` are of the same type, it does. Throws `request/invalid` with pointers below `/metadata`. */
export async function checkMetadata(
  deps: MetadataDeps,
  caller: OrganisationCaller,
  metadata: EvidenceMetadata,
): Promise<CheckedMetadata> {
  const { type, title, fields, details, retainUntil, retention } = metadata;
  const errors: FieldError[] = [];
  errors.push(...(await attachmentErrors(deps, caller, details?.attachments ?? [])));
  const wish = {
    ...(retainUntil === undefined ? {} : { retainUntil }),
    ...(retention === undefined ? {} : { retention }),
  };
  const judged = judgeRetention(wish, deps.retention[type], deps.clock.now());
  if ('detail' in judged) errors.push({ pointer: `/metadata/${judged.member}`, detail: judged.detail });
  if (errors.length > 0 || 'detail' in judged)
    throw new AppError('request/invalid', 'The metadata are not valid.', { errors });
  return { type, title, ...(fields && { fields }), ...(details && { details }), ...judged };
}

/** Attachments name own files that are still there, by the digests that these have. */
async function attachmentErrors(
  deps: MetadataDeps,
  { organisationId }: OrganisationCaller,
  attachments: readonly Attachment[],
): Promise<FieldError[]> {
  const ids = attachments.map(({ url }) => attachedIdOf(deps.publicUrl, url));
  const rows = await findEvidenceRows(
    deps.db,
    ids.flatMap((id) => id ?? []),
  );
  return attachments.flatMap(({ digest }, index) => {
    const row = rows.find(({ id }) => id === ids[index]);
    const pointer = `/metadata/details/attachments/${index}`;
    if (row?.organisation_id !== organisationId || row.deleted_at)
      return [{ pointer: `${pointer}/url`, detail: 'names no file of yours' }];
    return row.digest.toString('base64') === digest.value
      ? []
      : [{ pointer: `${pointer}/digest/value`, detail: 'is not the digest of that file' }];
  });
}
