import type { PackedSealing } from '../../adapters/database/dossierSealing.js';
import type { Executor } from '../../adapters/database/schema.js';
import type { OrganisationId } from '../../kernel/ids.js';

/** What people write about sharing may name people: it is sealed under the key of the dossier that it is about, and gone with it. */
export type SharingWords = Pick<PackedSealing, 'seal' | 'open'>;

/** Of which record, and what of it. */
export type WordsOf =
  | `access-note:${string}`
  | `access-reason:${string}`
  | `access-minute:${string}`
  | `agreement-minute:${string}`
  | `grant-reason:${string}`
  | `document-reason:${string}`
  | `document-refusal:${string}`;

export async function sealWords(
  words: SharingWords,
  trx: Executor,
  holderId: OrganisationId,
  context: WordsOf,
  text: string | undefined,
): Promise<Buffer | null> {
  if (text === undefined) return null;
  const plaintext = Buffer.from(text);
  const sealed = await words.seal(trx, holderId, context, plaintext);
  plaintext.fill(0);
  return sealed;
}

/** `undefined` where there are none, or none any more. */
export async function openWords(
  words: SharingWords,
  holderId: OrganisationId,
  context: WordsOf,
  sealed: Buffer | null,
): Promise<string | undefined> {
  return sealed ? (await words.open(holderId, context, sealed))?.toString() : undefined;
}
