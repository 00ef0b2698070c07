import { createHash, randomBytes } from 'node:crypto';
import type { Executor } from '../../../adapters/database/schema.js';
import { isAtMost, type AssuranceLevel } from '../../../credentials/assurance.js';
import type { ConfirmedCheck } from '../../../credentials/compose.js';
import type { CredentialOrder, Party } from '../../../credentials/credentialOrder.js';
import { REPRESENTATION, type Profile } from '../../../credentials/profiles/profile.js';
import { canonicalJson } from '../../../kernel/canonicalJson.js';
import { AppError, invalidField, type FieldError } from '../../../kernel/errors.js';
import { addDuration } from '../../../kernel/instants.js';
import type { ApplicationDeps, CredentialSummary } from '../deps.js';
import { profilesOf } from '../profiles.js';
import { holdSuperseded } from '../renewal.js';
import { countingChecks } from '../review/counting.js';
import { checksFor, corroborationOf, reachedAssurance } from '../review/rules.js';
import { computeAssurance, latestChecks, subjectKeys } from '../rules.js';
import { findGoverningSettings } from '../settings/store.js';
import { openChecks } from '../sealedWords.js';
import { listChecks, type ApplicationRow, type CheckRow } from '../store.js';

/** What an approval now would issue, and what stands in its way. */
export interface Plan {
  /** Required checks, of profiles and templates, that are not there. */
  readonly missing: FieldError[];
  readonly orders: PlannedOrder[];
  /** Of what is decided on: changes with the dossier's version and with every check. */
  readonly basis: string;
}

export interface PlannedOrder {
  readonly order: CredentialOrder;
  /** The highest that the registrar is accredited for; `undefined` where it is not accredited. */
  readonly maximum: AssuranceLevel | undefined;
}

export interface PlanTerms {
  readonly maxima: ReadonlyMap<string, AssuranceLevel>;
  readonly validFor: string | undefined;
  readonly at: Date;
  /** Of the decision, from which the age of checks is counted; `at` when there is none yet. */
  readonly decidedAt?: Date;
  /** Whether a representation still binds; a decision holds what it finds. */
  readonly findLapse: ApplicationDeps['representation']['findLapse'];
}

/** Of the types that are not issued yet. Throws for a `validFor` that cannot be. */
export async function planCredentials(
  deps: ApplicationDeps,
  executor: Executor,
  row: ApplicationRow,
  { maxima, validFor, at, decidedAt = at, findLapse }: PlanTerms,
): Promise<Plan> {
  const profiles = profilesOf(row.credential_types);
  const checks = await openChecks(deps, row.applicant_id, await listChecks(executor, row.id));
  const dossier = await deps.findDossierVersion(executor, row.applicant_id, row.dossier_version);
  const { pinned } = await findGoverningSettings(executor, row.registrar_id, row.settings_version);
  const recorded = latestChecks(checks, row.dossier_version);
  const shown = recorded.get(REPRESENTATION);
  const lapse = shown && (await findLapse(executor, shown.carriedFrom ?? shown.id, at));
  const { latest, standing, missing } = countingChecks(profiles, checks, {
    dossierVersion: row.dossier_version,
    dossier: dossier.blocks,
    settings: pinned.settings,
    at,
    decidedAt,
    lapse,
  });
  const refutedFields = [...recorded.values()]
    .filter(({ result }) => result === 'refuted')
    .map(({ field }) => field);
  const parties = await deps.findParties(executor, [row.registrar_id, row.applicant_id]);
  const superseded = await holdSuperseded(deps, executor, row);
  const digests = await findDigests(deps, executor, checks);
  const before = await deps.listCredentials(executor, row.id);
  const done = before.filter(({ state }) => state !== 'failed').map(({ type }) => type);
  const planned = profiles
    .filter(({ type }) => !done.includes(type))
    .map((profile): PlannedOrder => {
      const maximum = maxima.get(profile.type);
      const supersedes = superseded.get(profile.type);
      const { assurance, counted } = countChecks(profile, latest, standing, maximum);
      return {
        maximum,
        order: {
          applicationId: row.id,
          profile,
          issuer: partyOf(parties, row.registrar_id),
          holder: partyOf(parties, row.applicant_id),
          dossier: dossier.blocks,
          checks: counted.map((check) => toConfirmed(check, digests)),
          refutedFields,
          assurance,
          subjectKeys: subjectKeys(legalIdentityIn(dossier.blocks)),
          at,
          validUntil: noLongerThanBefore(before, profile, {
            validFrom: at,
            validUntil: validUntil(profile, validFor, at),
          }),
          ...(supersedes === undefined ? {} : { supersedes }),
        },
      };
    });
  const orders: PlannedOrder[] = [];
  for (const one of planned) orders.push(await withCommitment(deps, executor, row, one));
  return { missing, orders, basis: basisOf(row, checks) };
}

