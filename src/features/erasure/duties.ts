import type { Executor } from '../../adapters/database/schema.js';
import type { OrganisationId } from '../../kernel/ids.js';
import type { ErasureDeps } from './deps.js';
import { listRetentionRules, listStandingHolds } from './holdStore.js';
import { findDuties, type Duty, type Review } from './rules.js';

/** What stands against erasing the organisation's dossier now. */
export async function dutiesOf(
  deps: ErasureDeps,
  executor: Executor,
  organisationId: OrganisationId,
  now: Date,
): Promise<Duty[]> {
  const reviews = await reviewsOf(deps, executor, organisationId);
  const registrarIds = [...new Set(reviews.map(({ registrarId }) => registrarId))];
  const holds = await listStandingHolds(executor, organisationId, now);
  const fileHolds = await deps.listFileHolds(executor, organisationId);
  return findDuties(
    {
      reviews,
      retentionRules: await listRetentionRules(executor, registrarIds),
      fileHolds,
      holds: holds.map((row) => ({
        registrarId: row.registrar_id,
        until: row.until,
        legalBasis: row.legal_basis,
      })),
    },
    now,
  );
}

/** Anybody can be applied to: only a decision by a registrar that was accredited when it decided is one that a duty may follow from. */
export async function reviewsOf(
  deps: ErasureDeps,
  executor: Executor,
  organisationId: OrganisationId,
): Promise<Review[]> {
  const reviews: Review[] = [];
  for (const { decidedAt, ...review } of await deps.listReviewsOf(executor, organisationId)) {
    const counts =
      decidedAt !== undefined && (await deps.wasAccredited(executor, review.registrarId, decidedAt));
    reviews.push({ ...review, ...(counts ? { decidedAt } : {}) });
  }
  return reviews;
}
