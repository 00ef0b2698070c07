import type { OrganisationId, PolicyId } from '../../kernel/ids.js';

/** Acceptance policies and their versions. */

interface PoliciesTable {
  id: PolicyId;
  organisation_id: OrganisationId;
  created_at: Date;
  archived_at: Date | null;
}

interface PolicyVersionsTable {
  policy_id: PolicyId;
  version: number;
  /** JSON text. */
  body: string;
  created_at: Date;
}

export interface PolicyTables {
  policies: PoliciesTable;
  policy_versions: PolicyVersionsTable;
}
