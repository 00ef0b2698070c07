import type { Executor } from '../../adapters/database/schema.js';
import type { ProfileCatalogue } from '../../credentials/profiles/catalogue.js';
import type { Canonizer } from '../../credentials/jsonLd/canonizer.js';
import type { SchemaValidator } from '../../credentials/schemas/evaluation.js';
import type {
  ContestNote,
  DecodedList,
  DidResolution,
  IssuanceRecord,
  IssuerAccreditations,
  StatusListKind,
  StatusListLoad,
  StatusListProblem,
  VerificationSources,
} from '../../credentials/verification/sources.js';
import type { FactCache } from '../../kernel/factCache.js';
import { isUuid, type CredentialId, type StatusListId } from '../../kernel/ids.js';
import type { HttpClient } from '../../kernel/ports.js';
import type { VerificationFacts } from './facts.js';
import { fetchForeignJson, fetchForeignList, fetchForeignSchema } from './foreign.js';

export interface SourceDeps {
  readonly db: Executor;
  readonly publicUrl: string;
  readonly profiles: ProfileCatalogue;
  readonly facts: VerificationFacts;
  readonly http: HttpClient;
  readonly resolveDid: (did: string) => Promise<DidResolution>;
  readonly canonizer: Canonizer;
  readonly schemaValidator: SchemaValidator;
  readonly serveOwnList: (
    listId: StatusListId,
    kind: StatusListKind,
  ) => Promise<{ content: string } | undefined>;
  /** Lists of ours at other addresses. Absent where there are none. */
  readonly serveInstanceList?: (url: string) => Promise<{ content: string } | undefined>;
  readonly findAccreditations: (executor: Executor, issuerDid: string) => Promise<IssuerAccreditations>;
  readonly findIssuance: (executor: Executor, id: CredentialId) => Promise<IssuanceRecord | undefined>;
  readonly listOpenContests: (executor: Executor, id: CredentialId) => Promise<ContestNote[]>;
}

/** What the verifier core asks of this installation: the store for what is ours, the safe HTTP client for what is not, caches before both. */
export function createSources(deps: SourceDeps): VerificationSources {
  const { facts, publicUrl } = deps;
  const isOwn = (url: string) => url.startsWith(`${publicUrl}/`);

  return {
    profiles: deps.profiles,
    resolveDid: deps.resolveDid,
    canonizer: deps.canonizer,
    schemas: {
      validator: deps.schemaValidator,
      fetchSchema: (url) => fetchForeignSchema(deps.http, url),
    },

    fetchJson: (url) => fetchForeignJson(deps.http, url),

    async fetchStatusList(url, kind) {
      if (!isOwn(url)) return fetchForeignList(deps.http, url, kind);
      const id = idIn(url, `${publicUrl}/status/`);
      const list =
        id === undefined
          ? await deps.serveInstanceList?.(url)
          : await deps.serveOwnList(id as StatusListId, kind);
      return list ?? { problem: 'unreachable' };
    },

    recallStatusList: (url, kind, load) =>
      isOwn(url) ? recall(facts.ownLists, url, load) : recall(facts.foreignLists, `${kind} ${url}`, load),

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

    async contests(credentialUrl) {
      const id = idIn(credentialUrl, `${publicUrl}/v1/credentials/`);
      if (id === undefined) return [];
      return (await facts.contests.get(id, () => deps.listOpenContests(deps.db, id as CredentialId))) ?? [];
    },
  };
}

function idIn(url: string, prefix: string): string | undefined {
  const id = url.startsWith(prefix) ? url.slice(prefix.length) : '';
  return isUuid(id) ? id : undefined;
}

/** Carries a problem out through the cache, which keeps nothing of a load that rejects. */
class ListProblem extends Error {
  constructor(readonly problem: StatusListProblem) {
    super(problem);
  }
}

async function recall(
  cache: FactCache<string, DecodedList>,
  key: string,
  load: () => Promise<StatusListLoad>,
): Promise<StatusListLoad> {
  try {
    const list = await cache.get(key, async () => {
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
