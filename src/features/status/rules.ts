import type { StatusAction, StatusPurpose } from '../../credentials/status/statusEntry.js';
import type { ErrorCode } from '../../kernel/errors.js';

export type StatusChange = 'suspended' | 'reinstated' | 'revoked';

export interface CredentialStanding {
  readonly isIssued: boolean;
  readonly isSuspended: boolean;
  readonly isRevoked: boolean;
}

export type StatusEffect =
  | { readonly change: StatusChange; readonly purpose: StatusPurpose; readonly value: boolean }
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
  if (action === 'revoke') return { change, purpose: 'revocation', value: true };
  if (action === 'suspend' && standing.isSuspended)
    return { change, refused: 'credentials/already-suspended' };
  if (action === 'reinstate' && !standing.isSuspended)
    return { change, refused: 'credentials/not-suspended' };
  return { change, purpose: 'suspension', value: action === 'suspend' };
}