/** What is computed of the version, where a credential stands for all of it. */
async function withCommitment(
  deps: ApplicationDeps,
  executor: Executor,
  { applicant_id: applicantId, dossier_version: version }: ApplicationRow,
  planned: PlannedOrder,
): Promise<PlannedOrder> {
  const { order } = planned;
  if (!order.profile.commitsToDossier) return planned;
  const examined = { confirmed: order.checks, nextReviewAt: order.validUntil };
  const dossier = await deps.summariseDossier(executor, applicantId, version, examined);
  return { ...planned, order: { ...order, ...(dossier ? { computed: { dossier } } : {}) } };
}

/** Throws `applications/checks-missing` and `applications/assurance-too-high`. */
export function requireApprovable({ missing, orders }: Plan): void {
  if (missing.length > 0) {
    throw new AppError('applications/checks-missing', 'Required checks are not confirmed.', {
      errors: missing,
    });
  }
  for (const { order, maximum } of orders) {
    if (maximum !== undefined && isAtMost(order.assurance, maximum)) continue;
    throw new AppError(
      'applications/assurance-too-high',
      `The checks give ${order.profile.type} the level "${order.assurance}", and your accreditation ends at "${maximum ?? 'none'}".`,
    );
  }
}

function basisOf(row: ApplicationRow, checks: readonly CheckRow[]): string {
  const decidedOn = {
    dossierVersion: row.dossier_version,
    credentialTypes: row.credential_types,
    checks: checks.map(({ id, dossierVersion }) => [id, dossierVersion]),
  };
  return createHash('sha256').update(canonicalJson(decidedOn)).digest('base64url');
}

/**
 * The checks that count for a credential, and the level that they give. Corroborating checks never cost: a registrar whose accreditation
 * does not go as far as they lead issues by the latest checks alone.
 */
function countChecks(
  profile: Profile,
  latest: ReadonlyMap<string, CheckRow>,
  standing: ReadonlyMap<string, readonly CheckRow[]>,
  maximum: AssuranceLevel | undefined,
): { readonly assurance: AssuranceLevel; readonly counted: CheckRow[] } {
  const counted = [...latest.values()].filter(({ result }) => result === 'confirmed');
  const reached = reachedAssurance(profile, standing);
  if (reached !== 'high' || maximum !== 'high')
    return { assurance: computeAssurance(profile, latest), counted };
  const corroborating = profile.requiredChecks.flatMap((required) =>
    checksFor(required, standing).flatMap(({ checks }) => corroborationOf(checks) ?? []),
  );
  return { assurance: reached, counted: [...counted, ...corroborating] };
}

function validUntil(profile: Profile, validFor: string | undefined, at: Date): Date {
  const longest = addDuration(at, profile.maximumValidity);
  const wanted = validFor === undefined ? longest : addDuration(at, validFor);
  if (!longest || !wanted) throw invalidField('/validFor', 'must be an ISO 8601 duration such as P6M');
  if (wanted <= at) throw invalidField('/validFor', 'must be longer than nothing');
  if (wanted > longest)
    throw invalidField('/validFor', `must be ${profile.maximumValidity} at the most for ${profile.type}`);
  return wanted;
}

/** A retry grants what the decision granted and no more: what could not be issued says for how long that was. */
function noLongerThanBefore(
  before: readonly CredentialSummary[],
  { type }: Profile,
  { validFrom, validUntil }: Pick<CredentialSummary, 'validFrom' | 'validUntil'>,
): Date {
  const failed = before.findLast((credential) => credential.type === type);
  if (!failed) return validUntil;
  const granted = failed.validUntil.getTime() - failed.validFrom.getTime();
  return new Date(Math.min(validUntil.getTime(), validFrom.getTime() + granted));
}

/** Of the inspected files. */
async function findDigests(
  deps: ApplicationDeps,
  executor: Executor,
  checks: readonly CheckRow[],
): Promise<ReadonlyMap<string, Buffer>> {
  const ids = [...new Set(checks.flatMap(({ evidenceId }) => evidenceId ?? []))];
  const files = await deps.findEvidenceFiles(executor, ids);
  return new Map(files.map((file) => [file.id, file.sha256]));
}

/** With the digest of the inspected file under a fresh salt, so that two credentials about one document cannot be linked by it. */
function toConfirmed(
  { id, field, method, checkedAt, evidence, evidenceId }: CheckRow,
  digests: ReadonlyMap<string, Buffer>,
): ConfirmedCheck {
  const sha256 = evidenceId && digests.get(evidenceId);
  return {
    id,
    field,
    method,
    checkedAt,
    evidence,
    ...(sha256 ? { document: { sha256, salt: randomBytes(16) } } : {}),
  };
}

interface LegalIdentity {
  readonly registrationNumber: string;
  readonly registrationAuthority: { readonly name: string; readonly code?: string };
  readonly jurisdiction: string;
}

/** Submission demands the block of every profile, so it is there. */
export function legalIdentityIn(blocks: Readonly<Record<string, unknown>>): LegalIdentity {
  const legalIdentity = blocks['legalIdentity'] as LegalIdentity | undefined;
  if (!legalIdentity) throw new Error('an application was submitted without a legal identity');
  return legalIdentity;
}

function partyOf(parties: readonly Party[], id: Party['id']): Party {
  const party = parties.find((candidate) => candidate.id === id);
  if (!party) throw new Error('an application names an organisation that is not there');
  return party;
}
