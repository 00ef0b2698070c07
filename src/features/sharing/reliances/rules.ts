import { isUuid, type CredentialId } from '../../../kernel/ids.js';
import { addSeconds } from '../../../kernel/instants.js';

/** Of a stored report, what says on which credentials one may rely. */
export interface RelianceReport {
  readonly verdict: string;
  readonly verifiedAt: string;
  readonly credential?: ReportedCredential;
  readonly credentials?: readonly { readonly credential?: ReportedCredential }[];
}

interface ReportedCredential {
  readonly id?: string;
  readonly issuer: { readonly did: string };
  readonly contested?: readonly { readonly pointer: string }[];
}

/** A credential of this network that a report is of. */
export interface RelevantCredential {
  readonly id: CredentialId;
  readonly issuerDid: string;
  /** Places that the report says are contested. */
  readonly contested: readonly string[];
}

export type ReadReport =
  | { readonly credentials: readonly RelevantCredential[] }
  | { readonly problem: 'not-accepted' | 'of-elsewhere' };

/** What a report lets one rely on. A verdict over the past is none over the present. */
export function readReport(report: RelianceReport, publicUrl: string): ReadReport {
  if (report.verdict !== 'accepted' || 'asOf' in report) return { problem: 'not-accepted' };
  const reported = [report, ...(report.credentials ?? [])].flatMap(({ credential }) => credential ?? []);
  const credentials = reported.flatMap(({ id: url = '', issuer, contested = [] }): RelevantCredential[] => {
    const id = idIn(url, `${publicUrl}/v1/credentials/`);
    return id === undefined
      ? []
      : [{ id, issuerDid: issuer.did, contested: contested.map(({ pointer }) => pointer) }];
  });
  const isAllKnown = credentials.length === reported.length && credentials.length > 0;
  return isAllKnown ? { credentials } : { problem: 'of-elsewhere' };
}

function idIn(url: string, prefix: string): CredentialId | undefined {
  const id = url.startsWith(prefix) ? url.slice(prefix.length) : '';
  return isUuid(id) ? (id.toLowerCase() as CredentialId) : undefined;
}

/** What is so now, while nobody can change it. */
export interface PresentFacts {
  readonly isIssued: boolean;
  readonly isRevoked: boolean;
  readonly isSuspended: boolean;
  readonly validUntil: Date;
  readonly contested: readonly string[];
  /** Of the keys that signed it, when each was revoked. */
  readonly keysRevokedAt: readonly Date[];
  /** Of the accreditations of its issuer for its type, when each ended. */
  readonly accreditationsEndedAt: readonly Date[];
}

/**
 * Another process learns within a second that a key was revoked or an accreditation ended, so a verification may not have known of what
 * happened a moment before it.
 */
const LEARNT_AFTER_SECONDS = 5;

/** In words, what the report does not know of the credential: whoever relies on it would never be told. */
export function changesSince(
  verifiedAt: Date,
  reported: Pick<RelevantCredential, 'contested'>,
  facts: PresentFacts,
  now: Date,
): string[] {
  const known = addSeconds(verifiedAt, -LEARNT_AFTER_SECONDS);
  const isNew = (at: Date) => at > known && at <= now;
  const contested = new Set(reported.contested);
  const isContestedAlike =
    contested.size === new Set(facts.contested).size && facts.contested.every((one) => contested.has(one));
  const changes = {
    'it was revoked': !facts.isIssued || facts.isRevoked,
    'it was suspended': facts.isSuspended,
    'it has expired': facts.validUntil <= now,
    'what is contested of it is something else': !isContestedAlike,
    'a key that signed it was revoked': facts.keysRevokedAt.some(isNew),
    'an accreditation of its issuer has ended': facts.accreditationsEndedAt.some(isNew),
  };
  return Object.entries(changes).flatMap(([words, isSo]) => (isSo ? [words] : []));
}
