import type { ColumnType } from 'kysely';
import type { Actor } from '../../kernel/caller.js';
import type { HoldId, OrganisationId } from '../../kernel/ids.js';

/** The tables of personal data's keys, erasure and duties to keep, apart since few others read them. */

type Json<T> = ColumnType<T, string, string>;

interface DossierKeysTable {
  organisation_id: OrganisationId;
  generation: number;
  created_at: Date;
}

export type ErasureGround = 'request' | 'purpose_ended' | 'consent_withdrawn' | 'account_closed' | 'replayed';

interface ErasuresTable {
  organisation_id: OrganisationId;
  generation: number;
  requested_at: Date;
  requested_by: Json<Actor>;
  ground: ErasureGround;
  due_at: Date;
  started_at: Date | null;
  completed_at: Date | null;
}

interface DossierHoldsTable {
  id: HoldId;
  organisation_id: OrganisationId;
  registrar_id: OrganisationId;
  until: Date;
  legal_basis: string;
  created_at: Date;
  created_by: Json<Actor>;
  released_at: Date | null;
}

interface RetentionRulesTable {
  registrar_id: OrganisationId;
  after_decision: string;
  legal_basis: string;
  updated_at: Date;
}

export interface PersonalDataTables {
  dossier_keys: DossierKeysTable;
  erasures: ErasuresTable;
  dossier_holds: DossierHoldsTable;
  retention_rules: RetentionRulesTable;
}
