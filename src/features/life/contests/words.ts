import type { PackedSealing } from '../../../adapters/database/dossierSealing.js';
import type { Executor } from '../../../adapters/database/schema.js';
import type { OrganisationId } from '../../../kernel/ids.js';
import { listContestsOf, type ContestRow } from './store.js';

/** What is said in a contest may name people: it is sealed under the key of the holder's dossier, and gone with it. */
type Kind = 'statement' | 'reason';
const contextOf = ({ id }: Pick<ContestRow, 'id'>, kind: Kind) => `contest-${kind}:${id}`;

export async function sealWords(
  words: PackedSealing,
  trx: Executor,
  contest: Pick<ContestRow, 'id' | 'holder_id'>,
  kind: Kind,
  text: string,
): Promise<Buffer> {
  const plaintext = Buffer.from(text);
  const sealed = await words.seal(trx, contest.holder_id, contextOf(contest, kind), plaintext);
  plaintext.fill(0);
  return sealed;
}

/** Of an erased dossier they stay empty. */
export async function openWords(words: PackedSealing, row: ContestRow): Promise<ContestRow> {
  const open = async (kind: Kind, sealed: Buffer) =>
    (await words.open(row.holder_id, contextOf(row, kind), sealed))?.toString() ?? '';
  return {
    ...row,
    ...(row.sealed_statement ? { statement: await open('statement', row.sealed_statement) } : {}),
    ...(row.sealed_reason ? { reason: await open('reason', row.sealed_reason) } : {}),
  };
}

/** What an organisation contests and contested, as its holder. */
export async function exportContests(
  words: PackedSealing,
  executor: Executor,
  holderId: OrganisationId,
): Promise<unknown> {
  const exported = [];
  for (const row of await listContestsOf(executor, holderId)) {
    const { id, credential_id, pointer, statement, outcome, reason, opened_at, closed_at } = await openWords(
      words,
      row,
    );
    exported.push({
      id,
      credentialId: credential_id,
      pointer,
      statement,
      outcome,
      reason,
      openedAt: opened_at,
      closedAt: closed_at,
    });
  }
  return exported;
}
