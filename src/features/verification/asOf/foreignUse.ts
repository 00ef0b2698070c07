import type { VerificationSources } from '../../../credentials/verification/sources.js';
import { LIST_TYPES, JSON_TYPE, SCHEMA_TYPES } from '../foreign.js';

/** What was asked of another host. */
export interface ForeignRequest {
  readonly url: string;
  readonly accept: string;
}

export interface ForeignUse {
  readonly sources: VerificationSources;
  /** Once the verification is over. */
  readonly used: () => readonly ForeignRequest[];
}

/**
 * The same sources, with a note of what is used of other hosts: asked for now, or from a cache.
 *
 * @param didRequestOf how a DID is asked for; `undefined` where nobody is
 */
export function noteForeignUse(
  sources: VerificationSources,
  isOwn: (url: string) => boolean,
  didRequestOf: (did: string) => ForeignRequest | undefined,
): ForeignUse {
  const used = new Map<string, ForeignRequest>();
  const note = (request: ForeignRequest | undefined) => {
    if (request && !isOwn(request.url)) used.set(`${request.accept}\n${request.url}`, request);
  };
  const { fetchJson, recallStatusList, schemas } = sources;
  return {
    used: () => [...used.values()],
    sources: {
      ...sources,
      resolveDid(did) {
        note(didRequestOf(did));
        return sources.resolveDid(did);
      },
      recallStatusList(url, kind, load) {
        note({ url, accept: LIST_TYPES[kind] });
        return recallStatusList ? recallStatusList(url, kind, load) : load();
      },
      ...(fetchJson && {
        fetchJson(url) {
          note({ url, accept: JSON_TYPE });
          return fetchJson(url);
        },
      }),
      ...(schemas && {
        schemas: {
          ...schemas,
          fetchSchema(url) {
            note({ url, accept: SCHEMA_TYPES });
            return schemas.fetchSchema(url);
          },
        },
      }),
    },
  };
}
