import { v7, validate } from 'uuid';

declare const kind: unique symbol;

/** A UUIDv7 (RFC 9562 §5.7), branded with what it identifies so that two kinds cannot be swapped. */
export type Id<Kind extends string> = string & { readonly [kind]: Kind };

export type OrganisationId = Id<'organisation'>;
export type PersonId = Id<'person'>;
export type MembershipId = Id<'membership'>;
export type SessionId = Id<'session'>;
export type ClientId = Id<'client'>;
export type KeyId = Id<'key'>;
export type EvidenceId = Id<'evidence'>;
export type VouchRequestId = Id<'vouchRequest'>;
export type ApplicationId = Id<'application'>;
export type CheckId = Id<'check'>;
export type MessageId = Id<'message'>;
export type ProposalId = Id<'proposal'>;
export type CredentialId = Id<'credential'>;
export type StatusListId = Id<'statusList'>;
export type AccreditationId = Id<'accreditation'>;
export type VerificationId = Id<'verification'>;
export type PolicyId = Id<'policy'>;
export type EventId = Id<'event'>;
export type WebhookId = Id<'webhook'>;
export type DeliveryId = Id<'delivery'>;
export type AgreementId = Id<'agreement'>;
export type AgreementMembershipId = Id<'agreementMembership'>;
export type PresentationId = Id<'presentation'>;
export type PresentationRequestId = Id<'presentationRequest'>;
export type ShareLinkId = Id<'shareLink'>;
export type RelianceId = Id<'reliance'>;
export type AccessRequestId = Id<'accessRequest'>;
export type GrantId = Id<'grant'>;
export type DocumentRequestId = Id<'documentRequest'>;
export type InvitationId = Id<'invitation'>;
export type InstanceId = Id<'issuerInstance'>;
export type RepresentationProofId = Id<'representationProof'>;
export type InstanceListId = Id<'instanceStatusList'>;
export type HoldId = Id<'dossierHold'>;
export type ConcernId = Id<'concern'>;
export type ContestId = Id<'contest'>;
export type NoticeId = Id<'notice'>;
export type FederationMemberId = Id<'federationMember'>;
export type MemberImportId = Id<'memberImport'>;
export type MemberIssuanceId = Id<'memberIssuance'>;

/** Made by the application, because PostgreSQL 15 has no `uuidv7()`; the order of ids is the order of creation. */
export function newId<Kind extends string>(): Id<Kind> {
  return v7() as Id<Kind>;
}

export function isUuid(text: string): boolean {
  return validate(text);
}
