import { recordAudit } from '../../adapters/database/records.js';
import type { Executor } from '../../adapters/database/schema.js';
import { SYSTEM, type Actor } from '../../kernel/caller.js';
import type { ApplicationId, CheckId, MembershipId, OrganisationId } from '../../kernel/ids.js';
import { addDuration } from '../../kernel/instants.js';
import type { RepresentationDeps } from './deps.js';
import { judgeBinding, LAPSED, type LapseReason } from './rules.js';
import {
  findBinding,
  findRepresentative,
  holdBinding,
  insertBinding,
  lapseBindings,
  lockExpiredBindings,
  lockLiveBindingsOf,
  setRepresentative,
  type BindingRow,
} from './store.js';

/** Whom a check binds and when that ends: what other features call, in their transactions. */
export interface RepresentationBinding {
  /** A new application stands for the person who submitted it; for nobody in particular when a machine did. */
  onApplicationSubmitted(
    trx: Executor,
    application: { id: ApplicationId; applicantId: OrganisationId },
    submittedBy: MembershipId | undefined,
    at: Date,
  ): Promise<void>;
  /** A confirmed check of `/representation` binds `boundTo`, or else whom the application stands for. */
  onRepresentationChecked(
    trx: Executor,
    application: { id: ApplicationId; applicantId: OrganisationId; registrarId: OrganisationId },
    check: { id: CheckId; at: Date; boundTo?: MembershipId },
  ): Promise<void>;
  /** Why a confirmed check does not count any more, in words for who reads the application. */
  findLapse(executor: Executor, checkId: CheckId, now: Date): Promise<string | undefined>;
  /** The same for a decision: what it finds stays so until the transaction is over. */
  holdLapse(trx: Executor, checkId: CheckId, now: Date): Promise<string | undefined>;
  /** After somebody left an organisation or changed roles in it, in the same transaction. */
  onMembersChanged(trx: Executor, organisationId: OrganisationId, actor: Actor, at: Date): Promise<void>;
  onOrganisationClosed(trx: Executor, organisationId: OrganisationId, actor: Actor, at: Date): Promise<void>;
  /** Batch by batch; safe on several processes at once. */
  lapseExpired(): Promise<void>;
}

const EXPIRED_AT_ONCE = 100;

export function createBinding(
  deps: Pick<RepresentationDeps, 'db' | 'clock' | 'validFor' | 'members' | 'onRepresentationLapsed'>,
): RepresentationBinding {
  return {
    async onApplicationSubmitted(trx, { id, applicantId }, submittedBy, at) {
      await setRepresentative(trx, {
        applicationId: id,
        organisationId: applicantId,
        membershipId: submittedBy ?? null,
        at,
      });
    },

    async onRepresentationChecked(trx, application, { id, at, boundTo }) {
      const membershipId = boundTo ?? (await findRepresentative(trx, application.id));
      const members = await deps.members.hold(trx, application.applicantId);
      const expiresAt = addDuration(at, deps.validFor);
      if (!expiresAt) throw new Error('the configured validity of representation is no duration');
      const row: BindingRow = {
        check_id: id,
        application_id: application.id,
        applicant_id: application.applicantId,
        registrar_id: application.registrarId,
        membership_id: membershipId ?? null,
        role: members.find((member) => member.id === membershipId)?.role ?? null,
        administrators: members.flatMap((member) => (member.role === 'admin' ? member.id : [])),
        shown_at: at,
        expires_at: expiresAt,
        lapsed_at: null,
        lapse_reason: null,
      };
      await insertBinding(trx, row);
      // Who submitted may have left before the registrar got to it.
      await lapseWhere(trx, [row], (binding) => judgeBinding(toBinding(binding), members, at), SYSTEM, at);
    },

    async findLapse(executor, checkId, now) {
      const row = await findBinding(executor, checkId);
      return row ? lapseOf(row, await deps.members.list(executor, row.applicant_id), now) : LAPSED.unbound;
    },

    async holdLapse(trx, checkId, now) {
      const row = await holdBinding(trx, checkId);
      return row ? lapseOf(row, await deps.members.list(trx, row.applicant_id), now) : LAPSED.unbound;
    },

    async onMembersChanged(trx, organisationId, actor, at) {
      const rows = await lockLiveBindingsOf(trx, organisationId);
      if (rows.length === 0) return;
      const members = await deps.members.list(trx, organisationId);
      await lapseWhere(trx, rows, (row) => judgeBinding(toBinding(row), members, at), actor, at);
    },

    async onOrganisationClosed(trx, organisationId, actor, at) {
      const rows = await lockLiveBindingsOf(trx, organisationId);
      await lapseWhere(trx, rows, () => 'organisation_closed', actor, at);
    },

    async lapseExpired() {
      for (let found = EXPIRED_AT_ONCE; found === EXPIRED_AT_ONCE;) {
        const now = deps.clock.now();
        found = await deps.db.transaction().execute(async (trx) => {
          const rows = await lockExpiredBindings(trx, now, EXPIRED_AT_ONCE);
          await lapseWhere(trx, rows, () => 'expired', SYSTEM, now);
          return rows.length;
        });
      }
    },
  };

  async function lapseWhere(
    trx: Executor,
    rows: readonly BindingRow[],
    judge: (row: BindingRow) => LapseReason | undefined,
    actor: Actor,
    at: Date,
  ): Promise<void> {
    for (const row of rows) {
      const reason = judge(row);
      if (reason !== undefined) await lapseBinding(deps, trx, row, reason, actor, at);
    }
  }
}

/** The row, its trace, and word to whom it concerns. */
export async function lapseBinding(
  deps: Pick<RepresentationDeps, 'onRepresentationLapsed'>,
  trx: Executor,
  row: BindingRow,
  reason: LapseReason,
  actor: Actor,
  at: Date,
): Promise<void> {
  await lapseBindings(trx, [row.check_id], reason, at);
  await recordAudit(trx, {
    at,
    actor,
    action: 'representation.lapsed',
    organisationId: row.applicant_id,
    subjectId: row.application_id,
    detail: { reason },
  });
  await deps.onRepresentationLapsed(trx, row.applicant_id, at, {
    applicationId: row.application_id,
    registrarId: row.registrar_id,
    reason,
  });
}

/** What is recorded, and what is so even if nobody recorded it. */
export function reasonOf(
  row: BindingRow,
  members: Parameters<typeof judgeBinding>[1],
  now: Date,
): LapseReason | undefined {
  return (row.lapse_reason as LapseReason | null) ?? judgeBinding(toBinding(row), members, now);
}

function lapseOf(
  row: BindingRow,
  members: Parameters<typeof judgeBinding>[1],
  now: Date,
): string | undefined {
  const reason = reasonOf(row, members, now);
  return reason && LAPSED[reason];
}

function toBinding(row: BindingRow) {
  return {
    membershipId: row.membership_id,
    role: row.role,
    administrators: row.administrators,
    expiresAt: row.expires_at,
  };
}
