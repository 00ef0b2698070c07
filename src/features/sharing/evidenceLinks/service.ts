import type { Readable } from 'node:stream';
import { inWork } from '../../../adapters/database/context.js';
import type { Executor } from '../../../adapters/database/schema.js';
import { actorOf, type Actor, type OrganisationCaller } from '../../../kernel/caller.js';
import { notFound } from '../../../kernel/errors.js';
import { newId, type EvidenceId, type GrantId, type OrganisationId } from '../../../kernel/ids.js';
import { addSeconds } from '../../../kernel/instants.js';
import { hashSecretToken, newSecretToken } from '../../../kernel/secretTokens.js';
import type { SharingDeps } from '../deps.js';
import { listAttached } from '../documentRequests/store.js';
import { isFileReleased, stateOfGrant } from '../grants/rules.js';
import { factsOf, recordAccessBy, requireUsable } from '../grants/service.js';
import { findGrant, holdGrant, type GrantRow } from '../grants/store.js';
import type { EvidenceLink, ReleasedFile } from './schemas.js';
import { deleteLinks, findLink, insertLink } from './store.js';

/** A file of a dossier; of any organisation. */
export interface SharedFile {
  readonly id: EvidenceId;
  readonly ownerId: OrganisationId;
  readonly type: string;
  readonly digest: string;
  readonly mediaType: string;
  readonly size: number;
  readonly fields: readonly string[];
  readonly createdAt: Date;
}

export interface OpenedFile {
  readonly content: Readable;
  readonly mediaType: string;
  readonly size: number;
  readonly fileName: string;
}

export interface FileDeps {
  readonly publicUrl: string;
  readonly listFiles: (executor: Executor, ownerId: OrganisationId, until: Date) => Promise<SharedFile[]>;
  /** Those of them that are still there. */
  readonly findFiles: (executor: Executor, ids: readonly EvidenceId[]) => Promise<SharedFile[]>;
  readonly openFile: (executor: Executor, id: EvidenceId) => Promise<OpenedFile>;
}

export interface EvidenceLinkService {
  /** The files that a grant releases, for both sides; none where it is of fields only. */
  listFiles(caller: OrganisationCaller, id: GrantId): Promise<ReleasedFile[]>;
  /** For the partner. Throws `auth/forbidden`, `grants/over`, and `resource/not-found` for what the grant does not release. */
  makeLink(caller: OrganisationCaller, id: GrantId, evidenceId: EvidenceId): Promise<EvidenceLink>;
  /** For whoever has the link; on record before the first byte. Throws `resource/not-found` for every link that is of no use. */
  openLink(token: string): Promise<OpenedFile>;
  /** Links that are over. */
  purge(): Promise<void>;
}

export const LINK_SECONDS = 300;

export function createEvidenceLinks(deps: SharingDeps & FileDeps): EvidenceLinkService {
  const { db, clock } = deps;

  return {
    async listFiles({ organisationId }, id) {
      const row = await findGrant(db, id, organisationId);
      if (!row) throw notFound('grant');
      return (await listReleased(deps, db, row)).map(({ createdAt: _created, ownerId: _owner, ...file }) => ({
        ...file,
        fields: [...file.fields],
      }));
    },

    makeLink: (caller, id, evidenceId) =>
      db.transaction().execute(async (trx) => {
        const row = await holdGrant(trx, id, caller.organisationId);
        if (!row) throw notFound('grant');
        const at = clock.now();
        requireUsable(row, caller.organisationId, at);
        const files = await listReleased(deps, trx, row);
        if (!files.some((file) => file.id === evidenceId)) throw notFound('file under this grant');
        const { token, hash } = newSecretToken();
        const expiresAt = addSeconds(at, LINK_SECONDS);
        await insertLink(trx, {
          id: newId(),
          grant_id: row.id,
          partner_id: row.partner_id,
          holder_id: row.holder_id,
          evidence_id: evidenceId,
          token_hash: hash,
          created_by: actorOf(caller),
          created_at: at,
          expires_at: expiresAt,
        });
        return {
          evidenceId,
          url: `${deps.publicUrl}/v1/evidence-links/${token}`,
          expiresAt: expiresAt.toISOString(),
        };
      }),

    openLink: (token) =>
      inWork('counterpart', async () => {
        const evidenceId = await db.transaction().execute(async (trx) => {
          const link = await findLink(trx, hashSecretToken(token));
          if (!link) throw notFound('link');
          // Held from here on: whoever withdraws it waits, and whoever has is seen.
          const row = await holdGrant(trx, link.grant_id, link.partner_id);
          const at = clock.now();
          const isLive = row !== undefined && stateOfGrant(factsOf(row), at) === 'live';
          if (!isLive || at >= link.expires_at) throw notFound('link');
          const files = await listReleased(deps, trx, row);
          if (!files.some((file) => file.id === link.evidence_id)) throw notFound('link');
          const use = {
            kind: 'evidence',
            at,
            purposes: row.purposes,
            evidenceId: link.evidence_id,
          } as const;
          await recordAccessBy(trx, link.created_by as Actor, row, use);
          return link.evidence_id;
        });
        return deps.openFile(db, evidenceId);
      }),

    purge: () => inWork('upkeep', () => deleteLinks(db, clock.now())),
  };
}

/** Those that were there for the granted fields when they were granted, and those that were attached to an answer since. */
async function listReleased(
  deps: FileDeps,
  executor: Executor,
  row: GrantRow,
): Promise<readonly SharedFile[]> {
  if (!row.with_evidence) return [];
  const files = await deps.listFiles(executor, row.holder_id, row.granted_at);
  const released = files.filter(({ fields }) => isFileReleased(row.fields, fields));
  const attached = await deps.findFiles(executor, await listAttached(executor, row.id));
  const isNew = ({ id, ownerId }: SharedFile) =>
    ownerId === row.holder_id && !released.some((one) => one.id === id);
  return [...released, ...attached.filter(isNew)];
}
