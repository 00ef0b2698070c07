import type { ReissueCause } from '../../../kernel/credentialLife.js';

export interface ReissueStanding {
  readonly state: 'prepared' | 'issued' | 'failed';
  readonly suspended_at: Date | null;
  readonly revoked_at: Date | null;
  readonly superseded_by: string | null;
  readonly valid_until: Date;
}

/** Why a credential cannot be issued once more as it is; `undefined` where it can. */
export function findHindrance(
  credential: ReissueStanding,
  cause: ReissueCause | undefined,
  now: Date,
): string | undefined {
  if (credential.state !== 'issued') return 'It has not been issued.';
  if (credential.superseded_by !== null) return 'Another one has taken its place.';
  if (credential.revoked_at !== null) return 'It is revoked.';
  if (credential.valid_until <= now) return 'It has expired.';
  if (cause === undefined) return 'Nothing is wrong with the keys behind it.';
  // Whoever issued it anew would lift the suspension.
  if (credential.suspended_at !== null) return 'It is suspended: reinstate it first.';
  return undefined;
}
