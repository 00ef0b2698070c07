import { isDeepStrictEqual } from 'node:util';
import { PROVENANCE_TIERS, type ProvenanceTier } from '../../credentials/assurance.js';
import { covers, leafPointers, valueAt } from '../../kernel/jsonPointer.js';
import type { DossierBlocks } from './schemas.js';

/** A confirmed check, with the value of the field as it was looked at. */
export interface ConfirmedField {
  readonly field: string;
  readonly tier: ProvenanceTier;
  readonly checkedValue: unknown;
}

/**
 * Where each field of the dossier comes from: the highest tier of a confirmed check that covers it, as long as the
 * value is still the one that was checked.
 */
export function computeProvenance(
  blocks: DossierBlocks,
  confirmed: readonly ConfirmedField[],
): Record<string, { tier: ProvenanceTier }> {
  const current = confirmed.filter((check) =>
    isDeepStrictEqual(valueAt(blocks, check.field), check.checkedValue),
  );
  const pointers = Object.keys(blocks).length === 0 ? [] : leafPointers(blocks);
  return Object.fromEntries(
    pointers.map((pointer) => {
      const tiers = current
        .filter((check) => covers(check.field, pointer))
        .map((check) => PROVENANCE_TIERS.indexOf(check.tier));
      return [pointer, { tier: PROVENANCE_TIERS[Math.max(0, ...tiers)] ?? 'self_declared' }];
    }),
  );
}

export type Precondition = 'met' | 'missing' | 'stale';

/** RFC 9110 §13.1.1 (If-Match, strong comparison) and RFC 6585 §3 (428); only the first version needs none. */
export function judgePrecondition(ifMatch: string | undefined, currentVersion: number): Precondition {
  if (ifMatch === undefined) return currentVersion === 0 ? 'met' : 'missing';
  const tags = ifMatch.split(',').map((tag) => tag.trim());
  if (tags.includes(etagOf(currentVersion))) return 'met';
  return tags.includes('*') && currentVersion > 0 ? 'met' : 'stale';
}

export function etagOf(version: number): string {
  return `"${version}"`;
}
