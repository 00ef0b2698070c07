import { asWork, inWork } from '../../../adapters/database/context.js';
import { recordAudit } from '../../../adapters/database/records.js';
import type { Executor } from '../../../adapters/database/schema.js';
import { toPage, type Page, type PageRequest } from '../../../http/paging.js';
import { actorOf, type OrganisationCaller } from '../../../kernel/caller.js';
import { AppError, invalidField, notFound } from '../../../kernel/errors.js';
import { newId, type DeliveryId, type OrganisationId, type WebhookId } from '../../../kernel/ids.js';
import { addDuration, addSeconds } from '../../../kernel/instants.js';
import { KEPT_DAYS } from '../events/service.js';
import {
  attempt,
  createWebhookDelivery,
  secretContext,
  toSettlement,
  type DeliveryDeps,
  type WebhookDelivery,
} from './delivery.js';
import { findClaimed, settleDeliveries } from './queue.js';
import { judgeOutcome } from './rules.js';
import type {
  Delivery,
  NewWebhook,
  Replay,
  SecretRotation,
  Webhook,
  WebhookChanges,
  WebhookWithSecret,
} from './schemas.js';
import { newSecret } from './signature.js';
import {
  countWebhooks,
  deleteDeliveries,
  deleteWebhooks,
  findDelivery,
  findWebhook,
  giveUpPending,
  insertTest,
  insertWebhook,
  listDeliveries,
  listWebhooks,
  lockWebhook,
  replayDeliveries,
  updateWebhook,
  type DeliveryRow,
  type WebhookRow,
} from './store.js';

export interface WebhookDeps extends DeliveryDeps {
  readonly envelope: DeliveryDeps['envelope'] & { seal(plaintext: Uint8Array, context: string): Buffer };
}

export interface WebhookService extends WebhookDelivery {
  /** Throws `webhooks/too-many`. */
  createWebhook(caller: OrganisationCaller, wanted: NewWebhook): Promise<WebhookWithSecret>;
  listWebhooks(caller: OrganisationCaller, page: PageRequest): Promise<Page<Webhook>>;
  readWebhook(caller: OrganisationCaller, id: WebhookId): Promise<Webhook>;
  changeWebhook(caller: OrganisationCaller, id: WebhookId, changes: WebhookChanges): Promise<Webhook>;
  deleteWebhook(caller: OrganisationCaller, id: WebhookId): Promise<void>;
  rotateSecret(
    caller: OrganisationCaller,
    id: WebhookId,
    rotation: SecretRotation,
  ): Promise<WebhookWithSecret>;
  /** Delivers an event about nothing, once, and says what came of it. */
  testWebhook(caller: OrganisationCaller, id: WebhookId): Promise<Delivery>;
  listDeliveries(
    caller: OrganisationCaller,
    id: WebhookId,
    state: DeliveryRow['state'] | undefined,
    page: PageRequest,
  ): Promise<Page<Delivery>>;
  /** Of those that are dead; returns how many. Throws `webhooks/disabled`. */
  replay(caller: OrganisationCaller, id: WebhookId, which: Replay): Promise<number>;
  /** With the account. */
  deleteAllOf(trx: Executor, organisationId: OrganisationId): Promise<void>;
  /** Deletes deliveries of events that are not kept any more. */
  purge(): Promise<void>;
}

const MOST_WEBHOOKS = 20;
const LONGEST_OVERLAP = 'P30D';
/** Longer than a trial can take. */
const TEST_SECONDS = 20;

