import { recordAudit } from '../../../adapters/database/records.js';
import type { Executor } from '../../../adapters/database/schema.js';
import type { Actor } from '../../../kernel/caller.js';
import type { PersonId } from '../../../kernel/ids.js';
import { deleteMailedTokensOf } from '../mailedTokens.js';
import { endSessions } from '../sessions/store.js';
import { blankPeople, lockPeopleWithoutMembership } from './store.js';

/** Of these, whoever belongs to no organisation any more: nothing can be done with such an account, so nothing of it is kept. */
export async function erasePeopleWithoutMembership(
  trx: Executor,
  personIds: readonly PersonId[],
  at: Date,
  actor: Actor,
): Promise<void> {
  await erasePeople(trx, await lockPeopleWithoutMembership(trx, personIds), at, actor);
}

/** Name, address and password go; ids stay, so that the trail stays whole. */
export async function erasePeople(
  trx: Executor,
  personIds: readonly PersonId[],
  at: Date,
  actor: Actor,
): Promise<void> {
  await endSessions(trx, { personIds }, at);
  await deleteMailedTokensOf(trx, personIds);
  await blankPeople(trx, personIds, at);
  for (const subjectId of personIds) {
    await recordAudit(trx, { at, actor, action: 'person.erased', subjectId });
  }
}
