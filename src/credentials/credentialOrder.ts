import type { FieldError } from '../kernel/errors.js';
import type { ApplicationId, CredentialId, OrganisationId } from '../kernel/ids.js';
import type { AssuranceLevel } from './assurance.js';
import type { ConfirmedCheck } from './compose.js';
import type { Profile } from './profiles/profile.js';

export interface Party {
  readonly id: OrganisationId;
  readonly did: string;
  readonly name: string;
}

/** What a decision fixes, and all that an issuance needs to know of it. */
export interface CredentialOrder {
  readonly applicationId: ApplicationId;
  readonly profile: Profile;
  readonly issuer: Party;
  readonly holder: Party;
  /** The version that was under review. */
  readonly dossier: Readonly<Record<string, unknown>>;
  /** What is claimed beside that: computed of the version by those who examined it, under names that no block has. */
  readonly computed?: Readonly<Record<string, unknown>>;
  /** The latest check of each field, where it is confirmed. */
  readonly checks: readonly ConfirmedCheck[];
  /** The fields whose latest check is refuted. */
  readonly refutedFields: readonly string[];
  readonly assurance: AssuranceLevel;
  /** What the subject is known by across the network: of those who share one, at most one has a live credential of a type. */
  readonly subjectKeys: readonly string[];
  readonly at: Date;
  readonly validUntil: Date;
  /** The live credential of the same type, issuer and holder that this one takes the place of. */
  readonly supersedes?: CredentialId;
}

/** What an order would give if it were placed now; no credential, and nothing that could be made into one. */
export interface CredentialDraft {
  readonly credentialSubject: Readonly<Record<string, unknown>>;
  /** Without digests of documents, whose salts are made when it is issued. */
  readonly evidence: object[];
  readonly validFrom: string;
  readonly validUntil: string;
  /** Why it could not be issued all the same; pointers into the dossier. */
  readonly problems: FieldError[];
}
