import { authorisedSignatory } from './authorisedSignatory.js';
import { controlPersons } from './controlPersons.js';
import { coopLegalIdentity } from './coopLegalIdentity.js';
import { coopStatus } from './coopStatus.js';
import { coopStatusV1 } from './coopStatusV1.js';
import { federationMembership } from './federationMembership.js';
import { kycDossier } from './kycDossier.js';
import type { Profile } from './profile.js';
import { screening } from './screening.js';

/** Every credential type that this service issues, in its newest version. */
export const PROFILES: readonly Profile[] = [
  coopLegalIdentity,
  coopStatus,
  federationMembership,
  controlPersons,
  authorisedSignatory,
  kycDossier,
  screening,
];

/** What was issued once is verified for good, so no version that was ever released goes away. */
export const FORMER_PROFILES: readonly Profile[] = [coopStatusV1];

export function profileOfType(type: string): Profile | undefined {
  return PROFILES.find((profile) => profile.type === type);
}
