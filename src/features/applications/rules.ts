import { isDeepStrictEqual } from 'node:util';
import type { ApplicationStatus } from '../../adapters/database/schema.js';
import { assuranceOf, type AssuranceLevel, type CheckMethod } from '../../credentials/assurance.js';
import { lapsesAt, type TimedCheck } from '../../credentials/lapse.js';
import {
  answersRequirement,
  ENTITY,
  REPRESENTATION,
  type Profile,
} from '../../credentials/profiles/profile.js';
import type { FieldError } from '../../kernel/errors.js';
import { addSeconds } from '../../kernel/instants.js';
import { covers, valueAt } from '../../kernel/jsonPointer.js';

export type ApplicationEvent =
  | 'check'
  | 'assign'
  | 'requestInformation'
  | 'resubmit'
  | 'withdraw'
  | 'approve'
  | 'refuse'
  | 'issue'
  | 'failIssuance'
  | 'retryIssuance';

/** The one table of an application's life (DESIGN section 3); what is not in it cannot happen. */
export const TRANSITIONS: Readonly<
  Record<ApplicationStatus, Partial<Record<ApplicationEvent, ApplicationStatus>>>
> = {
  submitted: { check: 'in_review', assign: 'in_review', withdraw: 'withdrawn' },
  in_review: {
    check: 'in_review',
    assign: 'in_review',
    requestInformation: 'information_requested',
    approve: 'approved',
    refuse: 'refused',
    withdraw: 'withdrawn',
  },
  information_requested: { resubmit: 'in_review', withdraw: 'withdrawn' },
  approved: { issue: 'issued', failIssuance: 'issuance_failed' },
  issuance_failed: { retryIssuance: 'approved' },
  issued: {},
  refused: {},
  withdrawn: {},
};

export function nextStatus(
  status: ApplicationStatus,
  event: ApplicationEvent,
): ApplicationStatus | undefined {
  return TRANSITIONS[status][event];
}

/** States in which the outcome is settled, so that a second decision has lost the race. */
export function isDecided(status: ApplicationStatus): boolean {
  return status === 'approved' || status === 'issued' || status === 'issuance_failed' || status === 'refused';
}

/** States in which another application for the same thing would only be in the way. */
export const OPEN_STATUSES: readonly ApplicationStatus[] = [
  'submitted',
  'in_review',
  'information_requested',
  'approved',
];

export type CheckResult = 'confirmed' | 'refuted' | 'inconclusive';

export interface RecordedCheck {
  readonly field: string;
  readonly method: CheckMethod;
  readonly result: CheckResult;
  /** The version whose value was looked at. */
  readonly dossierVersion: number;
}

/** Of the checks made on the version under review, the latest of each field; `checks` in the order in which they were recorded. */
export function latestChecks<Check extends RecordedCheck>(
  checks: readonly Check[],
  dossierVersion: number,
): Map<string, Check> {
  const current = checks.filter((check) => check.dossierVersion === dossierVersion);
  return new Map(current.map((check) => [check.field, check]));
}

/**
 * The required fields that have no confirmed check, and why; one that was refuted blocks like one that is missing.
 *
 * @param lapse why a confirmed check of `/representation` does not count any more, if so
 */
export function missingChecks(
  profiles: readonly Profile[],
  latest: ReadonlyMap<string, RecordedCheck>,
  lapse?: string,
): FieldError[] {
  const required = new Set(profiles.flatMap((profile) => profile.requiredChecks));
  return [...required].flatMap((pointer) => {
    const results = checksAnswering(pointer, latest).map(({ result }) => result);
    const isConfirmed = results.includes('confirmed');
    if (pointer === REPRESENTATION && isConfirmed && lapse !== undefined) return [{ pointer, detail: lapse }];
    if (isConfirmed) return [];
    const [result] = results;
    return [
      { pointer, detail: result === undefined ? 'needs a confirmed check' : `the latest check is ${result}` },
    ];
  });
}

/** Of the latest checks those that one of a profile's `requiredChecks` asks for. */
function checksAnswering<Check extends RecordedCheck>(
  required: string,
  latest: ReadonlyMap<string, Check>,
): Check[] {
  return [...latest.values()].filter(({ field }) => answersRequirement(required, field));
}

