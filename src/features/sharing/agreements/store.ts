import { sql, type Selectable } from 'kysely';
import type { Executor, Tables } from '../../../adapters/database/schema.js';
import type { PageRequest } from '../../../http/paging.js';
import type { Actor } from '../../../kernel/caller.js';
import type { AgreementId, AgreementMembershipId, OrganisationId } from '../../../kernel/ids.js';
import type { AgreementContent } from './schemas.js';

export type MembershipRow = Selectable<Tables['agreement_memberships']>;
export type ApprovalRow = Selectable<Tables['agreement_approvals']>;

export interface VersionRow {
  readonly id: AgreementId;
  readonly author_id: OrganisationId;
  readonly created_at: Date;
  readonly closed_at: Date | null;
  readonly version: number;
  readonly title: string;
  readonly text: string;
  readonly terms: unknown;
  readonly digest: Buffer;
  readonly versioned_at: Date;
}

export async function insertAgreement(
  trx: Executor,
  agreement: { readonly id: AgreementId; readonly authorId: OrganisationId; readonly at: Date },
): Promise<void> {
  await trx
    .insertInto('agreements')
    .values({ id: agreement.id, author_id: agreement.authorId, created_at: agreement.at })
    .execute();
}

export async function insertVersion(
  trx: Executor,
  id: AgreementId,
  version: number,
  content: AgreementContent,
  made: {
    readonly authorId: OrganisationId;
    readonly digest: Buffer;
    readonly at: Date;
    readonly by: Actor;
  },
): Promise<void> {
  await trx
    .insertInto('agreement_versions')
    .values({
      agreement_id: id,
      author_id: made.authorId,
      version,
      title: content.title,
      text: content.text,
      terms: JSON.stringify(content.terms),
      parties: (content.terms.parties as OrganisationId[] | undefined) ?? null,
      digest: made.digest,
      created_at: made.at,
      created_by: JSON.stringify(made.by),
    })
    .execute();
}

/** Of the author's; nobody else makes a version of it, or closes it, before the transaction is over. */
export async function lockAgreement(
  trx: Executor,
  id: AgreementId,
  authorId: OrganisationId,
): Promise<boolean> {
  const row = await trx
    .selectFrom('agreements')
    .select('id')
    .where('id', '=', id)
    .where('author_id', '=', authorId)
    .forUpdate()
    .executeTakeFirst();
  return row !== undefined;
}

/** What a reader may see: what it wrote, what it may join, and the versions that it has joined. */
function selectVisible(executor: Executor, reader: OrganisationId) {
  return executor
    .selectFrom('agreements')
    .innerJoin('agreement_versions as offered', 'offered.agreement_id', 'agreements.id')
    .select(['agreements.id', 'agreements.author_id', 'agreements.created_at', 'agreements.closed_at'])
    .select(['offered.version', 'offered.title', 'offered.text', 'offered.terms', 'offered.digest'])
    .select('offered.created_at as versioned_at')
    .where((where) =>
      where.or([
        where('agreements.author_id', '=', reader),
        where('offered.parties', 'is', null),
        sql<boolean>`${reader} = any(offered.parties)`,
        where.exists(
          where
            .selectFrom('agreement_memberships as joined')
            .select('joined.id')
            .whereRef('joined.agreement_id', '=', 'offered.agreement_id')
            .whereRef('joined.version', '=', 'offered.version')
            .where('joined.organisation_id', '=', reader),
        ),
      ]),
    );
}

/** The newest version that the reader may see, or the one that is named. */
export async function findVersion(
  executor: Executor,
  id: AgreementId,
  reader: OrganisationId,
  version?: number,
): Promise<VersionRow | undefined> {
  let query = selectVisible(executor, reader).where('agreements.id', '=', id);
  if (version !== undefined) query = query.where('offered.version', '=', version);
  return query.orderBy('offered.version', 'desc').limit(1).executeTakeFirst();
}

/** The newest visible version of each, oldest agreement first; one row more than the page holds. */
export async function listVersions(
  executor: Executor,
  reader: OrganisationId,
  filter: { readonly onlyJoined: boolean },
  page: PageRequest,
): Promise<VersionRow[]> {
  let query = selectVisible(executor, reader).distinctOn('agreements.id');
  if (filter.onlyJoined)
    query = query.where((where) =>
      where.exists(
        where
          .selectFrom('agreement_memberships as mine')
          .select('mine.id')
          .whereRef('mine.agreement_id', '=', 'agreements.id')
          .where('mine.organisation_id', '=', reader)
          .where('mine.ended_at', 'is', null),
      ),
    );
  if (page.after !== undefined) query = query.where('agreements.id', '>', page.after as AgreementId);
  return query
    .orderBy('agreements.id')
    .orderBy('offered.version', 'desc')
    .limit(page.limit + 1)
    .execute();
}

export async function markClosed(trx: Executor, id: AgreementId, at: Date): Promise<void> {
  await trx
    .updateTable('agreements')
    .set({ closed_at: at })
    .where('id', '=', id)
    .where('closed_at', 'is', null)
    .execute();
}

/** An organisation's own, that has not ended; by agreement. */
export async function listMembershipsOf(
  executor: Executor,
  organisationId: OrganisationId,
  ids: readonly AgreementId[],
): Promise<MembershipRow[]> {
  if (ids.length === 0) return [];
  return executor
    .selectFrom('agreement_memberships')
    .selectAll()
    .where('organisation_id', '=', organisationId)
    .where('agreement_id', 'in', [...ids])
    .where('ended_at', 'is', null)
    .execute();
}

export async function insertMembership(trx: Executor, row: MembershipRow): Promise<void> {
  await trx.insertInto('agreement_memberships').values(row).execute();
}

