import { checkDidDocument, findMethodOf, ANY_KEYS, type KeyPurpose, USED_KEYS } from '../did/document.js';
import { findSoleMethodOf } from '../did/soleMethod.js';
import type { AnyVerificationKey } from '../keys.js';
import {
  findMetadataKey,
  issuerMetadataUrl,
  readIssuerMetadata,
  readJwks,
} from '../securing/sdJwt/issuerMetadata.js';
import type { CheckCode } from './checks.js';
import type { KeyReference, Secured } from './secured.js';
import { ask, type DidProblem, type IssuanceAnswer, type VerificationSources } from './sources.js';

/** A key as its owner presents it. A revoked one still verifies; what that is worth is another question. */
export type SigningKeyFinding =
  { readonly key: AnyVerificationKey; readonly revokedAt?: Date } | { readonly code: CheckCode };

const DID_PROBLEMS = {
  notFound: 'key/did-not-found',
  invalid: 'key/did-invalid',
  methodNotSupported: 'key/method-not-supported',
  unreachable: 'key/unresolvable',
  notArchived: 'key/not-archived',
} as const satisfies Record<DidProblem | 'notArchived', CheckCode>;

/**
 * Finds the key that a signature names, where its owner publishes it, for one purpose. Not checked here: that this owner is the one that
 * the content claims to come from.
 */
export async function findSigningKey(
  reference: KeyReference | undefined,
  purpose: KeyPurpose,
  sources: Pick<VerificationSources, 'resolveDid' | 'fetchJson'>,
  { takesSecp256k1 }: Pick<Secured, 'takesSecp256k1'> = {},
): Promise<SigningKeyFinding> {
  if (!reference) return { code: 'key/unidentified' };
  if (reference.kind === 'metadata') {
    return purpose === 'assertionMethod'
      ? findKeyInMetadata(reference, sources)
      : { code: 'key/not-listed-for-purpose' };
  }
  const { owner } = reference;
  const resolution = await ask(() => sources.resolveDid(owner), { problem: 'unreachable' });
  if ('problem' in resolution) return { code: DID_PROBLEMS[resolution.problem] };
  const document = checkDidDocument(resolution.document, owner);
  if (!document) return { code: 'key/did-invalid' };
  const keys = takesSecp256k1 ? ANY_KEYS : USED_KEYS;
  const finding =
    reference.kind === 'method'
      ? findMethodOf(keys, document, reference.method, purpose)
      : findSoleMethodOf<AnyVerificationKey>(keys, document, reference.algorithm, purpose);
  switch (finding.state) {
    case 'listed':
      return { key: finding.key };
    case 'ambiguous':
      return { code: 'key/unidentified' };
    case 'revoked':
      return { key: finding.key, revokedAt: finding.revokedAt };
    case 'notListedForPurpose':
      return { code: 'key/not-listed-for-purpose' };
    case 'foreignController':
      return { code: 'key/foreign-controller' };
    case 'unusable':
      return { code: 'key/unusable' };
    case 'notFound':
      return { code: 'key/not-found' };
  }
}

/** Of an issuer without a DID (draft-ietf-oauth-sd-jwt-vc §5). What it no longer lists is no longer its key. */
async function findKeyInMetadata(
  { owner, kid }: Extract<KeyReference, { kind: 'metadata' }>,
  sources: Pick<VerificationSources, 'fetchJson'>,
): Promise<SigningKeyFinding> {
  const url = issuerMetadataUrl(owner);
  if (url === undefined) return { code: 'key/unidentified' };
  const document = await fetchJson(url, sources);
  if ('problem' in document) return { code: DID_PROBLEMS[document.problem] };
  const metadata = readIssuerMetadata(document.value, owner);
  if (!metadata) return { code: 'key/metadata-invalid' };
  let keys = 'keys' in metadata ? metadata.keys : undefined;
  if ('jwksUri' in metadata) {
    const jwks = await fetchJson(metadata.jwksUri, sources);
    if ('problem' in jwks) return { code: DID_PROBLEMS[jwks.problem] };
    keys = readJwks(jwks.value);
  }
  if (!keys) return { code: 'key/metadata-invalid' };
  const key = findMetadataKey(keys, kid);
  return key ? { key } : { code: 'key/not-found' };
}

async function fetchJson(
  url: string,
  { fetchJson }: Pick<VerificationSources, 'fetchJson'>,
): Promise<{ readonly value: unknown } | { readonly problem: 'unreachable' | 'notArchived' }> {
  return fetchJson ? ask(() => fetchJson(url), { problem: 'unreachable' }) : { problem: 'unreachable' };
}

/** The `key` check of a credential: a revoked key is good for what our own record shows to be older than the revocation. */
export async function judgeIssuingKey(
  { revokedAt }: { readonly revokedAt?: Date },
  findIssuance: () => Promise<IssuanceAnswer>,
): Promise<CheckCode> {
  if (!revokedAt) return 'key/listed';
  const record = await findIssuance();
  if (record === 'unavailable') return 'key/revocation-unconfirmed';
  return record && record.issuedAt < revokedAt ? 'key/issued-before-revocation' : 'key/revoked';
}
