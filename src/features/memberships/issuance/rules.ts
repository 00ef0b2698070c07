import type { IssuanceOutcome, MemberRecord, SentBy } from '../../../adapters/database/membershipTables.js';
import { REPRESENTATION } from '../../../credentials/profiles/profile.js';
import { MEMBERSHIP_CREDENTIAL, type ApplicationView } from '../deps.js';
import { findDifferences, findMembership, type SubjectKeys } from '../register/rules.js';

/** Pure: whether a member's application may be decided from the federation's register alone, and with which checks. */

export interface Outcome {
  readonly outcome: IssuanceOutcome;
  /** For programs. */
  readonly reason?: string;
  /** For people; nobody's data. */
  readonly detail?: string;
}

export interface Facts {
  readonly record: MemberRecord;
  readonly federation: { readonly name: string; readonly did: string };
  readonly application: ApplicationView;
  readonly joinedBy: SentBy | null;
  /** Whether the person who accepted still belongs to the co-op. */
  readonly isRepresented: boolean;
  /** The federation says that it took the tokens to the addresses in its register itself. */
  readonly sentByOurselves: boolean;
}

export interface NeededCheck {
  readonly field: string;
  readonly method: 'register_lookup' | 'callback';
}

export type Readiness =
  | { readonly ready: true; readonly checks: readonly NeededCheck[] }
  | { readonly ready: false; readonly outcome: Outcome };

const UNDER_EXAMINATION = ['submitted', 'in_review'];

export function judgeReadiness(facts: Facts, subjectKeys: SubjectKeys): Readiness {
  const { record, federation, application } = facts;
  if (!UNDER_EXAMINATION.includes(application.status))
    return notReady('not_under_examination', `The application is ${application.status}.`);
  if (application.credentialTypes.some((type) => type !== MEMBERSHIP_CREDENTIAL))
    return notReady(
      'more_asked_for',
      'The application asks for more than the membership: examine it by itself.',
    );
  const differences = findDifferences(record, application.dossier, federation, subjectKeys);
  if (differences.length > 0)
    return notReady(
      'differs',
      `The dossier says something else than your register at ${differences.join(', ')}.`,
    );
  if (!facts.isRepresented)
    return notReady(
      'representative_gone',
      'Who accepted the invitation does not belong to the co-op any more.',
    );
  if (facts.joinedBy !== 'mail' && !facts.sentByOurselves)
    return notReady(
      'delivery_unknown',
      'The token was handed to you: say that you took it to the address in your register, or examine who represents the co-op.',
    );
  return neededChecks(facts);
}

/** Those that nobody has made yet. What a person has refuted, or could not settle, no bulk action settles. */
function neededChecks({ application, federation }: Facts): Readiness {
  const membership = findMembership(application.dossier, federation);
  if (!membership) throw new Error('the dossier was compared with the register before');
  const wanted: NeededCheck[] = [
    { field: `/recognition/federations/${membership.index}`, method: 'register_lookup' },
    { field: REPRESENTATION, method: 'callback' },
  ];
  const latest = new Map(
    application.checks.filter(({ current }) => current).map(({ field, result }) => [field, result]),
  );
  const unsettled = [...latest].find(([, result]) => result !== 'confirmed');
  if (unsettled)
    return notReady(
      'examined_otherwise',
      `A check of ${unsettled[0]} says ${unsettled[1]}: decide it by itself.`,
    );
  return { ready: true, checks: wanted.filter(({ field }) => !latest.has(field)) };
}

export function notReady(reason: string, detail: string): Extract<Readiness, { ready: false }> {
  return { ready: false, outcome: { outcome: 'not_ready', reason, detail } };
}

/** Of a decision that was made; `undefined` while its credential is still being signed. */
export function outcomeOf({ status }: Pick<ApplicationView, 'status'>): Outcome | undefined {
  switch (status) {
    case 'issued':
      return { outcome: 'issued' };
    case 'approved':
      return undefined;
    case 'submitted':
    case 'in_review':
      return {
        outcome: 'proposed',
        reason: 'second_reviewer',
        detail: 'Another reviewer must confirm the decision.',
      };
    default:
      return { outcome: 'failed', reason: status, detail: `The application is ${status}.` };
  }
}
