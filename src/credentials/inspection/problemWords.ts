import type { SecuredDocumentProblem } from '../securing/dataIntegrity/securedDocument.js';
import type { DcSdJwtProblem } from '../securing/dcSdJwt.js';
import type { JwsProblem } from '../securing/jws.js';
import type { VcJwtProblem } from '../securing/vcJwt.js';
import type { VcJwt11Problem } from '../securing/vcJwt11.js';
import type { VcSdJwtProblem } from '../securing/vcSdJwt.js';
import type { VpJwtProblem } from '../securing/vpJwt.js';
import type { VpJwt11Problem } from '../securing/vpJwt11.js';
import type { InspectionProblem } from './inspection.js';

export type ReadersProblem =
  | VcJwtProblem
  | VcJwt11Problem
  | VpJwtProblem
  | VpJwt11Problem
  | VcSdJwtProblem
  | DcSdJwtProblem
  | SecuredDocumentProblem
  | { readonly problem: JwsProblem };

/** For each problem of the readers the part that it is found in, and words. */
const PROBLEMS = {
  malformed: ['token', 'is not of the form that its format has, or too large'],
  unsupported: ['header', 'names another kind of token in typ or cty'],
  criticalHeader: ['header', 'demands an extension that is not understood (crit or b64)'],
  algorithmNotAllowed: ['header', 'names a signature algorithm that is not allowed'],
  forbiddenClaim: ['payload', 'has a claim vc or vp that must not stand in this kind of token'],
  conflictingClaims: ['payload', 'has a JWT claim that contradicts the member that it repeats'],
  notACredential: ['payload', 'is not a credential of the data model'],
  notADcSdJwt: ['payload', 'is not an SD-JWT VC'],
  notAPresentation: ['payload', 'is not a presentation of 1 to 20 enveloped credentials'],
  unsupportedHash: ['payload', 'names a hash in _sd_alg that is not accepted'],
  malformedDigests: ['payload', 'has _sd, _sd_alg or ... where or as they must not be'],
  malformedDisclosure: ['disclosures', 'hold one that is not of the form that its place calls for'],
  duplicateDigest: ['disclosures', 'hold one twice, or a digest stands in two places'],
  unreferencedDisclosure: ['disclosures', 'hold one that no digest calls for: it was added, or changed'],
  claimConflict: ['disclosures', 'hold one of a name that stands there already'],
  reservedClaim: ['disclosures', 'hold, or could hold, a claim that must not be kept back'],
  proofMissing: ['document', 'has no proof: nothing secures it'],
  proofMalformed: ['document', 'has a proof that is not of the form that Data Integrity demands'],
} as const satisfies Record<ReadersProblem['problem'], readonly [part: string, detail: string]>;

/** What a reader objects to, in words; one problem for each place that it names. */
export function explainProblem(problem: ReadersProblem): InspectionProblem[] {
  const code = problem.problem;
  const [part, detail] = PROBLEMS[code];
  if (!('details' in problem)) return [{ code, part, detail }];
  return problem.details.map(({ pointer, detail: fault }) => ({ code, part, pointer, detail: fault }));
}
