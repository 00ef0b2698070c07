import { listOf, type Credential } from '../dataModel.js';
import type { ProfileCatalogue } from '../profiles/catalogue.js';
import { resultOf, type CheckResult } from './checks.js';

/**
 * The `schema` check. A profile of ours applies when the credential claims its type or names its schema, and demands both. Other
 * schemas are not known here.
 */
export function checkSchema(credential: Credential, profiles: ProfileCatalogue): CheckResult {
  const schemaIds = listOf(credential.credentialSchema).map(({ id }) => id);
  const applicable = new Set([
    ...profiles.claimedBy(credential),
    ...schemaIds.flatMap((id) => profiles.ofSchema(id) ?? []),
  ]);
  if (applicable.size === 0) {
    return resultOf(schemaIds.length === 0 ? 'schema/none-declared' : 'schema/unknown');
  }
  const [violation] = [...applicable].flatMap((profile) => profiles.violations(profile, credential));
  if (!violation) return resultOf('schema/conforms');
  return resultOf('schema/violated', `At ${violation.pointer || '/'}: ${violation.detail}.`);
}
