import type { AccountsDeps } from '../dependencies.js';
import type { Organisation } from '../wire.js';
import type { OrganisationRow } from './store.js';

/** The public profile. */
export function presentOrganisation(
  { didOf }: Pick<AccountsDeps, 'didOf'>,
  row: OrganisationRow,
): Organisation {
  return {
    id: row.id,
    slug: row.slug,
    did: didOf(row.slug),
    name: row.name,
    jurisdiction: row.jurisdiction,
    ...(row.registration_number === null ? {} : { registrationNumber: row.registration_number }),
    ...(row.website === null ? {} : { website: row.website }),
    createdAt: row.created_at.toISOString(),
    ...(row.closed_at === null ? {} : { closedAt: row.closed_at.toISOString() }),
  };
}
