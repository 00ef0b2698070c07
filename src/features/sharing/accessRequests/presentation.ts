import type { Executor } from '../../../adapters/database/schema.js';
import type { GrantId, OrganisationId } from '../../../kernel/ids.js';
import { neededApprovals } from '../consentRules/rules.js';
import type { Party, SharingDeps } from '../deps.js';
import { listGrantsOfRequests } from '../grants/store.js';
import { openWords } from '../words.js';
import { stateOf } from './rules.js';
import type { AccessRequest } from './schemas.js';
import { listApprovals, type ApprovalRow, type RequestRow } from './store.js';

type PresentationDeps = Pick<SharingDeps, 'clock' | 'findParties' | 'words'>;

/** How requests look to one of the two parties: who approved is the co-op's own affair. */
export async function presentRequests(
  deps: PresentationDeps,
  executor: Executor,
  rows: readonly RequestRow[],
  reader: OrganisationId,
): Promise<AccessRequest[]> {
  const ids = rows.map(({ id }) => id);
  const organisations = [...new Set(rows.flatMap((row) => [row.partner_id, row.holder_id]))];
  const parties = await deps.findParties(executor, organisations);
  const grants = await listGrantsOfRequests(executor, ids);
  const approvals = await listApprovals(
    executor,
    rows.flatMap((row) => (row.holder_id === reader ? [row.id] : [])),
  );
  const now = deps.clock.now();
  const presented = [];
  for (const row of rows) {
    const grantId = grants.find((grant) => grant.request_id === row.id)?.id;
    const own = approvals.filter((approval) => approval.request_id === row.id);
    presented.push({
      ...toWire(row, parties, now, grantId),
      ...(await openTexts(deps, row)),
      ...(row.holder_id === reader ? { consent: await toConsent(deps, row, own) } : {}),
    });
  }
  return presented;
}

function toWire(
  row: RequestRow,
  parties: readonly Party[],
  now: Date,
  grantId: GrantId | undefined,
): Omit<AccessRequest, 'note' | 'reason' | 'consent'> {
  return {
    id: row.id,
    partner: partyIn(parties, row.partner_id),
    holder: partyIn(parties, row.holder_id),
    fields: row.fields,
    purposes: row.purposes,
    retention: row.retention,
    grantFor: row.grant_for,
    evidence: row.with_evidence,
    sensitivity: row.tier,
    ...(row.policy ? { policy: row.policy as NonNullable<AccessRequest['policy']> } : {}),
    state: stateOf({ outcome: row.outcome, expiresAt: row.expires_at }, now),
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    ...(row.settled_at ? { settledAt: row.settled_at.toISOString() } : {}),
    ...(grantId === undefined ? {} : { grantId }),
  };
}

export function partyIn(parties: readonly Party[], id: OrganisationId): Party {
  const { did = '', name = '' } = parties.find((party) => party.id === id) ?? {};
  return { id, did, name };
}

async function openTexts(deps: PresentationDeps, row: RequestRow) {
  const { id, holder_id: holderId } = row;
  const note = await openWords(deps.words, holderId, `access-note:${id}`, row.sealed_note);
  const reason = await openWords(deps.words, holderId, `access-reason:${id}`, row.sealed_reason);
  return { ...(note === undefined ? {} : { note }), ...(reason === undefined ? {} : { reason }) };
}

async function toConsent(deps: PresentationDeps, row: RequestRow, approvals: readonly ApprovalRow[]) {
  const shown = [];
  for (const approval of approvals) {
    const context = `access-minute:${approval.id}` as const;
    const minute = await openWords(deps.words, row.holder_id, context, approval.sealed_minute);
    shown.push({
      memberId: approval.membership_id,
      at: approval.at.toISOString(),
      dossierVersion: approval.dossier_version,
      ...(minute === undefined ? {} : { minute }),
      ...(approval.void_at ? { voidedAt: approval.void_at.toISOString() } : {}),
      ...(approval.void_cause ? { voidCause: approval.void_cause } : {}),
    });
  }
  return {
    ruleVersion: row.rule_version,
    rule: row.rule,
    needed: neededApprovals(row.rule),
    approvals: shown,
  };
}
