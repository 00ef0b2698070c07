import { listOf, type TypedObject } from './dataModel.js';
import type { ProfileCatalogue } from './profiles/catalogue.js';
import type { Profile } from './profiles/profile.js';
import { readCredential } from './verification/readCredential.js';

/** What a credential of ours says, so that it can be said once more. */
export interface Restated {
  readonly claims: Readonly<Record<string, unknown>>;
  readonly evidence: readonly TypedObject[];
}

/**
 * Reads a form that discloses everything; `undefined` for one that was not composed for this version of the profile. Not checked:
 * the signature.
 */
export function restate(secured: string, profile: Profile, profiles: ProfileCatalogue): Restated | undefined {
  const reading = readCredential(secured, profiles);
  if ('refused' in reading) return undefined;
  const { credential } = reading;
  const [schema] = listOf(credential.credentialSchema);
  if (profiles.ofSchema(String(schema?.id)) !== profile) return undefined;
  const { id: _holder, ...claims } = listOf(credential.credentialSubject)[0] ?? {};
  return { claims, evidence: listOf(credential.evidence) };
}
