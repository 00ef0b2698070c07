import type { Executor } from '../../adapters/database/schema.js';
import { federationMembership } from '../../credentials/profiles/federationMembership.js';
import { covers } from '../../kernel/jsonPointer.js';
import { isJsonObject } from '../../kernel/strictJson.js';
import type { OrganisationId } from '../../kernel/ids.js';
import { cureConcerns, openConcerns } from './concerns.js';
import type { LifeDeps, SaidOfSubject } from './deps.js';
import { isHeld } from './rules.js';
import { listGrounds, listOpenConcerns, lockHolder } from './store.js';

const MEMBERSHIPS = '/recognition/federations';

/** What a federation's register says now of some members. */
export interface RegisterChange {
  readonly federation: { readonly id: OrganisationId; readonly did: string };
  readonly members: readonly {
    readonly subjectKeys: readonly string[];
    /** Absent of a member that was taken out of it. */
    readonly standing?: string;
    /** It was not there before, and what was issued rests on something else than this entry: it puts right and questions nothing. */
    readonly isNew?: true;
  }[];
}

/**
 * Compares the membership credentials of these members with the register of the federation that issued them. In the order of the holders'
 * ids, so that two that hold several holders do not wait for each other.
 */
export async function compareWithRegister(
  deps: LifeDeps,
  trx: Executor,
  { federation, members }: RegisterChange,
  at: Date,
): Promise<void> {
  const said = await deps.listSaid(trx, {
    type: federationMembership.type,
    issuerId: federation.id,
    subjectKeys: members.flatMap(({ subjectKeys }) => subjectKeys),
    at,
  });
  for (const one of said) {
    const member = members.find(({ subjectKeys }) =>
      subjectKeys.some((key) => one.subjectKeys.includes(key)),
    );
    const entry = findEntry(one, federation.did);
    if (!member || !entry) continue;
    const agrees = entry['standing'] === member.standing;
    if (agrees || !member.isNew) await compareOne(deps, trx, one, { entry, agrees }, at);
  }
}

type Entry = Readonly<Record<string, unknown>>;

/** What it says of this federation: under its DID, or of one body without a DID. */
function findEntry({ claims }: SaidOfSubject, did: string): Entry | undefined {
  const { memberships } = claims;
  const entries = Array.isArray(memberships) ? memberships.filter(isJsonObject) : [];
  const [only, ...others] = entries;
  const isOnly = others.length === 0 && only?.['did'] === undefined;
  return entries.find((entry) => entry['did'] === did) ?? (isOnly ? only : undefined);
}

async function compareOne(
  deps: LifeDeps,
  trx: Executor,
  { id, holderId }: SaidOfSubject,
  { entry, agrees }: { entry: Entry; agrees: boolean },
  at: Date,
): Promise<void> {
  await lockHolder(trx, holderId);
  const open = (await listOpenConcerns(trx, [id])).filter(({ kind }) => kind === 'standing_changed');
  if (agrees) return cureConcerns(deps, trx, open, at);
  const credential = await deps.findCredential(trx, id);
  if (!credential || credential.revoked_at !== null) return;
  // The place that was examined, so that another look at it may put this right.
  const dossier = { recognition: { federations: [entry] } };
  const grounds = (await listGrounds(trx, [id])).filter(({ pointer }) => covers(MEMBERSHIPS, pointer));
  const ground = grounds.find((one) => isHeld(one, one.digestOf, dossier, deps.digest));
  const pointer = ground?.pointer ?? MEMBERSHIPS;
  await openConcerns(deps, trx, [{ credential, kind: 'standing_changed', pointer }], at);
}
