import type { Executor } from '../../adapters/database/schema.js';
import type { DossierRef } from '../../kernel/ports.js';

/** With the key of a dossier the words that it sealed: checks and messages stay as records of what was done, without them. */
export async function eraseWords(trx: Executor, { organisationId, generation }: DossierRef): Promise<void> {
  const concerned = trx.selectFrom('applications').select('id').where('applicant_id', '=', organisationId);
  await trx
    .updateTable('checks')
    .set({ sealed_details: null })
    .where('details_generation', '=', generation)
    .where('application_id', 'in', concerned)
    .execute();
  await trx
    .updateTable('application_messages')
    .set({ sealed_text: null })
    .where('text_generation', '=', generation)
    .where('application_id', 'in', concerned)
    .execute();
}
