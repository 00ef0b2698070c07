import type { Executor } from '../../../adapters/database/schema.js';
import type { ApplicationId, EvidenceId, OrganisationId } from '../../../kernel/ids.js';
import { toSealed } from '../store.js';
import type { SealedValue } from '../../../adapters/database/dossierSealing.js';
import type { SaidMessage } from './rules.js';

export interface MessageRow extends SaidMessage {
  /** Empty where it is sealed; `openMessages` opens it. */
  readonly text: string;
  readonly sealed?: SealedValue;
  readonly about?: string;
  readonly attachments: readonly EvidenceId[];
  readonly createdAt: Date;
}

export async function insertMessage(
  trx: Executor,
  applicationId: ApplicationId,
  message: MessageRow & { readonly sealed: SealedValue },
): Promise<void> {
  await trx
    .insertInto('application_messages')
    .values({
      id: message.id,
      application_id: applicationId,
      organisation_id: message.organisationId,
      text: '',
      sealed_text: message.sealed.sealed,
      text_generation: message.sealed.generation,
      kind: message.kind,
      about: message.about ?? null,
      answers: message.answers ?? null,
      created_at: message.createdAt,
    })
    .execute();
  if (message.attachments.length === 0) return;
  await trx
    .insertInto('message_attachments')
    .values(
      message.attachments.map((id) => ({
        message_id: message.id,
        evidence_id: id,
        application_id: applicationId,
      })),
    )
    .execute();
}

export async function listMessages(executor: Executor, applicationId: ApplicationId): Promise<MessageRow[]> {
  const rows = await executor
    .selectFrom('application_messages')
    .selectAll()
    .where('application_id', '=', applicationId)
    .orderBy('id')
    .execute();
  const attached = await executor
    .selectFrom('message_attachments')
    .select(['message_id', 'evidence_id'])
    .where('application_id', '=', applicationId)
    .orderBy('evidence_id')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    organisationId: row.organisation_id,
    text: row.text,
    kind: row.kind,
    ...(row.about === null ? {} : { about: row.about }),
    ...(row.answers === null ? {} : { answers: row.answers }),
    attachments: attached
      .filter(({ message_id }) => message_id === row.id)
      .map(({ evidence_id }) => evidence_id),
    createdAt: row.created_at,
    ...toSealed(row.text_generation, row.sealed_text),
  }));
}

export async function listAttachmentsIn(
  executor: Executor,
  applicationId: ApplicationId,
): Promise<EvidenceId[]> {
  const rows = await executor
    .selectFrom('message_attachments')
    .select('evidence_id')
    .where('application_id', '=', applicationId)
    .execute();
  return rows.map(({ evidence_id }) => evidence_id);
}

/**
 * On which side somebody was sent a piece of evidence with a message, if it was. What an applicant has sent, the registrar loses sight of
 * with a withdrawal, as of all that was handed in.
 */
export async function findSideOfRecipient(
  executor: Executor,
  readerId: OrganisationId,
  evidenceId: EvidenceId,
): Promise<'applicant' | 'registrar' | undefined> {
  const rows = await executor
    .selectFrom('message_attachments')
    .innerJoin('applications', 'applications.id', 'message_attachments.application_id')
    .select(['applications.applicant_id', 'applications.status'])
    .where('message_attachments.evidence_id', '=', evidenceId)
    .where((where) =>
      where.or([
        where('applications.applicant_id', '=', readerId),
        where('applications.registrar_id', '=', readerId),
      ]),
    )
    .execute();
  if (rows.some(({ applicant_id }) => applicant_id === readerId)) return 'applicant';
  return rows.some(({ status }) => status !== 'withdrawn') ? 'registrar' : undefined;
}
