import type { Kysely } from 'kysely';
import { recordAudit } from '../../adapters/database/records.js';
import type { Executor, Tables } from '../../adapters/database/schema.js';
import type { PolicyRule } from '../../credentials/policies/policy.js';
import { judgeIfMatch } from '../../http/entityTag.js';
import { toPage, type Page, type PageRequest } from '../../http/paging.js';
import { actorOf, type OrganisationCaller } from '../../kernel/caller.js';
import { AppError, invalidField, notFound } from '../../kernel/errors.js';
import { newId, type OrganisationId, type PolicyId } from '../../kernel/ids.js';
import type { Clock } from '../../kernel/ports.js';
import { findRuleProblems } from './rules.js';
import type { Policy, PolicyBody } from './schemas.js';
import * as store from './store.js';

export interface PolicyDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  /** Names of the dossier's blocks. */
  readonly dossierBlocks: ReadonlySet<string>;
}

/** What somebody is to be judged by. */
export interface PolicyChoice {
  readonly id: PolicyId;
  /** The newest when absent. */
  readonly version?: number;
}

export interface PolicyService {
  /** Throws `request/invalid`. */
  createPolicy(caller: OrganisationCaller, body: PolicyBody): Promise<Policy>;
  /** Throws `request/invalid`, `policies/archived`, `policies/version-required` and `policies/version-stale`. */
  changePolicy(
    caller: OrganisationCaller,
    id: PolicyId,
    body: PolicyBody,
    ifMatch: string | undefined,
  ): Promise<Policy>;
  /** Again and again, as it was the first time. */
  archivePolicy(caller: OrganisationCaller, id: PolicyId): Promise<Policy>;
  listPolicies(organisationId: OrganisationId, page: PageRequest): Promise<Page<Policy>>;
  readPolicy(organisationId: OrganisationId, choice: PolicyChoice): Promise<Policy>;
  /** The rules to decide by; with `asOf` the newest of then, where no version is named. Throws `policies/archived` and `request/invalid`. */
  findRules(
    organisationId: OrganisationId,
    choice: PolicyChoice & { readonly asOf?: Date },
  ): Promise<{ readonly id: PolicyId; readonly version: number; readonly rules: readonly PolicyRule[] }>;
}

export function createPolicies({ db, clock, dossierBlocks }: PolicyDeps): PolicyService {
  async function read(executor: Executor, organisationId: OrganisationId, choice: PolicyChoice) {
    const row = await store.findVersion(executor, choice.id, organisationId, choice);
    if (!row) throw notFound(choice.version === undefined ? 'policy' : 'version of a policy');
    return present(row);
  }

  function requireSense({ rules }: PolicyBody): void {
    const errors = findRuleProblems(rules, dossierBlocks, clock.now());
    if (errors.length > 0) throw new AppError('request/invalid', 'The request is not valid.', { errors });
  }

  async function save(
    trx: Executor,
    caller: OrganisationCaller,
    id: PolicyId,
    { version, body, at }: { readonly version: number; readonly body: PolicyBody; readonly at: Date },
  ): Promise<Policy> {
    const { organisationId } = caller;
    await store.insertVersion(trx, id, { version, body, at });
    const action = version === 1 ? 'policy.created' : 'policy.changed';
    await recordAudit(trx, {
      at,
      actor: actorOf(caller),
      action,
      organisationId,
      subjectId: id,
      detail: { version },
    });
    return read(trx, organisationId, { id });
  }

  return {
    async createPolicy(caller, body) {
      requireSense(body);
      const [id, at] = [newId<'policy'>(), clock.now()];
      return db.transaction().execute(async (trx) => {
        await store.insertPolicy(trx, { id, organisationId: caller.organisationId, at });
        return save(trx, caller, id, { version: 1, body, at });
      });
    },

    async changePolicy(caller, id, body, ifMatch) {
      return db.transaction().execute(async (trx) => {
        if (!(await store.lockPolicy(trx, id, caller.organisationId))) throw notFound('policy');
        const before = await read(trx, caller.organisationId, { id });
        requireLive(before);
        requireMatch(ifMatch, before.version);
        requireSense(body);
        return save(trx, caller, id, { version: before.version + 1, body, at: clock.now() });
      });
    },

    async archivePolicy(caller, id) {
      const { organisationId } = caller;
      const at = clock.now();
      return db.transaction().execute(async (trx) => {
        if (!(await store.lockPolicy(trx, id, organisationId))) throw notFound('policy');
        const before = await read(trx, organisationId, { id });
        if (before.archivedAt !== undefined) return before;
        await store.markArchived(trx, id, at);
        await recordAudit(trx, {
          at,
          actor: actorOf(caller),
          action: 'policy.archived',
          organisationId,
          subjectId: id,
        });
        return { ...before, archivedAt: at.toISOString() };
      });
    },

    async listPolicies(organisationId, page) {
      return toPage(await store.listPolicies(db, organisationId, page), page.limit, present);
    },

    readPolicy: (organisationId, choice) => read(db, organisationId, choice),

    async findRules(organisationId, { asOf, ...choice }) {
      const policy = await read(db, organisationId, choice);
      requireLive(policy);
      if (!asOf || choice.version !== undefined) return policy;
      const row = await store.findVersion(db, choice.id, organisationId, { asOf });
      if (!row)
        throw invalidField('/policyId', 'was not there at that time: name a version of it to decide by');
      return present(row);
    },
  };
}

function requireLive({ archivedAt }: Policy): void {
  if (archivedAt !== undefined)
    throw new AppError('policies/archived', 'This policy is archived; nothing is decided under it any more.');
}

function requireMatch(ifMatch: string | undefined, version: number): void {
  const precondition = judgeIfMatch(ifMatch, version);
  if (precondition === 'missing')
    throw new AppError(
      'policies/version-required',
      'Send the ETag of the version that you change as If-Match.',
    );
  if (precondition === 'stale')
    throw new AppError(
      'policies/version-stale',
      'Somebody has saved another version since; nothing of yours was saved.',
    );
}

function present(row: store.PolicyVersionRow): Policy & { readonly id: PolicyId } {
  return {
    id: row.id,
    version: row.version,
    ...(JSON.parse(row.body) as PolicyBody),
    createdAt: row.created_at.toISOString(),
    versionedAt: row.versioned_at.toISOString(),
    ...(row.archived_at && { archivedAt: row.archived_at.toISOString() }),
  };
}
