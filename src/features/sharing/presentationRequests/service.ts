import type { Kysely } from 'kysely';
import { inOrganisation, inWork } from '../../../adapters/database/context.js';
import { recordAudit } from '../../../adapters/database/records.js';
import type { Executor, Tables } from '../../../adapters/database/schema.js';
import type { PolicyRule } from '../../../credentials/policies/policy.js';
import { toPage, type Page, type PageRequest } from '../../../http/paging.js';
import { actorOf, type Caller, type OrganisationCaller } from '../../../kernel/caller.js';
import { AppError, invalidField, notFound } from '../../../kernel/errors.js';
import {
  newId,
  type OrganisationId,
  type PolicyId,
  type PresentationRequestId,
  type VerificationId,
} from '../../../kernel/ids.js';
import { addDuration } from '../../../kernel/instants.js';
import type { Clock } from '../../../kernel/ports.js';
import { hashSecretToken, newSecretToken } from '../../../kernel/secretTokens.js';
import { isAnswer, statusOf, type AnswerReport } from './rules.js';
import type {
  AnsweredRequest,
  MadePresentationRequest,
  NewPresentationRequest,
  OpenRequest,
  PresentationRequest,
  RequestAnswer,
} from './schemas.js';
import * as store from './store.js';

type Policy = { readonly id: PolicyId; readonly version: number };
type PolicyChoice = { readonly id: PolicyId; readonly version?: number };
type Shown = Extract<RequestAnswer, { credentialIds: string[] }>;

/** What is asked of others. */
export interface PresentationRequestDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly publicUrl: string;
  /** Throws `policies/archived` and `resource/not-found`. */
  readonly findPolicyRules: (organisationId: OrganisationId, choice: PolicyChoice) => Promise<Policy>;
  /** Throws `resource/not-found`. */
  readonly readPolicy: (
    organisationId: OrganisationId,
    choice: PolicyChoice,
  ) => Promise<{ readonly name: string; readonly rules: PolicyRule[] }>;
  readonly findParties: (
    executor: Executor,
    ids: readonly OrganisationId[],
    options: { readonly onlyOpen: true },
  ) => Promise<{ readonly id: OrganisationId; readonly did: string; readonly name: string }[]>;
  readonly present: (
    caller: OrganisationCaller,
    wanted: Shown & { readonly audience: string; readonly nonce: string },
    requestId: PresentationRequestId,
  ) => Promise<{ readonly presentation: string }>;
  /** By the asker's means, and for it. */
  readonly verifyFor: (
    verifierId: OrganisationId,
    submission: { readonly presentation: string; readonly audience: string; readonly nonce: string },
    options: { readonly policy: Policy; readonly maxRequests: number },
  ) => Promise<{
    readonly report: AnswerReport & { readonly id: VerificationId };
    store(executor: Executor): Promise<void>;
  }>;
  readonly tell: (
    trx: Executor,
    type: 'presentation.received',
    event: { readonly organisationId: OrganisationId; readonly data: Readonly<Record<string, string>> },
    at: Date,
  ) => Promise<void>;
}

export interface PresentationRequestService {
  /** Throws `request/invalid` and `policies/archived`. */
  ask(caller: OrganisationCaller, wanted: NewPresentationRequest): Promise<MadePresentationRequest>;
  listRequests(organisationId: OrganisationId, page: PageRequest): Promise<Page<PresentationRequest>>;
  readRequest(organisationId: OrganisationId, id: PresentationRequestId): Promise<PresentationRequest>;
  /** Nothing happens where it has ended before. */
  cancel(caller: OrganisationCaller, id: PresentationRequestId): Promise<void>;
  /** For whoever has the link. Throws `presentation-requests/closed`. */
  open(code: string): Promise<OpenRequest>;
  /**
   * By whoever has the link. Throws `presentation-requests/closed`, `presentation-requests/not-answered`, `auth/required`, `auth/forbidden`, and
   * what presenting throws.
   */
  answer(code: string, caller: Caller | null, answer: RequestAnswer): Promise<AnsweredRequest>;
  /** With the account. */
  cancelAllOf(trx: Executor, organisationId: OrganisationId, at: Date): Promise<void>;
}

const DEFAULT_DURATION = 'P7D';
const LONGEST_DURATION = 'P90D';
/** Requests to elsewhere that judging what somebody sends may cause: whoever has a link may be a stranger. */
const OUTBOUND_REQUESTS = 3;