/** Ends what has not ended; whoever grants something by it at this moment is through before. */
export async function endMemberships(
  trx: Executor,
  which: { readonly organisationId: OrganisationId; readonly id?: AgreementId },
  end: { readonly at: Date; readonly ending: NonNullable<MembershipRow['ending']> },
): Promise<AgreementId[]> {
  let query = trx
    .updateTable('agreement_memberships')
    .set({ ended_at: end.at, ending: end.ending })
    .where('organisation_id', '=', which.organisationId)
    .where('ended_at', 'is', null);
  if (which.id !== undefined) query = query.where('agreement_id', '=', which.id);
  const rows = await query.returning('agreement_id').execute();
  return rows.map((row) => row.agreement_id);
}

/** One delegate of an organisation decides about an agreement at a time: of two at once, each would take itself for the first. */
export async function holdDecision(
  trx: Executor,
  organisationId: OrganisationId,
  id: AgreementId,
): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`agreement:${id}:${organisationId}`}, 0))`.execute(
    trx,
  );
}

/** One organisation's delegates' that wait for more. */
export async function listApprovals(
  executor: Executor,
  organisationId: OrganisationId,
  ids: readonly AgreementId[],
  since: Date,
): Promise<ApprovalRow[]> {
  if (ids.length === 0) return [];
  return executor
    .selectFrom('agreement_approvals')
    .selectAll()
    .where('organisation_id', '=', organisationId)
    .where('agreement_id', 'in', [...ids])
    .where('settled_at', 'is', null)
    .where('at', '>', since)
    .orderBy('id')
    .execute();
}

export async function insertApproval(trx: Executor, row: ApprovalRow): Promise<void> {
  await trx.insertInto('agreement_approvals').values(row).execute();
}

/** What they wanted has come about, or never will: of every version up to this one. */
export async function settleApprovals(
  trx: Executor,
  which: {
    readonly organisationId: OrganisationId;
    readonly id?: AgreementId;
    readonly upTo?: number;
    readonly givenUntil?: Date;
  },
  at: Date,
): Promise<void> {
  let query = trx
    .updateTable('agreement_approvals')
    .set({ settled_at: at })
    .where('organisation_id', '=', which.organisationId)
    .where('settled_at', 'is', null);
  if (which.id !== undefined) query = query.where('agreement_id', '=', which.id);
  if (which.upTo !== undefined) query = query.where('version', '<=', which.upTo);
  if (which.givenUntil !== undefined) query = query.where('at', '<=', which.givenUntil);
  await query.execute();
}

/** How many organisations have accepted each of them. */
export async function countMembers(
  executor: Executor,
  ids: readonly AgreementId[],
): Promise<ReadonlyMap<AgreementId, number>> {
  if (ids.length === 0) return new Map();
  const rows = await executor
    .selectFrom('agreement_memberships')
    .select(({ fn }) => ['agreement_id', fn.countAll<string>().as('members')])
    .where('agreement_id', 'in', [...ids])
    .where('ended_at', 'is', null)
    .groupBy('agreement_id')
    .execute();
  return new Map(rows.map((row) => [row.agreement_id, Number(row.members)]));
}

/** Oldest first; one row more than the page holds. */
export async function listMembers(
  executor: Executor,
  id: AgreementId,
  page: PageRequest,
): Promise<MembershipRow[]> {
  let query = executor
    .selectFrom('agreement_memberships')
    .selectAll()
    .where('agreement_id', '=', id)
    .where('ended_at', 'is', null);
  if (page.after !== undefined) query = query.where('id', '>', page.after as AgreementMembershipId);
  return query
    .orderBy('id')
    .limit(page.limit + 1)
    .execute();
}

/** What binds both of two organisations, in the versions that each has accepted. Neither leaves before the transaction is over. */
export async function holdCommonTerms(trx: Executor, holderId: OrganisationId, partnerId: OrganisationId) {
  return trx
    .selectFrom('agreement_memberships as holder')
    .innerJoin('agreement_memberships as partner', 'partner.agreement_id', 'holder.agreement_id')
    .innerJoin('agreements', 'agreements.id', 'holder.agreement_id')
    .innerJoin('agreement_versions as accepted', (join) =>
      join
        .onRef('accepted.agreement_id', '=', 'holder.agreement_id')
        .onRef('accepted.version', '=', 'holder.version'),
    )
    .innerJoin('agreement_versions as partners', (join) =>
      join
        .onRef('partners.agreement_id', '=', 'partner.agreement_id')
        .onRef('partners.version', '=', 'partner.version'),
    )
    .select(['holder.agreement_id as agreementId', 'holder.version'])
    .select(['accepted.terms as holdersTerms', 'partners.terms as partnersTerms'])
    .where('holder.organisation_id', '=', holderId)
    .where('partner.organisation_id', '=', partnerId)
    .where('holder.ended_at', 'is', null)
    .where('partner.ended_at', 'is', null)
    .where('agreements.closed_at', 'is', null)
    .orderBy('holder.agreement_id')
    .forShare(['holder', 'partner'])
    .execute();
}

/** What an organisation has written, accepted and approved. */
export async function exportAgreements(executor: Executor, organisationId: OrganisationId): Promise<unknown> {
  const written = await executor
    .selectFrom('agreement_versions')
    .innerJoin('agreements', 'agreements.id', 'agreement_versions.agreement_id')
    .select(['agreements.id', 'version', 'title', 'text', 'terms', 'agreement_versions.created_at'])
    .where('agreements.author_id', '=', organisationId)
    .orderBy('agreements.id')
    .orderBy('version')
    .execute();
  const memberships = await executor
    .selectFrom('agreement_memberships')
    .selectAll()
    .where('organisation_id', '=', organisationId)
    .orderBy('id')
    .execute();
  return { written, memberships };
}
