import type { Executor } from '../../adapters/database/schema.js';
import type { ProfileCatalogue } from '../../credentials/profiles/catalogue.js';
import type { DecodedStatusList } from '../../credentials/status/listCredential.js';
import type {
  DidResolution,
  IssuanceRecord,
  IssuerAccreditations,
  StatusListFetch,
  StatusListLoad,
  StatusListProblem,
  VerificationSources,
} from '../../credentials/verification/sources.js';
import type { FactCache } from '../../kernel/factCache.js';
import { isUuid, type CredentialId, type StatusListId } from '../../kernel/ids.js';
import type { HttpClient } from '../../kernel/ports.js';
import type { VerificationFacts } from './facts.js';

export interface SourceDeps {
  readonly db: Executor;
  readonly publicUrl: string;
  readonly profiles: ProfileCatalogue;
  readonly facts: VerificationFacts;
  readonly http: HttpClient;
  readonly resolveDid: (did: string) => Promise<DidResolution>;
  readonly serveOwnList: (listId: StatusListId) => Promise<{ token: string } | undefined>;
  readonly findAccreditations: (executor: Executor, issuerDid: string) => Promise<IssuerAccreditations>;
  readonly findIssuance: (executor: Executor, id: CredentialId) => Promise<IssuanceRecord | undefined>;
}

const LIST_LIMITS = { accept: 'application/vc+jwt, application/vc', maxBytes: 4_000_000, timeoutMs: 5_000 };

/** What the verifier core asks of this installation: the store for what is ours, the safe HTTP client for what is not, caches before both. */
export function createSources(deps: SourceDeps): VerificationSources {
  const { facts, publicUrl } = deps;
  const isOwn = (url: string) => url.startsWith(`${publicUrl}/`);

  return {
    profiles: deps.profiles,
    resolveDid: deps.resolveDid,

    async fetchStatusList(url) {
      if (!isOwn(url)) return fetchForeignList(deps.http, url);
      const id = idIn(url, `${publicUrl}/status/`);
      const list = id === undefined ? undefined : await deps.serveOwnList(id as StatusListId);
      return list ?? { problem: 'unreachable' };
    },

    recallStatusList: (url, load) => recall(isOwn(url) ? facts.ownLists : facts.foreignLists, url, load),

    async accreditations(issuerDid) {
      const found = await facts.accreditations.get(issuerDid, () =>
        deps.findAccreditations(deps.db, issuerDid),
      );
      return found ?? 'unavailable';
    },

    async issuance(credentialUrl) {
      const id = idIn(credentialUrl, `${publicUrl}/v1/credentials/`);
      if (id === undefined) return undefined;
      return facts.issuances.get(id, () => deps.findIssuance(deps.db, id as CredentialId));
    },
  };
}

function idIn(url: string, prefix: string): string | undefined {
  const id = url.startsWith(prefix) ? url.slice(prefix.length) : '';
  return isUuid(id) ? id : undefined;
}

async function fetchForeignList(http: HttpClient, url: string): Promise<StatusListFetch> {
  const answer = await http.get(url, LIST_LIMITS);
  return answer.status === 200
    ? { token: answer.body.toString('latin1').trim() }
    : { problem: 'unreachable' };
}

/** Carries a problem out through the cache, which keeps nothing of a load that rejects. */
class ListProblem extends Error {
  constructor(readonly problem: StatusListProblem) {
    super(problem);
  }
}

async function recall(
  cache: FactCache<string, DecodedStatusList>,
  url: string,
  load: () => Promise<StatusListLoad>,
): Promise<StatusListLoad> {
  try {
    const list = await cache.get(url, async () => {
      const loaded = await load();
      if ('problem' in loaded) throw new ListProblem(loaded.problem);
      return loaded.list;
    });
    return list ? { list } : { problem: 'unreachable' };
  } catch (error) {
    if (error instanceof ListProblem) return { problem: error.problem };
    throw error;
  }
}