export function createWebhooks(deps: WebhookDeps): WebhookService {
  const { db, clock } = deps;

  /** One of the own, changed in a transaction of its own with its trace. */
  async function change<Result>(
    caller: OrganisationCaller,
    id: WebhookId,
    action: string,
    act: (trx: Executor, webhook: WebhookRow, at: Date) => Promise<Result>,
  ): Promise<Result> {
    const at = clock.now();
    const { organisationId } = caller;
    return db.transaction().execute(async (trx) => {
      const webhook = await lockWebhook(trx, organisationId, id);
      if (!webhook) throw notFound('webhook');
      const result = await act(trx, webhook, at);
      await recordAudit(trx, { at, actor: actorOf(caller), action, organisationId, subjectId: id });
      return result;
    });
  }

  async function requireOwn({ organisationId }: OrganisationCaller, id: WebhookId): Promise<WebhookRow> {
    const webhook = await findWebhook(db, organisationId, id);
    if (!webhook) throw notFound('webhook');
    return webhook;
  }

  return {
    ...createWebhookDelivery(deps),

    createWebhook: (caller, wanted) => createWebhook(deps, caller, wanted),

    async listWebhooks({ organisationId }, page) {
      const now = clock.now();
      const rows = await listWebhooks(db, organisationId, page);
      return toPage(rows, page.limit, (row) => present(row, now));
    },

    readWebhook: async (caller, id) => present(await requireOwn(caller, id), clock.now()),

    changeWebhook: (caller, id, changes) =>
      change(caller, id, 'webhook.changed', async (trx, webhook, at) => {
        const changed = changesOf(deps, webhook, changes, at);
        await updateWebhook(trx, id, changed);
        if (changed.disabled_at) await giveUpPending(trx, id);
        return present({ ...webhook, ...changed }, at);
      }),

    deleteWebhook: (caller, id) =>
      change(caller, id, 'webhook.deleted', async (trx) => {
        await deleteWebhooks(trx, { organisationId: caller.organisationId, id });
      }),

    rotateSecret: (caller, id, { previousValidFor = 'P1D' }) =>
      change(caller, id, 'webhook.secret-rotated', async (trx, webhook, at) => {
        const until = addDuration(at, previousValidFor);
        const latest = addDuration(at, LONGEST_OVERLAP);
        if (!until || !latest || until > latest)
          throw invalidField('/previousValidFor', 'must be a duration of 30 days at the most');
        const isKept = until > at;
        const secret = newSecret();
        const changed = {
          sealed_secret: deps.envelope.seal(Buffer.from(secret), secretContext(id)),
          sealed_previous_secret: isKept ? webhook.sealed_secret : null,
          previous_valid_until: isKept ? until : null,
        };
        await updateWebhook(trx, id, changed);
        return { ...present({ ...webhook, ...changed }, at), secret };
      }),

    testWebhook: (caller, id) => testWebhook(deps, caller, id),

    async listDeliveries(caller, id, state, page) {
      await requireOwn(caller, id);
      return toPage(await listDeliveries(db, id, state, page), page.limit, presentDelivery);
    },

    replay: (caller, id, { deliveryId }) =>
      change(caller, id, 'webhook.replayed', async (trx, webhook, at) => {
        if (webhook.disabled_at !== null)
          throw new AppError('webhooks/disabled', 'Nothing is delivered while the webhook is disabled.');
        const wanted = deliveryId as DeliveryId | undefined;
        if (wanted !== undefined && (await findDelivery(trx, id, wanted))?.state !== 'dead')
          throw invalidField('/deliveryId', 'names no dead delivery of this webhook');
        return replayDeliveries(trx, id, wanted, at);
      }),

    async deleteAllOf(trx, organisationId) {
      await deleteWebhooks(trx, { organisationId });
    },

    purge: () =>
      inWork('upkeep', () => deleteDeliveries(db, addSeconds(clock.now(), -KEPT_DAYS * 24 * 3600))),
  };
}

async function createWebhook(
  deps: WebhookDeps,
  caller: OrganisationCaller,
  { url, types = [] }: NewWebhook,
): Promise<WebhookWithSecret> {
  requireReachable(deps, url);
  const at = deps.clock.now();
  const { organisationId } = caller;
  const id = newId<'webhook'>();
  const secret = newSecret();
  const row = {
    id,
    organisation_id: organisationId,
    url,
    types: [...types],
    sealed_secret: deps.envelope.seal(Buffer.from(secret), secretContext(id)),
    created_at: at,
  };
  await deps.db.transaction().execute(async (trx) => {
    if ((await countWebhooks(trx, organisationId)) >= MOST_WEBHOOKS)
      throw new AppError('webhooks/too-many', `An organisation may have ${MOST_WEBHOOKS} webhooks.`);
    await insertWebhook(trx, row);
    await recordAudit(trx, {
      at,
      actor: actorOf(caller),
      action: 'webhook.created',
      organisationId,
      subjectId: id,
    });
  });
  return { ...present({ ...row, ...NEW }, at), secret };
}

