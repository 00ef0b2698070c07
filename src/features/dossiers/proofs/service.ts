import type { Kysely } from 'kysely';
import type { Executor, Tables } from '../../../adapters/database/schema.js';
import {
  commitDossier,
  type CommittedDossier,
  type FieldProof,
  type MerkleRoot,
} from '../../../credentials/dossier/commitment.js';
import {
  summariseDossier,
  type DossierSummary,
  type ExaminedFields,
} from '../../../credentials/dossier/summary.js';
import { AppError, invalidField } from '../../../kernel/errors.js';
import type { OrganisationId } from '../../../kernel/ids.js';
import type { DossierVersions } from '../versions.js';
import type { DossierProofs, ProofRequest } from './schemas.js';

export interface DossierProofService {
  /** Throws `request/invalid` for a version or a field that is not there, and `dossiers/not-provable`. */
  proveFields(organisationId: OrganisationId, wanted: ProofRequest): Promise<DossierProofs>;
  /** Of any version of anybody's; `undefined` where nothing can be proven of it. What may be told is for the caller to judge. */
  prove(
    executor: Executor,
    organisationId: OrganisationId,
    version: number,
    fields: readonly string[],
  ): Promise<{ readonly root: MerkleRoot; readonly fields: readonly FieldProof[] } | undefined>;
  /** What a credential says that stands for a version; `undefined` for one of which nothing can be proven. */
  summarise(
    executor: Executor,
    organisationId: OrganisationId,
    version: number,
    examined: ExaminedFields,
  ): Promise<DossierSummary | undefined>;
}

export function createDossierProofs(deps: {
  readonly db: Kysely<Tables>;
  readonly versions: DossierVersions;
}): DossierProofService {
  const { db, versions } = deps;

  async function commit(
    executor: Executor,
    organisationId: OrganisationId,
    version: number,
  ): Promise<(CommittedDossier & { readonly blocks: Readonly<Record<string, unknown>> }) | undefined> {
    const [found] = await versions.findVersions(executor, organisationId, [version]);
    if (!found || found.personalErased) return undefined;
    const secret = await versions.openSalts(executor, organisationId, version);
    return secret && { ...commitDossier(found.blocks, secret), blocks: found.blocks };
  }

  return {
    async proveFields(organisationId, wanted) {
      const { version: newest } = await versions.findLatestVersion(db, organisationId, 'impersonal');
      const version = wanted.version ?? newest;
      if (version < 1 || version > newest) throw invalidField('/version', 'names no version of the dossier');
      const committed = await commit(db, organisationId, version);
      if (!committed) {
        throw new AppError(
          'dossiers/not-provable',
          'Nothing can be proven of this version: it was saved before versions had salts, or they were erased.',
        );
      }
      wanted.fields.forEach((field, index) => {
        if (committed.prove([field]).length === 0)
          throw invalidField(`/fields/${index}`, 'names nothing in this version of the dossier');
      });
      const fields = committed.prove(wanted.fields).map((proof) => ({ ...proof, path: [...proof.path] }));
      return { version, merkleRoot: committed.root, fields };
    },

    async prove(executor, organisationId, version, fields) {
      const committed = await commit(executor, organisationId, version);
      return committed && { root: committed.root, fields: committed.prove(fields) };
    },

    async summarise(executor, organisationId, version, examined) {
      const committed = await commit(executor, organisationId, version);
      if (!committed) return undefined;
      const { blocks, root: merkleRoot } = committed;
      return summariseDossier({ version, blocks, merkleRoot, ...examined });
    },
  };
}
