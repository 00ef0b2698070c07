import type { ColumnType, Generated } from 'kysely';
import type { Actor } from '../../kernel/caller.js';
import type {
  CredentialId,
  OrganisationId,
  PolicyId,
  PresentationId,
  PresentationRequestId,
  ShareLinkId,
  VerificationId,
} from '../../kernel/ids.js';

/** The tables of what is presented, asked for and shown by link. */

export interface PresentedCredential {
  readonly id: CredentialId;
  readonly type: string;
  readonly disclosed?: readonly string[];
}

interface PresentationsTable {
  id: PresentationId;
  organisation_id: OrganisationId;
  format: 'vp+jwt' | 'dc+sd-jwt';
  audience: string;
  credentials: ColumnType<PresentedCredential[], string, never>;
  request_id: PresentationRequestId | null;
  created_at: Date;
  expires_at: Date;
}

interface PresentationRequestsTable {
  id: PresentationRequestId;
  organisation_id: OrganisationId;
  code_digest: Buffer;
  nonce: string;
  policy_id: PolicyId;
  policy_version: number;
  purpose: string;
  created_at: Date;
  created_by: ColumnType<Actor, string, never>;
  expires_at: Date;
  cancelled_at: Date | null;
  answered_at: Date | null;
  verification_id: VerificationId | null;
}

interface ShareLinksTable {
  id: ShareLinkId;
  organisation_id: OrganisationId;
  code_digest: Buffer;
  credential_ids: CredentialId[] | null;
  max_uses: number;
  uses: Generated<number>;
  created_at: Date;
  created_by: ColumnType<Actor, string, never>;
  expires_at: Date;
  ended_at: Date | null;
  last_opened_at: Date | null;
}

export interface PresentationTables {
  presentations: PresentationsTable;
  presentation_requests: PresentationRequestsTable;
  share_links: ShareLinksTable;
}
