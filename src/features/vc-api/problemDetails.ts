import type { Problem } from '../../credentials/dataModel.js';
import type { ProofProblem } from '../../credentials/securing/dataIntegrity/dataIntegrity.js';
import { AppError, type FieldError } from '../../kernel/errors.js';

/** What VC Data Model 2.0 §7.2, Bitstring Status List 1.0 §3.5 and Data Integrity 1.0 §4.7 call what can be wrong. */
const TYPES = {
  PARSING_ERROR: 'https://www.w3.org/TR/vc-data-model#PARSING_ERROR',
  MALFORMED_VALUE_ERROR: 'https://www.w3.org/TR/vc-data-model#MALFORMED_VALUE_ERROR',
  RANGE_ERROR: 'https://www.w3.org/TR/vc-data-model#RANGE_ERROR',
  CRYPTOGRAPHIC_SECURITY_ERROR: 'https://www.w3.org/TR/vc-data-model#CRYPTOGRAPHIC_SECURITY_ERROR',
  STATUS_RETRIEVAL_ERROR: 'https://www.w3.org/ns/credentials/status-list#STATUS_RETRIEVAL_ERROR',
  STATUS_VERIFICATION_ERROR: 'https://www.w3.org/ns/credentials/status-list#STATUS_VERIFICATION_ERROR',
  PROOF_GENERATION_ERROR: 'https://w3id.org/security#PROOF_GENERATION_ERROR',
  PROOF_VERIFICATION_ERROR: 'https://w3id.org/security#PROOF_VERIFICATION_ERROR',
  PROOF_TRANSFORMATION_ERROR: 'https://w3id.org/security#PROOF_TRANSFORMATION_ERROR',
  DATA_LOSS_DETECTION_ERROR: 'https://w3id.org/security#DATA_LOSS_DETECTION_ERROR',
  INVALID_DOMAIN_ERROR: 'https://w3id.org/security#INVALID_DOMAIN_ERROR',
  INVALID_CHALLENGE_ERROR: 'https://w3id.org/security#INVALID_CHALLENGE_ERROR',
} as const;
export type ProblemType = keyof typeof TYPES;

/** VCALM's `ProblemDetails`. */
export interface ProblemDetail {
  readonly type: string;
  readonly title: string;
  readonly detail: string;
}

export function problemDetail(type: ProblemType, detail: string): ProblemDetail {
  return { type: TYPES[type], title: TITLES[type], detail };
}

const TITLES = Object.fromEntries(
  Object.keys(TYPES).map((type) => [type, `${type[0]}${type.slice(1).toLowerCase().replaceAll('_', ' ')}`]),
) as Readonly<Record<ProblemType, string>>;

const MOST_ERRORS = 20;

/** What somebody sent is at fault; the pointers lead into it below `base`. */
export function invalidInput(
  problems: readonly Problem[],
  base: string,
  type: ProblemType = 'MALFORMED_VALUE_ERROR',
): AppError {
  const errors: FieldError[] = problems
    .slice(0, MOST_ERRORS)
    .map(({ pointer, detail }) => ({ pointer: `${base}${pointer}`, detail }));
  return new AppError('request/invalid', 'The request is not valid.', {
    errors,
    members: {
      problemDetails: errors.map(({ pointer, detail }) => problemDetail(type, `${pointer} ${detail}`)),
    },
  });
}

/** Why a document cannot be secured or derived from: whose fault it is, and in what words. */
const PROOF_PROBLEMS: Readonly<Partial<Record<ProofProblem, readonly [ProblemType, string]>>> = {
  unknownContext: ['PROOF_TRANSFORMATION_ERROR', 'names a JSON-LD context that is not known here'],
  notJsonLd: [
    'DATA_LOSS_DETECTION_ERROR',
    'must be JSON-LD of which nothing is lost: every term defined, every identifier absolute',
  ],
  hiddenStatement: ['DATA_LOSS_DETECTION_ERROR', 'says as JSON-LD what a reader of the JSON does not see'],
  tooLarge: ['PROOF_TRANSFORMATION_ERROR', 'is larger or deeper than is taken'],
  tooComplex: ['PROOF_TRANSFORMATION_ERROR', 'takes work out of proportion'],
  timedOut: ['PROOF_TRANSFORMATION_ERROR', 'takes work out of proportion'],
  notSelectable: ['PROOF_GENERATION_ERROR', 'holds a list of which no part can be selected'],
  pointerNotFound: ['PROOF_GENERATION_ERROR', 'does not have what a pointer names'],
  proofValueMalformed: ['PROOF_VERIFICATION_ERROR', 'has a proof value that is none of its cryptosuite'],
};

/** A document that a cryptosuite will not take. Throws what is no fault of the caller's. */
export function unprovable(problem: ProofProblem, base: string): AppError {
  const known = PROOF_PROBLEMS[problem];
  if (known) return invalidInput([{ pointer: '', detail: known[1] }], base, known[0]);
  if (problem === 'unavailable') {
    return new AppError('request/unavailable', 'Too much is waiting to be canonicalised.', {
      retryAfterSeconds: 1,
    });
  }
  throw new Error(`an instance met ${problem}`);
}
