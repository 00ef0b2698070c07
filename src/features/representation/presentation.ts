import type { Executor } from '../../adapters/database/schema.js';
import type { OrganisationId } from '../../kernel/ids.js';
import { reasonOf } from './binding.js';
import type { ApplicationFacts, MemberFacts, RepresentationDeps } from './deps.js';
import { contentOf, LAPSED, placesOf } from './rules.js';
import type { Proof, Representation } from './schemas.js';
import { findBinding, findRepresentative, listProofs, type ProofRow } from './store.js';

/** What a registrar wrote down about persons: whom it called, who signed. */
export interface PersonalRecord {
  readonly contact?: string;
  readonly signedBy?: { readonly name: string; readonly registerRole: string };
}

export const contextOf = (proof: Pick<ProofRow, 'id'>) => `representation-proof:${proof.id}`;

/**
 * How it stands, for one of the two parties. After a withdrawal the registrar does not see any more who applied; its own record of what it
 * did stays.
 */
export async function presentRepresentation(
  deps: Pick<RepresentationDeps, 'clock' | 'applications' | 'members' | 'personal'>,
  executor: Executor,
  application: ApplicationFacts,
  viewerId: OrganisationId,
): Promise<Representation> {
  const now = deps.clock.now();
  const isRegistrar = application.registrarId === viewerId;
  const maySeePersons = application.applicantId === viewerId || !application.isWithdrawn;
  const members = await deps.members.list(executor, application.applicantId);
  const representativeId = await findRepresentative(executor, application.id);
  const representative = members.find(({ id }) => id === representativeId);
  const proofs = [];
  for (const row of await listProofs(executor, application.id)) {
    proofs.push({
      ...presentProof(row, now),
      ...(isRegistrar ? await openRecord(deps, row) : {}),
    });
  }
  return {
    ...(representative && maySeePersons ? { representative: presentPerson(representative) } : {}),
    standing: await presentStanding(deps, executor, application, maySeePersons ? members : [], members, now),
    proofs,
  };
}

async function presentStanding(
  deps: Pick<RepresentationDeps, 'applications'>,
  executor: Executor,
  application: ApplicationFacts,
  shown: readonly MemberFacts[],
  members: readonly MemberFacts[],
  now: Date,
): Promise<Representation['standing']> {
  const check = await deps.applications.findLatestCheck(executor, application.id);
  if (check?.result !== 'confirmed') return { status: 'not_shown' };
  const row = await findBinding(executor, check.id);
  if (!row) return { status: 'lapsed', detail: LAPSED.unbound };
  const reason = reasonOf(row, members, now);
  const person = shown.find(({ id }) => id === row.membership_id);
  return {
    ...(reason === undefined
      ? { status: 'stands' as const }
      : { status: 'lapsed' as const, reason, detail: LAPSED[reason] }),
    ...(person ? { person: presentPerson(person) } : {}),
    shownAt: row.shown_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
  };
}

function presentPerson({ id, name, role }: MemberFacts) {
  return { memberId: id, name, role };
}

function presentProof(row: ProofRow, now: Date): Proof {
  const isOver = row.ended_at === null && row.expires_at !== null && row.expires_at <= now;
  return {
    id: row.id,
    method: row.method,
    register: row.register,
    status: row.outcome ?? (isOver ? 'expired' : 'open'),
    startedAt: row.started_at.toISOString(),
    ...(row.expires_at ? { expiresAt: row.expires_at.toISOString() } : {}),
    ...(row.ended_at ? { endedAt: row.ended_at.toISOString() } : {}),
    ...(row.expires_at ? { attempts: row.attempts } : {}),
    ...(row.evidence_id ? { evidenceId: row.evidence_id } : {}),
    ...presentDomain(row),
  };
}

function presentDomain({ domain, listed_by, path_token, content_token }: ProofRow): Partial<Proof> {
  if (domain === null || listed_by === null || path_token === null || content_token === null) return {};
  return {
    domain,
    listedBy: listed_by,
    publish: { ...placesOf(domain, path_token), content: contentOf(content_token) },
  };
}

async function openRecord(
  deps: Pick<RepresentationDeps, 'personal'>,
  row: ProofRow,
): Promise<PersonalRecord> {
  if (!row.sealed_record) return {};
  const opened = await deps.personal.open(row.applicant_id, contextOf(row), row.sealed_record);
  return opened ? (JSON.parse(opened.toString('utf8')) as PersonalRecord) : {};
}
