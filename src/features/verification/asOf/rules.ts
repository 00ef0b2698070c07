import type { Accreditation } from '../../../credentials/verification/sources.js';
import type { ContestSpan, StatusEvent } from './history.js';

/** What has become known of what was verified after the instant that was asked for; in the names of the events where there are such. */
export const SINCE_CODES = {
  'credential.issued': 'It was issued only then.',
  'credential.suspended': 'It was suspended.',
  'credential.reinstated': 'It was reinstated.',
  'credential.revoked': 'It was revoked.',
  'credential.superseded': 'Another credential took its place.',
  'credential.key_compromised': 'A key that signed it was revoked.',
  'credential.accreditation_ended': 'An accreditation of its issuer for its type ended.',
  'credential.contested': 'Its holder contests what it says.',
  'credential.contest_closed': 'What its holder contested is settled.',
  'presentation.key_compromised': 'A key that signed the presentation was revoked.',
} as const;
export type SinceCode = keyof typeof SINCE_CODES;

export interface Since {
  readonly code: SinceCode;
  /** When it was recorded. */
  readonly at: Date;
  readonly detail: string;
  /** The `id` of the credential that it is about; absent where it is about the presentation. */
  readonly credential?: string;
  /** Into the credential, of what is contested. */
  readonly pointer?: string;
}

/** Everything that is recorded of a credential of ours, whenever it was. */
export interface RecordedLife {
  readonly id: string;
  readonly types: readonly string[];
  readonly issuedAt: Date;
  readonly supersededAt?: Date;
  readonly statusEvents: readonly StatusEvent[];
  readonly contests: readonly ContestSpan[];
  readonly accreditations: readonly Accreditation[];
  readonly revocations: readonly KeyRevocation[];
}

export interface KeyRevocation {
  readonly revokedAt: Date;
  readonly compromisedAt: Date;
}

/** What of a credential's life came after `asOf`, until `now`; the earliest first. */
export function listSince(life: RecordedLife, asOf: Date, now: Date): Since[] {
  const isLater = (at: Date | null | undefined): at is Date => at instanceof Date && at > asOf && at <= now;
  const entry = (code: SinceCode, at: Date, more: { detail?: string; pointer?: string } = {}): Since[] =>
    isLater(at) ? [{ code, at, detail: SINCE_CODES[code], ...more, credential: life.id }] : [];
  const ended = life.accreditations.filter(
    ({ credentialTypes, validFrom }) =>
      validFrom <= asOf && credentialTypes.some((type) => life.types.includes(type)),
  );
  return inOrder([
    ...entry('credential.issued', life.issuedAt),
    ...(life.supersededAt ? entry('credential.superseded', life.supersededAt) : []),
    ...life.statusEvents.flatMap(({ change, at }) => entry(`credential.${change}`, at)),
    ...life.revocations.flatMap((revocation) =>
      entry('credential.key_compromised', revocation.revokedAt, {
        detail: describeCompromise(revocation, life.issuedAt),
      }),
    ),
    ...ended.flatMap(({ endsAt }) => (endsAt ? entry('credential.accreditation_ended', endsAt) : [])),
    ...life.contests.flatMap(({ pointer, openedAt, closedAt }) => [
      ...entry('credential.contested', openedAt, { pointer }),
      ...(closedAt && openedAt <= asOf ? entry('credential.contest_closed', closedAt, { pointer }) : []),
    ]),
  ]);
}

/** The same of the keys that a presentation was signed with. */
export function listSincePresented(revocations: readonly KeyRevocation[], asOf: Date, now: Date): Since[] {
  const code = 'presentation.key_compromised';
  return revocations
    .filter(({ revokedAt }) => revokedAt > asOf && revokedAt <= now)
    .map(({ revokedAt }) => ({ code, at: revokedAt, detail: SINCE_CODES[code] }));
}

function describeCompromise({ compromisedAt }: KeyRevocation, issuedAt: Date): string {
  const since = compromisedAt.toISOString();
  const isBefore = issuedAt < compromisedAt;
  return `${SINCE_CODES['credential.key_compromised']} It is not to be trusted from ${since} on; our record shows that this was issued ${isBefore ? 'before' : 'only after'} that.`;
}

export function inOrder(entries: readonly Since[]): Since[] {
  const places = ({ credential = '', code, pointer = '' }: Since) => `${credential} ${code} ${pointer}`;
  return [...entries].sort((a, b) => a.at.getTime() - b.at.getTime() || (places(a) < places(b) ? -1 : 1));
}
