import { randomBytes } from 'node:crypto';
import { recordAudit } from '../../adapters/database/records.js';
import type { Executor } from '../../adapters/database/schema.js';
import { isAtMost, type AssuranceLevel } from '../../credentials/assurance.js';
import type { ConfirmedCheck } from '../../credentials/compose.js';
import { REPRESENTATION, type Profile } from '../../credentials/profiles/profile.js';
import { actorOf, type OrganisationCaller } from '../../kernel/caller.js';
import { AppError, invalidField } from '../../kernel/errors.js';
import type { ApplicationId } from '../../kernel/ids.js';
import { addDuration } from '../../kernel/instants.js';
import type { Party } from '../../credentials/credentialOrder.js';
import type { ApplicationDeps, CredentialSummary } from './deps.js';
import { lockFor, requireTransition } from './guards.js';
import { profilesOf } from './profiles.js';
import { holdSuperseded } from './renewal.js';
import {
  computeAssurance,
  latestChecks,
  missingChecks,
  subjectKeys,
  withoutLapsed,
  type ApplicationEvent,
} from './rules.js';
import type { Decision } from './schemas.js';
import { listChecks, updateApplication, type ApplicationRow, type CheckRow } from './store.js';

const EVENT_OF: Readonly<Record<Decision['outcome'], ApplicationEvent>> = {
  approved: 'approve',
  refused: 'refuse',
  information_requested: 'requestInformation',
};

/**
 * Decides an application, and with an approval prepares its credentials in the same transaction: decided and intended are one fact.
 *
 * Throws `applications/own-organisation`, `applications/not-accredited`, `applications/already-decided`, `applications/not-in-review`,
 * `applications/checks-missing`, `applications/assurance-too-high` and `credentials/duplicate`.
 */
export async function decideApplication(
  deps: ApplicationDeps,
  caller: OrganisationCaller,
  id: ApplicationId,
  decision: Decision,
): Promise<void> {
  const { outcome, reason } = decision;
  if (outcome !== 'approved' && reason === undefined)
    throw invalidField('/reason', 'is required unless the outcome is "approved"');
  if (outcome !== 'approved' && decision.validFor !== undefined)
    throw invalidField('/validFor', 'belongs to an approval only');
  const at = deps.clock.now();
  await deps.db.transaction().execute(async (trx) => {
    const row = await lockFor(trx, caller, id, 'registrar');
    await refuseOwnOrganisation(deps, trx, caller, row);
    const maxima = await requireAccreditation(deps, trx, row, at);
    const status = requireTransition(row.status, EVENT_OF[outcome]);
    if (outcome === 'approved')
      await orderCredentials(deps, trx, row, { maxima, validFor: decision.validFor, at });
    const actor = actorOf(caller);
    await updateApplication(
      trx,
      id,
      { status, decided_at: at, decision_reason: reason ?? null, decided_by: JSON.stringify(actor) },
      at,
    );
    await recordAudit(trx, {
      at,
      actor,
      action: `application.${outcome}`,
      organisationId: row.registrar_id,
      subjectId: id,
    });
  });
}

/** After a permanent failure: prepares anew what could not be issued, under today's checks and accreditation. */
export async function retryIssuance(
  deps: ApplicationDeps,
  caller: OrganisationCaller,
  id: ApplicationId,
): Promise<void> {
  const at = deps.clock.now();
  await deps.db.transaction().execute(async (trx) => {
    const row = await lockFor(trx, caller, id, 'registrar');
    await refuseOwnOrganisation(deps, trx, caller, row);
    const maxima = await requireAccreditation(deps, trx, row, at);
    const status = requireTransition(row.status, 'retryIssuance');
    await orderCredentials(deps, trx, row, { maxima, validFor: undefined, at });
    await updateApplication(trx, id, { status }, at);
    await recordAudit(trx, {
      at,
      actor: actorOf(caller),
      action: 'application.retryIssuance',
      organisationId: row.registrar_id,
      subjectId: id,
    });
  });
}

/**
 * Neither as the applicant itself nor as somebody who is also a member of it. Which person is behind a machine client is not known, so it
 * does not decide where a member of the applicant could have made it: is, or ever was, a member of the registrar.
 */
export async function refuseOwnOrganisation(
  deps: ApplicationDeps,
  trx: Executor,
  caller: OrganisationCaller,
  row: ApplicationRow,
): Promise<void> {
  const { organisationId } = caller;
  const isOwn =
    row.applicant_id === organisationId ||
    (caller.kind === 'member' && (await deps.isMember(trx, caller.personId, row.applicant_id)));
  if (isOwn)
    throw new AppError('applications/own-organisation', 'You belong to the organisation that applies.');
  if (caller.kind === 'client' && (await deps.hasMemberEverOf(trx, row.applicant_id, organisationId)))
    throw new AppError(
      'applications/own-organisation',
      'Somebody of the organisation that applies belongs, or belonged, to yours: a person must decide.',
    );
}

