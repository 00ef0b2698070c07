import type { MemberClass } from './outcome.js';

/**
 * The share of all votes that each class holds, in per cent: as stated, or, where every class says how many votes a member has, as that
 * comes out. `undefined` where neither is complete.
 */
export function classShares(classes: readonly MemberClass[] | undefined): readonly number[] | undefined {
  if (!classes || classes.length === 0) return undefined;
  return statedShares(classes) ?? countedShares(classes);
}

function statedShares(classes: readonly MemberClass[]): readonly number[] | undefined {
  const shares: number[] = [];
  for (const { voteShare } of classes) {
    if (voteShare === undefined) return undefined;
    shares.push(voteShare);
  }
  return shares;
}

export function countedShares(classes: readonly MemberClass[]): readonly number[] | undefined {
  const votes: number[] = [];
  let total = 0;
  for (const { votesPerMember, memberCount } of classes) {
    if (votesPerMember === undefined) return undefined;
    votes.push(votesPerMember * memberCount);
    total += votesPerMember * memberCount;
  }
  return total === 0 ? undefined : votes.map((count) => (count / total) * 100);
}

/** What the classes together hold of which it is known whether they are of the kind; `undefined` where one does not say. */
export function shareOfKind(
  classes: readonly MemberClass[] | undefined,
  kind: 'isTransacting' | 'isInvestor',
): number | undefined {
  const shares = classShares(classes);
  if (!shares || !classes || classes.some((memberClass) => memberClass[kind] === undefined)) return undefined;
  return classes.reduce(
    (sum, memberClass, n) => sum + (memberClass[kind] === true ? (shares[n] ?? 0) : 0),
    0,
  );
}

/** What the member with most votes holds at the least: in no class can all have less than the average. */
export function largestAtLeast(classes: readonly MemberClass[] | undefined): number | undefined {
  const shares = classShares(classes);
  if (!shares || !classes) return undefined;
  return Math.max(
    ...shares.map((share, n) => {
      const members = classes[n]?.memberCount ?? 0;
      return members === 0 ? 0 : share / members;
    }),
  );
}
