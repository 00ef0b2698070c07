import type { MembershipId, PersonId, ProposalId } from '../../../kernel/ids.js';

/** An approval that one person has proposed and another is to confirm. */
export interface Proposal {
  readonly id: ProposalId;
  readonly personId: PersonId;
  readonly membershipId: MembershipId;
  /** Digest of what it was decided on: the dossier's version and the checks. */
  readonly basis: string;
  /** Canonical text of what is to be decided. */
  readonly terms: string;
}

export interface Approval {
  /** Whether two persons must decide on it, by the settings. */
  readonly needsTwo: boolean;
  readonly open: Proposal | undefined;
  /** Whether whoever proposed it still reviews for the registrar. */
  readonly isProposerThere: boolean;
  /** Absent for a machine client: nobody knows who is behind it. */
  readonly by: PersonId | undefined;
  readonly basis: string;
  readonly terms: string;
}

export type ApprovalStep =
  | 'approve'
  /** As the first of two; a proposal that has fallen is replaced. */
  | 'propose'
  /** As the second of two. */
  | 'confirm'
  | 'refuse-machine'
  | 'refuse-same-person'
  | 'refuse-other-terms';

/**
 * What comes of an approval. Once proposed, it takes a second person whatever the settings say by then; and that one confirms what the
 * first one saw and said, nothing else.
 */
export function judgeApproval(approval: Approval): ApprovalStep {
  const { needsTwo, open, isProposerThere, by, basis, terms } = approval;
  if (!needsTwo && !open) return 'approve';
  if (by === undefined) return 'refuse-machine';
  if (!open || open.basis !== basis || !isProposerThere) return 'propose';
  if (open.personId === by) return 'refuse-same-person';
  return open.terms === terms ? 'confirm' : 'refuse-other-terms';
}
