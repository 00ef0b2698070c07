import { createHash } from 'node:crypto';
import type { Credential } from '../../src/credentials/dataModel.js';
import { coopLegalIdentity } from '../../src/credentials/profiles/coopLegalIdentity.js';
import { claimSubject } from '../../src/credentials/profiles/profile.js';
import { createSeededRandom } from '../../src/credentials/securing/sdJwt/randomSource.js';
import type { SdJwtProfile } from '../../src/credentials/securing/sdJwt/sdJwt.js';
import {
  COOP_DID,
  coopKey,
  dossier,
  forgeToken,
  legalIdentityCredential,
  NOW,
  registrarKey,
  type TestKey,
} from './issuer.js';

/** Tokens built by hand, so that tests can say what the product never would. */

export const PROFILE: SdJwtProfile = {
  typ: 'example+sd-jwt',
  maxLength: 100_000,
  reserved: new Set(['iss', 'exp', 'cnf', 'status']),
};
export const AUDIENCE = 'https://partner.example';
export const NONCE = 'n-0S6_WzA2Mj';
export const NOW_SECONDS = NOW.getTime() / 1000;

/** The same bytes in every test. */
export const random = () => createSeededRandom(Buffer.alloc(32, 7));

export function disclosure(...parts: unknown[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

export function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

export function forgeSdJwt(
  payload: object | string,
  disclosures: readonly string[] = [],
  { typ = PROFILE.typ, key = registrarKey }: { typ?: string; key?: TestKey } = {},
): string {
  const header = { alg: key.algorithm, kid: key.kid, typ };
  return `${[forgeToken(key, header, payload), ...disclosures].join('~')}~`;
}

/** A key binding with changes; `header` and `claims` replace what a good one says, `undefined` leaves it out. */
export function forgeKeyBinding(
  presented: string,
  changes: { header?: object; claims?: object; key?: TestKey } = {},
): string {
  const key = changes.key ?? coopKey;
  const claims = { aud: AUDIENCE, nonce: NONCE, iat: NOW_SECONDS, sd_hash: digest(presented) };
  return forgeToken(
    key,
    { alg: key.algorithm, typ: 'kb+jwt', ...changes.header },
    { ...claims, ...changes.claims },
  );
}

/** A legal identity of which everything was confirmed: addresses and identifiers too. */
export function fullLegalIdentity(): Credential {
  const confirmed = ['/legalIdentity', '/addresses', '/identifiers'];
  const claims = claimSubject(coopLegalIdentity, dossier, confirmed);
  return { ...legalIdentityCredential(), credentialSubject: { ...claims, id: COOP_DID } };
}
