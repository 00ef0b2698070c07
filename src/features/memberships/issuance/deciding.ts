import type { MemberRecord } from '../../../adapters/database/membershipTables.js';
import { REPRESENTATION } from '../../../credentials/profiles/profile.js';
import type { OrganisationCaller } from '../../../kernel/caller.js';
import { AppError } from '../../../kernel/errors.js';
import type { ApplicationId } from '../../../kernel/ids.js';
import { MEMBERSHIP_CREDENTIAL, type ApplicationView, type MembershipDeps } from '../deps.js';
import type { MemberRow } from '../register/store.js';
import { judgeReadiness, notReady, outcomeOf, type NeededCheck, type Outcome } from './rules.js';

export interface Order {
  readonly caller: OrganisationCaller;
  readonly federation: { readonly name: string; readonly did: string };
  readonly validFor: string | undefined;
  readonly sentByOurselves: boolean;
}

export interface Decided extends Outcome {
  readonly applicationId?: ApplicationId;
  readonly credentialId?: string;
}

interface KnownApplication {
  readonly id: ApplicationId;
  readonly status: string;
}

const CHECKS_MISSING =
  'Required checks are missing that your register does not answer: examine it by itself.';
const AT_AN_END = ['refused', 'withdrawn', 'issued'];

/**
 * One member: its application goes the way that every application goes, with checks from the federation's register, as the person who
 * ordered it. `undefined` while its credential is being signed.
 */
export async function decideMember(
  deps: MembershipDeps,
  order: Order,
  member: MemberRow | undefined,
  applications: readonly KnownApplication[],
): Promise<Decided | undefined> {
  if (!member?.joined_organisation_id)
    return notReady('not_in_register', 'The member was taken out of your register.').outcome;
  const open = applications.find(({ status }) => !AT_AN_END.includes(status));
  const known = open ?? applications.findLast(({ status }) => status === 'issued');
  if (!known)
    return notReady('not_applied', 'The co-op has joined, and has not asked for the credential.').outcome;
  const { id } = known;
  try {
    const application = await deps.applications.read(order.caller, id);
    const settled =
      open && isUndecided(application) ? await examine(deps, order, member, id, application) : application;
    if ('outcome' in settled) return { ...settled, applicationId: id };
    const outcome = outcomeOf(settled);
    const credential = settled.credentials.findLast(
      ({ type, state }) => type === MEMBERSHIP_CREDENTIAL && state === 'issued',
    );
    return (
      outcome && { ...outcome, applicationId: id, ...(credential ? { credentialId: credential.id } : {}) }
    );
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // Somebody else decided it in this very moment: the next look says how.
    if (error.code === 'applications/already-decided') return undefined;
    // The registrar's templates may ask for more than its register says.
    if (error.code === 'applications/checks-missing')
      return { ...notReady('checks_missing', CHECKS_MISSING).outcome, applicationId: id };
    return { outcome: 'failed', reason: error.code, detail: error.detail, applicationId: id };
  }
}

function isUndecided({ status }: ApplicationView): boolean {
  return status !== 'approved' && status !== 'issuance_failed';
}

async function examine(
  deps: MembershipDeps,
  { caller, federation, validFor, sentByOurselves }: Order,
  member: MemberRow,
  id: ApplicationId,
  application: ApplicationView,
): Promise<Outcome | ApplicationView> {
  const { record, joined_person_id: personId, joined_organisation_id: coopId } = member;
  const isRepresented =
    personId !== null && coopId !== null && (await deps.accounts.isMember(deps.db, personId, coopId));
  const facts = {
    record,
    federation,
    application,
    joinedBy: member.joined_by,
    isRepresented,
    sentByOurselves,
  };
  const readiness = judgeReadiness(facts, deps.subjectKeys);
  if (!readiness.ready) return readiness.outcome;
  for (const check of readiness.checks)
    await deps.applications.recordCheck(
      caller,
      id,
      toCheck(check, { record, federation, joinedBy: member.joined_by }),
    );
  return deps.applications.approve(caller, id, validFor === undefined ? {} : { validFor });
}

function toCheck(
  { field, method }: NeededCheck,
  {
    record,
    federation,
    joinedBy,
  }: Pick<Order, 'federation'> & { record: MemberRecord; joinedBy: string | null },
) {
  return {
    field,
    method,
    result: 'confirmed' as const,
    evidence: {
      type: 'electronic_record' as const,
      record: {
        type: 'member_register',
        source: { name: federation.name },
        ...(record.memberNumber === undefined ? {} : { record_number: record.memberNumber }),
      },
    },
    note:
      field === REPRESENTATION
        ? `The invitation went to the address in the federation's register (${joinedBy === 'mail' ? 'mailed by this installation' : 'taken there by the federation, as it says'}) and was answered from there by the person who accepted.`
        : "The dossier says what the federation's register says.",
  };
}
