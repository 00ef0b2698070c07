import type { FieldProof } from '../../credentials/dossier/commitment.js';

/** What is to be judged; its envelope was checked, its content is anybody's. */
export type Submission =
  | { readonly credential: unknown; readonly fields?: readonly FieldProof[] }
  | { readonly presentation: unknown; readonly audience: string; readonly nonce: string };
