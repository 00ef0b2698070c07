import type { Kysely } from 'kysely';
import type { Executor, Tables } from '../../../adapters/database/schema.js';
import { compilePolicy, type CompiledPolicy } from '../../../credentials/policies/evaluate.js';
import type { Verdict } from '../../../credentials/verification/checks.js';
import { mayRead, type OrganisationCaller } from '../../../kernel/caller.js';
import { AppError, invalidField, missingRight } from '../../../kernel/errors.js';
import type { OrganisationId, PolicyId, VerificationId } from '../../../kernel/ids.js';
import type { Clock } from '../../../kernel/ports.js';
import { findRuleProblems } from '../rules.js';
import type { PolicyService } from '../service.js';
import { replayDecision } from './rules.js';
import type { DryRun, DryRunRequest } from './schemas.js';

/** A verification as it was stored. */
export interface StoredDecision {
  readonly id: VerificationId;
  readonly verifiedAt: Date;
  readonly verdict: Verdict;
  readonly policy?: { readonly id: PolicyId; readonly version: number };
  /** JSON text. */
  readonly report: string;
}

type DecisionPlace = Pick<StoredDecision, 'id' | 'verifiedAt'>;

export interface DecisionFilter {
  readonly organisationId: OrganisationId;
  readonly from: Date;
  readonly until?: Date;
  readonly policyId?: PolicyId;
}

export interface DryRunDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly policies: Pick<PolicyService, 'readPolicy'>;
  readonly dossierBlocks: ReadonlySet<string>;
  readonly findDecisionPlace: (
    executor: Executor,
    id: VerificationId,
    organisationId: OrganisationId,
  ) => Promise<DecisionPlace | undefined>;
  /** The latest first, from after that place on. */
  readonly listDecisions: (
    executor: Executor,
    filter: DecisionFilter,
    page: { readonly limit: number; readonly after?: DecisionPlace },
  ) => Promise<StoredDecision[]>;
}

export interface DryRunService {
  /** Stores nothing. Throws `resource/not-found` and `request/invalid`. */
  tryPolicy(
    caller: OrganisationCaller,
    id: PolicyId,
    request: DryRunRequest,
    page: { readonly limit: number; readonly after?: VerificationId },
  ): Promise<DryRun>;
}

/** Held in memory at once. */
const CHUNK = 20;
/** Of reports, in characters: a call ends there, however few they are. */
const MOST_READ = 8_000_000;

export function createDryRuns(deps: DryRunDeps): DryRunService {
  const { db, clock } = deps;

  /** The draft, or a version of the policy, which must be there all the same. */
  async function chooseRules(
    organisationId: OrganisationId,
    id: PolicyId,
    { rules, version }: DryRunRequest,
  ): Promise<CompiledPolicy> {
    const policy = await deps.policies.readPolicy(organisationId, {
      id,
      ...(version !== undefined && { version }),
    });
    if (!rules) return compilePolicy(policy.rules);
    if (version !== undefined) throw invalidField('/version', 'cannot be sent together with "rules"');
    const errors = findRuleProblems(rules, deps.dossierBlocks, clock.now());
    if (errors.length > 0) throw new AppError('request/invalid', 'The request is not valid.', { errors });
    return compilePolicy(rules);
  }

  return {
    async tryPolicy(caller, id, request, { limit, after }) {
      if (!mayRead(caller, 'verify')) throw missingRight('verify');
      const { organisationId } = caller;
      const policy = await chooseRules(organisationId, id, request);
      const isOfThis = request.decidedUnder === 'this';
      const filter = { organisationId, ...readWindow(request), ...(isOfThis && { policyId: id }) };
      const start = after === undefined ? undefined : await deps.findDecisionPlace(db, after, organisationId);
      if (after !== undefined && !start)
        throw invalidField('/querystring/after', 'is not `next` of a call before');
      const tally = new Tally(policy);
      let last = start;
      let isMore = true;
      while (isMore && tally.examined < limit && tally.read < MOST_READ) {
        const wanted = Math.min(CHUNK, limit - tally.examined);
        // One more than is looked at shows whether there are more.
        const page = { limit: wanted + 1, ...(last && { after: last }) };
        const rows = await deps.listDecisions(db, filter, page);
        const examined = rows.slice(0, wanted);
        for (const row of examined) tally.add(row);
        isMore = rows.length > wanted;
        last = examined.at(-1) ?? last;
      }
      return { ...tally.result(), ...(isMore && last && { next: last.id }) };
    },
  };
}

function readWindow({ from, until }: DryRunRequest): { readonly from: Date; readonly until?: Date } {
  const start = new Date(from);
  if (until === undefined) return { from: start };
  const end = new Date(until);
  if (start > end) throw invalidField('/from', 'must not be later than "until"');
  return { from: start, until: end };
}

/** Counts decisions as they are gone through. */
class Tally {
  examined = 0;
  /** Characters. */
  read = 0;
  readonly #policy: CompiledPolicy;
  readonly #before = { accepted: 0, rejected: 0, undetermined: 0 };
  readonly #after = { accepted: 0, rejected: 0, undetermined: 0 };
  readonly #items: DryRun['items'] = [];
  #notComparable = 0;

  constructor(policy: CompiledPolicy) {
    this.#policy = policy;
  }

  add({ id, verifiedAt, verdict, policy, report }: StoredDecision): void {
    this.examined += 1;
    this.read += report.length;
    const replay = replayDecision(this.#policy, JSON.parse(report));
    if (!replay) {
      this.#notComparable += 1;
      return;
    }
    this.#before[verdict] += 1;
    this.#after[replay.verdict] += 1;
    if (replay.verdict === verdict) return;
    this.#items.push({
      verificationId: id,
      verifiedAt: verifiedAt.toISOString(),
      before: { verdict, ...(policy && { policy }) },
      after: { verdict: replay.verdict },
      refusing: replay.refusing.map(({ rule, pointer, outcome, demanded, found }) => ({
        rule,
        pointer,
        outcome: outcome === 'fail' ? 'fail' : 'undetermined',
        demanded,
        found,
      })),
    });
  }

  result(): DryRun {
    return {
      examined: this.examined,
      notComparable: this.#notComparable,
      changed: this.#items.length,
      before: this.#before,
      after: this.#after,
      items: this.#items,
    };
  }
}
