import type { IAgentContext, IIdentifier, IKeyManager } from '@veramo/core';
import type { InstanceId } from '../../kernel/ids.js';
import type { SigningAlgorithm } from '../../kernel/ports.js';
import { DidProvider, makeKey } from './didProvider.js';
import { toInstanceWebDid } from './webDidProvider.js';

/** The name under which the agent knows it. */
export const INSTANCE_PROVIDER_NAME = 'vc-api';

export interface InstanceDidOptions {
  readonly instanceId: InstanceId;
  readonly method: 'web' | 'key';
  readonly algorithm: SigningAlgorithm;
}

/** Makes the DID of an issuer instance, with its one key: `did:web:<host>:vc-api:<instance>`, or the did:key of that key. */
export class InstanceDidProvider extends DidProvider {
  readonly #publicUrl: string;

  constructor(publicUrl: string) {
    super();
    this.#publicUrl = publicUrl;
  }

  async createIdentifier(
    args: { options?: InstanceDidOptions },
    context: IAgentContext<IKeyManager>,
  ): Promise<Omit<IIdentifier, 'provider'>> {
    if (!args.options) throw new TypeError('an instance is needed');
    const { instanceId, method, algorithm } = args.options;
    const did = method === 'web' ? toInstanceWebDid(this.#publicUrl, instanceId) : undefined;
    const key = await makeKey(context, algorithm, did);
    return { did: key.kid.slice(0, key.kid.indexOf('#')), keys: [key], services: [] };
  }
}
