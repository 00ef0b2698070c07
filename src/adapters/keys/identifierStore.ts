import { AbstractDIDStore } from '@veramo/did-manager';
import type { IIdentifier } from '@veramo/core';
import { isUuid } from '../../kernel/ids.js';
import type { Clock } from '../../kernel/ports.js';
import type { Executor } from '../database/schema.js';
import { notSupported } from './keyManagementSystem.js';
import { describeKey } from './keyStore.js';
import { listActiveKeys } from './signingKeyRows.js';

/**
 * The agent's DIDs. Veramo's `alias`, its local name for a DID, says whom it stands for: the id of an organisation, or `vc-api:` and the
 * id of an issuer instance.
 */
export class IdentifierStore extends AbstractDIDStore {
  readonly #executor: Executor;
  readonly #clock: Clock;

  constructor(executor: Executor, clock: Clock) {
    super();
    this.#executor = executor;
    this.#clock = clock;
  }

  async importDID(identifier: IIdentifier): Promise<boolean> {
    const { alias, did, provider } = identifier;
    const owner = readAlias(alias);
    if (!owner) throw new TypeError('a DID belongs to an organisation or an issuer instance');
    await this.#executor
      .insertInto('identifiers')
      .values({ did, [owner.column]: owner.id, provider, created_at: this.#clock.now() })
      .execute();
    return true;
  }

  /** Rejects when there is none, as Veramo expects. */
  async getDID(args: { did: string } | { alias: string }): Promise<IIdentifier> {
    const query = this.#executor
      .selectFrom('identifiers')
      .select(['did', 'organisation_id', 'instance_id', 'provider']);
    const wanted = 'did' in args ? ({ column: 'did', id: args.did } as const) : readAlias(args.alias);
    const row = wanted && (await query.where(wanted.column, '=', wanted.id as never).executeTakeFirst());
    if (!row) throw new Error('not_found: there is no such identifier');
    const keys = await listActiveKeys(this.#executor, row.did);
    return {
      did: row.did,
      alias: row.organisation_id ?? instanceAlias(row.instance_id ?? ''),
      provider: row.provider,
      keys: keys.map((key) => describeKey(key.kid, key)),
      services: [],
    };
  }

  async deleteDID(): Promise<never> {
    throw notSupported('deleting a DID: names never return');
  }

  async listDIDs(): Promise<never> {
    throw notSupported('a list of all DIDs');
  }
}

const INSTANCE_PREFIX = 'vc-api:';

export function instanceAlias(instanceId: string): string {
  return `${INSTANCE_PREFIX}${instanceId}`;
}

function readAlias(
  alias: string | undefined,
): { readonly column: 'organisation_id' | 'instance_id'; readonly id: string } | undefined {
  const isInstance = alias?.startsWith(INSTANCE_PREFIX) === true;
  const id = isInstance ? alias.slice(INSTANCE_PREFIX.length) : alias;
  if (id === undefined || !isUuid(id)) return undefined;
  return { column: isInstance ? 'instance_id' : 'organisation_id', id };
}
