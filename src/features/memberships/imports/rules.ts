import type { LineError, LineOutcome, MemberRecord } from '../../../adapters/database/membershipTables.js';
import type { FederationMemberId, Id } from '../../../kernel/ids.js';
import {
  hasNewAddress,
  judgePatch,
  keysOf,
  type MemberPatch,
  type RegisterEntry,
  type SubjectKeys,
} from '../register/rules.js';

export interface OpenLine {
  readonly id: Id<'memberImportLine'>;
  readonly patch: MemberPatch;
  readonly keys: readonly string[];
}

export interface KnownMember {
  readonly id: FederationMemberId;
  readonly subject_keys: readonly string[];
  readonly record: MemberRecord;
}

export interface SettledLine {
  readonly id: OpenLine['id'];
  readonly outcome: LineOutcome;
  readonly memberId?: FederationMemberId;
  readonly errors?: readonly LineError[];
}

/** What a batch of lines does to a register. */
export interface BatchPlan {
  readonly added: RegisterEntry[];
  readonly changed: RegisterEntry[];
  /** Of members who can be reached at another address than before. */
  readonly newAddresses: FederationMemberId[];
  readonly settled: SettledLine[];
}

/**
 * @param known the members that share a key with one of the lines
 * @param newMemberId names a member who is new
 */
export function planBatch(
  lines: readonly OpenLine[],
  known: readonly KnownMember[],
  { subjectKeys, newMemberId }: { subjectKeys: SubjectKeys; newMemberId: () => FederationMemberId },
): BatchPlan {
  const membersOf = indexByKey(known);
  const taken = new Set<FederationMemberId>();
  const plan: BatchPlan = { added: [], changed: [], newAddresses: [], settled: [] };
  for (const { id, patch, keys } of lines) {
    const matches = [...new Set(keys.flatMap((key) => membersOf.get(key) ?? []))];
    const [existing] = matches;
    if (matches.length > 1 || (existing && taken.has(existing.id))) {
      plan.settled.push({ id, outcome: 'failed', errors: [AMBIGUOUS] });
      continue;
    }
    const judgement = judgePatch(existing?.record, patch);
    if (judgement.outcome === 'failed') {
      plan.settled.push({ id, outcome: 'failed', errors: judgement.errors });
      continue;
    }
    const { outcome, record } = judgement;
    const entry = { id: existing?.id ?? newMemberId(), keys: keysOf(record, subjectKeys), record };
    taken.add(entry.id);
    plan.settled.push({ id, outcome, memberId: entry.id });
    if (outcome === 'added') plan.added.push(entry);
    if (outcome === 'changed') plan.changed.push(entry);
    if (existing && hasNewAddress(existing.record, record)) plan.newAddresses.push(entry.id);
  }
  return plan;
}

const AMBIGUOUS: LineError = {
  pointer: '/registrationNumber',
  detail: 'is that of more than one entry of your register, by name and by code of the authority',
};

function indexByKey(known: readonly KnownMember[]): Map<string, KnownMember[]> {
  const index = new Map<string, KnownMember[]>();
  for (const member of known)
    for (const key of member.subject_keys) index.set(key, [...(index.get(key) ?? []), member]);
  return index;
}

export function countOutcomes(settled: readonly SettledLine[]): Record<LineOutcome, number> {
  const counts = { added: 0, unchanged: 0, changed: 0, failed: 0 };
  for (const { outcome } of settled) counts[outcome] += 1;
  return counts;
}
