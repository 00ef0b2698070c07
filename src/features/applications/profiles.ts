import { profileOfType } from '../../credentials/profiles/index.js';
import type { Profile } from '../../credentials/profiles/profile.js';

/** The profiles of an application's types, which were checked when it was submitted. */
export function profilesOf(credentialTypes: readonly string[]): Profile[] {
  return credentialTypes.map((type) => {
    const profile = profileOfType(type);
    if (!profile) throw new Error(`no profile for ${type}`);
    return profile;
  });
}
