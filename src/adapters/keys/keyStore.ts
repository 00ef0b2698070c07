import { AbstractKeyStore } from '@veramo/key-manager';
import type { IKey, ManagedKeyInfo } from '@veramo/core';
import type { Executor } from '../database/schema.js';
import { publicKeyHex, VERAMO_KEY_TYPES } from './keyKinds.js';
import { keyNotActive, KMS_NAME, notSupported } from './keyManagementSystem.js';
import { findActiveKey, type ActiveKeyRow } from './signingKeyRows.js';

/**
 * Where the agent looks a key up, for every signature: what another process retired or revoked a moment ago is not found here any
 * more, whatever this process has in memory.
 */
export class SigningKeyStore extends AbstractKeyStore {
  readonly #executor: Executor;

  constructor(executor: Executor) {
    super();
    this.#executor = executor;
  }

  /** Throws `keys/not-active`. */
  async getKey({ kid }: { kid: string }): Promise<IKey> {
    const key = await findActiveKey(this.#executor, kid);
    if (!key) throw keyNotActive();
    return describeKey(kid, key);
  }

  /** The key-management system has written the row; there is nothing to add, and no other way for a key to come in. */
  async importKey({ kid }: Partial<IKey>): Promise<boolean> {
    if (kid === undefined || !(await findActiveKey(this.#executor, kid)))
      throw notSupported('keys made elsewhere');
    return true;
  }

  /** The key-management system has retired the key; its row stays, since its public half is still asked for. */
  async deleteKey(): Promise<boolean> {
    return true;
  }

  async listKeys(): Promise<ManagedKeyInfo[]> {
    throw notSupported('a list of all keys');
  }
}

/** A key in Veramo's terms, without anything private. */
export function describeKey(kid: string, key: ActiveKeyRow): IKey {
  return {
    kid,
    kms: KMS_NAME,
    type: VERAMO_KEY_TYPES[key.algorithm],
    publicKeyHex: publicKeyHex(key.publicJwk),
    meta: { algorithms: [key.algorithm] },
  };
}
