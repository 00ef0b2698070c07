import { PROVENANCE_TIERS, type ProvenanceTier } from '../../credentials/assurance.js';
import { groupBy } from '../../kernel/grouping.js';
import { leafPointers } from '../../kernel/jsonPointer.js';
import type { DossierBlocks } from './schemas.js';

/** A confirmed check whose field still has the value that was looked at. */
export interface ConfirmedField {
  readonly field: string;
  readonly tier: ProvenanceTier;
  readonly checkedAt: Date;
  readonly evidenceId?: string;
}

/** An upload of the co-op's own that says which fields it supports. */
export interface FieldEvidence {
  readonly id: string;
  readonly fields: readonly string[];
}

export interface Provenance {
  tier: ProvenanceTier;
  asOf?: string;
  evidence?: string[];
}

/**
 * Where each field of the dossier comes from: the highest tier of a confirmed check that covers it, when that was made, and what it rests on.
 * What nobody has confirmed is as old as its value. The cost is that of the fields and the checks, not of one times the other.
 *
 * @param savedAt when a field's value was saved first
 */
export function computeProvenance(
  blocks: DossierBlocks,
  current: readonly ConfirmedField[],
  uploads: readonly FieldEvidence[],
  savedAt: (pointer: string) => Date | undefined,
): Record<string, Provenance> {
  const checksOf = groupBy(current, ({ field }) => field);
  const uploadsOf = groupBy(
    uploads.flatMap(({ id, fields }) => fields.map((field) => ({ id, field }))),
    ({ field }) => field,
  );
  const pointers = Object.keys(blocks).length === 0 ? [] : leafPointers(blocks);
  return Object.fromEntries(
    pointers.map((pointer) => {
      const around = pointersAround(pointer);
      const checks = around.flatMap((field) => checksOf.get(field) ?? []);
      const rank = Math.max(0, ...checks.map(({ tier }) => PROVENANCE_TIERS.indexOf(tier)));
      const tier = PROVENANCE_TIERS[rank] ?? 'self_declared';
      const decisive = checks.filter((check) => check.tier === tier);
      const latest = Math.max(...decisive.map(({ checkedAt }) => checkedAt.getTime()));
      const asOf = decisive.length > 0 ? new Date(latest) : savedAt(pointer);
      const evidence = new Set([
        ...decisive.flatMap(({ evidenceId }) => evidenceId ?? []),
        ...around.flatMap((field) => uploadsOf.get(field) ?? []).map(({ id }) => id),
      ]);
      return [
        pointer,
        {
          tier,
          ...(asOf ? { asOf: asOf.toISOString() } : {}),
          ...(evidence.size > 0 ? { evidence: [...evidence] } : {}),
        },
      ];
    }),
  );
}

/** The pointer itself and what it lies in, up to its block. */
function pointersAround(pointer: string): string[] {
  const around = [];
  for (let at = pointer; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) around.push(at);
  return around;
}
