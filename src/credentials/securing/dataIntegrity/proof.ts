import { appendToken } from '../../../kernel/jsonPointer.js';
import { isUrl, type Outcome, type Problem } from '../../dataModel.js';
import { parseDateTimeStamp } from '../../dateTimeStamp.js';
import { isJsonObject } from '../../../kernel/strictJson.js';

/** A data integrity proof (Verifiable Credential Data Integrity 1.0, W3C Recommendation of 15 May 2025, §2.1): its form, nothing of its truth. */

export const PROOF_TYPE = 'DataIntegrityProof';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Everything in a proof but its `proofValue`. Members that the Recommendation does not name may stand beside these; they are signed too. */
export interface ProofOptions extends JsonObject {
  readonly type: typeof PROOF_TYPE;
  readonly cryptosuite: string;
  /** A DID URL with a fragment, in all that is signed here. */
  readonly verificationMethod: string;
  readonly proofPurpose: string;
  readonly id?: string;
  /** `xsd:dateTimeStamp`, as is `expires`. */
  readonly created?: string;
  readonly expires?: string;
  readonly domain?: string | readonly string[];
  readonly challenge?: string;
  readonly nonce?: string;
  /** Ids of proofs in the same document that this one vouches for. */
  readonly previousProof?: string | readonly string[];
  readonly '@context'?: unknown;
}

export interface DataIntegrityProof extends ProofOptions {
  readonly proofValue: string;
}

const MAX_PROOF_VALUE = 1_000_000;

/** Never throws. */
export function checkProof(value: unknown, pointer: string): Outcome<DataIntegrityProof> {
  const options = checkOptions(value, pointer, readProofDate);
  if ('problems' in options) return options;
  const { proofValue } = options.value as JsonObject;
  return typeof proofValue === 'string' && proofValue.length <= MAX_PROOF_VALUE
    ? { value: options.value as DataIntegrityProof }
    : { problems: [{ pointer: `${pointer}/proofValue`, detail: 'must be a string' }] };
}

/** Of what is to be proven, whose dates are to be in order. Never throws. `proofValue` is not looked at. */
export function checkProofOptions(value: unknown, pointer: string): Outcome<ProofOptions> {
  return checkOptions(value, pointer, parseDateTimeStamp);
}

/** `created` or `expires` of a proof that was read: one that lacks its offset is "to be interpreted as UTC" (§2.1). */
export function readProofDate(value: unknown): Date | undefined {
  return (
    parseDateTimeStamp(value) ?? (typeof value === 'string' ? parseDateTimeStamp(`${value}Z`) : undefined)
  );
}

function checkOptions(
  value: unknown,
  pointer: string,
  readDate: typeof parseDateTimeStamp,
): Outcome<ProofOptions> {
  if (!isJsonObject(value)) return { problems: [{ pointer, detail: 'must be an object' }] };
  const isDate = (date: unknown) => readDate(date) !== undefined;
  const members: readonly Member[] = [
    ...MEMBERS,
    ['created', false, isDate, DATE],
    ['expires', false, isDate, DATE],
  ];
  const problems = members.flatMap(([name, isRequired, isValid, expected]): Problem[] => {
    const isThere = Object.hasOwn(value, name);
    if (isThere ? isValid(value[name]) : !isRequired) return [];
    return [{ pointer: appendToken(pointer, name), detail: `must be ${expected}` }];
  });
  return problems.length === 0 ? { value: value as ProofOptions } : { problems };
}

export function domainsOf(domain: string | readonly string[] | undefined): readonly string[] {
  return typeof domain === 'string' ? [domain] : (domain ?? []);
}

export function previousProofsOf({ previousProof }: ProofOptions): readonly string[] {
  return typeof previousProof === 'string' ? [previousProof] : (previousProof ?? []);
}

/** The proof without its `proofValue`: what is signed of it. */
export function optionsOf(proof: DataIntegrityProof): ProofOptions {
  const { proofValue: _, ...options } = proof;
  return options;
}

type Member = readonly [
  name: string,
  isRequired: boolean,
  isValid: (value: unknown) => boolean,
  expected: string,
];

const DATE = 'a date-time with a time zone offset';
const MEMBERS: readonly Member[] = [
  ['type', true, (value) => value === PROOF_TYPE, PROOF_TYPE],
  ['cryptosuite', true, isText, 'the name of a cryptosuite'],
  ['verificationMethod', true, isUrl, 'a URL'],
  ['proofPurpose', true, isText, 'a non-empty string'],
  ['id', false, isUrl, 'a URL'],
  ['domain', false, isTextOrTexts, 'a string or a list of strings'],
  ['challenge', false, isText, 'a non-empty string'],
  ['nonce', false, isText, 'a non-empty string'],
  ['previousProof', false, isTextOrTexts, 'the id of a proof or a list of them'],
];

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** Sets: not empty, nothing twice. */
function isTextOrTexts(value: unknown): boolean {
  if (!Array.isArray(value)) return isText(value);
  return value.length > 0 && value.every(isText) && new Set(value).size === value.length;
}
