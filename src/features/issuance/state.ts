import type { CredentialSummary } from './schemas.js';
import type { CredentialRow } from './store.js';

export function stateOf(
  row: Pick<CredentialRow, 'state' | 'revoked_at' | 'suspended_at' | 'valid_until'>,
  now: Date,
): CredentialSummary['state'] {
  if (row.state === 'prepared') return 'pending';
  if (row.state === 'failed') return 'failed';
  if (row.revoked_at) return 'revoked';
  if (row.valid_until <= now) return 'expired';
  return row.suspended_at ? 'suspended' : 'active';
}
