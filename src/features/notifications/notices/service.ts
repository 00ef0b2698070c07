import type { Kysely } from 'kysely';
import type { Executor, Tables } from '../../../adapters/database/schema.js';
import { toPage, type Page, type PageRequest } from '../../../http/paging.js';
import { mayRead, mayWrite, type OrganisationCaller, type Role, type Scope } from '../../../kernel/caller.js';
import { missingRight, notFound } from '../../../kernel/errors.js';
import { newId, type NoticeId, type OrganisationId } from '../../../kernel/ids.js';
import { addSeconds } from '../../../kernel/instants.js';
import { ALWAYS_MAILED_KINDS, DELEGATES_KINDS, type NewNotice } from '../../../kernel/notices.js';
import type { Clock, Mail } from '../../../kernel/ports.js';
import { composeNoticeMail } from './mail.js';
import type { Notice } from './schemas.js';
import { insertNotice, listNotices, markRead, wasMailed, type NoticeRow } from './store.js';

export interface NoticeDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly publicUrl: string;
  readonly listAddresses: (
    trx: Executor,
    organisationId: OrganisationId,
    roles: readonly Role[],
  ) => Promise<string[]>;
  /** Absent: this installation sends no mail. */
  readonly queueMail?: (trx: Executor, mail: Mail, at: Date) => Promise<void>;
}

/** In the transaction of what it tells of. */
export type Notify = (trx: Executor, notice: NewNotice) => Promise<void>;

export interface NoticeService {
  readonly notify: Notify;
  listNotices(caller: OrganisationCaller, onlyUnread: boolean, page: PageRequest): Promise<Page<Notice>>;
  readNotice(caller: OrganisationCaller, id: NoticeId): Promise<Notice>;
}

/** Hundreds of a kind may come at once, and nobody reads the second mail. */
const MAIL_PAUSE_SECONDS = 3600;
/** Whose work notices are about. */
const SCOPES: readonly Scope[] = ['credentials', 'applications', 'review', 'dossier', 'sharing'];

export function createNotices(deps: NoticeDeps): NoticeService {
  const { db, clock, queueMail } = deps;

  async function writeToPeople(trx: Executor, { organisationId, kind, at }: NewNotice): Promise<boolean> {
    if (!queueMail) return false;
    const since = addSeconds(at, -MAIL_PAUSE_SECONDS);
    if (!ALWAYS_MAILED_KINDS.has(kind) && (await wasMailed(trx, { organisationId, kind }, since)))
      return false;
    const roles: readonly Role[] = DELEGATES_KINDS.has(kind) ? ['admin', 'delegate'] : ['admin'];
    const addresses = await deps.listAddresses(trx, organisationId, roles);
    for (const to of addresses) await queueMail(trx, composeNoticeMail(to, kind, deps.publicUrl), at);
    return addresses.length > 0;
  }

  return {
    async notify(trx, notice) {
      const { organisationId, kind, subjectId, at, pointers = [] } = notice;
      await insertNotice(trx, {
        id: newId<'notice'>(),
        organisation_id: organisationId,
        kind,
        subject_id: subjectId,
        pointers: [...pointers],
        at,
        is_mailed: await writeToPeople(trx, notice),
        read_at: null,
      });
    },

    async listNotices(caller, onlyUnread, page) {
      if (!SCOPES.some((scope) => mayRead(caller, scope))) throw missingRight('credentials');
      const { organisationId } = caller;
      return toPage(await listNotices(db, { organisationId, onlyUnread }, page), page.limit, present);
    },

    async readNotice(caller, id) {
      if (!SCOPES.some((scope) => mayWrite(caller, scope))) throw missingRight('credentials');
      const row = await markRead(db, id, caller.organisationId, clock.now());
      if (!row) throw notFound('notice');
      return present(row);
    },
  };
}

function present(row: NoticeRow): Notice {
  return {
    id: row.id,
    kind: row.kind,
    subjectId: row.subject_id,
    pointers: row.pointers,
    at: row.at.toISOString(),
    ...(row.read_at ? { readAt: row.read_at.toISOString() } : {}),
  };
}