const NEW = {
  sealed_previous_secret: null,
  previous_valid_until: null,
  disabled_at: null,
  disabled_because: null,
  failures: 0,
  failing_since: null,
  resumes_at: null,
} as const;

function requireReachable({ http }: WebhookDeps, url: string): void {
  if (!http.mayAsk(url))
    throw invalidField(
      '/url',
      'must be an https URL without user information, and not of an address inside a network',
    );
}

function changesOf(
  deps: WebhookDeps,
  webhook: WebhookRow,
  { url, types, isEnabled }: WebhookChanges,
  at: Date,
): Partial<WebhookRow> {
  if (url !== undefined) requireReachable(deps, url);
  const isPaused = isEnabled === false && webhook.disabled_at === null;
  return {
    ...(url !== undefined && { url }),
    ...(types !== undefined && { types: [...types] }),
    ...(isPaused && { disabled_at: at, disabled_because: 'paused' as const }),
    // What it failed at before counts no more.
    ...(isEnabled === true && {
      disabled_at: null,
      disabled_because: null,
      failures: 0,
      failing_since: null,
      resumes_at: null,
    }),
  };
}

async function testWebhook(deps: WebhookDeps, caller: OrganisationCaller, id: WebhookId): Promise<Delivery> {
  const { db, clock } = deps;
  const at = clock.now();
  const { organisationId } = caller;
  const deliveryId = newId<'delivery'>();
  const claimed = await db.transaction().execute(async (trx) => {
    if (!(await lockWebhook(trx, organisationId, id))) throw notFound('webhook');
    const test = {
      webhookId: id,
      organisationId,
      eventId: newId<'event'>(),
      deliveryId,
      at,
      claimedUntil: addSeconds(at, TEST_SECONDS),
    };
    await asWork(trx, 'telling', () => insertTest(trx, test));
    await recordAudit(trx, {
      at,
      actor: actorOf(caller),
      action: 'webhook.tested',
      organisationId,
      subjectId: id,
    });
    return findClaimed(trx, deliveryId);
  });
  if (!claimed) throw new Error('a trial that is not there');
  const outcome = await attempt(deps, claimed);
  const settled = toSettlement(claimed, outcome, judgeOutcome(outcome), clock.now());
  // Whoever tries something out wants to know now.
  const final = settled.state === 'pending' ? { ...settled, state: 'dead' as const } : settled;
  await settleDeliveries(db, [final]);
  const row = await findDelivery(db, id, deliveryId);
  if (!row) throw notFound('webhook');
  return presentDelivery(row);
}

function present(row: WebhookRow, now: Date): Webhook {
  const { previous_valid_until: previous } = row;
  return {
    id: row.id,
    url: row.url,
    ...(row.types.length > 0 && { types: row.types }),
    createdAt: row.created_at.toISOString(),
    isEnabled: row.disabled_at === null,
    ...(row.disabled_at && { disabledAt: row.disabled_at.toISOString() }),
    ...(row.disabled_because && { disabledBecause: row.disabled_because }),
    ...(row.failing_since && { failingSince: row.failing_since.toISOString() }),
    ...(previous && now < previous && { previousSecretValidUntil: previous.toISOString() }),
  };
}

function presentDelivery(row: DeliveryRow): Delivery {
  return {
    id: row.id,
    eventId: row.event_id,
    type: row.type,
    state: row.state,
    attempts: row.attempts,
    createdAt: row.created_at.toISOString(),
    ...(row.state === 'pending' && { nextAttemptAt: row.next_attempt_at.toISOString() }),
    ...(row.last_attempt_at && { lastAttemptAt: row.last_attempt_at.toISOString() }),
    ...(row.last_status !== null && { lastStatus: row.last_status }),
    ...(row.last_problem && { lastProblem: row.last_problem }),
  };
}
