import type { Generated } from 'kysely';
import type { InstanceId, InstanceListId, OrganisationId } from '../../kernel/ids.js';

/** The tables of the W3C VC API, apart since nothing else reads them. */

interface IssuerInstancesTable {
  id: InstanceId;
  organisation_id: OrganisationId;
  name: string;
  format: string;
  cryptosuite: string | null;
  key_type: string;
  has_status_list: boolean;
  created_at: Date;
  ended_at: Date | null;
}

interface InstanceStatusListsTable {
  id: InstanceListId;
  instance_id: InstanceId;
  taken: Generated<number>;
  created_at: Date;
}

interface InstanceStatusEntriesTable {
  list_id: InstanceListId;
  index: number;
  credential_id: string | null;
  revoked_at: Date | null;
}

export interface VcApiTables {
  issuer_instances: IssuerInstancesTable;
  instance_status_lists: InstanceStatusListsTable;
  instance_status_entries: InstanceStatusEntriesTable;
}
