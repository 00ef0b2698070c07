import type { OrganisationCaller } from '../../kernel/caller.js';
import type { InstanceId } from '../../kernel/ids.js';
import type { VcApiDeps } from './deps.js';
import { deriveCredential } from './deriving.js';
import { createInstances, type InstanceService } from './instances.js';
import { issueCredential } from './issuing.js';
import type { DeriveRequest, IssueRequest } from './schemas.js';
import { createStatusLists, type InstanceStatusLists } from './statusLists.js';

export type { VcApiDeps } from './deps.js';

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
}

export function createVcApi(deps: VcApiDeps): VcApiService {
  const statusLists = createStatusLists(deps);
  return {
    instances: createInstances(deps),
    statusLists,
    issueCredential: (caller, instanceId, request) =>
      issueCredential(deps, statusLists, caller, instanceId, request),
    deriveCredential: (request) => deriveCredential(deps, request),
  };
}
