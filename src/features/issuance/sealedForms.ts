import type { DossierSealing } from '../../adapters/database/dossierSealing.js';
import type { Executor } from '../../adapters/database/schema.js';
import type { SecuringFormat } from '../../credentials/profiles/profile.js';
import type { CredentialId, OrganisationId } from '../../kernel/ids.js';

/**
 * Of a credential that holds personal data nothing that says it is stored in the clear: what will be signed, the seed of its salts, and
 * its forms are sealed under the holder's key, and gone with it. What is not personal passes through.
 */
export interface SealableCredential {
  readonly id: CredentialId;
  readonly holder_id: OrganisationId;
  readonly personal_generation: number | null;
}

export interface SigningMaterial {
  readonly documents: string;
  readonly seed: Buffer;
}

export async function sealMaterial(
  sealing: DossierSealing,
  trx: Executor,
  { id, holderId }: { id: CredentialId; holderId: OrganisationId },
  { documents, seed }: SigningMaterial,
): Promise<SigningMaterial & { readonly personal_generation: number }> {
  const sealed = await sealing.seal(trx, holderId, Buffer.from(documents), documentsOf(id));
  const sealedSeed = await sealing.seal(trx, holderId, seed, seedOf(id));
  return {
    documents: sealed.sealed.toString('base64'),
    seed: sealedSeed.sealed,
    personal_generation: sealed.generation,
  };
}

/** `undefined` once it is erased. */
export async function openMaterial(
  sealing: DossierSealing,
  credential: SealableCredential,
  { documents, seed }: SigningMaterial,
): Promise<SigningMaterial | undefined> {
  const { id, holder_id: holderId, personal_generation: generation } = credential;
  if (generation === null) return { documents, seed };
  const [opened, openedSeed] = await sealing.openAll(holderId, [
    { generation, sealed: Buffer.from(documents, 'base64'), context: documentsOf(id) },
    { generation, sealed: seed, context: seedOf(id) },
  ]);
  return opened && openedSeed && { documents: opened.toString(), seed: openedSeed };
}

/** The text of a form as it is stored. */
export async function sealForm(
  sealing: DossierSealing,
  trx: Executor,
  credential: SealableCredential,
  format: SecuringFormat,
  secured: string,
): Promise<string> {
  if (credential.personal_generation === null) return secured;
  const { id, holder_id: holderId } = credential;
  const { sealed } = await sealing.seal(trx, holderId, Buffer.from(secured), formOf(id, format));
  return sealed.toString('base64');
}

/** `undefined` once it is erased. */
export async function openForm(
  sealing: DossierSealing,
  credential: SealableCredential,
  format: SecuringFormat,
  stored: string,
): Promise<string | undefined> {
  const { id, holder_id: holderId, personal_generation: generation } = credential;
  if (generation === null) return stored;
  if (stored === '') return undefined;
  const sealed = Buffer.from(stored, 'base64');
  return (await sealing.open(holderId, { generation, sealed }, formOf(id, format)))?.toString();
}

const documentsOf = (id: CredentialId): string => `credential-documents:${id}`;
const seedOf = (id: CredentialId): string => `credential-seed:${id}`;
const formOf = (id: CredentialId, format: SecuringFormat): string => `credential-form:${id}:${format}`;
