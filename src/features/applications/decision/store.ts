import { recordAudit } from '../../../adapters/database/records.js';
import type { Executor } from '../../../adapters/database/schema.js';
import type { ProposalEnding } from '../../../adapters/database/deskTables.js';
import { canonicalJson } from '../../../kernel/canonicalJson.js';
import type { Actor } from '../../../kernel/caller.js';
import type { ApplicationId, OrganisationId } from '../../../kernel/ids.js';
import type { DecisionTerms } from '../schemas.js';
import type { ApplicationRow } from '../store.js';
import type { Proposal } from './rules.js';

export interface ProposalRow extends Proposal {
  readonly dossierVersion: number;
  readonly decision: DecisionTerms;
  readonly proposedAt: Date;
}

export async function findOpenProposal(
  executor: Executor,
  applicationId: ApplicationId,
): Promise<ProposalRow | undefined> {
  const row = await executor
    .selectFrom('decision_proposals')
    .selectAll()
    .where('application_id', '=', applicationId)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return (
    row && {
      id: row.id,
      personId: row.person_id,
      membershipId: row.membership_id,
      basis: row.basis,
      terms: canonicalJson(row.terms),
      decision: row.terms as DecisionTerms,
      dossierVersion: row.dossier_version,
      proposedAt: row.proposed_at,
    }
  );
}

export async function insertProposal(
  trx: Executor,
  applicationId: ApplicationId,
  registrarId: OrganisationId,
  proposal: ProposalRow,
): Promise<void> {
  await trx
    .insertInto('decision_proposals')
    .values({
      id: proposal.id,
      application_id: applicationId,
      registrar_id: registrarId,
      terms: proposal.terms,
      basis: proposal.basis,
      dossier_version: proposal.dossierVersion,
      membership_id: proposal.membershipId,
      person_id: proposal.personId,
      proposed_at: proposal.proposedAt,
      ended_at: null,
      ending: null,
    })
    .execute();
}

/** With its audit row, where there is one that is open; the caller holds the application's row. False where there is none. */
export async function endProposal(
  trx: Executor,
  row: Pick<ApplicationRow, 'id' | 'registrar_id'>,
  { ending, actor, at }: { ending: ProposalEnding; actor: Actor; at: Date },
): Promise<boolean> {
  const ended = await trx
    .updateTable('decision_proposals')
    .set({ ended_at: at, ending })
    .where('application_id', '=', row.id)
    .where('ended_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  if (!ended) return false;
  await recordAudit(trx, {
    at,
    actor,
    action: `application.proposal.${ending}`,
    organisationId: row.registrar_id,
    subjectId: row.id,
    detail: { proposalId: ended.id },
  });
  return true;
}
