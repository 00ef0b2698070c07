import { recordAudit } from '../../../adapters/database/records.js';
import type { Executor } from '../../../adapters/database/schema.js';
import { toPage, type Page, type PageRequest } from '../../../http/paging.js';
import { actorOf, type MemberCaller, type Role } from '../../../kernel/caller.js';
import { AppError, invalidField, notFound } from '../../../kernel/errors.js';
import { newId, type InvitationId, type OrganisationId, type PersonId } from '../../../kernel/ids.js';
import { addSeconds } from '../../../kernel/instants.js';
import type { AccountsDeps } from '../dependencies.js';
import { invalidToken } from '../mailedTokens.js';
import type { MailTexts } from '../mails.js';
import { presentOrganisation } from '../organisations/present.js';
import { lockOpenOrganisation } from '../organisations/store.js';
import { findPersonByAddress, insertPerson } from '../people/store.js';
import { addressKey, findPasswordFault } from '../rules.js';
import { hashSecretToken, newSecretToken } from '../../../kernel/secretTokens.js';
import { invalidCredentials } from '../sessions/service.js';
import { lockPasswordHash } from '../sessions/store.js';
import type { Throttle } from '../sessions/throttle.js';
import type { SessionTokens } from '../sessions/tokens.js';
import type { Joined } from '../wire.js';
import {
  findPendingInvitation,
  insertInvitation,
  listPendingInvitations,
  markAccepted,
  withdrawInvitations,
} from './invitationStore.js';
import { presentMember } from './present.js';
import type { Acceptance, Invitation, NewInvitation } from './schemas.js';
import { findMember, findMemberByAddress, insertMembership } from './store.js';

export interface InvitationService {
  /** Replaces one to the same address that is still open. Throws `accounts/already-member`. */
  invite(caller: MemberCaller, input: { email: string; role: Role }): Promise<NewInvitation>;
  listInvitations(caller: MemberCaller, page: PageRequest): Promise<Page<Invitation>>;
  /** Throws `resource/not-found`. */
  withdrawInvitation(caller: MemberCaller, id: InvitationId): Promise<void>;
  /**
   * For an address without an account: makes the person. With one: the password must be right, and is throttled like a sign-in. Throws
   * `accounts/token-invalid`, `accounts/invalid-credentials`, `accounts/throttled`, `accounts/already-member`, `request/invalid`.
   */
  acceptInvitation(input: Acceptance, ip: string): Promise<Joined>;
}

type InvitationDeps = AccountsDeps & {
  readonly throttle: Throttle;
  readonly tokens: SessionTokens;
  readonly mailTexts: MailTexts;
};

const OPEN_SECONDS = 7 * 24 * 3600;

export function createInvitations(deps: InvitationDeps): InvitationService {
  return {
    invite: (caller, input) => invite(deps, caller, input),

    async listInvitations({ organisationId }, page) {
      const rows = await listPendingInvitations(deps.db, organisationId, deps.clock.now(), page);
      return toPage(rows, page.limit, (row) => ({
        ...row,
        createdAt: row.createdAt.toISOString(),
        expiresAt: row.expiresAt.toISOString(),
      }));
    },

    async withdrawInvitation(caller, id) {
      const at = deps.clock.now();
      const { organisationId } = caller;
      await deps.db.transaction().execute(async (trx) => {
        if ((await withdrawInvitations(trx, organisationId, { id }, at)) === 0) throw notFound('invitation');
        await recordAudit(trx, {
          at,
          actor: actorOf(caller),
          action: 'invitation.withdrawn',
          organisationId,
          subjectId: id,
        });
      });
    },

    async acceptInvitation(input, ip) {
      const invitation = await findPendingInvitation(deps.db, hashSecretToken(input.token), deps.clock.now());
      if (!invitation) throw invalidToken();
      const person = await findPersonByAddress(deps.db, addressKey(invitation.email));
      return person
        ? joinWithAccount(deps, invitation, person, input.password, ip)
        : joinWithNewAccount(deps, invitation, input);
    },
  };
}

