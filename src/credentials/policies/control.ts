import { isJsonObject } from '../../kernel/strictJson.js';
import type { DemocraticControl, MemberClass } from '../coopTests/index.js';

/** Of the block `democraticControl` what policies go by: figures and rules, no words but the name of the voting rule. */
export type StatedControl = Omit<DemocraticControl, 'assetLock' | 'memberClasses'> & {
  readonly assetLock?: boolean | 'described';
  memberClasses?: MemberClass[];
};

type Kind = 'string' | 'number' | 'boolean';

const CONTROL: readonly (readonly [keyof StatedControl, Kind])[] = [
  ['votingRule', 'string'],
  ['lastGeneralMeetingOn', 'string'],
  ['memberCount', 'number'],
  ['transactingVoteShare', 'number'],
  ['largestVoteShare', 'number'],
  ['investorVoteShare', 'number'],
];

/** Without its name. */
const MEMBER_CLASS: readonly (readonly [keyof MemberClass, Kind])[] = [
  ['memberCount', 'number'],
  ['votesPerMember', 'number'],
  ['voteShare', 'number'],
  ['isTransacting', 'boolean'],
  ['isInvestor', 'boolean'],
];

/**
 * The block as the co-op tests take it; `undefined` where a member of it cannot be read, since to them what is missing may be better than what is
 * there.
 */
export function readControl(source: Readonly<Record<string, unknown>>): StatedControl | undefined {
  const control: Record<string, unknown> = {};
  if (!copyMembers(source, CONTROL, control)) return undefined;
  const { assetLock, memberClasses } = source;
  if (typeof assetLock === 'string') control['assetLock'] = 'described';
  else if (typeof assetLock === 'boolean') control['assetLock'] = assetLock;
  else if (assetLock !== undefined) return undefined;
  if (memberClasses !== undefined) {
    const classes = readMemberClasses(memberClasses);
    if (!classes) return undefined;
    control['memberClasses'] = classes;
  }
  return control;
}

function readMemberClasses(value: unknown): MemberClass[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const classes: MemberClass[] = [];
  for (const one of value as readonly unknown[]) {
    const read: Record<string, unknown> = {};
    if (!isJsonObject(one) || !copyMembers(one, MEMBER_CLASS, read)) return undefined;
    if (read['memberCount'] === undefined) return undefined;
    // Each member was just looked at.
    classes.push(read as unknown as MemberClass);
  }
  return classes;
}

/** False where one of them is there and of another kind. */
function copyMembers(
  source: Readonly<Record<string, unknown>>,
  members: readonly (readonly [string, Kind])[],
  to: Record<string, unknown>,
): boolean {
  for (const [name, kind] of members) {
    const value = source[name];
    if (value === undefined) continue;
    if (typeof value !== kind) return false;
    to[name] = value;
  }
  return true;
}
