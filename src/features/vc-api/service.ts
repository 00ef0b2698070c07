import type { CredentialReport, PresentationReport } from '../../credentials/verification/report.js';
import type { OrganisationCaller } from '../../kernel/caller.js';
import type { InstanceId } from '../../kernel/ids.js';
import type { VcApiDeps, VcApiParts } from './deps.js';
import { deriveCredential } from './deriving.js';
import { createInstances, type InstanceService } from './instances.js';
import { issueCredential } from './issuing.js';
import type { DeriveRequest, IssueRequest } from './schemas.js';
import { createStatusLists, type InstanceStatusLists } from './statusLists.js';
import { verifyCredentialAsApi, verifyPresentationAsApi } from './verifying.js';
import type { VerifyCredentialRequest, VerifyPresentationRequest } from './verifyingSchemas.js';

type JsonObject = Readonly<Record<string, unknown>>;

export interface VcApiService {
  readonly instances: InstanceService;
  readonly statusLists: InstanceStatusLists;
  issueCredential(
    caller: OrganisationCaller,
    instanceId: InstanceId,
    request: IssueRequest,
  ): Promise<JsonObject>;
  deriveCredential(request: DeriveRequest): Promise<JsonObject>;
  /** Resolves for what verifies. Throws `vc-api/not-verified` with `problemDetails`, and `request/unavailable`. */
  verifyCredential(request: VerifyCredentialRequest): Promise<CredentialReport>;
  verifyPresentation(request: VerifyPresentationRequest): Promise<PresentationReport>;
}

export function createVcApi(parts: VcApiParts): VcApiService {
  const { profiles } = parts.sources;
  const deps: VcApiDeps = { ...parts, profiles, publicUrl: profiles.publicUrl };
  const statusLists = createStatusLists(deps);
  return {
    instances: createInstances(deps),
    statusLists,
    issueCredential: (caller, instanceId, request) =>
      issueCredential(deps, statusLists, caller, instanceId, request),
    deriveCredential: (request) => deriveCredential(deps, request),
    verifyCredential: (request) => verifyCredentialAsApi(deps, request),
    verifyPresentation: (request) => verifyPresentationAsApi(deps, request),
  };
}
