import { recordAudit } from '../../adapters/database/records.js';
import { actorOf, mayRead, type OrganisationCaller } from '../../kernel/caller.js';
import { missingRight } from '../../kernel/errors.js';
import type { ApplicationId, EvidenceId } from '../../kernel/ids.js';
import { createBinding, lapseBinding, type RepresentationBinding } from './binding.js';
import type { RepresentationDeps, RepresentationEvidence } from './deps.js';
import { createDomainProofs, type DomainProofs } from './domains.js';
import { createLetters, type Letters } from './letters.js';
import { contextOf, presentRepresentation, type PersonalRecord } from './presentation.js';
import { companyRegister, newProof, requirePerson } from './proofs.js';
import { checkMethodOf } from './rules.js';
import type { NewCallback, NewMandate, Representation } from './schemas.js';
import { findRepresentative, insertProof, lockLiveBindingsOf, setRepresentative } from './store.js';

/** That the person who applies acts for this legal entity: four ways to show it, each through a channel of the register's. */
export interface RepresentationService extends RepresentationBinding, Letters, DomainProofs {
  readRepresentation(caller: OrganisationCaller, id: ApplicationId): Promise<Representation>;
  /** The registrar called the co-op at a contact that it took from the register, and types in what came of it. */
  recordCallback(
    caller: OrganisationCaller,
    id: ApplicationId,
    callback: NewCallback,
  ): Promise<Representation>;
  /** The registrar looked at a signed mandate, and at the register for who signed it. */
  recordMandate(caller: OrganisationCaller, id: ApplicationId, mandate: NewMandate): Promise<Representation>;
  /** From now on the application stands in the name of the caller: what was shown of somebody else lapses. */
  takeOver(caller: OrganisationCaller, id: ApplicationId): Promise<Representation>;
}

export function createRepresentation(deps: RepresentationDeps): RepresentationService {
  return {
    ...createBinding(deps),
    ...createLetters(deps),
    ...createDomainProofs(deps),

    async readRepresentation(caller, id) {
      const application = await deps.applications.readFor(deps.db, caller, id);
      const scope = application.applicantId === caller.organisationId ? 'applications' : 'review';
      if (!mayRead(caller, scope)) throw missingRight(scope);
      return presentRepresentation(deps, deps.db, application, caller.organisationId);
    },

    recordCallback: (caller, id, { contact, ...callback }) =>
      recordByHand(deps, caller, id, {
        ...callback,
        method: 'callback',
        personal: { contact },
        evidence: companyRegister(callback.register),
      }),

    recordMandate: (caller, id, { signedBy, evidenceId, ...mandate }) =>
      recordByHand(deps, caller, id, {
        ...mandate,
        method: 'mandate',
        personal: { signedBy },
        evidence: { type: 'document', document_details: { type: 'mandate' } },
        evidenceId: evidenceId as EvidenceId,
      }),

    takeOver: (caller, id) => takeOver(deps, caller, id),
  };
}

interface ByHand {
  readonly method: 'callback' | 'mandate';
  readonly register: string;
  readonly result: 'confirmed' | 'refuted' | 'inconclusive';
  readonly personal: PersonalRecord;
  readonly evidence: RepresentationEvidence;
  readonly evidenceId?: EvidenceId;
  readonly note?: string;
}

/** What is over when it is recorded. */
async function recordByHand(
  deps: RepresentationDeps,
  caller: OrganisationCaller,
  id: ApplicationId,
  wanted: ByHand,
): Promise<Representation> {
  const at = deps.clock.now();
  const { evidenceId } = wanted;
  return deps.db.transaction().execute(async (trx) => {
    const application = await deps.applications.holdFor(trx, caller, id, 'registrar');
    const proof = newProof(application, caller, { method: wanted.method, register: wanted.register, at });
    const record = Buffer.from(JSON.stringify(wanted.personal));
    await deps.applications.recordCheck(trx, id, {
      method: checkMethodOf(wanted.method),
      result: wanted.result,
      evidence: wanted.evidence,
      ...(evidenceId === undefined ? {} : { evidenceId }),
      ...(wanted.note === undefined ? {} : { note: wanted.note }),
      actor: actorOf(caller),
    });
    await insertProof(trx, {
      ...proof,
      ended_at: at,
      outcome: wanted.result,
      evidence_id: evidenceId ?? null,
      sealed_record: await deps.personal.seal(trx, application.applicantId, contextOf(proof), record),
    });
    return presentRepresentation(deps, trx, application, caller.organisationId);
  });
}

async function takeOver(
  deps: RepresentationDeps,
  caller: OrganisationCaller,
  id: ApplicationId,
): Promise<Representation> {
  const at = deps.clock.now();
  return deps.db.transaction().execute(async (trx) => {
    const application = await deps.applications.holdFor(trx, caller, id, 'applicant');
    const { membershipId } = requirePerson(caller);
    if ((await findRepresentative(trx, id)) !== membershipId) {
      await setRepresentative(trx, {
        applicationId: id,
        organisationId: caller.organisationId,
        membershipId,
        at,
      });
      await recordAudit(trx, {
        at,
        actor: actorOf(caller),
        action: 'representation.taken-over',
        organisationId: caller.organisationId,
        subjectId: id,
      });
    }
    for (const binding of await lockLiveBindingsOf(trx, caller.organisationId, id)) {
      if (binding.membership_id !== membershipId)
        await lapseBinding(deps, trx, binding, 'representative_changed', actorOf(caller), at);
    }
    return presentRepresentation(deps, trx, application, caller.organisationId);
  });
}
