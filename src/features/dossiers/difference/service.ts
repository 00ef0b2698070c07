import type { Kysely } from 'kysely';
import type { Tables } from '../../../adapters/database/schema.js';
import { MOST_DIFFERENCES } from '../../../http/difference.js';
import { invalidField } from '../../../kernel/errors.js';
import type { OrganisationId } from '../../../kernel/ids.js';
import { differenceOf, type Difference } from '../../../kernel/jsonDifference.js';
import { isPersonal } from '../blocks/index.js';
import type { DossierVersions } from '../versions.js';

/** Between two versions of the own dossier; the newest and the one before unless told otherwise. Version 0 is the empty one. */
export async function compareDossierVersions(
  { db, versions }: { readonly db: Kysely<Tables>; readonly versions: DossierVersions },
  organisationId: OrganisationId,
  wanted: { readonly from?: number; readonly to?: number },
): Promise<{ from: number; to: number; items: Difference[]; truncated: boolean }> {
  const newest = await versions.findLatestVersion(db, organisationId, 'impersonal');
  const to = wanted.to ?? newest.version;
  const from = wanted.from ?? Math.max(0, to - 1);
  const both = await versions.findVersions(db, organisationId, [from, to]);
  const blocksOf = (version: number, name: string) => {
    const found = version === 0 ? {} : both.find((candidate) => candidate.version === version)?.blocks;
    if (!found) throw invalidField(`/querystring/${name}`, 'names no version of this dossier');
    return found;
  };
  const { differences, isTruncated } = differenceOf(blocksOf(from, 'from'), blocksOf(to, 'to'), {
    limit: MOST_DIFFERENCES,
    isHidden: isPersonal,
  });
  return { from, to, items: differences, truncated: isTruncated };
}
