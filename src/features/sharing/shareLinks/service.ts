import type { Kysely } from 'kysely';
import { inOrganisation, inWork } from '../../../adapters/database/context.js';
import { recordAudit } from '../../../adapters/database/records.js';
import type { Executor, Tables } from '../../../adapters/database/schema.js';
import type { SecuringFormat } from '../../../credentials/profiles/profile.js';
import type { CredentialReport } from '../../../credentials/verification/report.js';
import { toPage, type Page, type PageRequest } from '../../../http/paging.js';
import { actorOf, type OrganisationCaller } from '../../../kernel/caller.js';
import { AppError, invalidField, notFound } from '../../../kernel/errors.js';
import { newId, type CredentialId, type OrganisationId, type ShareLinkId } from '../../../kernel/ids.js';
import { addDuration } from '../../../kernel/instants.js';
import type { Clock } from '../../../kernel/ports.js';
import { hashSecretToken, newSecretToken } from '../../../kernel/secretTokens.js';
import type { MadeShareLink, NewShareLink, SharedPassport, ShareLink } from './schemas.js';
import * as store from './store.js';

export interface ShareLinkDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly publicUrl: string;
  /** Without `ids`, all that are valid now and say nothing of persons. */
  readonly listHeld: (
    executor: Executor,
    wanted: {
      readonly holderId: OrganisationId;
      readonly ids?: readonly CredentialId[];
      readonly formats: readonly SecuringFormat[];
    },
  ) => Promise<readonly HeldCredential[]>;
  readonly findParties: (
    executor: Executor,
    ids: readonly OrganisationId[],
    options: { readonly onlyOpen: true },
  ) => Promise<{ readonly did: string; readonly name: string }[]>;
  /** As anybody would; nothing is stored. */
  readonly verify: (credential: string) => Promise<CredentialReport>;
  readonly titleOf: (type: string) => string;
}

interface HeldCredential {
  readonly id: CredentialId;
  readonly type: string;
  readonly state: string;
  readonly isPersonal: boolean;
  readonly forms: ReadonlyMap<SecuringFormat, string>;
}

export interface ShareLinkService {
  /** Throws `request/invalid`. */
  makeLink(caller: OrganisationCaller, wanted: NewShareLink): Promise<MadeShareLink>;
  listLinks(organisationId: OrganisationId, page: PageRequest): Promise<Page<ShareLink>>;
  readLink(organisationId: OrganisationId, id: ShareLinkId): Promise<ShareLink>;
  /** At once and for good; nothing happens where it has ended before. */
  endLink(caller: OrganisationCaller, id: ShareLinkId): Promise<void>;
  /** Throws `resource/not-found` where it would not open. Counts nothing, and shows nothing. */
  requireOpening(code: string): Promise<void>;
  /** Counts, and shows. Throws `resource/not-found`: why it does not open is nobody's business. */
  openLink(code: string): Promise<SharedPassport>;
  /** With the account. */
  endAllOf(trx: Executor, organisationId: OrganisationId, at: Date): Promise<void>;
}

const DEFAULT_DURATION = 'P30D';
const LONGEST_DURATION = 'P1Y';
const DEFAULT_USES = 100;
const SHOWN_FORM = 'vc+jwt';

