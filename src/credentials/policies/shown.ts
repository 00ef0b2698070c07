import { isJsonObject } from '../../kernel/strictJson.js';
import { isAssuranceLevel, type AssuranceLevel } from '../assurance.js';
import { readControl, type StatedControl } from './control.js';
import { ShownCheck } from './shownCheck.js';
import { asObject, listIn, textsIn } from './values.js';
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
  /** What rules about single fields have looked up so far: it depends on nothing but the field. */
  readonly checksByField: Map<string, readonly ShownCheck[]>;
  /** Types of credentials that could not be checked to the end. */
  readonly pendingTypes: ReadonlySet<string>;
}

export class ShownCredential {
  readonly types: readonly string[];
  readonly issuerDid: string | undefined;
  readonly assurance: unknown;
  /** {@link PolicyFacts} as far as they are there. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Places that are contested, for the reader. */
  readonly contested: readonly string[];
  readonly #evidence: readonly unknown[];
  #control: StatedControl | undefined | null = null;
  #accreditation: ShownAccreditation | undefined | null = null;

  constructor(credential: Readonly<Record<string, unknown>>) {
    const { type, issuer, assurance, evidence, facts, contested } = credential;
    const { did } = asObject(issuer);
    this.types = textsIn(type);
    this.issuerDid = typeof did === 'string' ? did : undefined;
    this.assurance = assurance;
    this.facts = asObject(facts);
    this.contested = textsIn(listIn(contested).map((entry) => asObject(entry)['pointer']));
    this.#evidence = listIn(evidence);
  }

  /** Adds the checks in its evidence that are of a field; what rules do not ask for is not read. */
  addChecks(checks: ShownCheck[], isOfField: (field: string) => boolean): void {
    for (const entry of this.#evidence) ShownCheck.readInto(checks, entry, isOfField);
  }

  /** How it is governed, where the credential says it and all of that can be read. */
  get control(): StatedControl | undefined {
    if (this.#control === null) {
      const { democraticControl } = this.facts;
      this.#control = isJsonObject(democraticControl) ? readControl(democraticControl) : undefined;
    }
    return this.#control;
  }

  /** Under which its registrar issued it, where that is known whole. */
  get accreditation(): ShownAccreditation | undefined {
    if (this.#accreditation === null) this.#accreditation = readAccreditation(this.facts['accreditation']);
    return this.#accreditation;
  }
}

/** An accreditation as policies look at it. */
export interface ShownAccreditation {
  readonly began: Date;
  readonly beganOn: string;
  readonly isHeld: boolean;
  readonly upTo: AssuranceLevel;
}

function readAccreditation(value: unknown): ShownAccreditation | undefined {
  const { since, isHeld, upTo } = asObject(value);
  const began = new Date(typeof since === 'string' ? since : NaN);
  if (Number.isNaN(began.getTime()) || typeof isHeld !== 'boolean' || !isAssuranceLevel(upTo))
    return undefined;
  return { began, beganOn: dayOf(began, since as string), isHeld, upTo };
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

/** In UTC, as which the service itself writes instants. */
function dayOf(instant: Date, text: string): string {
  return (text.endsWith('Z') ? text : instant.toISOString()).slice(0, 10);
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
    if (verdict === 'accepted' && isJsonObject(credential)) accepted.push(new ShownCredential(credential));
    else if (verdict === 'undetermined')
      for (const type of textsIn(asObject(credential)['type'])) pendingTypes.add(type);
  }
  const at = new Date(typeof asOf === 'string' ? asOf : NaN);
  return { at, accepted, checksByField: new Map(), pendingTypes };
}
