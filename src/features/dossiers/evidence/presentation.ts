import type { Executor } from '../../../adapters/database/schema.js';
import type { Attachment, EvidenceDetails } from '../../../credentials/evidence/shapes.js';
import { isUuid, type EvidenceId } from '../../../kernel/ids.js';
import { toVouchSummary } from '../vouches/presentation.js';
import { listVouches } from '../vouches/store.js';
import type { EvidenceDeps } from './deps.js';
import { openDetails } from './details.js';
import { evidencePath } from './rules.js';
import type { Evidence } from './schemas.js';
import { listHolds, type EvidenceRow } from './store.js';

type PresentationDeps = Pick<EvidenceDeps, 'publicUrl' | 'findParties' | 'sealing'>;

/** How pieces of evidence look to whoever may see them, with their holds and, of a vouch, what is known of it. */
export async function presentAll(
  deps: PresentationDeps,
  executor: Executor,
  rows: readonly EvidenceRow[],
): Promise<Evidence[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const holds = await listHolds(executor, ids);
  const details = await openDetails(deps, rows);
  const vouches = await listVouches(
    executor,
    rows.flatMap(({ id, type }) => (type === 'vouch' ? [id] : [])),
  );
  const voucherIds = [...new Set(vouches.flatMap(({ voucher_id: id }) => id ?? []))];
  const vouchers = voucherIds.length === 0 ? [] : await deps.findParties(executor, voucherIds);
  return rows.map((row) => {
    const vouch = vouches.find(({ evidence_id: id }) => id === row.id);
    const own = holds.filter(({ evidence_id: id }) => id === row.id);
    return {
      ...toEvidence(deps.publicUrl, row, details.get(row.id)),
      ...(own.length === 0
        ? {}
        : {
            holds: own.map(({ organisation_id: organisationId, until, reason }) => ({
              organisationId,
              until: until.toISOString(),
              reason,
            })),
          }),
      ...(vouch && { vouch: toVouchSummary(vouch, vouchers) }),
    };
  });
}

function toEvidence(publicUrl: string, row: EvidenceRow, details: EvidenceDetails | undefined): Evidence {
  return {
    id: row.id,
    digest: `sha256-${row.digest.toString('base64')}`,
    mediaType: row.media_type,
    size: row.size_bytes,
    type: row.type,
    title: row.title,
    ...(row.fields.length === 0 ? {} : { fields: row.fields }),
    ...(details ? { details } : {}),
    ...(row.deleted_at ? {} : { attachment: toAttachment(publicUrl, row) }),
    createdAt: row.created_at.toISOString(),
    retainUntil: row.retain_until.toISOString(),
    ...(row.deleted_at ? { deletedAt: row.deleted_at.toISOString() } : {}),
  };
}

function toAttachment(publicUrl: string, row: EvidenceRow): Attachment {
  return {
    desc: row.title,
    content_type: row.media_type,
    url: `${publicUrl}${evidencePath(row.organisation_id, row.id)}`,
    digest: { alg: 'sha-256', value: row.digest.toString('base64') },
  };
}

/** The piece of evidence that an attachment's URL names; `undefined` for any other URL. */
export function attachedIdOf(publicUrl: string, url: string): EvidenceId | undefined {
  const [owner = '', middle, id = '', ...rest] = url.startsWith(`${publicUrl}/v1/organisations/`)
    ? url.slice(`${publicUrl}/v1/organisations/`.length).split('/')
    : [];
  const isOne = rest.length === 0 && middle === 'evidence' && isUuid(owner) && isUuid(id);
  return isOne ? (id as EvidenceId) : undefined;
}
