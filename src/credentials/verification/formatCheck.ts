import type { Problem } from '../dataModel.js';
import type { SecuredDocumentProblem } from '../securing/dataIntegrity/dataIntegrity.js';
import type { DcSdJwtProblem } from '../securing/dcSdJwt.js';
import type { VcJwtProblem } from '../securing/vcJwt.js';
import type { VcJwt11Problem } from '../securing/vcJwt11.js';
import type { VcSdJwtProblem } from '../securing/vcSdJwt.js';
import type { VpJwtProblem } from '../securing/vpJwt.js';
import type { VpJwt11Problem } from '../securing/vpJwt11.js';
import { resultOf, type CheckCode, type CheckResult } from './checks.js';

const MAX_PROBLEMS = 3;
const MAX_POINTER_LENGTH = 200;

export type FormatProblem =
  | VcJwtProblem
  | VpJwtProblem
  | VcJwt11Problem
  | VpJwt11Problem
  | VcSdJwtProblem
  | DcSdJwtProblem
  | SecuredDocumentProblem;

const CODES = {
  malformed: 'format/malformed',
  unsupported: 'format/unsupported',
  criticalHeader: 'format/critical-header',
  algorithmNotAllowed: 'signature/algorithm-not-allowed',
  forbiddenClaim: 'format/forbidden-claim',
  conflictingClaims: 'format/conflicting-claims',
  notACredential: 'format/not-a-credential',
  notADcSdJwt: 'format/not-a-credential',
  notAPresentation: 'format/not-a-presentation',
  malformedDigests: 'format/disclosure-malformed',
  malformedDisclosure: 'format/disclosure-malformed',
  duplicateDigest: 'format/disclosure-malformed',
  unreferencedDisclosure: 'format/disclosure-malformed',
  claimConflict: 'format/disclosure-malformed',
  reservedClaim: 'format/disclosure-malformed',
  unsupportedHash: 'format/unsupported',
  proofMissing: 'format/malformed',
  proofMalformed: 'format/malformed',
} as const satisfies Record<FormatProblem['problem'], CheckCode>;

/** The result that what could not be read to the end has earned; the places of its faults, never its values. */
export function describeProblem(problem: FormatProblem): CheckResult {
  const code = CODES[problem.problem];
  if (problem.problem === 'proofMissing') return resultOf(code, 'Nothing secures it: it has no proof.');
  return 'details' in problem ? resultOf(code, describePlaces(problem.details)) : resultOf(code);
}

function describePlaces(problems: readonly Problem[]): string {
  const places = problems
    .slice(0, MAX_PROBLEMS)
    .map(({ pointer, detail }) => `${pointer.slice(0, MAX_POINTER_LENGTH) || '/'} ${detail}`);
  return `${places.join('; ')}.`;
}
