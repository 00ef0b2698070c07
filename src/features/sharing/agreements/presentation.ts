import { stepIn } from '../../../adapters/database/context.js';
import type { Executor } from '../../../adapters/database/schema.js';
import type { OrganisationId } from '../../../kernel/ids.js';
import { addSeconds } from '../../../kernel/instants.js';
import { highestSensitivity } from '../../../kernel/sensitivity.js';
import { countedApprovals } from '../accessRequests/rules.js';
import type { AgreementDeps } from './deps.js';
import { APPROVAL_SECONDS } from './joining.js';
import type { Agreement, AgreementContent } from './schemas.js';
import {
  countMembers,
  listApprovals,
  listMembershipsOf,
  type ApprovalRow,
  type MembershipRow,
  type VersionRow,
} from './store.js';

const countAllMembers = stepIn('counterpart', countMembers);

/** As one organisation sees them, in as many statements for many as for one. */
export async function presentAgreements(
  deps: AgreementDeps,
  executor: Executor,
  rows: readonly VersionRow[],
  reader: OrganisationId,
): Promise<Agreement[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const authors = await deps.findParties(executor, [...new Set(rows.map((row) => row.author_id))]);
  const members = await countAllMembers(executor, ids);
  const memberships = await listMembershipsOf(executor, reader, ids);
  const since = addSeconds(deps.clock.now(), -APPROVAL_SECONDS);
  const approvals = await listApprovals(executor, reader, ids, since);
  const delegates = approvals.length === 0 ? [] : await deps.listDelegates(executor, reader);
  return rows.map((row) => {
    const author = authors.find(({ id }) => id === row.author_id);
    if (!author) throw new Error('an agreement without an author');
    const terms = row.terms as AgreementContent['terms'];
    return {
      id: row.id,
      author: { id: author.id, did: author.did, name: author.name },
      version: row.version,
      title: row.title,
      text: row.text,
      terms,
      digest: row.digest.toString('base64url'),
      sensitivity: highestSensitivity(terms.fields.map(deps.sensitivityOf)),
      createdAt: row.created_at.toISOString(),
      versionedAt: row.versioned_at.toISOString(),
      ...(row.closed_at && { closedAt: row.closed_at.toISOString() }),
      members: members.get(row.id) ?? 0,
      membership: presentMembership(
        memberships.find((one) => one.agreement_id === row.id),
        approvals.filter((one) => one.agreement_id === row.id),
        delegates,
      ),
    };
  });
}

function presentMembership(
  accepted: MembershipRow | undefined,
  approvals: readonly ApprovalRow[],
  delegates: Awaited<ReturnType<AgreementDeps['listDelegates']>>,
): Agreement['membership'] {
  const waiting = approvals.filter(({ version }) => version > (accepted?.version ?? 0));
  const version = Math.max(0, ...waiting.map((one) => one.version));
  const given = waiting.filter((one) => one.version === version);
  const standing = given.map((one) => ({ personId: one.person_id, membershipId: one.membership_id }));
  return {
    state: given.length > 0 ? 'waiting' : accepted ? 'in_force' : 'none',
    ...(accepted && { version: accepted.version, since: accepted.accepted_at.toISOString() }),
    ...(given.length > 0 && {
      approvals: {
        version,
        given: countedApprovals(standing, { delegates, onBothSides: new Set() }).length,
        needed: Math.max(...given.map(({ needed }) => needed)),
      },
    }),
  };
}
