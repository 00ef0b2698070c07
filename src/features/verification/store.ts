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
    })
    .execute();
}

export async function findVerification(
  executor: Executor,
  id: VerificationId,
  organisationId: OrganisationId,
): Promise<unknown> {
  const row = await executor
    .selectFrom('verifications')
    .select('report')
    .where('id', '=', id)
    .where('organisation_id', '=', organisationId)
    .executeTakeFirst();
  return row && JSON.parse(row.report);
}

/** The reports that an organisation asked for. */
export async function exportVerifications(
  executor: Executor,
  organisationId: OrganisationId,
): Promise<unknown> {
  const rows = await executor
    .selectFrom('verifications')
    .select('report')
    .where('organisation_id', '=', organisationId)
    .orderBy('id')
    .execute();
  return rows.map((row) => JSON.parse(row.report) as unknown);
}