export function createPresentationRequests(deps: PresentationRequestDeps): PresentationRequestService {
  const { db, clock } = deps;

  /** An open one, with who asks. */
  async function findOpen(code: string) {
    const row = await inWork('counterpart', () => store.findByCode(db, hashSecretToken(code)));
    if (!row) throw notFound('presentation request');
    const [asker] = await deps.findParties(db, [row.organisation_id], { onlyOpen: true });
    const status = statusOf(row, clock.now());
    if (status !== 'open' || !asker) throw closed(asker ? status : 'cancelled');
    return { row, asker };
  }

  return {
    async ask(caller, { policyId, policyVersion, purpose, validFor = DEFAULT_DURATION }) {
      const { organisationId } = caller;
      const at = clock.now();
      const policy = await findPolicy(deps, organisationId, policyId as PolicyId, policyVersion);
      const { token, hash } = newSecretToken();
      const row: store.RequestRow = {
        id: newId<'presentationRequest'>(),
        organisation_id: organisationId,
        nonce: newSecretToken().token,
        policy_id: policy.id,
        policy_version: policy.version,
        purpose,
        created_at: at,
        expires_at: endOf(at, validFor),
        cancelled_at: null,
        answered_at: null,
        verification_id: null,
      };
      await db.transaction().execute(async (trx) => {
        await store.insertRequest(trx, row, { codeDigest: hash, createdBy: actorOf(caller) });
        await record(trx, caller, 'presentationRequest.made', row.id, at);
      });
      const link = `${deps.publicUrl}/present/${token}`;
      return { ...toWire(row, at), link, qrContent: link };
    },

    async listRequests(organisationId, page) {
      const now = clock.now();
      const rows = await store.listRequests(db, organisationId, page);
      return toPage(rows, page.limit, (row) => toWire(row, now));
    },

    async readRequest(organisationId, id) {
      const row = await store.findRequest(db, id, organisationId);
      if (!row) throw notFound('presentation request');
      return toWire(row, clock.now());
    },

    async cancel(caller, id) {
      const at = clock.now();
      await db.transaction().execute(async (trx) => {
        if (!(await store.findRequest(trx, id, caller.organisationId)))
          throw notFound('presentation request');
        if (await store.closeRequest(trx, id, at, 'cancelled'))
          await record(trx, caller, 'presentationRequest.cancelled', id, at);
      });
    },

    async open(code) {
      const { row, asker } = await findOpen(code);
      const choice = { id: row.policy_id, version: row.policy_version };
      const { name, rules } = await inOrganisation(asker.id, () => deps.readPolicy(asker.id, choice));
      return {
        id: row.id,
        asker: { did: asker.did, name: asker.name },
        purpose: row.purpose,
        policy: { name, rules },
        audience: asker.did,
        nonce: row.nonce,
        expiresAt: row.expires_at.toISOString(),
      };
    },

    async answer(code, caller, answer) {
      const { row, asker } = await findOpen(code);
      const addressed = { audience: asker.did, nonce: row.nonce };
      const presentation =
        'presentation' in answer
          ? answer.presentation
          : (await deps.present(requireHolder(caller, asker.id), { ...answer, ...addressed }, row.id))
              .presentation;
      return inOrganisation(asker.id, () => take(deps, row, { presentation, ...addressed }));
    },

    cancelAllOf: store.cancelAllOf,
  };
}

/** In the asker's name. One answer is taken, and only from whom it is about. */
async function take(
  { db, clock, verifyFor, tell }: PresentationRequestDeps,
  { id, organisation_id: askerId, policy_id: policyId, policy_version: version }: store.RequestRow,
  submission: Parameters<PresentationRequestDeps['verifyFor']>[1],
): Promise<AnsweredRequest> {
  const policy = { id: policyId, version };
  const { report, store: storeReport } = await verifyFor(askerId, submission, {
    policy,
    maxRequests: OUTBOUND_REQUESTS,
  });
  if (!isAnswer(report))
    throw new AppError(
      'presentation-requests/not-answered',
      'This is no presentation that its holder made for this request.',
    );
  const at = clock.now();
  await db.transaction().execute(async (trx) => {
    await storeReport(trx);
    if (!(await store.closeRequest(trx, id, at, { verificationId: report.id }))) throw closed('answered');
    const data = { requestId: id, verificationId: report.id };
    await tell(trx, 'presentation.received', { organisationId: askerId, data }, at);
  });
  return { id, answeredAt: at.toISOString() };
}

async function findPolicy(
  { findPolicyRules }: PresentationRequestDeps,
  organisationId: OrganisationId,
  id: PolicyId,
  version: number | undefined,
): Promise<Policy> {
  try {
    return await findPolicyRules(organisationId, { id, ...(version !== undefined && { version }) });
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'resource/not-found')) throw error;
    throw invalidField(version === undefined ? '/policyId' : '/policyVersion', 'names no policy of yours');
  }
}

function endOf(at: Date, validFor: string): Date {
  const [end, latest] = [addDuration(at, validFor), addDuration(at, LONGEST_DURATION)];
  if (!end || !latest || end <= at || end > latest)
    throw invalidField('/validFor', 'must be longer than nothing and 90 days at the most');
  return end;
}

function requireHolder(caller: Caller | null, askerId: OrganisationId): OrganisationCaller {
  if (!caller)
    throw new AppError(
      'auth/required',
      'Sign in to answer with your credentials, or send a "presentation" that you made elsewhere.',
    );
  if (caller.kind === 'operator')
    throw new AppError(
      'auth/forbidden',
      'The operator holds no credentials: sign in as a member of a co-op.',
    );
  if (caller.organisationId === askerId)
    throw new AppError('auth/forbidden', 'The request is your own: others answer it.');
  return caller;
}

function closed(status: PresentationRequest['status']): AppError {
  return new AppError('presentation-requests/closed', `The request is ${status}.`);
}

async function record(
  trx: Executor,
  caller: OrganisationCaller,
  action: string,
  subjectId: PresentationRequestId,
  at: Date,
): Promise<void> {
  const { organisationId } = caller;
  await recordAudit(trx, { at, actor: actorOf(caller), action, organisationId, subjectId });
}

function toWire(row: store.RequestRow, now: Date): PresentationRequest {
  return {
    id: row.id,
    status: statusOf(row, now),
    policy: { id: row.policy_id, version: row.policy_version },
    purpose: row.purpose,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    ...(row.answered_at && { answeredAt: row.answered_at.toISOString() }),
    ...(row.cancelled_at && { cancelledAt: row.cancelled_at.toISOString() }),
    ...(row.verification_id !== null && { verificationId: row.verification_id }),
  };
}
