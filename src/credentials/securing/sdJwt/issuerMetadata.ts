import { isJsonObject } from '../../../kernel/strictJson.js';
import { importJwk, type PublicJwk, type VerificationKey } from '../../keys.js';

/** JWT VC Issuer Metadata (draft-ietf-oauth-sd-jwt-vc-19 §4, read for this): the keys of an issuer that is named by a URL. */
export interface IssuerMetadata {
  readonly issuer: string;
  readonly jwks: { readonly keys: readonly (PublicJwk & { readonly kid: string; readonly use: 'sig' })[] };
}

const WELL_KNOWN = '/.well-known/jwt-vc-issuer';
const MAX_KEYS = 100;

/** A foreign issuer's keys; `jwksUri` where they must still be fetched. */
export type ReadIssuerMetadata =
  { readonly keys: ReadonlyMap<string | undefined, VerificationKey> } | { readonly jwksUri: string };

/**
 * Where the metadata of an issuer is: the well-known path goes between host and path (§4). `undefined` where `iss` is not an `https:` URL
 * without query, fragment and user. Fetching it is for the safe HTTP client.
 */
export function issuerMetadataUrl(iss: string): string | undefined {
  if (!URL.canParse(iss)) return undefined;
  const { protocol, host, pathname, search, hash, username, password } = new URL(iss);
  if (protocol !== 'https:' || search + hash + username + password !== '' || /[?#]/.test(iss))
    return undefined;
  return `https://${host}${WELL_KNOWN}${pathname.replace(/\/$/, '')}`;
}

/** Keys that are listed for `assertionMethod`, under the same absolute ids that tokens name as `kid`. */
export function composeIssuerMetadata(
  issuer: string,
  keys: readonly { readonly kid: string; readonly jwk: PublicJwk }[],
): IssuerMetadata {
  return { issuer, jwks: { keys: keys.map(({ kid, jwk }) => ({ ...jwk, kid, use: 'sig' as const })) } };
}

/**
 * Reads fetched metadata; `undefined` where it is of another issuer, or not of the specified form (§4.2, §4.3). Keys that cannot be used
 * here are left out; a `kid` that two keys have makes the whole ambiguous, and refused.
 */
export function readIssuerMetadata(document: unknown, iss: string): ReadIssuerMetadata | undefined {
  if (!isJsonObject(document) || document['issuer'] !== iss) return undefined;
  const { jwks, jwks_uri: jwksUri } = document;
  // "either jwks_uri or jwks […] but not both"
  if ((jwks === undefined) === (jwksUri === undefined)) return undefined;
  if (jwksUri !== undefined) {
    return typeof jwksUri === 'string' && URL.canParse(jwksUri) && new URL(jwksUri).protocol === 'https:'
      ? { jwksUri }
      : undefined;
  }
  const keys = readJwks(jwks);
  return keys && { keys };
}

/** A JWK Set (RFC 7517 §5) by `kid`. */
export function readJwks(jwks: unknown): ReadonlyMap<string | undefined, VerificationKey> | undefined {
  const entries = isJsonObject(jwks) ? jwks['keys'] : undefined;
  if (!Array.isArray(entries) || entries.length > MAX_KEYS) return undefined;
  const keys = new Map<string | undefined, VerificationKey>();
  for (const entry of entries as readonly unknown[]) {
    if (!isJsonObject(entry)) return undefined;
    const { kid } = entry;
    if (kid !== undefined && typeof kid !== 'string') return undefined;
    if (keys.has(kid)) return undefined;
    const key = importJwk(entry);
    if (key) keys.set(kid, key);
  }
  return keys;
}

/** The key that a token names; without a `kid` only where there is no choice. */
export function findMetadataKey(
  keys: ReadonlyMap<string | undefined, VerificationKey>,
  kid: string | undefined,
): VerificationKey | undefined {
  if (kid !== undefined) return keys.get(kid);
  const [only, ...others] = keys.values();
  return others.length === 0 ? only : undefined;
}
