import type { ColumnType, Generated } from 'kysely';
import type {
  ApplicationId,
  EvidenceId,
  MembershipId,
  MessageId,
  OrganisationId,
  PersonId,
  ProposalId,
} from '../../kernel/ids.js';

/** The tables of the registrar's desk, and what it adds to those of the applications. */

type Json<T> = ColumnType<T, string, string>;

export interface DeskApplicationColumns {
  due_at: Generated<Date>;
  settings_version: number | null;
  search_words: Generated<string>;
  jurisdiction: string | null;
  decision_reasons: Json<unknown> | null;
}

export type MessageKind = 'question' | 'answer' | 'note';

export interface DeskMessageColumns {
  kind: Generated<MessageKind>;
  about: string | null;
  answers: MessageId | null;
}

interface ApplicationVersionsTable {
  application_id: ApplicationId;
  dossier_version: number;
  handed_in_at: Date;
}

interface ReviewSettingsTable {
  organisation_id: OrganisationId;
  version: number;
  settings: Json<unknown>;
  created_at: Date;
}

export type ProposalEnding = 'confirmed' | 'voided' | 'withdrawn' | 'superseded';

interface DecisionProposalsTable {
  id: ProposalId;
  application_id: ApplicationId;
  registrar_id: OrganisationId;
  terms: Json<unknown>;
  basis: string;
  dossier_version: number;
  membership_id: MembershipId;
  person_id: PersonId;
  proposed_at: Date;
  ended_at: Date | null;
  ending: ProposalEnding | null;
}

interface MessageAttachmentsTable {
  message_id: MessageId;
  evidence_id: EvidenceId;
  application_id: ApplicationId;
}

export interface DeskTables {
  application_versions: ApplicationVersionsTable;
  review_settings: ReviewSettingsTable;
  decision_proposals: DecisionProposalsTable;
  message_attachments: MessageAttachmentsTable;
}
