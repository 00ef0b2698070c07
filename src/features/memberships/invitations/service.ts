import { randomBytes } from 'node:crypto';
import { asWork, inWork } from '../../../adapters/database/context.js';
import { recordAudit, violatedConstraint } from '../../../adapters/database/records.js';
import type { MemberRecord } from '../../../adapters/database/membershipTables.js';
import type { Executor } from '../../../adapters/database/schema.js';
import type { Party } from '../../../credentials/credentialOrder.js';
import { sha256 } from '../../../kernel/canonicalJson.js';
import { actorOf, type Actor, type MemberCaller, type OrganisationCaller } from '../../../kernel/caller.js';
import { AppError, invalidField, notFound, type FieldError } from '../../../kernel/errors.js';
import type {
  FederationMemberId,
  MemberImportId,
  MembershipId,
  OrganisationId,
  PersonId,
} from '../../../kernel/ids.js';
import { addSeconds } from '../../../kernel/instants.js';
import { MEMBERSHIP_CREDENTIAL, type MembershipDeps } from '../deps.js';
import { findImport } from '../imports/store.js';
import { composeDossier, findMembership } from '../register/rules.js';
import { lockMember } from '../register/store.js';
import { composeInvitation } from './mail.js';
import type {
  InvitedMembers,
  MemberAcceptance,
  MemberInvitation,
  MembershipAccepted,
  MembersToInvite,
  NewMemberAcceptance,
  NewMemberAccepted,
} from './schemas.js';
import {
  countUninvited,
  findInvitation,
  insertInvitations,
  isJoinedElsewhere,
  lockUninvited,
  markJoined,
  useInvitation,
  type Selection,
} from './store.js';

export interface MemberInvitationService {
  /** At most 500 by one call. Throws `members/import-working` and, where mail goes out, `applications/not-accredited`. */
  inviteMembers(caller: OrganisationCaller, wanted: MembersToInvite): Promise<InvitedMembers>;
  /** What the register says, before anything is agreed to. Throws `accounts/token-invalid`. */
  readInvitation(token: string): Promise<MemberInvitation>;
  /** Opens an account. Throws `accounts/token-invalid`, `accounts/address-taken` and `request/invalid`. */
  acceptAsNew(input: NewMemberAcceptance): Promise<NewMemberAccepted>;
  /** For an organisation that has one. Throws `accounts/token-invalid` and `members/already-joined`. */
  acceptAs(caller: MemberCaller, input: MemberAcceptance): Promise<MembershipAccepted>;
}

const BATCH = 500;
const OPEN_SECONDS = 30 * 24 * 3600;
const AGAIN_AFTER_SECONDS = 3600;

export function createMemberInvitations(deps: MembershipDeps): MemberInvitationService {
  return {
    inviteMembers: (caller, wanted) => inviteMembers(deps, caller, wanted),

    async readInvitation(token) {
      const { record, federationId, expiresAt } = await findOpen(deps, token);
      const federation = await federationOf(deps, deps.db, federationId);
      return {
        federation,
        dossier: composeDossier(record, federation),
        needsAddress: record.email === undefined,
        expiresAt: expiresAt.toISOString(),
      };
    },

    acceptAsNew: (input) => inWork('accounts', () => acceptAsNew(deps, input)),

    async acceptAs(caller, { token, applyForMembership = true }) {
      const { organisationId, personId, membershipId } = caller;
      const invitation = await findOpen(deps, token);
      const { federationId, memberId } = invitation;
      const at = deps.clock.now();
      return deps.db.transaction().execute(async (trx) => {
        const record = await asWork(trx, 'registers', () => takeUp(deps, trx, invitation, at));
        if (federationId === organisationId)
          throw new AppError(
            'applications/own-organisation',
            'This is an invitation of your own organisation.',
          );
        if (
          await asWork(trx, 'registers', () => isJoinedElsewhere(trx, federationId, organisationId, memberId))
        )
          throw alreadyJoined();
        const coop = { organisationId, personId, membershipId, actor: actorOf(caller) };
        const joining = { ...invitation, record, coop, applies: applyForMembership, at };
        return asWork(trx, 'registers', () => join(deps, trx, joining));
      });
    },
  };
}

