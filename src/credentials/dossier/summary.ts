import { PROVENANCE_TIERS, tierOf, type CheckMethod, type ProvenanceTier } from '../assurance.js';
import { covers, leafPointers } from '../../kernel/jsonPointer.js';
import type { MerkleRoot } from './commitment.js';

/** What a `KycDossierCredential` says of a version, as its profile reads it under `/dossier`. */
export interface DossierSummary {
  readonly dossierVersion: number;
  readonly merkleRoot: MerkleRoot;
  readonly coveredBlocks: readonly { readonly block: string; readonly lowestTier: ProvenanceTier }[];
  readonly lowestTier: ProvenanceTier;
  /** The day on which what was examined should be looked at again. */
  readonly nextReviewOn: string;
}

/** What was done to confirm a version, and when somebody should look again. */
export interface ExaminedFields {
  readonly confirmed: readonly { readonly field: string; readonly method: CheckMethod }[];
  readonly nextReviewAt: Date;
}

/**
 * How well each block of a version was checked: as well as the worst of its fields. A field has the best tier of the confirmed checks that
 * cover it, and is the co-op's own word where none does.
 */
export function summariseDossier(
  examined: ExaminedFields & {
    readonly version: number;
    readonly blocks: Readonly<Record<string, unknown>>;
    readonly merkleRoot: MerkleRoot;
  },
): DossierSummary {
  const coveredBlocks = Object.entries(examined.blocks).map(([block, content]) => ({
    block,
    lowestTier: lowest(
      leafPointers(content, `/${block}`).map((pointer) =>
        highest(
          examined.confirmed
            .filter(({ field }) => covers(field, pointer))
            .map(({ method }) => tierOf(method)),
        ),
      ),
    ),
  }));
  return {
    dossierVersion: examined.version,
    merkleRoot: examined.merkleRoot,
    coveredBlocks,
    lowestTier: lowest(coveredBlocks.map(({ lowestTier }) => lowestTier)),
    nextReviewOn: examined.nextReviewAt.toISOString().slice(0, 10),
  };
}

function highest(tiers: readonly ProvenanceTier[]): ProvenanceTier {
  return PROVENANCE_TIERS.findLast((tier) => tiers.includes(tier)) ?? 'self_declared';
}

function lowest(tiers: readonly ProvenanceTier[]): ProvenanceTier {
  return PROVENANCE_TIERS.find((tier) => tiers.includes(tier)) ?? 'self_declared';
}
