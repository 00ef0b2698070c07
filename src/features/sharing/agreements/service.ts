import { stepIn } from '../../../adapters/database/context.js';
import { recordAudit } from '../../../adapters/database/records.js';
import type { Executor } from '../../../adapters/database/schema.js';
import { judgeIfMatch } from '../../../http/entityTag.js';
import { toPage, type Page, type PageRequest } from '../../../http/paging.js';
import { actorOf, type OrganisationCaller } from '../../../kernel/caller.js';
import { canonicalJson, sha256 } from '../../../kernel/canonicalJson.js';
import { AppError, notFound, type FieldError } from '../../../kernel/errors.js';
import { newId, type AgreementId, type OrganisationId } from '../../../kernel/ids.js';
import { isWithin, LONGEST_GRANT, LONGEST_RETENTION, normaliseFields } from '../accessRequests/rules.js';
import type { AgreementAnswer, AgreementQuestion } from '../deps.js';
import type { AgreementDeps } from './deps.js';
import { acceptVersion, leave } from './joining.js';
import { presentAgreements } from './presentation.js';
import { permitBoth, type AgreementTerms } from './rules.js';
import type { Agreement, AgreementAcceptance, AgreementContent, AgreementMember } from './schemas.js';
import * as store from './store.js';

export interface AgreementService {
  /** Throws `request/invalid`. */
  offer(caller: OrganisationCaller, content: AgreementContent): Promise<Agreement>;
  /**
   * By its author. Binds nobody who does not accept it. Throws `request/invalid`, `agreements/closed`, `agreements/version-required` and
   * `agreements/version-stale`.
   */
  offerVersion(
    caller: OrganisationCaller,
    id: AgreementId,
    content: AgreementContent,
    ifMatch: string | undefined,
  ): Promise<Agreement>;
  /** By its author: nothing is decided by it any more; what was granted runs out. */
  close(caller: OrganisationCaller, id: AgreementId): Promise<Agreement>;
  listAgreements(
    caller: OrganisationCaller,
    filter: { readonly onlyJoined: boolean },
    page: PageRequest,
  ): Promise<Page<Agreement>>;
  readAgreement(caller: OrganisationCaller, id: AgreementId, version?: number): Promise<Agreement>;
  /** For its members and its author. Throws `auth/forbidden`. */
  listMembers(caller: OrganisationCaller, id: AgreementId, page: PageRequest): Promise<Page<AgreementMember>>;
  /** By a delegate. Throws `auth/forbidden`, `agreements/…` and `request/invalid` where a minute is demanded. */
  accept(caller: OrganisationCaller, id: AgreementId, acceptance: AgreementAcceptance): Promise<Agreement>;
  /** By a delegate, at once; nothing happens where it has left before. Throws `auth/forbidden`. */
  leave(caller: OrganisationCaller, id: AgreementId): Promise<Agreement>;
  /** The agreement that lets a partner have what it wants, if one does. Neither leaves it before the transaction is over. */
  agreementFor(trx: Executor, question: AgreementQuestion): Promise<AgreementAnswer | undefined>;
  /** With the account. */
  leaveAll(trx: Executor, organisationId: OrganisationId, at: Date): Promise<void>;
}

export function createAgreements(deps: AgreementDeps): AgreementService {
  const { db, clock } = deps;

  async function read(
    executor: Executor,
    { organisationId }: OrganisationCaller,
    id: AgreementId,
    version?: number,
  ): Promise<Agreement> {
    const row = await store.findVersion(executor, id, organisationId, version);
    const [agreement] = row ? await presentAgreements(deps, executor, [row], organisationId) : [];
    if (!agreement) throw notFound(version === undefined ? 'agreement' : 'version of an agreement');
    return agreement;
  }

  async function save(
    trx: Executor,
    caller: OrganisationCaller,
    id: AgreementId,
    version: number,
    content: AgreementContent,
  ): Promise<Agreement> {
    const at = clock.now();
    const { organisationId } = caller;
    const normalised = {
      ...content,
      terms: { ...content.terms, fields: normaliseFields(content.terms.fields) },
    };
    const digest = sha256(canonicalJson(normalised));
    await store.insertVersion(trx, id, version, normalised, {
      authorId: organisationId,
      digest,
      at,
      by: actorOf(caller),
    });
    const action = version === 1 ? 'agreement.offered' : 'agreement.changed';
    const entry = { at, actor: actorOf(caller), action, organisationId, subjectId: id, detail: { version } };
    await recordAudit(trx, entry);
    if (version > 1) await deps.tellMembers(trx, { id, version }, at);
    return read(trx, caller, id, version);
  }

  async function requireOwn(trx: Executor, caller: OrganisationCaller, id: AgreementId): Promise<Agreement> {
    if (!(await store.lockAgreement(trx, id, caller.organisationId))) {
      await read(trx, caller, id);
      throw new AppError('auth/forbidden', 'Only who wrote an agreement may change or close it.');
    }
    return read(trx, caller, id);
  }

  return {
    async offer(caller, content) {
      requireSense(deps, content, clock.now());
      const id = newId<'agreement'>();
      return db.transaction().execute(async (trx) => {
        await store.insertAgreement(trx, { id, authorId: caller.organisationId, at: clock.now() });
        return save(trx, caller, id, 1, content);
      });
    },

    async offerVersion(caller, id, content, ifMatch) {
      requireSense(deps, content, clock.now());
      return db.transaction().execute(async (trx) => {
        const before = await requireOwn(trx, caller, id);
        if (before.closedAt !== undefined)
          throw new AppError('agreements/closed', 'A closed agreement has no further versions.');
        requireMatch(ifMatch, before.version);
        return save(trx, caller, id, before.version + 1, content);
      });
    },

    async close(caller, id) {
      return db.transaction().execute(async (trx) => {
        const before = await requireOwn(trx, caller, id);
        if (before.closedAt !== undefined) return before;
        const at = clock.now();
        const { organisationId } = caller;
        await store.markClosed(trx, id, at);
        const entry = { at, actor: actorOf(caller), action: 'agreement.closed', organisationId };
        await recordAudit(trx, { ...entry, subjectId: id });
        return read(trx, caller, id);
      });
    },

    async listAgreements(caller, filter, page) {
      const { organisationId } = caller;
      const rows = await store.listVersions(db, organisationId, filter, page);
      const { items, ...rest } = toPage(rows, page.limit, (row) => row);
      return { items: await presentAgreements(deps, db, items, organisationId), ...rest };
    },

    readAgreement: (caller, id, version) => read(db, caller, id, version),

    listMembers: async (caller, id, page) => listMembers(deps, caller, await read(db, caller, id), page),

    async accept(caller, id, acceptance) {
      await acceptVersion(deps, caller, id, acceptance);
      return read(db, caller, id);
    },

    async leave(caller, id) {
      await leave(deps, caller, id);
      return read(db, caller, id);
    },

    agreementFor,

    async leaveAll(trx, organisationId, at) {
      await store.settleApprovals(trx, { organisationId }, at);
      await store.endMemberships(trx, { organisationId }, { at, ending: 'organisation_closed' });
    },
  };
}

