import type { ColumnType, Generated } from 'kysely';
import type { Actor } from '../../kernel/caller.js';
import type { EventType } from '../../kernel/events.js';
import type {
  CredentialId,
  DeliveryId,
  EventId,
  MembershipId,
  OrganisationId,
  PersonId,
  RelianceId,
  VerificationId,
  WebhookId,
} from '../../kernel/ids.js';
import type { SendProblem } from '../../kernel/ports.js';

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
}

interface WebhooksTable {
  id: WebhookId;
  organisation_id: OrganisationId;
  url: string;
  types: string[];
  sealed_secret: Buffer;
  sealed_previous_secret: Generated<Buffer | null>;
  previous_valid_until: Generated<Date | null>;
  created_at: Date;
  disabled_at: Generated<Date | null>;
  disabled_because: Generated<'paused' | 'failing' | 'gone' | null>;
  failures: Generated<number>;
  failing_since: Generated<Date | null>;
  resumes_at: Generated<Date | null>;
}

interface WebhookDeliveriesTable {
  id: DeliveryId;
  webhook_id: WebhookId;
  organisation_id: OrganisationId;
  event_id: EventId;
  state: Generated<'pending' | 'delivered' | 'dead'>;
  attempts: Generated<number>;
  created_at: Date;
  next_attempt_at: Date;
  last_attempt_at: Generated<Date | null>;
  last_status: Generated<number | null>;
  last_problem: Generated<SendProblem | null>;
}

interface EventDigestsTable {
  membership_id: MembershipId;
  organisation_id: OrganisationId;
  person_id: PersonId;
  choice: Generated<'automatic' | 'daily' | 'never'>;
  position: Generated<number | null>;
  mailed_for: Generated<Date | null>;
}

export interface RelianceTables {
  reliances: ReliancesTable;
  relied_credentials: ReliedCredentialsTable;
  events: EventsTable;
  webhooks: WebhooksTable;
  webhook_deliveries: WebhookDeliveriesTable;
  event_digests: EventDigestsTable;
}
