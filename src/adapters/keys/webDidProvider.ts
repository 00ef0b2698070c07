import type { IAgentContext, IIdentifier, IKeyManager } from '@veramo/core';
import type { InstanceId } from '../../kernel/ids.js';
import { DidProvider, makeKey } from './didProvider.js';
import { ORGANISATION_ALGORITHMS } from './keyKinds.js';

/** The name under which the agent knows it. */
export const DID_PROVIDER_NAME = 'did:web';

const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,98}[a-z0-9])?$/;

/**
 * The DID of the organisation with this slug on the installation at `publicUrl` (did:web Method Specification §2.1: the port
 * percent-encoded). `undefined` for text that cannot be a slug.
 */
export function toWebDid(publicUrl: string, slug: string): string | undefined {
  return SLUG.test(slug) ? `${webDidBase(publicUrl)}:orgs:${slug}` : undefined;
}

/** The DID of an issuer instance, at a path that no organisation's slug can reach. */
export function toInstanceWebDid(publicUrl: string, instanceId: InstanceId): string {
  return `${webDidBase(publicUrl)}:vc-api:${instanceId}`;
}

function webDidBase(publicUrl: string): string {
  return `did:web:${encodeURIComponent(new URL(publicUrl).host)}`;
}

/** Makes `did:web:<host>:orgs:<slug>` with one signing key of each kind. The document is served from our own store, not kept here. */
export class WebDidProvider extends DidProvider {
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
    for (const algorithm of ORGANISATION_ALGORITHMS) keys.push(await makeKey(context, algorithm, did));
    return { did, keys, services: [] };
  }
}
