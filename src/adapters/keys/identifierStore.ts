import { AbstractDIDStore } from '@veramo/did-manager';
import type { IIdentifier } from '@veramo/core';
import { isUuid, type OrganisationId } from '../../kernel/ids.js';
import type { Clock } from '../../kernel/ports.js';
import type { Executor } from '../database/schema.js';
import { notSupported } from './keyManagementSystem.js';
import { describeKey } from './keyStore.js';
import { listActiveKeys } from './signingKeyRows.js';

/** The agent's DIDs. Veramo's `alias`, its local name for a DID, is the id of the organisation that the DID stands for. */
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
    if (alias === undefined || !isUuid(alias)) throw new TypeError('a DID belongs to an organisation');
    await this.#executor
      .insertInto('identifiers')
      .values({ did, organisation_id: alias as OrganisationId, provider, created_at: this.#clock.now() })
      .execute();
    return true;
  }

  /** Rejects when there is none, as Veramo expects. */
  async getDID(args: { did: string } | { alias: string }): Promise<IIdentifier> {
    const query = this.#executor.selectFrom('identifiers').select(['did', 'organisation_id', 'provider']);
    const row = await (
      'did' in args
        ? query.where('did', '=', args.did)
        : query.where('organisation_id', '=', args.alias as OrganisationId)
    ).executeTakeFirst();
    if (!row) throw new Error('not_found: there is no such identifier');
    const keys = await listActiveKeys(this.#executor, row.did);
    return {
      did: row.did,
      alias: row.organisation_id,
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
