import { coopLegalIdentity } from './coopLegalIdentity.js';
import { coopStatus } from './coopStatus.js';
import type { Profile } from './profile.js';

/** Every credential type that this service knows. */
export const PROFILES: readonly Profile[] = [coopLegalIdentity, coopStatus];

export function profileOfType(type: string): Profile | undefined {
  return PROFILES.find((profile) => profile.type === type);
}
