import { recordAudit } from '../../adapters/database/records.js';
import type { RepresentationMethod } from '../../adapters/database/representationTables.js';
import type { Executor } from '../../adapters/database/schema.js';
import { actorOf, type MemberCaller, type OrganisationCaller } from '../../kernel/caller.js';
import { canonicalJson, sha256 } from '../../kernel/canonicalJson.js';
import { AppError } from '../../kernel/errors.js';
import { newId, type ApplicationId, type RepresentationProofId } from '../../kernel/ids.js';
import type { ApplicationFacts, RepresentationEvidence } from './deps.js';
import { endProof, lockOpenProof, type ProofRow } from './store.js';

/** What all ways of showing representation share. */

export function companyRegister(name: string): RepresentationEvidence {
  return { type: 'electronic_record', record: { type: 'company_register', source: { name } } };
}

/** What every row of a proof says, however it is made. */
export function newProof(
  application: ApplicationFacts,
  caller: OrganisationCaller,
  { method, register, at }: { method: RepresentationMethod; register: string; at: Date },
) {
  return {
    id: newId<'representationProof'>(),
    application_id: application.id,
    applicant_id: application.applicantId,
    registrar_id: application.registrarId,
    method,
    register,
    entity_digest: entityDigest(application),
    started_by: JSON.stringify(actorOf(caller)),
    started_at: at,
  };
}

/** A letter to one legal entity shows nothing about the next one that the dossier names. */
export function entityDigest({ entity }: ApplicationFacts): Buffer {
  return sha256(canonicalJson(entity));
}

/** At most one of each method waits for an answer: the newest. */
export async function supersedeOpenProof(
  trx: Executor,
  id: ApplicationId,
  method: RepresentationMethod,
  at: Date,
): Promise<void> {
  const open = await lockOpenProof(trx, id, method);
  if (open) await endProof(trx, open.id, 'superseded', at);
}

export async function auditStart(
  trx: Executor,
  caller: OrganisationCaller,
  proof: {
    id: RepresentationProofId;
    application_id: ApplicationId;
    method: RepresentationMethod;
    started_at: Date;
  },
): Promise<void> {
  await recordAudit(trx, {
    at: proof.started_at,
    actor: actorOf(caller),
    action: `representation.${proof.method}-started`,
    organisationId: caller.organisationId,
    subjectId: proof.application_id,
    detail: { proofId: proof.id },
  });
}

/** Whoever acts here does it in person: it is the person that is bound. */
export function requirePerson(caller: OrganisationCaller): MemberCaller {
  if (caller.kind === 'member') return caller;
  throw new AppError('auth/forbidden', 'Only a person may do this, not a machine client.');
}

export function isOver({ expires_at: expiresAt }: ProofRow, at: Date): boolean {
  return expiresAt === null || expiresAt <= at;
}

export function tooSoon(seconds: number): AppError {
  return new AppError('representation/throttled', 'That was tried a moment ago. Wait, then try again.', {
    retryAfterSeconds: seconds,
  });
}