async function inviteMembers(
  deps: MembershipDeps,
  caller: OrganisationCaller,
  { again = false, ...wanted }: MembersToInvite,
): Promise<InvitedMembers> {
  const { organisationId } = caller;
  const selection = toSelection(organisationId, wanted);
  if (selection.importId !== undefined) await requireFinished(deps, organisationId, selection.importId);
  const at = deps.clock.now();
  const againBefore = again ? addSeconds(at, -AGAIN_AFTER_SECONDS) : undefined;
  const expiresAt = addSeconds(at, OPEN_SECONDS);
  const { queueMails } = deps;
  return deps.db.transaction().execute(async (trx) => {
    // Anybody may open an account, write down addresses and call itself anything.
    if (queueMails && !(await deps.isAccredited(trx, organisationId, at)))
      throw new AppError(
        'applications/not-accredited',
        'Mail goes out for accredited registrars only: ask the network for an accreditation first.',
      );
    const federation = await federationOf(deps, trx, organisationId);
    const reachable = queueMails !== undefined;
    const members = await lockUninvited(trx, selection, { againBefore, reachable, limit: BATCH });
    const invited = members.map(({ id, record }) => ({ memberId: id, record, ...newToken() }));
    if (invited.length > 0) {
      const sentBy = queueMails ? 'mail' : 'handed';
      await insertInvitations(trx, organisationId, invited, { sentBy, at, expiresAt });
      await queueMails?.(
        trx,
        invited.map(({ record, token }) =>
          composeInvitation(deps.publicUrl, {
            to: record.email ?? '',
            token,
            memberName: record.name,
            federationName: federation.name,
          }),
        ),
        at,
      );
      await recordAudit(trx, {
        at,
        actor: actorOf(caller),
        action: 'members.invited',
        organisationId,
        detail: { count: invited.length, sentBy },
      });
    }
    const left = await countUninvited(trx, selection, againBefore);
    return {
      invited: invited.length,
      remaining: queueMails ? left.reachable : left.all,
      withoutAddress: queueMails ? left.all - left.reachable : 0,
      // Who reads the mail shows that the address is theirs; so the federation is not shown the token as well.
      invitations: queueMails
        ? []
        : invited.map(({ memberId, record, token }) => ({
            memberId,
            name: record.name,
            ...(record.email === undefined ? {} : { email: record.email }),
            token,
            expiresAt: expiresAt.toISOString(),
          })),
    };
  });
}

export function toSelection(
  organisationId: OrganisationId,
  { importId, memberIds }: { importId?: string; memberIds?: string[] },
): Selection {
  return {
    organisationId,
    ...(importId === undefined ? {} : { importId: importId as MemberImportId }),
    ...(memberIds === undefined ? {} : { memberIds: memberIds as FederationMemberId[] }),
  };
}

/** 256 random bits, of which only the hash is stored. */
function newToken(): { token: string; tokenHash: Buffer } {
  const token = randomBytes(32).toString('base64url');
  return { token, tokenHash: sha256(token) };
}

export async function requireFinished(
  deps: Pick<MembershipDeps, 'db'>,
  organisationId: OrganisationId,
  importId: MemberImportId,
): Promise<void> {
  const row = await findImport(deps.db, importId);
  if (row?.organisation_id !== organisationId) throw notFound('import');
  if (row.status !== 'finished')
    throw new AppError('members/import-working', 'The import is still being worked off.', {
      retryAfterSeconds: 1,
    });
}

type OpenInvitation = NonNullable<Awaited<ReturnType<typeof findInvitation>>>;

async function findOpen({ db, clock }: MembershipDeps, token: string): Promise<OpenInvitation> {
  const invitation = await inWork('registers', () => findInvitation(db, sha256(token), clock.now()));
  if (!invitation) throw invalidToken();
  return invitation;
}

async function acceptAsNew(
  deps: MembershipDeps,
  { token, organisation, admin, applyForMembership = true }: NewMemberAcceptance,
): Promise<NewMemberAccepted> {
  const invitation = await findOpen(deps, token);
  const known = invitation.record.email;
  if (known === undefined && admin.email === undefined)
    throw invalidField('/admin/email', 'is required, since the register has no address');
  if (known !== undefined && admin.email !== undefined)
    throw invalidField('/admin/email', "must be left out: the account is that of the register's address");
  const email = known ?? admin.email ?? '';
  const name = organisation?.name ?? invitation.record.name;
  const passwordHash = await deps.accounts.hashFirstPassword(admin.password, {
    email,
    organisationName: name,
  });
  const at = deps.clock.now();
  return deps.db.transaction().execute(async (trx) => {
    const record = await asWork(trx, 'registers', () => takeUp(deps, trx, invitation, at));
    // The mail may have gone to an address that was corrected a moment ago.
    if (record.email !== known) throw invalidToken();
    const founded = await deps.accounts.foundOrganisation(
      trx,
      {
        organisation: {
          name,
          jurisdiction: record.jurisdiction,
          registrationNumber: record.registrationNumber,
          ...(organisation?.website === undefined ? {} : { website: organisation.website }),
        },
        admin: { name: admin.name, email, passwordHash },
      },
      at,
    );
    const { id, slug, did } = founded.organisation;
    const personId = founded.member.personId as PersonId;
    const coop = {
      organisationId: id as OrganisationId,
      personId,
      membershipId: founded.member.id as MembershipId,
      actor: { kind: 'person', id: personId } as const,
    };
    const joining = { ...invitation, record, coop, applies: applyForMembership, at };
    const joined = await asWork(trx, 'registers', () => join(deps, trx, joining));
    return {
      ...joined,
      organisation: { id, slug, did, name: founded.organisation.name },
      session: founded.session,
    };
  });
}

