import type { ApplicationStatus, Executor } from '../../adapters/database/schema.js';
import type { ApplicationId, EvidenceId, OrganisationId } from '../../kernel/ids.js';

export interface FileClaim {
  readonly evidenceId: EvidenceId;
  readonly because: 'review' | 'credential';
  readonly until?: Date;
}

/** Nothing more is looked at in these. */
const SETTLED: readonly ApplicationStatus[] = ['issued', 'refused', 'withdrawn'];

/** What rests on files: reviews that have no end yet, and credentials that live, whose checks name them. For the keeping of evidence. */
export async function listFileClaims(
  findLiveUntil: (
    executor: Executor,
    applicationIds: readonly ApplicationId[],
    now: Date,
  ) => Promise<{ applicationId: ApplicationId; until: Date }[]>,
  executor: Executor,
  files: readonly { id: EvidenceId; ownerId: OrganisationId; createdAt: Date }[],
  now: Date,
): Promise<FileClaim[]> {
  if (files.length === 0) return [];
  const checked = await executor
    .selectFrom('check_files')
    .innerJoin('applications', 'applications.id', 'check_files.application_id')
    .select([
      'check_files.evidence_id as evidenceId',
      'applications.id as applicationId',
      'applications.status',
    ])
    .distinct()
    .where(
      'check_files.evidence_id',
      'in',
      files.map(({ id }) => id),
    )
    .execute();
  const open = await executor
    .selectFrom('applications')
    .select(['applicant_id as applicantId', 'submitted_at as submittedAt'])
    .where('applicant_id', 'in', [...new Set(files.map(({ ownerId }) => ownerId))])
    .where('status', 'not in', SETTLED)
    .execute();
  const live = await findLiveUntil(
    executor,
    [...new Set(checked.map(({ applicationId }) => applicationId))],
    now,
  );
  return [
    ...files
      .filter(({ ownerId, createdAt }) =>
        open.some(({ applicantId, submittedAt }) => applicantId === ownerId && submittedAt >= createdAt),
      )
      .map(({ id }): FileClaim => ({ evidenceId: id, because: 'review' })),
    ...checked.flatMap(({ evidenceId, applicationId, status }): FileClaim[] => [
      ...(SETTLED.includes(status) ? [] : [{ evidenceId, because: 'review' as const }]),
      ...live
        .filter((credential) => credential.applicationId === applicationId)
        .map(({ until }): FileClaim => ({ evidenceId, because: 'credential', until })),
    ]),
  ];
}