export function createShareLinks(deps: ShareLinkDeps): ShareLinkService {
  const { db, clock } = deps;

  return {
    async makeLink(caller, { credentialIds, validFor = DEFAULT_DURATION, maxUses = DEFAULT_USES }) {
      const { organisationId } = caller;
      const at = clock.now();
      const ids = credentialIds?.map((id) => id.toLowerCase() as CredentialId);
      if (ids) await requirePublic(deps, organisationId, ids);
      const { token, hash } = newSecretToken();
      const row: store.LinkRow = {
        id: newId<'shareLink'>(),
        organisation_id: organisationId,
        credential_ids: ids ?? null,
        max_uses: maxUses,
        uses: 0,
        created_at: at,
        expires_at: endOf(at, validFor),
        ended_at: null,
        last_opened_at: null,
      };
      await db.transaction().execute(async (trx) => {
        await store.insertLink(trx, row, { codeDigest: hash, createdBy: actorOf(caller) });
        await record(trx, caller, 'shareLink.made', row.id, at);
      });
      return { ...toWire(row, at), link: `${deps.publicUrl}/passports/${token}` };
    },

    async listLinks(organisationId, page) {
      const now = clock.now();
      return toPage(await store.listLinks(db, organisationId, page), page.limit, (row) => toWire(row, now));
    },

    async readLink(organisationId, id) {
      const row = await store.findLink(db, id, organisationId);
      if (!row) throw notFound('share link');
      return toWire(row, clock.now());
    },

    async endLink(caller, id) {
      const { organisationId } = caller;
      const at = clock.now();
      await db.transaction().execute(async (trx) => {
        if (!(await store.findLink(trx, id, organisationId))) throw notFound('share link');
        if (await store.endLinks(trx, { organisationId, id }, at))
          await record(trx, caller, 'shareLink.ended', id, at);
      });
    },

    async requireOpening(code) {
      const digest = hashSecretToken(code);
      if (!(await inWork('counterpart', () => store.opens(db, digest, clock.now())))) throw gone();
    },

    async openLink(code) {
      const at = clock.now();
      const row = await inWork('counterpart', () => store.useLink(db, hashSecretToken(code), at));
      if (!row) throw gone();
      const holderId = row.organisation_id;
      const [holder] = await deps.findParties(db, [holderId], { onlyOpen: true });
      if (!holder) throw gone();
      const ids = row.credential_ids;
      const held = await inOrganisation(holderId, () =>
        deps.listHeld(db, { holderId, ...(ids && { ids }), formats: [SHOWN_FORM] }),
      );
      const credentials = await Promise.all(held.flatMap((credential) => show(deps, credential)));
      return { holder: { did: holder.did, name: holder.name }, openedAt: at.toISOString(), credentials };
    },

    async endAllOf(trx, organisationId, at) {
      await store.endLinks(trx, { organisationId }, at);
    },
  };
}

async function requirePublic(
  { db, listHeld }: ShareLinkDeps,
  holderId: OrganisationId,
  ids: readonly CredentialId[],
): Promise<void> {
  const held = await listHeld(db, { holderId, ids, formats: [SHOWN_FORM] });
  const shareable = new Set(
    held.flatMap(({ id, state, isPersonal }) => (state === 'active' && !isPersonal ? [id] : [])),
  );
  const errors = ids.flatMap((id, index) =>
    shareable.has(id)
      ? []
      : [
          {
            pointer: `/credentialIds/${index}`,
            detail: 'names no credential that you hold, is valid now and says nothing of persons',
          },
        ],
  );
  if (errors.length > 0) throw new AppError('request/invalid', 'The request is not valid.', { errors });
}

/** Nothing of one that has no public form. */
function show(
  { verify, titleOf }: ShareLinkDeps,
  { id, type, isPersonal, forms }: HeldCredential,
): Promise<SharedPassport['credentials'][number]>[] {
  const credential = forms.get(SHOWN_FORM);
  if (credential === undefined || isPersonal) return [];
  const shown = async () => {
    const { verdict, credential: said } = await verify(credential);
    return {
      id,
      type,
      title: titleOf(type),
      issuer: said?.issuer ?? {},
      verdict,
      ...(said?.assurance !== undefined && { assurance: said.assurance }),
      ...(said?.validUntil !== undefined && { validUntil: said.validUntil }),
      credential,
    };
  };
  return [shown()];
}

function endOf(at: Date, validFor: string): Date {
  const [end, latest] = [addDuration(at, validFor), addDuration(at, LONGEST_DURATION)];
  if (!end || !latest || end <= at || end > latest)
    throw invalidField('/validFor', 'must be longer than nothing and a year at the most');
  return end;
}

const gone = () => notFound('share link');

async function record(
  trx: Executor,
  caller: OrganisationCaller,
  action: string,
  subjectId: ShareLinkId,
  at: Date,
): Promise<void> {
  const { organisationId } = caller;
  await recordAudit(trx, { at, actor: actorOf(caller), action, organisationId, subjectId });
}

function toWire(row: store.LinkRow, now: Date): ShareLink {
  return {
    id: row.id,
    status: statusOf(row, now),
    ...(row.credential_ids && { credentialIds: [...row.credential_ids] }),
    maxUses: row.max_uses,
    uses: row.uses,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    ...(row.ended_at && { endedAt: row.ended_at.toISOString() }),
    ...(row.last_opened_at && { lastOpenedAt: row.last_opened_at.toISOString() }),
  };
}

function statusOf(row: store.LinkRow, now: Date): ShareLink['status'] {
  if (row.ended_at) return 'ended';
  if (row.expires_at <= now) return 'expired';
  return row.uses >= row.max_uses ? 'used_up' : 'open';
}
