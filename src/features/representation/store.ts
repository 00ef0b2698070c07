import { sql, type Insertable, type Selectable } from 'kysely';
import type {
  RepresentationMethod,
  RepresentationOutcome,
} from '../../adapters/database/representationTables.js';
import type { Executor, Tables } from '../../adapters/database/schema.js';
import type {
  ApplicationId,
  CheckId,
  MembershipId,
  OrganisationId,
  RepresentationProofId,
} from '../../kernel/ids.js';
import type { DossierRef } from '../../kernel/ports.js';

export type ProofRow = Selectable<Tables['representation_proofs']>;
export type BindingRow = Selectable<Tables['representations']>;

export async function setRepresentative(
  trx: Executor,
  row: {
    applicationId: ApplicationId;
    organisationId: OrganisationId;
    membershipId: MembershipId | null;
    at: Date;
  },
): Promise<void> {
  const values = { membership_id: row.membershipId, named_at: row.at };
  await trx
    .insertInto('application_representatives')
    .values({ application_id: row.applicationId, organisation_id: row.organisationId, ...values })
    .onConflict((conflict) => conflict.column('application_id').doUpdateSet(values))
    .execute();
}

/** `undefined` where nobody is named. */
export async function findRepresentative(
  executor: Executor,
  applicationId: ApplicationId,
): Promise<MembershipId | undefined> {
  const row = await executor
    .selectFrom('application_representatives')
    .select('membership_id')
    .where('application_id', '=', applicationId)
    .executeTakeFirst();
  return row?.membership_id ?? undefined;
}

export async function insertProof(
  trx: Executor,
  proof: Insertable<Tables['representation_proofs']>,
): Promise<void> {
  await trx.insertInto('representation_proofs').values(proof).execute();
}

export async function listProofs(executor: Executor, applicationId: ApplicationId): Promise<ProofRow[]> {
  return executor
    .selectFrom('representation_proofs')
    .selectAll()
    .where('application_id', '=', applicationId)
    .orderBy('id')
    .execute();
}

/** The one that waits for an answer, held. */
export async function lockOpenProof(
  trx: Executor,
  applicationId: ApplicationId,
  method: RepresentationMethod,
): Promise<ProofRow | undefined> {
  return trx
    .selectFrom('representation_proofs')
    .selectAll()
    .where('application_id', '=', applicationId)
    .where('method', '=', method)
    .where('ended_at', 'is', null)
    .forUpdate()
    .executeTakeFirst();
}

export async function countAttempt(trx: Executor, { id, attempts }: ProofRow, at: Date): Promise<void> {
  await trx
    .updateTable('representation_proofs')
    .set({ attempts: attempts + 1, last_attempt_at: at })
    .where('id', '=', id)
    .execute();
}

export async function endProof(
  trx: Executor,
  id: RepresentationProofId,
  outcome: RepresentationOutcome,
  at: Date,
): Promise<void> {
  // What could be tried again is not kept longer than it is needed.
  await trx
    .updateTable('representation_proofs')
    .set({ outcome, ended_at: at, code_hash: null })
    .where('id', '=', id)
    .execute();
}

export async function insertBinding(
  trx: Executor,
  binding: Insertable<Tables['representations']>,
): Promise<void> {
  await trx.insertInto('representations').values(binding).execute();
}

export async function findBinding(executor: Executor, checkId: CheckId): Promise<BindingRow | undefined> {
  return executor
    .selectFrom('representations')
    .selectAll()
    .where('check_id', '=', checkId)
    .executeTakeFirst();
}

/** Held, so that it does not lapse before the transaction is over. */
export async function holdBinding(trx: Executor, checkId: CheckId): Promise<BindingRow | undefined> {
  return trx
    .selectFrom('representations')
    .selectAll()
    .where('check_id', '=', checkId)
    .forShare()
    .executeTakeFirst();
}

/** In one order, so that two who lapse bindings do not wait for each other. */
export async function lockLiveBindingsOf(
  trx: Executor,
  applicantId: OrganisationId,
  applicationId?: ApplicationId,
): Promise<BindingRow[]> {
  let query = trx
    .selectFrom('representations')
    .selectAll()
    .where('applicant_id', '=', applicantId)
    .where('lapsed_at', 'is', null);
  if (applicationId !== undefined) query = query.where('application_id', '=', applicationId);
  return query.orderBy('check_id').forUpdate().execute();
}

/** Those that another process has in hand are left to it. */
export async function lockExpiredBindings(trx: Executor, now: Date, most: number): Promise<BindingRow[]> {
  return trx
    .selectFrom('representations')
    .selectAll()
    .where('lapsed_at', 'is', null)
    .where('expires_at', '<=', now)
    .orderBy('expires_at')
    .limit(most)
    .forUpdate()
    .skipLocked()
    .execute();
}

export async function lapseBindings(
  trx: Executor,
  ids: readonly CheckId[],
  reason: string,
  at: Date,
): Promise<void> {
  await trx
    .updateTable('representations')
    .set({ lapsed_at: at, lapse_reason: reason })
    .where('check_id', 'in', [...ids])
    .execute();
}

/** Of an applicant's own applications: methods, outcomes and times. */
export async function exportRepresentations(
  executor: Executor,
  applicantId: OrganisationId,
): Promise<unknown> {
  const proofs = await executor
    .selectFrom('representation_proofs')
    .select(['id', 'application_id as applicationId', 'method', 'register', 'domain', 'outcome'])
    .select(['started_at as startedAt', 'ended_at as endedAt'])
    .where('applicant_id', '=', applicantId)
    .orderBy('id')
    .execute();
  const bindings = await executor
    .selectFrom('representations')
    .select(['application_id as applicationId', 'membership_id as memberId', 'shown_at as shownAt'])
    .select(['expires_at as expiresAt', 'lapsed_at as lapsedAt', 'lapse_reason as lapseReason'])
    .where('applicant_id', '=', applicantId)
    .orderBy('check_id')
    .execute();
  return { proofs, bindings };
}

/** With the dossier whose key sealed them; its generation stands in front of what is sealed. */
export async function eraseRecords(trx: Executor, { organisationId, generation }: DossierRef): Promise<void> {
  await trx
    .updateTable('representation_proofs')
    .set({ sealed_record: null })
    .where('applicant_id', '=', organisationId)
    .where(sql<boolean>`substring(sealed_record from 1 for 4) = int4send(${generation}::integer)`)
    .execute();
}
