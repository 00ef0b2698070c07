import type { ColumnType, Generated } from 'kysely';
import type { Actor } from '../../kernel/caller.js';
import type { EventType } from '../../kernel/events.js';
import type { CredentialId, EventId, OrganisationId, RelianceId, VerificationId } from '../../kernel/ids.js';

/** The tables of who relies on what, and of what those are told. */

interface ReliancesTable {
  id: RelianceId;
  organisation_id: OrganisationId;
  holder_id: OrganisationId;
  verification_id: VerificationId;
  purpose: string;
  created_at: Date;
  created_by: ColumnType<Actor, string, string>;
  ended_at: Date | null;
}

interface ReliedCredentialsTable {
  reliance_id: RelianceId;
  credential_id: CredentialId;
  organisation_id: OrganisationId;
  holder_id: OrganisationId;
  issuer_id: OrganisationId;
  type: string;
  valid_until: Date;
  expired_at: Date | null;
  ended_at: Date | null;
}

interface EventsTable {
  id: EventId;
  organisation_id: OrganisationId;
  type: EventType;
  at: Date;
  data: ColumnType<Record<string, unknown>, string, string>;
  position: Generated<number | null>;
  digested_at: Generated<Date | null>;
}

export interface RelianceTables {
  reliances: ReliancesTable;
  relied_credentials: ReliedCredentialsTable;
  events: EventsTable;
}
