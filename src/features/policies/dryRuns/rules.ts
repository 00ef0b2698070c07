import {
  evaluatePolicy,
  verdictUnder,
  type CompiledPolicy,
  type PolicyCheck,
} from '../../../credentials/policies/evaluate.js';
import { readShown, verdictWithoutPolicy } from '../../../credentials/policies/shown.js';
import type { Verdict } from '../../../credentials/verification/checks.js';

/** What a policy would have made of what was verified then. */
export interface Replay {
  readonly verdict: Verdict;
  /** Why it would not have been accepted, as far as that is the policy's doing. */
  readonly refusing: readonly PolicyCheck[];
}

/**
 * Decides a stored report again, as of then. `undefined` where that cannot be done: it is from before reports kept what policies go by, and was
 * not rejected whatever any policy says.
 */
export function replayDecision(policy: CompiledPolicy, report: unknown): Replay | undefined {
  const verified = verdictWithoutPolicy(report);
  const isWhole = readShown(report).accepted.every(({ facts }) => Object.keys(facts).length > 0);
  if (!isWhole && verified !== 'rejected') return undefined;
  const checks = evaluatePolicy(policy, report);
  return {
    verdict: verdictUnder(verified, checks),
    refusing: checks.filter(({ outcome }) => outcome !== 'pass'),
  };
}
