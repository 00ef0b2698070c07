import { AbstractIdentifierProvider } from '@veramo/did-manager';
import type { IAgentContext, IIdentifier, IKeyManager } from '@veramo/core';
import { newId } from '../../kernel/ids.js';
import { SIGNING_ALGORITHMS, VERAMO_KEY_TYPES } from './keyKinds.js';
import { KMS_NAME, notSupported, type NewKeyMeta } from './keyManagementSystem.js';

/** The name under which the agent knows it. */
export const DID_PROVIDER_NAME = 'did:web';

const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,98}[a-z0-9])?$/;

/**
 * The DID of the organisation with this slug on the installation at `publicUrl` (did:web Method Specification §2.1: the port
 * percent-encoded). `undefined` for text that cannot be a slug.
 */
export function toWebDid(publicUrl: string, slug: string): string | undefined {
  return SLUG.test(slug) ? `did:web:${encodeURIComponent(new URL(publicUrl).host)}:orgs:${slug}` : undefined;
}

/** Makes `did:web:<host>:orgs:<slug>` with one signing key of each kind. The document is served from our own store, not kept here. */
export class WebDidProvider extends AbstractIdentifierProvider {
  readonly #publicUrl: string;

  constructor(publicUrl: string) {
    super();
    this.#publicUrl = publicUrl;
  }

  async createIdentifier(
    args: { options?: { slug?: string } },
    context: IAgentContext<IKeyManager>,
  ): Promise<Omit<IIdentifier, 'provider'>> {
    const did = toWebDid(this.#publicUrl, args.options?.slug ?? '');
    if (did === undefined) throw new TypeError('not a slug');
    const keys = [];
    for (const algorithm of SIGNING_ALGORITHMS) {
      const meta: NewKeyMeta = { id: newId<'key'>(), did };
      const type = VERAMO_KEY_TYPES[algorithm];
      keys.push(await context.agent.keyManagerCreate({ kms: KMS_NAME, type, meta: { ...meta } }));
    }
    return { did, keys, services: [] };
  }

  async updateIdentifier(): Promise<never> {
    throw notSupported('changing a document other than by its keys');
  }

  async deleteIdentifier(): Promise<never> {
    throw notSupported('deleting a DID: names never return');
  }

  async addKey(): Promise<never> {
    throw notSupported('adding a key made elsewhere');
  }

  async removeKey(): Promise<never> {
    throw notSupported('removing a key: what it signed is still verified');
  }

  async addService(): Promise<never> {
    throw notSupported('service endpoints');
  }

  async removeService(): Promise<never> {
    throw notSupported('service endpoints');
  }
}
