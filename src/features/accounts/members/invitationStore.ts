import { sql } from 'kysely';
import type { Executor } from '../../../adapters/database/schema.js';
import type { PageRequest } from '../../../http/paging.js';
import type { Role } from '../../../kernel/caller.js';
import type { InvitationId, OrganisationId } from '../../../kernel/ids.js';

export async function insertInvitation(
  trx: Executor,
  invitation: {
    id: InvitationId;
    organisationId: OrganisationId;
    email: string;
    role: Role;
    tokenHash: Buffer;
    at: Date;
    expiresAt: Date;
  },
): Promise<void> {
  await trx
    .insertInto('invitations')
    .values({
      id: invitation.id,
      organisation_id: invitation.organisationId,
      email: invitation.email,
      role: invitation.role,
      token_hash: invitation.tokenHash,
      created_at: invitation.at,
      expires_at: invitation.expiresAt,
    })
    .execute();
}

export async function listPendingInvitations(
  executor: Executor,
  organisationId: OrganisationId,
  now: Date,
  page?: PageRequest,
) {
  let query = pendingInvitations(executor, now)
    .select(['id', 'email', 'role', 'created_at as createdAt', 'expires_at as expiresAt'])
    .where('organisation_id', '=', organisationId)
    .orderBy('id');
  if (page) query = query.limit(page.limit + 1);
  if (page?.after !== undefined) query = query.where('id', '>', page.after as InvitationId);
  return query.execute();
}

export async function findPendingInvitation(executor: Executor, tokenHash: Buffer, now: Date) {
  return pendingInvitations(executor, now)
    .select(['id', 'organisation_id as organisationId', 'email', 'role'])
    .where('token_hash', '=', tokenHash)
    .executeTakeFirst();
}

function pendingInvitations(executor: Executor, now: Date) {
  return executor
    .selectFrom('invitations')
    .where('accepted_at', 'is', null)
    .where('withdrawn_at', 'is', null)
    .where('expires_at', '>', now);
}

/** False where it was accepted or withdrawn in the meantime. What is settled needs the address no longer. */
export async function markAccepted(trx: Executor, id: InvitationId, at: Date): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('invitations')
    .set({ accepted_at: at, email: '' })
    .where('id', '=', id)
    .where('accepted_at', 'is', null)
    .where('withdrawn_at', 'is', null)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

/** Returns how many. Without an id or an address: all of the organisation. */
export async function withdrawInvitations(
  trx: Executor,
  organisationId: OrganisationId,
  which: { readonly id?: InvitationId; readonly emailKey?: string },
  at: Date,
): Promise<number> {
  let update = trx
    .updateTable('invitations')
    .set({ withdrawn_at: at, email: '' })
    .where('organisation_id', '=', organisationId)
    .where('accepted_at', 'is', null)
    .where('withdrawn_at', 'is', null);
  if (which.id !== undefined) update = update.where('id', '=', which.id);
  if (which.emailKey !== undefined) update = update.where(sql`lower(email)`, '=', which.emailKey);
  const { numUpdatedRows } = await update.executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

export async function withdrawAllInvitations(
  trx: Executor,
  organisationId: OrganisationId,
  at: Date,
): Promise<void> {
  await withdrawInvitations(trx, organisationId, {}, at);
}

/** An expired one is of no use, so its address goes as well. */
export async function blankExpiredInvitations(trx: Executor, now: Date): Promise<void> {
  await trx
    .updateTable('invitations')
    .set({ withdrawn_at: now, email: '' })
    .where('accepted_at', 'is', null)
    .where('withdrawn_at', 'is', null)
    .where('expires_at', '<=', now)
    .execute();
}
