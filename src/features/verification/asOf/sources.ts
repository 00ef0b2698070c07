import type { Executor } from '../../../adapters/database/schema.js';
import {
  ask,
  type IssuanceAnswer,
  type StatusListKind,
  type StatusListLoad,
  type VerificationSources,
} from '../../../credentials/verification/sources.js';
import { verifyStatusList } from '../../../credentials/verification/statusList.js';
import { isUuid, type CredentialId, type StatusListId } from '../../../kernel/ids.js';
import { contestsAt, type History } from './history.js';
import { fetchForeignJson, fetchForeignList, fetchForeignSchema, LIST_TYPES } from '../foreign.js';
import type { Archive } from './archive.js';

export interface AsOfDeps {
  readonly db: Executor;
  readonly publicUrl: string;
  /** Of the present: nothing of it but what never changes, and our own keys for lists that are signed now. */
  readonly present: VerificationSources;
  readonly history: History;
  readonly archive: Archive;
}

/**
 * The sources of a verifier as of an instant: our own facts as they were recorded until then, others' as they were seen and still believed then.
 * Nothing is asked of the network, and of what was not archived the answer is that it was not.
 */
export function createSourcesAsOf(deps: AsOfDeps, at: Date): VerificationSources {
  const { db, history, publicUrl, present } = deps;
  const http = deps.archive.clientAsOf(at);
  const idIn = (url: string, prefix: string) => {
    const id = url.startsWith(prefix) ? url.slice(prefix.length) : '';
    return isUuid(id) ? id : undefined;
  };
  const credentialIdIn = (url: string) =>
    idIn(url, `${publicUrl}/v1/credentials/`) as CredentialId | undefined;

  /** A list of ours is made anew, under a key of now: what it says is of then, and so are its dates. */
  async function loadOwnList(url: string, kind: StatusListKind): Promise<StatusListLoad> {
    const id = idIn(url, `${publicUrl}/status/`);
    // The lists of issuer instances have no history.
    if (id === undefined) return { problem: 'notArchived' };
    const list = await history.serveListAsOf(id as StatusListId, kind, at);
    if (!list) return { problem: 'unreachable' };
    return verifyStatusList(list.content, url, kind, { now: at, sources: present });
  }

  return {
    profiles: present.profiles,
    ...(present.canonizer && { canonizer: present.canonizer }),

    async resolveDid(did) {
      const resolution = await history.resolveDidAsOf(did, at, http);
      const isMissing = 'problem' in resolution && resolution.problem === 'unreachable';
      return isMissing ? { problem: 'notArchived' } : resolution;
    },

    fetchStatusList: (url, kind) => orNotArchived(() => fetchForeignList(http, url, kind)),

    recallStatusList: async (url, kind, load) =>
      url.startsWith(`${publicUrl}/`) ? loadOwnList(url, kind) : stillBelieved(await load(), url, kind),

    fetchJson: (url) => orNotArchived(() => fetchForeignJson(http, url)),

    ...(present.schemas && {
      schemas: {
        validator: present.schemas.validator,
        fetchSchema: (url) => orNotArchived(() => fetchForeignSchema(http, url)),
      },
    }),

    accreditations: (issuerDid) => history.findAccreditationsAsOf(db, issuerDid, at),

    async issuance(credentialUrl): Promise<IssuanceAnswer> {
      const id = credentialIdIn(credentialUrl);
      const record = id && (await history.findIssuance(db, id));
      return record && record.issuedAt <= at ? record : undefined;
    },

    async contests(credentialUrl) {
      const id = credentialIdIn(credentialUrl);
      return id === undefined ? [] : contestsAt(await history.listContestHistory(db, id), at);
    },
  };

  /** A list may be kept for no longer than it says, counted from when it was fetched. */
  function stillBelieved(load: StatusListLoad, url: string, kind: StatusListKind): StatusListLoad {
    if ('problem' in load) return load;
    const seenAt = http.seenAt(url, LIST_TYPES[kind]);
    const age = seenAt ? at.getTime() - seenAt.getTime() : Infinity;
    return age < load.list.ttlSeconds * 1000 ? load : { problem: 'notArchived' };
  }
}

/** The archive cannot be out of reach in any other way than having nothing. */
async function orNotArchived<T extends object>(
  fetch: () => Promise<T | { readonly problem: 'unreachable' }>,
): Promise<Exclude<T, { problem: unknown }> | { readonly problem: 'notArchived' }> {
  const fetched = await ask(fetch, { problem: 'unreachable' as const });
  return 'problem' in fetched ? { problem: 'notArchived' } : (fetched as Exclude<T, { problem: unknown }>);
}
