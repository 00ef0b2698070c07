import type { OrganisationId } from './ids.js';

/** What organisations are told of. The set is closed; each kind says what its `subjectId` names. */
export const NOTICE_KINDS = [
  // Of a credential.
  'credential.lapsing',
  'credential.suspended',
  'credential.reinstated',
  'credential.revoked',
  'credential.superseded',
  // It is to be issued once more: another key has taken the place of the one that it is bound to.
  'credential.reissuable',
  'credential.expiring',
  'credential.contested',
  'contest.resolved',
  'contest.withdrawn',
  'concern.cured',
  // A piece of evidence that it rests on will be over.
  'evidence.expiring',
  'representation.expiring',
  // Of an application.
  'application.message',
  'application.proposed',
  'application.decided',
  // Of a request for fields of the dossier; of the organisation itself; of a request for a document.
  'access.requested',
  'consent-rules.changed',
  'document.requested',
  // Of a webhook.
  'webhook.disabled',
  // Of a request to vouch.
  'vouch.requested',
] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** Who decides about disclosures is written to as well as the administrators. */
export const DELEGATES_KINDS: ReadonlySet<NoticeKind> = new Set([
  'access.requested',
  'consent-rules.changed',
  'document.requested',
]);

/** Of these each is written about, however soon it comes after another. */
export const ALWAYS_MAILED_KINDS: ReadonlySet<NoticeKind> = new Set(['consent-rules.changed']);

export interface NewNotice {
  readonly organisationId: OrganisationId;
  readonly kind: NoticeKind;
  readonly subjectId: string;
  readonly at: Date;
  /** Where in the dossier or in the credential; never what stands there. */
  readonly pointers?: readonly string[];
}
