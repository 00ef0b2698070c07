import type { OrganisationId } from '../../kernel/ids.js';

/** What other hosts published, as it was seen. Written and read through functions of the database; here for what ends. */

interface ArchivedBodiesTable {
  digest: Buffer;
  body: Buffer;
  organisation_id: OrganisationId;
  archived_at: Date;
}

interface ArchivedAnswersTable {
  request: Buffer;
  seen_at: Date;
  url: string;
  status: number;
  digest: Buffer;
  organisation_id: OrganisationId;
}

export interface ArchiveTables {
  archived_bodies: ArchivedBodiesTable;
  archived_answers: ArchivedAnswersTable;
}
