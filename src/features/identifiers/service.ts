import type { Executor } from '../../adapters/database/schema.js';
import { toInstanceWebDid, toWebDid } from '../../adapters/keys/webDidProvider.js';
import type { DidDocument } from '../../credentials/did/document.js';
import type { PublicJwk } from '../../credentials/keys.js';
import type { IssuerKey } from '../../credentials/securing/issuerKey.js';
import type { IssuerMetadata } from '../../credentials/securing/sdJwt/issuerMetadata.js';
import { toPage, type Page, type PageRequest } from '../../http/paging.js';
import { SYSTEM, type Actor, type OrganisationCaller } from '../../kernel/caller.js';
import { isUuid, type InstanceId, type KeyId, type OrganisationId } from '../../kernel/ids.js';
import type { SigningAlgorithm } from '../../kernel/ports.js';
import { requireKey, revokeKey, rotateKey, type IdentifiersDeps } from './keyChanges.js';
import { recordKeyChange } from './keyRecords.js';
import {
  buildDidDocument,
  buildIssuerMetadata,
  keysAsOf,
  kidOf,
  multikeyIdOf,
  readPublicKey,
  stateOf,
} from './rules.js';
import type { Key } from './schemas.js';
import { findActiveKey, findKeyPage, findKeysOf, type OwnKey, type StoredKey } from './store.js';

export type { IdentifiersDeps, RevokedKey } from './keyChanges.js';

/** A key that signs now, for a {@link Signer}, under both of its names. */
export interface ActiveKey extends IssuerKey {
  readonly id: KeyId;
  readonly publicJwk: PublicJwk;
}

export interface KeyRevocation {
  readonly revokedAt: Date;
  readonly compromisedAt: Date;
}

export interface IdentifiersService {
  /**
   * The organisation's DID with one key of each kind. Its row must have been written in the same transaction; `actor` is the system
   * unless told otherwise.
   */
  createIdentifier(
    trx: Executor,
    identifier: { organisationId: OrganisationId; slug: string; at: Date; actor?: Actor },
  ): Promise<{ did: string }>;
  /** Looked up for every use, never kept: it may be rotated or revoked at any moment. Rejects for an organisation without a DID. */
  activeKey(
    executor: Executor,
    organisationId: OrganisationId,
    algorithm: SigningAlgorithm,
  ): Promise<ActiveKey>;
  /** The same, for whoever can do without: `undefined` where there is none. */
  findActiveKey(
    executor: Executor,
    organisationId: OrganisationId,
    algorithm: SigningAlgorithm,
  ): Promise<ActiveKey | undefined>;
  /** The current document, or that of an instant; `undefined` for a slug that was not given by then. */
  documentOf(slug: string, asOf?: Date): Promise<DidDocument | undefined>;
  /** The same for an issuer instance of the VC API with a did:web; `undefined` for any other text. */
  documentOfInstance(instanceId: string, asOf?: Date): Promise<DidDocument | undefined>;
  /** When each of these keys, by the absolute id under which it stands in its document, was revoked, and from when on it is not trusted. */
  listRevocations(executor: Executor, methodIds: readonly string[]): Promise<KeyRevocation[]>;
  /** The keys of the issuer `{publicUrl}/orgs/{slug}`; `undefined` for a slug that was never given. */
  issuerMetadataOf(slug: string): Promise<IssuerMetadata | undefined>;
  listKeys(organisationId: OrganisationId, page: PageRequest): Promise<Page<Key>>;
  /** Throws `resource/not-found`. */
  readKey(organisationId: OrganisationId, keyId: KeyId): Promise<Key>;
  /** A new active key; the one before is retired and its private half destroyed. */
  rotateKey(caller: OrganisationCaller, algorithm: SigningAlgorithm): Promise<Key>;
  /**
   * Ends the trust in what the key signed from `compromisedAt` on, whatever its state was; an active one is replaced. Throws
   * `resource/not-found`, `keys/already-revoked`, `request/invalid`.
   */
  revokeKey(
    caller: OrganisationCaller,
    keyId: KeyId,
    revocation: { compromisedAt: Date; reason: string },
  ): Promise<Key>;
}

