import type { DossierSealing } from '../../../adapters/database/dossierSealing.js';
import type { Executor } from '../../../adapters/database/schema.js';
import type { EvidenceDetails } from '../../../credentials/evidence/shapes.js';
import { groupBy } from '../../../kernel/grouping.js';
import type { EvidenceId, OrganisationId } from '../../../kernel/ids.js';
import type { EvidenceRow } from './store.js';

/** What a piece of evidence is said to be names who issued it, and who vouches: sealed with its file's key, under that of the dossier. */

type Sealed = Pick<EvidenceRow, 'id' | 'organisation_id' | 'key_generation' | 'details' | 'sealed_details'>;
const contextOf = (id: EvidenceId) => `evidence-details:${id}`;

/** In the transaction that wraps the file's key, so that both are under the same one. */
export async function sealDetails(
  { sealing }: { readonly sealing: DossierSealing },
  trx: Executor,
  ownerId: OrganisationId,
  id: EvidenceId,
  details: EvidenceDetails,
): Promise<Buffer> {
  const plaintext = Buffer.from(JSON.stringify(details));
  const { sealed } = await sealing.seal(trx, ownerId, plaintext, contextOf(id));
  plaintext.fill(0);
  return sealed;
}

/** By id; none of what was erased. Each owner's key is read once. */
export async function openDetails(
  { sealing }: { readonly sealing: DossierSealing },
  rows: readonly Sealed[],
): Promise<ReadonlyMap<EvidenceId, EvidenceDetails>> {
  const opened = new Map<EvidenceId, EvidenceDetails>();
  for (const [ownerId, owned] of groupBy(rows, (row) => row.organisation_id)) {
    const sealed = owned.flatMap(({ id, key_generation: generation, sealed_details: value }) =>
      value && generation !== null ? [{ id, generation, sealed: value, context: contextOf(id) }] : [],
    );
    const texts = await sealing.openAll(ownerId, sealed);
    for (const [n, { id }] of sealed.entries()) {
      const text = texts[n];
      if (text) opened.set(id, JSON.parse(text.toString()) as EvidenceDetails);
    }
  }
  for (const { id, details } of rows) if (details) opened.set(id, details);
  return opened;
}
