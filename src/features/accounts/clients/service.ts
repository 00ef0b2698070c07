import { timingSafeEqual } from 'node:crypto';
import { recordAudit } from '../../../adapters/database/records.js';
import { ACCESS_TOKEN_SECONDS } from '../../../http/accessTokens.js';
import { toPage, type Page, type PageRequest } from '../../../http/paging.js';
import { actorOf, SCOPES, type MemberCaller, type Scope } from '../../../kernel/caller.js';
import { notFound } from '../../../kernel/errors.js';
import { isUuid, newId, type ClientId } from '../../../kernel/ids.js';
import { addSeconds } from '../../../kernel/instants.js';
import type { AccountsDeps } from '../dependencies.js';
import { hashSecretToken, newSecretToken } from '../../../kernel/secretTokens.js';
import { requireOpenOrganisation } from '../organisations/store.js';
import { findLiveClient, insertClient, listClients, revokeClient } from './store.js';
import type { Client, NewClient } from './schemas.js';

export interface ClientCredentials {
  readonly clientId: string;
  readonly secret: string;
}

export type TokenGrant =
  | { readonly accessToken: string; readonly expiresInSeconds: number; readonly scopes: readonly Scope[] }
  | { readonly refused: 'invalid_client' | 'invalid_scope' };

export interface ClientService {
  /** The answer holds the secret, this one time. */
  createClient(caller: MemberCaller, input: { name: string; scopes: readonly Scope[] }): Promise<NewClient>;
  listClients(caller: MemberCaller, page: PageRequest): Promise<Page<Client>>;
  /** Throws `resource/not-found`. */
  revokeClient(caller: MemberCaller, clientId: ClientId): Promise<void>;
  /** The client credentials grant (RFC 6749 §4.4). `scope`, blank-separated, narrows what the client has; absent, it gets all. */
  grantToken(credentials: ClientCredentials, scope: string | undefined): Promise<TokenGrant>;
}

const NO_SECRET_HASH = Buffer.alloc(32);

export function createClients(deps: Pick<AccountsDeps, 'db' | 'clock' | 'accessTokens'>): ClientService {
  return {
    async createClient(caller, { name, scopes }) {
      const at = deps.clock.now();
      const id = newId<'client'>();
      const { organisationId } = caller;
      const { token: secret, hash: secretHash } = newSecretToken();
      await deps.db.transaction().execute(async (trx) => {
        await requireOpenOrganisation(trx, organisationId);
        await insertClient(trx, { id, organisationId, name, scopes, secretHash, at });
        await recordAudit(trx, {
          at,
          actor: actorOf(caller),
          action: 'client.created',
          organisationId,
          subjectId: id,
          detail: { scopes },
        });
      });
      return { id, clientId: id, name, scopes: [...scopes], createdAt: at.toISOString(), secret };
    },

    async listClients({ organisationId }, page) {
      const rows = await listClients(deps.db, organisationId, page);
      return toPage(rows, page.limit, (row) => ({
        id: row.id,
        clientId: row.id,
        name: row.name,
        scopes: row.scopes,
        createdAt: row.created_at.toISOString(),
      }));
    },

    async revokeClient(caller, clientId) {
      const at = deps.clock.now();
      const { organisationId } = caller;
      await deps.db.transaction().execute(async (trx) => {
        if (!(await revokeClient(trx, organisationId, clientId, at))) throw notFound('client');
        await recordAudit(trx, {
          at,
          actor: actorOf(caller),
          action: 'client.revoked',
          organisationId,
          subjectId: clientId,
        });
      });
    },

    async grantToken({ clientId, secret }, scope) {
      const id = isUuid(clientId) ? (clientId.toLowerCase() as ClientId) : undefined;
      const client = id && (await findLiveClient(deps.db, id));
      const isRight = timingSafeEqual(hashSecretToken(secret), client?.secretHash ?? NO_SECRET_HASH);
      if (!id || !client || !isRight) return { refused: 'invalid_client' };
      const scopes = narrowScopes(client.scopes, scope);
      if (!scopes) return { refused: 'invalid_scope' };
      const issuedAt = deps.clock.now();
      const accessToken = deps.accessTokens.issue(
        { kind: 'client', clientId: id, scopes },
        { tokenId: newId(), issuedAt, expiresAt: addSeconds(issuedAt, ACCESS_TOKEN_SECONDS) },
      );
      return { accessToken, expiresInSeconds: ACCESS_TOKEN_SECONDS, scopes };
    },
  };
}

/** `undefined` where something is asked for that the client does not have. */
function narrowScopes(owned: readonly Scope[], asked: string | undefined): Scope[] | undefined {
  if (asked === undefined) return SCOPES.filter((scope) => owned.includes(scope));
  const names = asked.split(' ');
  if (!names.every((name) => (owned as readonly string[]).includes(name))) return undefined;
  return SCOPES.filter((scope) => names.includes(scope));
}
