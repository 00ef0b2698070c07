import { randomBytes } from 'node:crypto';
import { commitDossier, type FieldProof, type MerkleRoot } from '../../../credentials/dossier/commitment.js';
import type { Executor } from '../../../adapters/database/schema.js';
import type { CredentialId, OrganisationId } from '../../../kernel/ids.js';
import { changedFields } from './rules.js';
import type { SharedVersion, SharingDeps } from '../deps.js';
import type { ReleasedData } from './schemas.js';

/** A `KycDossierCredential` that stands at this moment. */
export interface DossierCredential {
  readonly id: CredentialId;
  readonly dossierVersion: number;
  /** As `application/vc+jwt`. */
  readonly token: string;
}

/** What it takes to prove fields; of any organisation. */
export interface ProofDeps {
  /** Newest first. */
  readonly listDossierCredentials: (
    executor: Executor,
    holderId: OrganisationId,
    now: Date,
  ) => Promise<readonly DossierCredential[]>;
  /** `undefined` for a version of which nothing can be proven. */
  readonly proveFields: (
    executor: Executor,
    holderId: OrganisationId,
    version: number,
    fields: readonly string[],
  ) => Promise<{ readonly root: MerkleRoot; readonly fields: readonly FieldProof[] } | undefined>;
}

type Released = Pick<ReleasedData, 'fields' | 'proof' | 'unprovenBecause'>;

/**
 * Exactly what stands at the fields of a version. Proven by a credential over this version, or over another one in which all of them say the
 * same: what was examined then is what is released now.
 */
export async function releaseFields(
  deps: SharingDeps & ProofDeps,
  executor: Executor,
  what: {
    readonly holderId: OrganisationId;
    readonly version: SharedVersion;
    readonly fields: readonly string[];
  },
  now: Date,
): Promise<Released> {
  const { holderId, version, fields } = what;
  const plain = (unprovenBecause: NonNullable<Released['unprovenBecause']>): Released => ({
    fields: statementsAt(version.blocks, fields),
    proof: null,
    unprovenBecause,
  });
  const credentials = await deps.listDossierCredentials(executor, holderId, now);
  if (credentials.length === 0) return plain('no-credential');
  const numbers = [...new Set(credentials.map(({ dossierVersion }) => dossierVersion))];
  const examined = await deps.findVersions(executor, holderId, numbers);
  const matching = credentials.find(({ dossierVersion }) => {
    const other = examined.find((one) => one.version === dossierVersion);
    return other && !other.personalErased && changedFields(fields, other.blocks, version.blocks).length === 0;
  });
  if (!matching) return plain('other-values');
  const { id: credentialId, token: credential, dossierVersion } = matching;
  const proven = await deps.proveFields(executor, holderId, dossierVersion, fields);
  if (!proven) return plain('not-provable');
  return {
    fields: proven.fields.map((field) => ({ ...field, path: [...field.path] })),
    proof: { credentialId, credential, dossierVersion, merkleRoot: proven.root },
  };
}

/** Without salts and proofs, which nobody can check. */
function statementsAt(
  blocks: Readonly<Record<string, unknown>>,
  fields: readonly string[],
): ReleasedData['fields'] {
  const { prove } = commitDossier(blocks, randomBytes(32));
  return prove(fields).map((leaf) =>
    'length' in leaf
      ? { pointer: leaf.pointer, length: leaf.length }
      : { pointer: leaf.pointer, value: leaf.value },
  );
}
