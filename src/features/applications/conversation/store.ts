import type { Executor } from '../../../adapters/database/schema.js';
import { newId, type ApplicationId, type OrganisationId } from '../../../kernel/ids.js';

export interface MessageRow {
  readonly id: string;
  readonly organisationId: OrganisationId;
  readonly text: string;
  readonly createdAt: Date;
}

export async function insertMessage(
  trx: Executor,
  message: { applicationId: ApplicationId; organisationId: OrganisationId; text: string; at: Date },
): Promise<void> {
  await trx
    .insertInto('application_messages')
    .values({
      id: newId<'message'>(),
      application_id: message.applicationId,
      organisation_id: message.organisationId,
      text: message.text,
      created_at: message.at,
    })
    .execute();
}

export async function listMessages(executor: Executor, applicationId: ApplicationId): Promise<MessageRow[]> {
  const rows = await executor
    .selectFrom('application_messages')
    .selectAll()
    .where('application_id', '=', applicationId)
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    organisationId: row.organisation_id,
    text: row.text,
    createdAt: row.created_at,
  }));
}
