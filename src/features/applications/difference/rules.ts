import type { Profile } from '../../../credentials/profiles/profile.js';
import { covers } from '../../../kernel/jsonPointer.js';
import { latestChecks, unchangedFields, type RecordedCheck } from '../rules.js';

/** Whether a pointer touches a field whose check, made on the older version, does not stand on the newer one. */
export function staleChecks(
  profiles: readonly Profile[],
  checks: readonly RecordedCheck[],
  versions: { readonly before: unknown; readonly after: unknown; readonly to: number },
): (pointer: string) => boolean {
  const fields = new Set(checks.map(({ field }) => field));
  const standing = new Set(unchangedFields(profiles, fields, versions.before, versions.after));
  const again = latestChecks(checks, versions.to);
  const fallen = [...fields].filter((field) => !standing.has(field) && !again.has(field));
  return (pointer) => fallen.some((field) => covers(field, pointer) || covers(pointer, field));
}
