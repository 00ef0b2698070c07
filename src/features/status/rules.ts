import type { StatusAction } from '../../credentials/status/statusEntry.js';
import type { StatusStanding } from '../../credentials/status/statusLists.js';
import type { ErrorCode } from '../../kernel/errors.js';

export type StatusChange = 'suspended' | 'reinstated' | 'revoked';

export interface CredentialStanding extends StatusStanding {
  readonly isIssued: boolean;
}

export type StatusEffect =
  | { readonly change: StatusChange; readonly standing: StatusStanding }
  | { readonly change: StatusChange; readonly refused: ErrorCode };

const CHANGE: Readonly<Record<StatusAction, StatusChange>> = {
  suspend: 'suspended',
  reinstate: 'reinstated',
  revoke: 'revoked',
};

/** Suspension comes and goes; revocation is final, and possible while suspended. */
export function judgeStatusChange(standing: CredentialStanding, action: StatusAction): StatusEffect {
  const change = CHANGE[action];
  if (!standing.isIssued) return { change, refused: 'credentials/not-issued' };
  if (standing.isRevoked) return { change, refused: 'credentials/already-revoked' };
  const { isSuspended } = standing;
  if (action === 'revoke') return { change, standing: { isSuspended, isRevoked: true } };
  if (action === 'suspend' && isSuspended) return { change, refused: 'credentials/already-suspended' };
  if (action === 'reinstate' && !isSuspended) return { change, refused: 'credentials/not-suspended' };
  return { change, standing: { isSuspended: action === 'suspend', isRevoked: false } };
}