export function createIdentifiers(deps: IdentifiersDeps): IdentifiersService {
  const { db, custody, publicUrl } = deps;

  /** `undefined` for a DID that was never made here. */
  async function findIdentifier(did: string | undefined) {
    const keys = did === undefined ? [] : await findKeysOf(db, did);
    return did === undefined || keys.length === 0 ? undefined : { did, keys };
  }

  async function documentOfDid(did: string | undefined, asOf?: Date): Promise<DidDocument | undefined> {
    const found = await findIdentifier(did);
    const keys = found && (asOf ? keysAsOf(found.keys, asOf) : found.keys);
    // A DID is made with its keys: without any it was not there yet.
    return found && keys && keys.length > 0 ? buildDidDocument(found.did, keys) : undefined;
  }

  return {
    documentOf: async (slug, asOf) => documentOfDid(toWebDid(publicUrl, slug), asOf),

    documentOfInstance: async (id, asOf) =>
      documentOfDid(isUuid(id) ? toInstanceWebDid(publicUrl, id as InstanceId) : undefined, asOf),

    async listRevocations(executor, methodIds) {
      const dids = [...new Set(methodIds.map((id) => id.slice(0, id.indexOf('#'))))];
      const keys = (await Promise.all(dids.map((did) => findKeysOf(executor, did)))).flat();
      return keys.flatMap((key) => {
        const { revokedAt, compromisedAt } = key;
        const isNamed = [kidOf(key), multikeyIdOf(key.did, readPublicKey(key))].some((id) =>
          methodIds.includes(id),
        );
        return isNamed && revokedAt && compromisedAt ? [{ revokedAt, compromisedAt }] : [];
      });
    },

    async issuerMetadataOf(slug) {
      const found = await findIdentifier(toWebDid(publicUrl, slug));
      return found && buildIssuerMetadata(`${publicUrl}/orgs/${slug}`, found.keys);
    },

    async createIdentifier(trx, { organisationId, slug, at, actor = SYSTEM }) {
      const { did } = await custody.createIdentifier(trx, { organisationId, slug, at });
      for (const key of await findKeysOf(trx, did)) {
        await recordKeyChange(trx, { change: 'created', key, organisationId, at, actor });
      }
      return { did };
    },

    async activeKey(executor, organisationId, algorithm) {
      const key = await findActiveKey(executor, organisationId, algorithm);
      if (!key) throw new Error('an organisation has no active key');
      return toActiveKey(key);
    },

    async findActiveKey(executor, organisationId, algorithm) {
      const key = await findActiveKey(executor, organisationId, algorithm);
      return key && toActiveKey(key);
    },

    async listKeys(organisationId, page) {
      return toPage(await findKeyPage(db, organisationId, page), page.limit, toKey);
    },

    readKey: async (organisationId, keyId) => toKey(await requireKey(db, organisationId, keyId)),
    rotateKey: async (caller, algorithm) => toKey(await rotateKey(deps, caller, algorithm)),
    revokeKey: async (caller, keyId, revocation) => toKey(await revokeKey(deps, caller, keyId, revocation)),
  };
}

function toActiveKey(key: StoredKey): ActiveKey {
  const imported = readPublicKey(key);
  const { id, did, algorithm } = key;
  return {
    id,
    kid: kidOf(key),
    multikeyId: multikeyIdOf(did, imported),
    did,
    algorithm,
    publicJwk: imported.jwk,
  };
}

function toKey(key: OwnKey): Key {
  const { id, algorithm, createdAt, retiredAt, revokedAt, compromisedAt, revocationReason } = key;
  return {
    id,
    kid: kidOf(key),
    algorithm,
    state: stateOf(key),
    createdAt: createdAt.toISOString(),
    ...(retiredAt ? { retiredAt: retiredAt.toISOString() } : {}),
    ...(revokedAt ? { revokedAt: revokedAt.toISOString() } : {}),
    ...(compromisedAt ? { compromisedAt: compromisedAt.toISOString() } : {}),
    ...(revocationReason === null ? {} : { reason: revocationReason }),
  };
}
