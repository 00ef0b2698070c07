import { MOST_DIFFERENCES } from '../../../http/difference.js';
import { mayRead, type OrganisationCaller } from '../../../kernel/caller.js';
import { AppError, invalidField, missingRight, notFound } from '../../../kernel/errors.js';
import type { ApplicationId } from '../../../kernel/ids.js';
import { differenceOf, type Difference } from '../../../kernel/jsonDifference.js';
import type { ApplicationDeps } from '../deps.js';
import { isParty } from '../guards.js';
import { profilesOf } from '../profiles.js';
import { findApplication, listChecks, listHandedIn } from '../store.js';
import { staleChecks } from './rules.js';

export interface HandedInDifference {
  readonly from: number;
  readonly to: number;
  readonly items: (Difference & { checkNowStale?: true })[];
  readonly truncated: boolean;
}

/** For the registrar, of the versions that were handed in to it: the one under review and the one before, unless told otherwise. */
export async function compareHandedIn(
  deps: ApplicationDeps,
  caller: OrganisationCaller,
  id: ApplicationId,
  wanted: { readonly from?: number; readonly to?: number },
): Promise<HandedInDifference> {
  const row = await findApplication(deps.db, id);
  if (!row || !isParty(row, caller.organisationId)) throw notFound('application');
  if (row.registrar_id !== caller.organisationId)
    throw new AppError('auth/forbidden', 'Only the registrar of this application may do this.');
  if (!mayRead(caller, 'review')) throw missingRight('review');
  if (row.status === 'withdrawn')
    throw new AppError('applications/wrong-state', 'The application is withdrawn.');
  const handedIn = (await listHandedIn(deps.db, id)).map(({ version }) => version);
  const versions = [...new Set([...handedIn, row.dossier_version])].sort((one, other) => one - other);
  const to = wanted.to ?? row.dossier_version;
  const from = wanted.from ?? versions.findLast((version) => version < to) ?? to;
  for (const [name, version] of Object.entries({ from, to })) {
    if (!versions.includes(version))
      throw invalidField(`/querystring/${name}`, 'names no version that was handed in for this application');
  }
  const before = (await deps.findDossierVersion(deps.db, row.applicant_id, from)).blocks;
  const after = (await deps.findDossierVersion(deps.db, row.applicant_id, to)).blocks;
  const { differences, isTruncated } = differenceOf(before, after, {
    limit: MOST_DIFFERENCES,
    isHidden: deps.isPersonal,
  });
  const checks = await listChecks(deps.db, id);
  const isStale = staleChecks(profilesOf(row.credential_types), checks, { before, after, to });
  return {
    from,
    to,
    items: differences.map((difference) => ({
      ...difference,
      ...(isStale(difference.pointer) ? { checkNowStale: true } : {}),
    })),
    truncated: isTruncated,
  };
}
