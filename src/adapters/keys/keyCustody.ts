import { createAgent, type IDIDManager, type IKeyManager, type TAgent } from '@veramo/core';
import { DIDManager } from '@veramo/did-manager';
import { KeyManager } from '@veramo/key-manager';
import { newId, type InstanceId, type KeyId, type OrganisationId } from '../../kernel/ids.js';
import type { Clock, Signer, SigningAlgorithm } from '../../kernel/ports.js';
import type { Executor } from '../database/schema.js';
import type { Envelope } from '../envelope.js';
import { IdentifierStore, instanceAlias } from './identifierStore.js';
import {
  INSTANCE_PROVIDER_NAME,
  InstanceDidProvider,
  type InstanceDidOptions,
} from './instanceDidProvider.js';
import { VERAMO_KEY_TYPES } from './keyKinds.js';
import { KMS_NAME, SealedKeyManagementSystem, type NewKeyMeta } from './keyManagementSystem.js';
import { SigningKeyStore } from './keyStore.js';
import { UnsealedKeys } from './unsealedKeys.js';
import { DID_PROVIDER_NAME, WebDidProvider } from './webDidProvider.js';

export interface KeyCustodyDeps {
  readonly db: Executor;
  readonly envelope: Envelope;
  /** Origin of the installation; the DIDs are made from it. */
  readonly publicUrl: string;
}

/**
 * The installation's keys, made and held by a Veramo agent over our own stores.
 *
 * `sign` MUST NOT be called inside a transaction (it asks the database by itself, and the embedded one has a single connection):
 * there, `signerFor(trx)` signs.
 */
export interface KeyCustody extends Signer {
  /**
   * Asks the database for every signature whether the key is still active, so a key that another process ended signs nothing here.
   * Throws `keys/not-active`; the caller then looks the active key up again.
   */
  readonly sign: Signer['sign'];
  signerFor(executor: Executor): Signer;
  /** A DID with one P-256 and one Ed25519 key. The organisation's row must be there, written in the same transaction. */
  createIdentifier(
    trx: Executor,
    identifier: { organisationId: OrganisationId; slug: string; at: Date },
  ): Promise<{ did: string }>;
  /** A DID with one key, for an instance whose row is written in the same transaction. */
  createInstanceIdentifier(
    trx: Executor,
    identifier: { instanceId: InstanceId; method: 'web' | 'key'; algorithm: SigningAlgorithm; at: Date },
  ): Promise<{ did: string }>;
  /** The DID must have no active key of that algorithm (the database refuses a second). */
  createKey(trx: Executor, key: { did: string; algorithm: SigningAlgorithm; at: Date }): Promise<KeyId>;
  /** Ends a key's signing and destroys its private half; the public one stays. Throws `keys/not-active` when it had ended. */
  retireKey(trx: Executor, key: { kid: string; at: Date }): Promise<void>;
  /** Drops decrypted keys from memory: those of one DID, or all. */
  forgetKeys(did?: string): void;
}

type KeyAgent = TAgent<IKeyManager & IDIDManager>;

const SIGNATURE_BYTES: Readonly<Record<SigningAlgorithm, number>> = { ES256: 64, ES384: 96, EdDSA: 64 };

export function createKeyCustody(deps: KeyCustodyDeps): KeyCustody {
  const unsealedKeys = new UnsealedKeys();
  // Some 40 µs each, so every transaction gets an agent of its own, with one instant for all that it writes.
  const agentAt = (executor: Executor, at: Date): KeyAgent =>
    createKeyAgent(deps, executor, { now: () => at }, unsealedKeys);

  function signerFor(executor: Executor): Signer {
    const agent = createKeyAgent(deps, executor, SIGNING_ONLY, unsealedKeys);
    return {
      async sign({ kid, algorithm }, data) {
        // Through the agent (about 12 µs) and its store's query, which is what keeps an ended key from signing.
        const signature = await agent.keyManagerSign({ keyRef: kid, algorithm, data: asVeramoData(data) });
        const bytes = Buffer.from(signature, 'base64url');
        if (bytes.length !== SIGNATURE_BYTES[algorithm]) throw new Error('a signature of another length');
        return bytes;
      },
    };
  }

  return {
    sign: signerFor(deps.db).sign,
    signerFor,
    async createIdentifier(trx, { organisationId, slug, at }) {
      const { did } = await agentAt(trx, at).didManagerCreate({ alias: organisationId, options: { slug } });
      return { did };
    },
    async createInstanceIdentifier(trx, { instanceId, method, algorithm, at }) {
      const options: InstanceDidOptions = { instanceId, method, algorithm };
      const { did } = await agentAt(trx, at).didManagerCreate({
        alias: instanceAlias(instanceId),
        provider: INSTANCE_PROVIDER_NAME,
        options: { ...options },
      });
      return { did };
    },
    async createKey(trx, { did, algorithm, at }) {
      const meta: NewKeyMeta = { id: newId<'key'>(), did };
      const type = VERAMO_KEY_TYPES[algorithm];
      await agentAt(trx, at).keyManagerCreate({ kms: KMS_NAME, type, meta: { ...meta } });
      return meta.id;
    },
    async retireKey(trx, { kid, at }) {
      await agentAt(trx, at).keyManagerDelete({ kid });
    },
    forgetKeys: (did) => unsealedKeys.forget(did),
  };
}

/** What signs makes no rows, so it needs no instant. */
const SIGNING_ONLY: Clock = {
  now() {
    throw new Error('this agent only signs');
  },
};

/** The agent offers these methods and no others: nothing that imports, lists or exports keys. */
const AUTHORISED_METHODS = ['keyManagerCreate', 'keyManagerDelete', 'keyManagerSign', 'didManagerCreate'];

function createKeyAgent(
  deps: KeyCustodyDeps,
  executor: Executor,
  clock: Clock,
  unsealedKeys: UnsealedKeys,
): KeyAgent {
  const { envelope, publicUrl } = deps;
  const kms = new SealedKeyManagementSystem({ executor, envelope, unsealedKeys, clock });
  return createAgent<IKeyManager & IDIDManager>({
    authorizedMethods: AUTHORISED_METHODS,
    plugins: [
      new KeyManager({ store: new SigningKeyStore(executor), kms: { [KMS_NAME]: kms } }),
      new DIDManager({
        store: new IdentifierStore(executor, clock),
        providers: {
          [DID_PROVIDER_NAME]: new WebDidProvider(publicUrl),
          [INSTANCE_PROVIDER_NAME]: new InstanceDidProvider(publicUrl),
        },
        defaultProvider: DID_PROVIDER_NAME,
      }),
    ],
  });
}

/** The agent passes bytes on as they are, though its type says text; as hex (its other way) it would take eight times as long. */
function asVeramoData(data: Uint8Array): string {
  return data as unknown as string;
}