const holdCommonTerms = stepIn('counterpart', store.holdCommonTerms);
const findMembers = stepIn('counterpart', store.listMembers);

async function agreementFor(
  trx: Executor,
  { holderId, partnerId, now, ...wanted }: AgreementQuestion,
): Promise<AgreementAnswer | undefined> {
  for (const common of await holdCommonTerms(trx, holderId, partnerId)) {
    const { agreementId, version, holdersTerms, partnersTerms } = common;
    const terms = [holdersTerms as AgreementTerms, partnersTerms as AgreementTerms] as const;
    const expiresAt = permitBoth(...terms, { partnerId, ...wanted }, now);
    if (expiresAt) return { agreementId, version, expiresAt };
  }
  return undefined;
}

async function listMembers(
  { db, findParties }: AgreementDeps,
  { organisationId }: OrganisationCaller,
  { id, author, membership }: Agreement,
  page: PageRequest,
): Promise<Page<AgreementMember>> {
  if (author.id !== organisationId && membership.version === undefined)
    throw new AppError('auth/forbidden', 'Only its members and its author see who has joined an agreement.');
  const rows = await findMembers(db, id as AgreementId, page);
  const { items, ...rest } = toPage(rows, page.limit, (row) => row);
  const ids = items.map((row) => row.organisation_id);
  const parties = new Map((await findParties(db, ids)).map((party) => [party.id, party]));
  const toMember = (row: store.MembershipRow): AgreementMember[] => {
    const party = parties.get(row.organisation_id);
    if (!party) return [];
    const organisation = { id: party.id, did: party.did, name: party.name };
    return [{ organisation, version: row.version, since: row.accepted_at.toISOString() }];
  };
  return { items: items.flatMap(toMember), ...rest };
}

function requireMatch(ifMatch: string | undefined, version: number): void {
  const precondition = judgeIfMatch(ifMatch, version);
  if (precondition === 'missing')
    throw new AppError(
      'agreements/version-required',
      'Send the ETag of the version that you change as If-Match.',
    );
  if (precondition === 'stale')
    throw new AppError('agreements/version-stale', 'There is another version since; nothing was saved.');
}

function requireSense({ isFieldPlace }: AgreementDeps, { terms }: AgreementContent, now: Date): void {
  const errors: FieldError[] = terms.fields.flatMap((field, index) =>
    isFieldPlace(field.startsWith('/') ? field : `/${field}`)
      ? []
      : [{ pointer: `/terms/fields/${index}`, detail: 'leads to no place in the dossier' }],
  );
  if (!isWithin(terms.longestRetention, LONGEST_RETENTION, now))
    errors.push({ pointer: '/terms/longestRetention', detail: 'must be ten years at the most' });
  if (!isWithin(terms.longestGrant, LONGEST_GRANT, now))
    errors.push({ pointer: '/terms/longestGrant', detail: 'must be a year at the most' });
  if (terms.until !== undefined && new Date(terms.until) <= now)
    errors.push({ pointer: '/terms/until', detail: 'must lie in the future' });
  if (terms.parties && terms.mayAsk?.some((id) => !terms.parties?.includes(id)))
    errors.push({ pointer: '/terms/mayAsk', detail: 'names one that may not join' });
  if (errors.length > 0) throw new AppError('request/invalid', 'The request is not valid.', { errors });
}