/** Of two who hold the same token one comes first. The record as it is now. */
async function takeUp(
  deps: MembershipDeps,
  trx: Executor,
  { id, memberId, federationId }: OpenInvitation,
  at: Date,
): Promise<MemberRecord> {
  const member = await lockMember(trx, federationId, memberId);
  if (!member || !(await useInvitation(trx, id, at))) throw invalidToken();
  if (!(await deps.accounts.isOpenOrganisation(trx, federationId))) throw invalidToken();
  return member.record;
}

interface Joining extends Pick<OpenInvitation, 'federationId' | 'memberId' | 'sentBy'> {
  readonly record: MemberRecord;
  readonly coop: {
    readonly organisationId: OrganisationId;
    readonly personId: PersonId;
    readonly membershipId: MembershipId;
    readonly actor: Actor;
  };
  readonly applies: boolean;
  readonly at: Date;
}

/** Binds the account to the entry of the register, begins its dossier, and asks for the credential if the co-op wants that. */
async function join(deps: MembershipDeps, trx: Executor, joining: Joining): Promise<MembershipAccepted> {
  const { federationId, memberId, sentBy, record, coop, applies, at } = joining;
  const { organisationId, personId, actor } = coop;
  const federation = await federationOf(deps, trx, federationId);
  try {
    await markJoined(trx, memberId, { organisationId, personId, by: sentBy, at });
  } catch (error) {
    if (violatedConstraint(error) === 'federation_members_joined') throw alreadyJoined();
    throw error;
  }
  await deps.startDossier(trx, organisationId, composeDossier(record, federation), { actor, at });
  await recordAudit(trx, { at, actor, action: 'membership.accepted', organisationId, detail: { applies } });
  await recordAudit(trx, {
    at,
    actor,
    action: 'member_record.joined',
    organisationId: federationId,
    subjectId: memberId,
  });
  return {
    federation,
    ...(applies ? await askForCredential(deps, trx, joining, federation) : NOTHING_ASKED),
  };
}

const NOTHING_ASKED = { stillNeeded: [] };

async function askForCredential(
  deps: MembershipDeps,
  trx: Executor,
  { federationId, coop: { organisationId, actor, membershipId }, at }: Joining,
  federation: Party,
): Promise<{ applicationId?: string; stillNeeded: FieldError[] }> {
  const { blocks } = await deps.findLatestDossier(trx, organisationId);
  if (!findMembership(blocks, federation)) {
    const detail = 'does not name this federation by its DID';
    return { stillNeeded: [{ pointer: '/recognition/federations', detail }] };
  }
  try {
    const wanted = { registrarId: federationId, credentialTypes: [MEMBERSHIP_CREDENTIAL] };
    const applicationId = await deps.applications.submit(
      trx,
      { organisationId, actor, membershipId },
      wanted,
      at,
    );
    return { applicationId, stillNeeded: [] };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'applications/dossier-incomplete')
      return { stillNeeded: [...(error.options.errors ?? [])] };
    if (error.code === 'applications/already-open') return { stillNeeded: [] };
    throw error;
  }
}

async function federationOf(
  { findParties }: MembershipDeps,
  executor: Executor,
  id: OrganisationId,
): Promise<{ id: OrganisationId; did: string; name: string }> {
  const [party] = await findParties(executor, [id]);
  if (!party) throw new Error('a register belongs to an organisation that is not there');
  return { id, did: party.did, name: party.name };
}

function invalidToken(): AppError {
  return new AppError('accounts/token-invalid', 'This invitation was used, has expired or was taken back.');
}

function alreadyJoined(): AppError {
  return new AppError(
    'members/already-joined',
    'Your organisation stands for another member of this federation.',
  );
}
