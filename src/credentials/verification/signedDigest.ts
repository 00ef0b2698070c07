import { issuerIdOf } from '../dataModel.js';
import type { ProfileCatalogue } from '../profiles/catalogue.js';
import { readCredential } from './readCredential.js';
import type { IssuanceRecord } from './sources.js';

/** SHA-256 of what was signed (`SecuredCredential.signedDigest`); `undefined` for what cannot be read as a credential. */
export function signedDigestOf(secured: unknown, profiles: ProfileCatalogue): Buffer | undefined {
  const reading = readCredential(secured, profiles);
  return 'refused' in reading ? undefined : reading.signedDigest();
}

/**
 * A record of one's own: that this very credential was there at an instant, and so was issued before. A verifier who keeps it for what it
 * receives, and answers `issuance` with it, can judge accreditation and revoked keys later without asking anybody. `undefined` for what cannot
 * be read as a credential. Not checked: anything about it.
 */
export function recordReceipt(
  secured: unknown,
  receivedAt: Date,
  profiles: ProfileCatalogue,
): { readonly credentialId: string; readonly record: IssuanceRecord } | undefined {
  const reading = readCredential(secured, profiles);
  if ('refused' in reading || reading.credential.id === undefined) return undefined;
  return {
    credentialId: reading.credential.id,
    record: {
      issuedAt: receivedAt,
      issuerDid: issuerIdOf(reading.credential),
      signedDigests: [reading.signedDigest()],
    },
  };
}
