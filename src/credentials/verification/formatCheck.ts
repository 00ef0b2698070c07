import type { VcJwtProblem } from '../securing/vcJwt.js';
import type { VpJwtProblem } from '../securing/vpJwt.js';
import { resultOf, type CheckCode, type CheckResult } from './checks.js';

const MAX_PROBLEMS = 3;
const MAX_POINTER_LENGTH = 200;

const CODES = {
  malformed: 'format/malformed',
  unsupported: 'format/unsupported',
  criticalHeader: 'format/critical-header',
  algorithmNotAllowed: 'signature/algorithm-not-allowed',
  forbiddenClaim: 'format/forbidden-claim',
  conflictingClaims: 'format/conflicting-claims',
  notACredential: 'format/not-a-credential',
  notAPresentation: 'format/not-a-presentation',
} as const satisfies Record<(VcJwtProblem | VpJwtProblem)['problem'], CheckCode>;

/** The result that a token which could not be read to the end has earned; the places of its faults, never its values. */
export function describeProblem(problem: VcJwtProblem | VpJwtProblem): CheckResult {
  const code = CODES[problem.problem];
  if (!('details' in problem)) return resultOf(code);
  const places = problem.details
    .slice(0, MAX_PROBLEMS)
    .map(({ pointer, detail }) => `${pointer.slice(0, MAX_POINTER_LENGTH) || '/'} ${detail}`);
  return resultOf(code, `${places.join('; ')}.`);
}