/** The lowest level over the profile's required checks, which are all confirmed. */
export function computeAssurance(
  profile: Profile,
  latest: ReadonlyMap<string, RecordedCheck>,
): AssuranceLevel {
  return assuranceOf(
    profile.requiredChecks.flatMap((pointer) =>
      checksAnswering(pointer, latest).filter(({ result }) => result === 'confirmed'),
    ),
  );
}

/** The dossier fields that the profiles say something about and that have no value. */
export function missingFields(profiles: readonly Profile[], dossier: unknown): FieldError[] {
  const required = new Set(profiles.flatMap((profile) => profile.requiredFields));
  return [...required]
    .filter((pointer) => valueAt(dossier, pointer) === undefined)
    .map((pointer) => ({ pointer, detail: 'is needed for the credential and not filled in' }));
}

/** What an application is about, as far as it names the legal entity. */
export function entityOf(dossier: unknown): unknown {
  return Object.fromEntries(ENTITY.map((pointer) => [pointer, valueAt(dossier, pointer) ?? null]));
}

/**
 * Which of the checks still stand when a newer version comes under review: those of which nothing has changed that they confirm. That is
 * the field's value and what is claimed with it (a number's authority), and for `/representation` the entity itself: who was shown to
 * act for one co-op was not shown to act for the next.
 */
export function unchangedFields(
  profiles: readonly Profile[],
  fields: Iterable<string>,
  before: unknown,
  after: unknown,
): string[] {
  const claims = profiles.flatMap((profile) => profile.claims);
  return [...fields].filter((field) => {
    const companions = claims.filter(
      ({ companionOf }) => companionOf !== undefined && covers(field, companionOf),
    );
    const confirmed = [
      field,
      ...companions.map(({ from }) => from),
      ...(field === REPRESENTATION ? ENTITY : []),
    ];
    return confirmed.every((pointer) => isDeepStrictEqual(valueAt(before, pointer), valueAt(after, pointer)));
  });
}

/**
 * Which of the confirmed checks behind a credential count for its renewal as well: those of which nothing has changed, whose evidence is not
 * over, and that every profile takes for young enough. What cannot be compared, since it is not in sight, does not.
 */
export function carriedFields(
  profiles: readonly Profile[],
  checks: readonly TimedCheck[],
  before: unknown,
  after: unknown,
  at: Date,
): string[] {
  const standing = checks.filter(
    (check) =>
      !hasLapsed(profiles, check, at) &&
      (check.field === REPRESENTATION || valueAt(after, check.field) !== undefined),
  );
  return unchangedFields(
    profiles,
    standing.map(({ field }) => field),
    before,
    after,
  );
}

/** A check that is too old, or whose evidence is over, is as good as none: it would be out of order from the first day. */
export function withoutLapsed<Check extends TimedCheck>(
  profiles: readonly Profile[],
  latest: ReadonlyMap<string, Check>,
  at: Date,
): Map<string, Check> {
  return new Map([...latest].filter(([, check]) => !hasLapsed(profiles, check, at)));
}

/** For any of the profiles. */
export function hasLapsed(profiles: readonly Profile[], check: TimedCheck, at: Date): boolean {
  return profiles.some((profile) => (lapsesAt(check, profile) ?? addSeconds(at, 1)) <= at);
}

/**
 * What a subject is known by across the network: its number with the authority's name and, where there is one, with the authority's
 * code, however they are written. Who shares one of them is the same subject.
 */
export function subjectKeys(legalIdentity: {
  registrationNumber: string;
  registrationAuthority: { name: string; code?: string };
  jurisdiction: string;
}): string[] {
  const { registrationNumber, registrationAuthority, jurisdiction } = legalIdentity;
  const { name, code } = registrationAuthority;
  const country = jurisdiction.slice(0, 2);
  return [name, ...(code === undefined ? [] : [code])].map((authority) =>
    [country, authority, registrationNumber].map(fold).join('|'),
  );
}

function fold(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
}
