import { controlSummary } from './controlPersons.js';
import type { DossierBlocks } from './schemas.js';
import { dossierWarnings } from './warnings.js';

/** For whoever examines a version: what should be looked at, and who controls the co-op in short where that block is shown. */
export function reviewDossier(blocks: DossierBlocks) {
  const { controlPersons } = blocks;
  return {
    warnings: dossierWarnings(blocks),
    ...(controlPersons ? { controlSummary: controlSummary(controlPersons) } : {}),
  };
}
