import type { Executor } from '../../adapters/database/schema.js';
import { webUrlOf } from '../../credentials/did/webDid.js';
import type { SecuringTools } from '../../credentials/securing/credentialProof.js';
import type { IssuerKey } from '../../credentials/securing/issuerKey.js';
import { REPRESENTATIONS, type PublishedList } from '../../credentials/status/representations.js';
import { STATUS_MEDIA_TYPES } from '../../credentials/status/statusLists.js';
import type { KeyId, OrganisationId, StatusListId } from '../../kernel/ids.js';
import type { SigningAlgorithm } from '../../kernel/ports.js';
import { statusListUrl } from './allocation.js';
import type { ListSnapshot, PublicationRow } from './store.js';

/** How long anybody may go without asking again: the `ttl` in the list and the `max-age` of the answer. */
export const STATUS_TTL_SECONDS = 60;

export interface ListSigningDeps {
  readonly db: Executor;
  readonly publicUrl: string;
  readonly tools: SecuringTools;
  readonly activeKey: (
    executor: Executor,
    organisationId: OrganisationId,
    algorithm: SigningAlgorithm,
  ) => Promise<IssuerKey & { readonly id: KeyId }>;
}

export type Signed = PublicationRow & { readonly signedBy: KeyId };

/** The entries of a list, good between two instants, in every media type of its kind, with the keys that its issuer has now. */
export function signList(
  deps: ListSigningDeps,
  listId: StatusListId,
  { issuerId, kind, version, size, entries }: ListSnapshot,
  dates: { readonly publishedAt: Date; readonly expiresAt: Date },
): Promise<Signed[]> {
  return Promise.all(
    STATUS_MEDIA_TYPES[kind].map(async (mediaType) => {
      const { algorithm, sign } = REPRESENTATIONS[mediaType];
      const key = await deps.activeKey(deps.db, issuerId, algorithm);
      const list: PublishedList = {
        kind,
        url: statusListUrl(deps.publicUrl, listId),
        issuerDid: key.did,
        issuerUrl: requireUrl(webUrlOf(key.did, deps.publicUrl)),
        size,
        entries,
        ...dates,
        ttlSeconds: STATUS_TTL_SECONDS,
      };
      const body = await sign(list, key, deps.tools);
      return { mediaType, version, body, ...dates, signedBy: key.id };
    }),
  );
}

function requireUrl(url: string | undefined): string {
  if (url === undefined) throw new Error('an issuer of ours without a URL');
  return url;
}
