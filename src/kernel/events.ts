import type { CredentialId } from './ids.js';

/** What organisations are told as events, for machines. The set is closed, but grows: readers must pass over what they do not know. */
export const EVENT_TYPES = [
  // Of a credential that one relies on.
  'credential.suspended',
  'credential.reinstated',
  'credential.revoked',
  'credential.superseded',
  'credential.expired',
  'credential.lapsing',
  'credential.lapse_cured',
  'credential.contested',
  'credential.contest_closed',
  'credential.accreditation_ended',
  'credential.key_compromised',
  // Of somebody who relies on one's credentials.
  'reliance.recorded',
  'reliance.ended',
  // Of nothing: to try a webhook out.
  'webhook.test',
  // Of an agreement that one has joined.
  'agreement.changed',
  // Of a presentation that one asked for.
  'presentation.received',
  // Of a request for fields of a dossier: of the partner's to the co-op, and of what became of it.
  'access.requested',
  'access.approved',
  'access.granted',
  'access.refused',
  'access.withdrawn',
  'access.expired',
  // Of what was granted.
  'grant.withdrawn',
  'grant.given_back',
  'grant.ended',
  'grant.expired',
  'grant.field_changed',
  // Of a request for a document.
  'document.requested',
  'document.answered',
  'document.refused',
  'document.late',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];
export type CredentialEventType = Extract<EventType, `credential.${string}`>;

export type SharingEventType = Extract<
  EventType,
  `access.${string}` | `grant.${string}` | `document.${string}`
>;

/** What has happened to one credential. */
export interface CredentialChange {
  readonly credentialId: CredentialId;
  /** Further members of the event's `data`; never a value that the credential says. */
  readonly details?: Readonly<Record<string, string | boolean>>;
}

/**
 * Tells all who rely on these credentials, in the transaction of the change. A step of its own: nobody else knows who they are.
 *
 * @typeParam Transaction the executor, which the kernel does not know
 */
export type TellReliants<Transaction> = (
  trx: Transaction,
  type: CredentialEventType,
  changes: readonly CredentialChange[],
  at: Date,
) => Promise<void>;