async function invite(
  deps: InvitationDeps,
  caller: MemberCaller,
  { email, role }: { email: string; role: Role },
): Promise<NewInvitation> {
  const at = deps.clock.now();
  const { organisationId } = caller;
  const id = newId<'invitation'>();
  const emailKey = addressKey(email);
  const expiresAt = addSeconds(at, OPEN_SECONDS);
  const { token, hash: tokenHash } = newSecretToken();
  await deps.db.transaction().execute(async (trx) => {
    const organisation = await lockOpenOrganisation(trx, organisationId);
    if (await findMemberByAddress(trx, organisationId, emailKey)) throw alreadyMember();
    await withdrawInvitations(trx, organisationId, { emailKey }, at);
    await insertInvitation(trx, { id, organisationId, email, role, tokenHash, at, expiresAt });
    await deps.queueMail?.(trx, deps.mailTexts.invite(email, token, organisation.name), at);
    await recordAudit(trx, {
      at,
      actor: actorOf(caller),
      action: 'invitation.created',
      organisationId,
      subjectId: id,
      detail: { role },
    });
  });
  return {
    id,
    email,
    role,
    createdAt: at.toISOString(),
    expiresAt: expiresAt.toISOString(),
    // Who reads the mail proves to own the address; so the inviting one is not shown the token as well.
    ...(deps.queueMail ? {} : { token }),
  };
}

type OpenInvitation = NonNullable<Awaited<ReturnType<typeof findPendingInvitation>>>;
type KnownPerson = NonNullable<Awaited<ReturnType<typeof findPersonByAddress>>>;

async function joinWithAccount(
  deps: InvitationDeps,
  invitation: OpenInvitation,
  person: KnownPerson,
  password: string,
  ip: string,
): Promise<Joined> {
  const attempt = { emailKey: addressKey(invitation.email), ip };
  await deps.throttle.admit(deps.db, attempt, deps.clock.now());
  const matches = await deps.passwords.verify(person.passwordHash, password);
  const at = deps.clock.now();
  const joined = await deps.db.transaction().execute(async (trx) => {
    const organisation = await lockOpenOrganisation(trx, invitation.organisationId);
    const isRight = matches && (await lockPasswordHash(trx, person.id)) === person.passwordHash;
    await deps.throttle.settle(trx, attempt, isRight, at);
    return isRight ? join(deps, trx, invitation, organisation, person.id, at) : undefined;
  });
  if (!joined) throw invalidCredentials();
  return joined;
}

async function joinWithNewAccount(
  deps: InvitationDeps,
  invitation: OpenInvitation,
  { name, password }: Acceptance,
): Promise<Joined> {
  const { email, organisationId } = invitation;
  if (name === undefined) throw invalidField('/name', 'is required, since this address has no account yet');
  const fault = findPasswordFault(password, { email });
  if (fault !== undefined) throw invalidField('/password', fault);
  const passwordHash = await deps.passwords.hash(password);
  const at = deps.clock.now();
  return deps.db.transaction().execute(async (trx) => {
    const organisation = await lockOpenOrganisation(trx, organisationId);
    const personId = newId<'person'>();
    const isNew = await insertPerson(trx, { id: personId, name, email, passwordHash, at });
    if (!isNew) throw new AppError('accounts/address-taken', 'This address got an account in the meantime.');
    return join(deps, trx, invitation, organisation, personId, at);
  });
}

async function join(
  deps: InvitationDeps,
  trx: Executor,
  invitation: OpenInvitation,
  organisation: Awaited<ReturnType<typeof lockOpenOrganisation>>,
  personId: PersonId,
  at: Date,
): Promise<Joined> {
  const { role } = invitation;
  const organisationId: OrganisationId = organisation.id;
  if (!(await markAccepted(trx, invitation.id, at))) throw invalidToken();
  const membershipId = newId<'membership'>();
  const isNew = await insertMembership(trx, { id: membershipId, organisationId, personId, role, at });
  if (!isNew) throw alreadyMember();
  await recordAudit(trx, {
    at,
    actor: { kind: 'person', id: personId },
    action: 'member.joined',
    organisationId,
    subjectId: membershipId,
    detail: { role },
  });
  const session = await deps.tokens.startSession(trx, { personId, membershipId }, at);
  const member = await findMember(trx, organisationId, membershipId);
  if (!member) throw new Error('the membership was not stored');
  return { organisation: presentOrganisation(deps, organisation), member: presentMember(member), session };
}

function alreadyMember(): AppError {
  return new AppError('accounts/already-member', 'Somebody with this address is a member already.');
}
