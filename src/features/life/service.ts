import type { Executor } from '../../adapters/database/schema.js';
import type { CredentialOrder } from '../../credentials/credentialOrder.js';
import { REPRESENTATION } from '../../credentials/profiles/profile.js';
import { AppError, notFound } from '../../kernel/errors.js';
import type { CheckId, CredentialId, OrganisationId } from '../../kernel/ids.js';
import { openConcerns, tellBoth } from './concerns.js';
import { moveOpenContests } from './contests/store.js';
import type { LifeDeps } from './deps.js';
import {
  acceptCheck,
  compareWithDossier,
  listRepresented,
  openRepresentationLapse,
  recordGrounds,
  type ConfirmedCheck,
} from './grounds.js';
import { isOverdue, judgeRenewal } from './rules.js';
import {
  closeConcerns,
  copyGrounds,
  forgetDigests,
  listOpenConcerns,
  lockHolder,
  moveOpenConcerns,
  type ConcernRow,
} from './store.js';
import { compareWithRegister, type RegisterChange } from './standing.js';
import { openLapses, watchCredentials } from './watch.js';

interface Relation {
  readonly holderId: OrganisationId;
  readonly issuerId: OrganisationId;
}

/** How what a credential rests on is watched after its issue. Functions that take a transaction are for other features to call in theirs. */
export interface LifeService {
  recordGrounds(trx: Executor, id: CredentialId, order: CredentialOrder): Promise<void>;
  /** With the issue of a credential that says what another said, before that one is revoked. */
  carryOver(trx: Executor, link: { from: CredentialId; to: CredentialId }): Promise<void>;
  dossierSaved(trx: Executor, holderId: OrganisationId, blocks: unknown, at: Date): Promise<void>;
  /** What it rests on may have changed or lapsed since that was decided. */
  credentialIssued(trx: Executor, issued: IssuedCredential, at: Date): Promise<void>;
  checkConfirmed(trx: Executor, parties: Relation, check: ConfirmedCheck, at: Date): Promise<void>;
  /** The proof that somebody acts for the holder is over, or that person gone: trouble for what rests on it, and for nothing else. */
  representationLapsed(trx: Executor, proof: RepresentationOf, at: Date): Promise<void>;
  /** It will be over soon; both sides of what rests on it are told. */
  representationExpiring(trx: Executor, proof: RepresentationOf, at: Date): Promise<void>;
  /** A federation's register says something else of members than before. */
  registerChanged(trx: Executor, change: RegisterChange, at: Date): Promise<void>;
  /** With the erasure of these blocks (`/officers`): nothing is left that their values could be tried against. */
  valuesErased(trx: Executor, holderId: OrganisationId, blocks: readonly string[]): Promise<void>;
  holdHolder(trx: Executor, holderId: OrganisationId): Promise<void>;
  /** Before a change of status, so that everybody holds in one order. */
  holdLife(trx: Executor, id: CredentialId): Promise<void>;
  /** Throws `credentials/concern-open`. */
  requireReinstatable(trx: Executor, id: CredentialId, at: Date): Promise<void>;
  credentialRevoked(trx: Executor, id: CredentialId, at: Date): Promise<void>;
  /** What stands open about a credential. */
  concernsOf(executor: Executor, id: CredentialId): Promise<ConcernRow[]>;
  /** Throws `credentials/not-renewable`. */
  requireRenewable(trx: Executor, id: CredentialId, at: Date): Promise<void>;
  /** The work of a job; returns how much there was. */
  watchCredentials(): Promise<number>;
}

export interface IssuedCredential {
  readonly id: CredentialId;
  readonly holder_id: OrganisationId;
}

export interface RepresentationOf {
  readonly holderId: OrganisationId;
  readonly checkId: CheckId;
}

export function createLife(deps: LifeDeps): LifeService {
  return {
    recordGrounds: (trx, id, order) => recordGrounds(deps, trx, id, order),
    async carryOver(trx, { from, to }) {
      await copyGrounds(trx, from, to);
      await moveOpenConcerns(trx, from, to);
      await moveOpenContests(trx, from, to);
    },
    dossierSaved: (trx, holderId, blocks, at) => compareWithDossier(deps, trx, holderId, blocks, at),
    async credentialIssued(trx, { id, holder_id: holderId }, at) {
      await lockHolder(trx, holderId);
      const { blocks } = await deps.findLatestDossier(trx, holderId);
      await compareWithDossier(deps, trx, holderId, blocks, at);
      await openLapses(deps, trx, holderId, at);
      await openRepresentationLapse(deps, trx, id, at);
    },
    checkConfirmed: (trx, parties, check, at) => acceptCheck(deps, trx, parties, check, at),

    async representationLapsed(trx, proof, at) {
      await lockHolder(trx, proof.holderId);
      const troubles = (await listRepresented(deps, trx, proof, at)).map((credential) => ({
        credential,
        kind: 'representation_lapsed' as const,
        pointer: REPRESENTATION,
      }));
      await openConcerns(deps, trx, troubles, at);
    },

    async representationExpiring(trx, proof, at) {
      const places = (await listRepresented(deps, trx, proof, at)).map((credential) => ({
        credentialId: credential.id,
        holderId: credential.holder_id,
        issuerId: credential.issuer_id,
        pointer: REPRESENTATION,
      }));
      await tellBoth(deps, trx, 'representation.expiring', places, at);
    },

    registerChanged: (trx, change, at) => compareWithRegister(deps, trx, change, at),

    valuesErased: forgetDigests,
    holdHolder: lockHolder,

    async holdLife(trx, id) {
      const credential = await deps.findCredential(trx, id);
      if (credential) await lockHolder(trx, credential.holder_id);
    },

    async requireReinstatable(trx, id, at) {
      const overdue = (await listOpenConcerns(trx, [id])).filter((concern) => isOverdue(concern, at));
      if (overdue.length === 0) return;
      throw new AppError(
        'credentials/concern-open',
        `What it rests on is still out of order: ${overdue.map(({ kind, pointer }) => `${kind} at ${pointer}`).join(', ')}.`,
      );
    },

    async credentialRevoked(trx, id, at) {
      const open = await listOpenConcerns(trx, [id]);
      const ids = open.map((concern) => concern.id);
      await closeConcerns(trx, ids, { at, outcome: 'ended' });
    },

    concernsOf: (executor, id) => listOpenConcerns(executor, [id]),

    async requireRenewable(trx, id, at) {
      const credential = await deps.findCredential(trx, id);
      if (!credential) throw notFound('credential');
      const judged = judgeRenewal(credential, await listOpenConcerns(trx, [credential.id]), at);
      if (judged === 'renewable') return;
      throw new AppError('credentials/not-renewable', `The credential cannot be renewed: ${judged.refused}.`);
    },

    watchCredentials: () => watchCredentials(deps),
  };
}
