import { sql } from 'kysely';
import type { Executor } from '../../adapters/database/schema.js';
import type { Verdict } from '../../credentials/verification/checks.js';
import type { OrganisationId, PolicyId, VerificationId } from '../../kernel/ids.js';

export async function insertVerification(
  executor: Executor,
  verification: {
    id: VerificationId;
    organisationId: OrganisationId;
    verdict: Verdict;
    report: object;
    at: Date;
    policy?: { readonly id: PolicyId; readonly version: number };
    receipt?: string;
  },
): Promise<void> {
  await executor
    .insertInto('verifications')
    .values({
      id: verification.id,
      organisation_id: verification.organisationId,
      verdict: verification.verdict,
      report: JSON.stringify(verification.report),
      verified_at: verification.at,
      policy_id: verification.policy?.id ?? null,
      policy_version: verification.policy?.version ?? null,
      receipt: verification.receipt ?? null,
    })
    .execute();
}

export async function findVerification(
  executor: Executor,
  id: VerificationId,
  organisationId: OrganisationId,
): Promise<{ readonly report: unknown; readonly receipt?: string } | undefined> {
  const row = await executor
    .selectFrom('verifications')
    .select(['report', 'receipt'])
    .where('id', '=', id)
    .where('organisation_id', '=', organisationId)
    .executeTakeFirst();
  return row && withReceipt(row);
}

function withReceipt({ report, receipt }: { report: string; receipt: string | null }) {
  return { report: JSON.parse(report) as unknown, ...(receipt !== null && { receipt }) };
}

export interface StoredDecision {
  readonly id: VerificationId;
  readonly verifiedAt: Date;
  readonly verdict: Verdict;
  readonly policy?: { readonly id: PolicyId; readonly version: number };
  /** JSON text. */
  readonly report: string;
}

/** Which of an organisation's verifications. */
export interface DecisionFilter {
  readonly organisationId: OrganisationId;
  readonly from: Date;
  /** Before then; until now when absent. */
  readonly until?: Date;
  /** Only those that were decided under it, in whichever version. */
  readonly policyId?: PolicyId;
}

/** The place of a verification in that order. */
export interface DecisionPlace {
  readonly id: VerificationId;
  readonly verifiedAt: Date;
}

/** The latest first, from after that place on. */
export async function listDecisions(
  executor: Executor,
  filter: DecisionFilter,
  page: { readonly limit: number; readonly after?: DecisionPlace },
): Promise<StoredDecision[]> {
  const rows = await decisionsQuery(executor, filter, page).execute();
  return rows.map(({ id, verified_at, verdict, report, policy_id, policy_version }) => ({
    id,
    verifiedAt: verified_at,
    verdict,
    report,
    ...(policy_id !== null &&
      policy_version !== null && { policy: { id: policy_id, version: policy_version } }),
  }));
}

export function decisionsQuery(
  executor: Executor,
  { organisationId, from, until, policyId }: DecisionFilter,
  { limit, after }: { readonly limit: number; readonly after?: DecisionPlace },
) {
  let query = executor
    .selectFrom('verifications')
    .select(['id', 'verified_at', 'verdict', 'report', 'policy_id', 'policy_version'])
    .where('organisation_id', '=', organisationId)
    .where('verified_at', '>=', from);
  if (until) query = query.where('verified_at', '<', until);
  if (policyId !== undefined) query = query.where('policy_id', '=', policyId);
  if (after)
    query = query.where(
      sql<boolean>`(verified_at, id) < (${after.verifiedAt}::timestamptz, ${after.id}::uuid)`,
    );
  return query.orderBy('verified_at', 'desc').orderBy('id', 'desc').limit(limit);
}

export async function findDecisionPlace(
  executor: Executor,
  id: VerificationId,
  organisationId: OrganisationId,
): Promise<DecisionPlace | undefined> {
  const row = await executor
    .selectFrom('verifications')
    .select('verified_at')
    .where('id', '=', id)
    .where('organisation_id', '=', organisationId)
    .executeTakeFirst();
  return row && { id, verifiedAt: row.verified_at };
}

/** The reports that an organisation asked for, and their receipts. */
export async function exportVerifications(
  executor: Executor,
  organisationId: OrganisationId,
): Promise<unknown> {
  const rows = await executor
    .selectFrom('verifications')
    .select(['report', 'receipt'])
    .where('organisation_id', '=', organisationId)
    .orderBy('id')
    .execute();
  return rows.map((row) => {
    const { report, receipt } = withReceipt(row);
    return { ...(report as object), ...(receipt !== undefined && { receipt }) };
  });
}
