import type { Executor } from '../../../adapters/database/schema.js';
import type { OrganisationId } from '../../../kernel/ids.js';
import type { MembershipDeps } from '../deps.js';
import type { StandingChange } from './rules.js';

/** With the change of the register: whether what the federation has issued still says the same. */
export async function tellOfStandings(
  { findParties, onRegisterChanged }: MembershipDeps,
  trx: Executor,
  federationId: OrganisationId,
  members: readonly StandingChange[],
  at: Date,
): Promise<void> {
  if (members.length === 0) return;
  const [federation] = await findParties(trx, [federationId]);
  if (!federation) throw new Error('a register of an organisation that is not there');
  await onRegisterChanged(trx, { federation, members }, at);
}