/** The highest level per type; an accreditation for every requested type in the subject's jurisdiction is a condition of any decision. */
async function requireAccreditation(
  deps: ApplicationDeps,
  trx: Executor,
  row: ApplicationRow,
  at: Date,
): Promise<ReadonlyMap<string, AssuranceLevel>> {
  const { jurisdiction } = await legalIdentityOf(deps, trx, row);
  const maxima = new Map<string, AssuranceLevel>();
  for (const credentialType of row.credential_types) {
    const highest = await deps.findHighestAssurance(trx, row.registrar_id, {
      credentialType,
      jurisdiction,
      at,
    });
    if (highest === undefined) {
      throw new AppError(
        'applications/not-accredited',
        `Your organisation is not accredited for ${credentialType} in ${jurisdiction}.`,
      );
    }
    maxima.set(credentialType, highest);
  }
  return maxima;
}

async function orderCredentials(
  deps: ApplicationDeps,
  trx: Executor,
  row: ApplicationRow,
  terms: { maxima: ReadonlyMap<string, AssuranceLevel>; validFor: string | undefined; at: Date },
): Promise<void> {
  const profiles = profilesOf(row.credential_types);
  const latest = latestChecks(await listChecks(trx, row.id), row.dossier_version);
  const shown = latest.get(REPRESENTATION);
  const lapse = shown && (await deps.representation.holdLapse(trx, shown.carriedFrom ?? shown.id, terms.at));
  const errors = missingChecks(profiles, withoutLapsed(profiles, latest, terms.at), lapse);
  if (errors.length > 0) {
    throw new AppError('applications/checks-missing', 'The profile requires checks that are not confirmed.', {
      errors,
    });
  }
  const dossier = await deps.findDossierVersion(trx, row.applicant_id, row.dossier_version);
  const parties = await deps.findParties(trx, [row.registrar_id, row.applicant_id]);
  const checks = await confirmedChecks(deps, trx, [...withoutLapsed(profiles, latest, terms.at).values()]);
  const refutedFields = [...latest.values()]
    .filter(({ result }) => result === 'refuted')
    .map(({ field }) => field);
  const superseded = await holdSuperseded(deps, trx, row);
  const before = await deps.listCredentials(trx, row.id);
  const done = before.filter(({ state }) => state !== 'failed').map(({ type }) => type);
  for (const profile of profiles.filter(({ type }) => !done.includes(type))) {
    const assurance = computeAssurance(profile, latest);
    requireAtMost(assurance, terms.maxima.get(profile.type), profile);
    const supersedes = superseded.get(profile.type);
    await deps.prepareCredential(trx, {
      applicationId: row.id,
      profile,
      issuer: partyOf(parties, row.registrar_id),
      holder: partyOf(parties, row.applicant_id),
      dossier: dossier.blocks,
      checks,
      refutedFields,
      assurance,
      subjectKeys: subjectKeys(await legalIdentityOf(deps, trx, row)),
      at: terms.at,
      validUntil: noLongerThanBefore(before, profile, {
        validFrom: terms.at,
        validUntil: validUntil(profile, terms.validFor, terms.at),
      }),
      ...(supersedes === undefined ? {} : { supersedes }),
    });
  }
}

function requireAtMost(
  assurance: AssuranceLevel,
  maximum: AssuranceLevel | undefined,
  profile: Profile,
): void {
  if (maximum !== undefined && isAtMost(assurance, maximum)) return;
  throw new AppError(
    'applications/assurance-too-high',
    `The checks give ${profile.type} the level "${assurance}", and your accreditation ends at "${maximum ?? 'none'}".`,
  );
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

/** With the digest of the inspected file under a fresh salt, so that two credentials about one document cannot be linked by it. */
async function confirmedChecks(
  deps: ApplicationDeps,
  trx: Executor,
  latest: readonly CheckRow[],
): Promise<ConfirmedCheck[]> {
  const confirmed = latest.filter(({ result }) => result === 'confirmed');
  const files = await deps.findEvidenceFiles(
    trx,
    confirmed.flatMap(({ evidenceId }) => evidenceId ?? []),
  );
  const digestOf = new Map(files.map((file) => [file.id, file.sha256]));
  return confirmed.map(({ id, field, method, checkedAt, evidence, evidenceId }) => {
    const sha256 = evidenceId && digestOf.get(evidenceId);
    return {
      id,
      field,
      method,
      checkedAt,
      evidence,
      ...(sha256 ? { document: { sha256, salt: randomBytes(16) } } : {}),
    };
  });
}

interface LegalIdentity {
  readonly registrationNumber: string;
  readonly registrationAuthority: { readonly name: string; readonly code?: string };
  readonly jurisdiction: string;
}

/** Submission demands the block of every profile, so it is there. */
async function legalIdentityOf(
  deps: ApplicationDeps,
  trx: Executor,
  row: ApplicationRow,
): Promise<LegalIdentity> {
  const { blocks } = await deps.findDossierVersion(trx, row.applicant_id, row.dossier_version);
  const legalIdentity = blocks['legalIdentity'] as LegalIdentity | undefined;
  if (!legalIdentity) throw new Error('an application was submitted without a legal identity');
  return legalIdentity;
}

function partyOf(parties: readonly Party[], id: Party['id']): Party {
  const party = parties.find((candidate) => candidate.id === id);
  if (!party) throw new Error('an application names an organisation that is not there');
  return party;
}
