import { AbstractIdentifierProvider } from '@veramo/did-manager';
import type { IAgentContext, IKeyManager, ManagedKeyInfo } from '@veramo/core';
import { newId } from '../../kernel/ids.js';
import type { SigningAlgorithm } from '../../kernel/ports.js';
import { VERAMO_KEY_TYPES } from './keyKinds.js';
import { KMS_NAME, notSupported, type NewKeyMeta } from './keyManagementSystem.js';

/** A DID whose document follows from its keys: it is made with them, and nothing else of it can be changed. */
export abstract class DidProvider extends AbstractIdentifierProvider {
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

/** @param did absent: the did:key that the key itself makes */
export function makeKey(
  { agent }: IAgentContext<IKeyManager>,
  algorithm: SigningAlgorithm,
  did?: string,
): Promise<ManagedKeyInfo> {
  const meta: NewKeyMeta = { id: newId<'key'>(), ...(did === undefined ? {} : { did }) };
  return agent.keyManagerCreate({ kms: KMS_NAME, type: VERAMO_KEY_TYPES[algorithm], meta: { ...meta } });
}
