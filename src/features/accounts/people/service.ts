import { randomBytes } from 'node:crypto';
import { recordAudit } from '../../../adapters/database/records.js';
import {
  actorOf,
  scopesOf,
  SYSTEM,
  type Caller,
  type MemberCaller,
  type OperatorCaller,
} from '../../../kernel/caller.js';
import { AppError, notFound } from '../../../kernel/errors.js';
import { newId } from '../../../kernel/ids.js';
import { addSeconds } from '../../../kernel/instants.js';
import { findLiveClient } from '../clients/store.js';
import type { AccountsDeps } from '../dependencies.js';
import { endMembership, requireAnotherAdmin } from '../members/store.js';
import { findOrganisation, lockOpenOrganisation } from '../organisations/store.js';
import { lockPasswordHash } from '../sessions/store.js';
import { erasePeople } from './erasure.js';
import type { Me } from './schemas.js';
import {
  findPerson,
  hasOperator,
  insertPerson,
  listMembershipsOf,
  lockOperatorCreation,
  lockPeopleIdleSince,
} from './store.js';

export interface PeopleService {
  whoAmI(caller: Caller): Promise<Me>;
  /** Leaves every organisation and erases the person. Throws `accounts/last-admin`. */
  deleteMe(caller: MemberCaller | OperatorCaller): Promise<void>;
  /** At the first start. A password that was generated is returned this one time. */
  ensureOperator(operator: {
    email: string;
    password?: string;
  }): Promise<{ created: boolean; generatedPassword?: string }>;
  /** Whoever belongs to no organisation for 30 days. */
  eraseIdlePeople(): Promise<void>;
}

const IDLE_SECONDS = 30 * 24 * 3600;

export function createPeople(deps: AccountsDeps): PeopleService {
  return {
    whoAmI: (caller) => whoAmI(deps, caller),
    deleteMe: (caller) => deleteMe(deps, caller),

    async ensureOperator({ email, password }) {
      if (await hasOperator(deps.db)) return { created: false };
      const generatedPassword = password === undefined ? randomBytes(18).toString('base64url') : undefined;
      const passwordHash = await deps.passwords.hash(password ?? generatedPassword ?? '');
      const at = deps.clock.now();
      const id = newId<'person'>();
      const created = await deps.db.transaction().execute(async (trx) => {
        await lockOperatorCreation(trx);
        if (await hasOperator(trx)) return false;
        const isNew = await insertPerson(trx, {
          id,
          name: 'Operator',
          email,
          passwordHash,
          isOperator: true,
          at,
        });
        if (!isNew) throw new Error("the operator's address belongs to somebody else");
        await recordAudit(trx, { at, actor: SYSTEM, action: 'operator.created', subjectId: id });
        return true;
      });
      return created && generatedPassword !== undefined ? { created, generatedPassword } : { created };
    },

    async eraseIdlePeople() {
      const at = deps.clock.now();
      await deps.db.transaction().execute(async (trx) => {
        await erasePeople(trx, await lockPeopleIdleSince(trx, addSeconds(at, -IDLE_SECONDS)), at, SYSTEM);
      });
    },
  };
}

async function whoAmI({ db, didOf }: AccountsDeps, caller: Caller): Promise<Me> {
  if (caller.kind === 'client') {
    const client = await findLiveClient(db, caller.clientId);
    const row = await findOrganisation(db, caller.organisationId);
    if (!client || !row) throw notFound('client');
    return {
      operator: false,
      organisation: { id: row.id, slug: row.slug, did: didOf(row.slug), name: row.name },
      client: { id: caller.clientId, name: client.name },
      scopes: [...caller.scopes],
      memberships: [],
    };
  }
  const person = await findPerson(db, caller.personId);
  if (!person) throw notFound('account');
  const all = await listMembershipsOf(db, caller.personId);
  const now = caller.kind === 'member' ? all.find(({ id }) => id === caller.membershipId) : undefined;
  return {
    person: { id: person.id, name: person.name, email: person.email },
    operator: caller.kind === 'operator',
    ...(now
      ? {
          organisation: {
            id: now.organisationId,
            slug: now.slug,
            did: didOf(now.slug),
            name: now.organisationName,
          },
          membership: { id: now.id, role: now.role },
        }
      : {}),
    scopes: now ? [...scopesOf(now.role)] : [],
    memberships: all.map(({ organisationId, organisationName, role }) => ({
      organisationId,
      organisationName,
      role,
    })),
  };
}

async function deleteMe(deps: AccountsDeps, caller: MemberCaller | OperatorCaller): Promise<void> {
  const at = deps.clock.now();
  const actor = actorOf(caller);
  await deps.db.transaction().execute(async (trx) => {
    const memberships = await listMembershipsOf(trx, caller.personId);
    // Always in the same order, so that two of these cannot wait for each other.
    const ordered = [...memberships].sort((a, b) => (a.organisationId < b.organisationId ? -1 : 1));
    for (const { id, organisationId } of ordered) {
      await lockOpenOrganisation(trx, organisationId);
      await requireAnotherAdmin(trx, organisationId, id);
      await endMembership(trx, organisationId, id, at);
      await recordAudit(trx, { at, actor, action: 'member.left', organisationId, subjectId: id });
      await deps.onMembersChanged(trx, organisationId, actor, at);
    }
    // Nobody joins any more once the person is held; who did so a moment ago is told to try again.
    await lockPasswordHash(trx, caller.personId);
    const person = await findPerson(trx, caller.personId);
    if (!person) throw notFound('account');
    if (person.isOperator) {
      throw new AppError('auth/forbidden', "The operator's account cannot be closed here.");
    }
    if ((await listMembershipsOf(trx, caller.personId)).length > 0) {
      throw new AppError('request/unavailable', 'You joined an organisation at this moment.', {
        retryAfterSeconds: 1,
      });
    }
    await erasePeople(trx, [caller.personId], at, actor);
  });
}
