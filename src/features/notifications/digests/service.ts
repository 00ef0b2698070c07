import type { Kysely } from 'kysely';
import { inWork } from '../../../adapters/database/context.js';
import type { Executor, Tables } from '../../../adapters/database/schema.js';
import type { MemberCaller } from '../../../kernel/caller.js';
import type { PersonId } from '../../../kernel/ids.js';
import type { Clock, Logger, Mail } from '../../../kernel/ports.js';
import { numberEvents } from '../events/store.js';
import { composeDigest, type DigestSection } from './mail.js';
import { firstFrom, isWorthAMail, latestCut, wantsDigest, type DigestChoice } from './rules.js';
import type { EventDigest } from './schemas.js';
import {
  countEvents,
  findAddress,
  holdPerson,
  listDuePeople,
  listMemberships,
  readStanding,
  recordMailed,
  storeChoice,
  type Cut,
} from './store.js';

export interface DigestDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly publicUrl: string;
  /** Of the day, in UTC. */
  readonly hour: number;
  /** Absent: this installation sends no mail. */
  readonly queueMail?: (trx: Executor, mail: Mail, at: Date) => Promise<void>;
}

export interface DigestService {
  readDigest(caller: MemberCaller): Promise<EventDigest>;
  chooseDigest(caller: MemberCaller, choice: DigestChoice): Promise<EventDigest>;
  /** Mails some of those whose digest is due; returns how many people it looked at, and 0 once nobody is left. */
  mailDigests(): Promise<number>;
}

const AT_ONCE = 100;

export function createDigests(deps: DigestDeps): DigestService {
  const { db, clock, logger, queueMail } = deps;
  /** Up to which moment all are done; what is committed late is told the next day. */
  let doneFor = 0;
  let after: PersonId | undefined;

  async function present(executor: Executor, caller: MemberCaller): Promise<EventDigest> {
    const standing = await readStanding(executor, caller);
    return { choice: standing.choice, isOn: queueMail !== undefined && wantsDigest(standing) };
  }

  return {
    readDigest: (caller) => present(db, caller),

    chooseDigest: (caller, choice) =>
      db.transaction().execute(async (trx) => {
        await storeChoice(trx, caller, choice);
        return present(trx, caller);
      }),

    mailDigests: () =>
      inWork('digests', async () => {
        const at = latestCut(clock.now(), deps.hour);
        if (!queueMail || doneFor === at.getTime()) return 0;
        const cut = { at, firstFrom: firstFrom(at) };
        const people = await listDuePeople(db, cut, after, AT_ONCE);
        for (const personId of people) {
          try {
            await db.transaction().execute((trx) => mailPerson({ ...deps, queueMail }, trx, personId, cut));
          } catch (error) {
            // The others get theirs; this one is tried again the next day, with what has come until then.
            logger.error({ personId, reason: (error as Error).name }, 'a digest was not written');
          }
        }
        if (people.length < AT_ONCE) doneFor = at.getTime();
        after = people.length < AT_ONCE ? undefined : people.at(-1);
        return people.length;
      }),
  };
}

/** What is counted, that it is counted, and the mail: all of it, or nothing. */
async function mailPerson(
  { clock, publicUrl, queueMail }: DigestDeps & Required<Pick<DigestDeps, 'queueMail'>>,
  trx: Executor,
  personId: PersonId,
  cut: Cut,
): Promise<void> {
  if (!(await holdPerson(trx, personId, cut.at))) return;
  const sections: (DigestSection & { readonly id: (typeof memberships)[number]['id'] })[] = [];
  const memberships = await listMemberships(trx, personId);
  for (const membership of memberships) {
    const { id, organisationId, organisation } = membership;
    await numberEvents(trx, organisationId);
    const counts = await countEvents(trx, { id, organisationId, personId }, cut);
    const types = counts.map(({ type }) => type);
    if (wantsDigest(membership) && isWorthAMail(membership.choice, types))
      sections.push({ id, organisation, counts });
  }
  const to = await findAddress(trx, personId);
  if (sections.length === 0 || to === undefined) return;
  await queueMail(trx, composeDigest(to, sections, publicUrl), clock.now());
  await recordMailed(
    trx,
    sections.map(({ id }) => id),
    cut.at,
  );
}
