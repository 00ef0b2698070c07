import type { Executor } from '../../adapters/database/schema.js';
import type { OrganisationId } from '../../kernel/ids.js';
import { presentRequests } from './accessRequests/presentation.js';
import { listRequests } from './accessRequests/store.js';
import { exportAgreements } from './agreements/store.js';
import { exportRules } from './consentRules/store.js';
import type { SharingDeps } from './deps.js';

const ALL = { limit: 1_000_000 } as const;

/** What an organisation has asked for and was asked for, what came of it, and every use of what it released. */
export async function exportSharing(
  deps: Pick<SharingDeps, 'clock' | 'findParties' | 'words'>,
  executor: Executor,
  organisationId: OrganisationId,
): Promise<unknown> {
  const requestsAs = async (role: 'partner' | 'holder') =>
    presentRequests(
      deps,
      executor,
      await listRequests(executor, { role, organisationId }, ALL),
      organisationId,
    );
  return {
    consentRules: await exportRules(executor, organisationId),
    agreements: await exportAgreements(executor, organisationId),
    askedOfUs: await requestsAs('holder'),
    askedByUs: await requestsAs('partner'),
    grants: await executor
      .selectFrom('grants')
      .select(['id', 'request_id as requestId', 'partner_id as partnerId', 'holder_id as holderId'])
      .select(['fields', 'purposes', 'retention', 'dossier_version as dossierVersion'])
      .select(['granted_at as grantedAt', 'expires_at as expiresAt', 'ended_at as endedAt', 'ending'])
      .where((where) =>
        where.or([where('partner_id', '=', organisationId), where('holder_id', '=', organisationId)]),
      )
      .orderBy('id')
      .execute(),
    accesses: await executor
      .selectFrom('grant_accesses')
      .select(['id', 'grant_id as grantId', 'at', 'kind', 'fields', 'evidence_id as evidenceId'])
      .where((where) =>
        where.or([where('partner_id', '=', organisationId), where('holder_id', '=', organisationId)]),
      )
      .orderBy('id')
      .execute(),
  };
}
