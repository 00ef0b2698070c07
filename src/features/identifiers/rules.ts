import type { DidDocument, VerificationMethod } from '../../credentials/did/document.js';
import { importJwk, toMultikey, type VerificationKey } from '../../credentials/keys.js';
import {
  composeIssuerMetadata,
  type IssuerMetadata,
} from '../../credentials/securing/sdJwt/issuerMetadata.js';
import { AppError, invalidField } from '../../kernel/errors.js';
import type { StoredKey } from './store.js';

export type KeyState = 'active' | 'retired' | 'revoked';

type Lifecycle = Pick<StoredKey, 'retiredAt' | 'revokedAt'>;

export function stateOf(key: Lifecycle): KeyState {
  if (key.revokedAt) return 'revoked';
  return key.retiredAt ? 'retired' : 'active';
}

/** The keys of a DID as they stood at an instant: what was done to them later is not known yet. */
export function keysAsOf<
  K extends Pick<StoredKey, 'createdAt' | 'retiredAt' | 'revokedAt' | 'compromisedAt'>,
>(keys: readonly K[], at: Date): K[] {
  const until = (instant: Date | null) => (instant !== null && instant <= at ? instant : null);
  return keys
    .filter(({ createdAt }) => createdAt <= at)
    .map((key) => {
      const revokedAt = until(key.revokedAt);
      // The instant of the compromise lies before that at which anybody learned of it.
      const compromisedAt = revokedAt && key.compromisedAt;
      return { ...key, retiredAt: until(key.retiredAt), revokedAt, compromisedAt };
    });
}

/** Of the `JsonWebKey` method and of the tokens that the key signs. */
export function kidOf(key: Pick<StoredKey, 'did' | 'thumbprint'>): string {
  return `${key.did}#${key.thumbprint}`;
}

/** Of the `Multikey` method and of the Data Integrity proofs that the key makes. */
export function multikeyIdOf(did: string, key: VerificationKey): string {
  return `${did}#${toMultikey(key)}`;
}

const CONTEXT = [
  'https://www.w3.org/ns/did/v1',
  'https://w3id.org/security/jwk/v1',
  'https://w3id.org/security/multikey/v1',
];

export type PublishedKey = Pick<
  StoredKey,
  'did' | 'thumbprint' | 'algorithm' | 'publicJwk' | 'retiredAt' | 'revokedAt' | 'compromisedAt'
>;

/**
 * The DID document (DID Core 1.0; method types of Controlled Identifiers 1.0 §2.2.2 and §2.2.3) for all keys that the DID ever had.
 * Each key stands there as a `JsonWebKey` and as a `Multikey`. A retired one goes on verifying what it signed, but nobody signs in with
 * it; a revoked one is for nothing any more, and `revoked` says since when.
 */
export function buildDidDocument(did: string, keys: readonly PublishedKey[]): DidDocument {
  const entries = keys.map((key) => ({ state: stateOf(key), methods: verificationMethods(key) }));
  const idsOf = (...states: KeyState[]): string[] =>
    entries
      .filter(({ state }) => states.includes(state))
      .flatMap(({ methods }) => methods.map(({ id }) => id));
  return {
    '@context': CONTEXT,
    id: did,
    verificationMethod: entries.flatMap(({ methods }) => methods),
    authentication: idsOf('active'),
    assertionMethod: idsOf('active', 'retired'),
  };
}

/**
 * JWT VC Issuer Metadata (draft-ietf-oauth-sd-jwt-vc-19 §4) for all keys that the issuer's DID ever had: those that stand under
 * `assertionMethod` in its document, under the same ids. Metadata has no place for "revoked since", so a revoked key is not in it.
 */
export function buildIssuerMetadata(issuer: string, keys: readonly PublishedKey[]): IssuerMetadata {
  const listed = keys.filter((key) => stateOf(key) !== 'revoked');
  return composeIssuerMetadata(
    issuer,
    listed.map((key) => ({ kid: kidOf(key), jwk: readPublicKey(key).jwk })),
  );
}

export function readPublicKey({ publicJwk }: Pick<StoredKey, 'publicJwk'>): VerificationKey {
  const key = importJwk(publicJwk);
  if (!key) throw new Error('a stored public key cannot be read');
  return key;
}

function verificationMethods(key: PublishedKey): VerificationMethod[] {
  const imported = readPublicKey(key);
  const { did: controller, thumbprint, algorithm } = key;
  const publicKeyMultibase = toMultikey(imported);
  const revoked = key.compromisedAt ? { revoked: key.compromisedAt.toISOString() } : {};
  return [
    {
      id: kidOf(key),
      type: 'JsonWebKey',
      controller,
      ...revoked,
      // `alg` pins the key to its one algorithm; `kid` is the fragment, as Controlled Identifiers recommends.
      publicKeyJwk: { ...imported.jwk, kid: thumbprint, alg: algorithm },
    },
    {
      id: multikeyIdOf(controller, imported),
      type: 'Multikey',
      controller,
      ...revoked,
      publicKeyMultibase,
    },
  ];
}

/**
 * A revocation is final. Its instant may lie anywhere in the past: who names one before the key was made distrusts all that it signed.
 * Throws `keys/already-revoked` and `request/invalid`.
 */
export function checkRevocation(key: Pick<StoredKey, 'revokedAt'>, compromisedAt: Date, now: Date): void {
  if (key.revokedAt)
    throw new AppError('keys/already-revoked', 'This key was revoked before; that is final.');
  if (compromisedAt > now) throw invalidField('/compromisedAt', 'must not lie in the future');
}
