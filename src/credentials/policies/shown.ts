import { isJsonObject } from '../../kernel/strictJson.js';
import { foldVerdict, lowestVerdict, type CheckResult, type Verdict } from '../verification/checks.js';

/**
 * What a report shows to a policy. A stored report is somebody's word as much as any other input: whatever in it is not what it should be counts
 * as not there.
 */
export interface Shown {
  /** When it was verified, or as of when; invalid where the report does not say so, so that no age is ever small enough. */
  readonly at: Date;
  /** What every check of the verifier passed. Nothing else of what was presented counts for anything. */
  readonly accepted: readonly ShownCredential[];
  /** Types of credentials that could not be checked to the end. */
  readonly pendingTypes: ReadonlySet<string>;
}

export interface ShownCredential {
  readonly types: readonly string[];
  readonly issuerDid: string | undefined;
  readonly assurance: unknown;
  readonly evidence: readonly unknown[];
  /** {@link PolicyFacts} as far as they are there. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Places that are contested, for the reader. */
  readonly contested: readonly string[];
}

/**
 * What the verifier alone made of it: the checks of a report but for a policy's, by which it may have been decided before, and what came of each
 * credential in it. Total.
 */
export function verdictWithoutPolicy(report: unknown): Verdict {
  const { checks, credentials } = asObject(report);
  const own = listIn(checks).filter((check) => asObject(check)['check'] !== 'policy');
  const verdict =
    own.length === 0 ? 'undetermined' : foldVerdict(own.map(asObject) as unknown as CheckResult[], []);
  return lowestVerdict([verdict, ...listIn(credentials).map((one) => readVerdict(asObject(one)['verdict']))]);
}

function readVerdict(value: unknown): Verdict {
  return value === 'accepted' || value === 'rejected' ? value : 'undetermined';
}

/** Of the report on a credential, or on a presentation and all that is in it. Total. */
export function readShown(report: unknown): Shown {
  const { verifiedAt, asOf = verifiedAt, credentials, credential: single } = asObject(report);
  const reports =
    credentials === undefined
      ? [{ verdict: verdictWithoutPolicy(report), credential: single }]
      : listIn(credentials);
  const accepted: ShownCredential[] = [];
  const pendingTypes = new Set<string>();
  for (const one of reports) {
    const { verdict, credential } = asObject(one);
    if (verdict === 'accepted' && isJsonObject(credential)) accepted.push(readCredential(credential));
    else if (verdict === 'undetermined')
      for (const type of textsIn(asObject(credential)['type'])) pendingTypes.add(type);
  }
  return { at: new Date(typeof asOf === 'string' ? asOf : NaN), accepted, pendingTypes };
}

function readCredential(credential: Readonly<Record<string, unknown>>): ShownCredential {
  const { type, issuer, assurance, evidence, facts, contested } = credential;
  const { did } = asObject(issuer);
  return {
    types: textsIn(type),
    issuerDid: typeof did === 'string' ? did : undefined,
    assurance,
    evidence: listIn(evidence),
    facts: asObject(facts),
    contested: textsIn(listIn(contested).map((entry) => asObject(entry)['pointer'])),
  };
}

export function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return isJsonObject(value) ? value : {};
}

export function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

export function textsIn(value: unknown): readonly string[] {
  return listIn(value).filter((item) => typeof item === 'string');
}
