import { allInWork, inWork } from '../../adapters/database/context.js';
import { createClients, type ClientService } from './clients/service.js';
import type { AccountsDeps } from './dependencies.js';
import { createMailedTokens, deleteOldMailedTokens } from './mailedTokens.js';
import { createMailTexts } from './mails.js';
import { createInvitations, type InvitationService } from './members/invitations.js';
import { blankExpiredInvitations } from './members/invitationStore.js';
import { createMembers, type MemberService } from './members/service.js';
import { createRegistration, type RegistrationService } from './organisations/registration.js';
import { createOrganisations, type OrganisationService } from './organisations/service.js';
import { createPasswordService, type PasswordService } from './people/passwords.js';
import { createPeople, type PeopleService } from './people/service.js';
import { createSessions, type SessionService } from './sessions/service.js';
import { deleteOldSessions } from './sessions/store.js';
import { createThrottle } from './sessions/throttle.js';
import { createSessionTokens } from './sessions/tokens.js';
import { addSeconds } from '../../kernel/instants.js';

export interface AccountsService {
  readonly registration: RegistrationService;
  readonly organisations: OrganisationService;
  readonly sessions: SessionService;
  readonly people: PeopleService;
  readonly passwords: PasswordService;
  readonly members: MemberService;
  readonly invitations: InvitationService;
  readonly clients: ClientService;
  /** Deletes what has served its time; meant to run every hour, in any number of processes. */
  purgeExpired(): Promise<void>;
}

const SESSIONS_KEPT_SECONDS = 30 * 24 * 3600;

export function createAccounts(deps: AccountsDeps): AccountsService {
  const parts = {
    ...deps,
    throttle: createThrottle(deps.secrets.deriveSecret('sign-in-throttle')),
    tokens: createSessionTokens(deps),
    mailedTokens: createMailedTokens(deps.secrets),
    mailTexts: createMailTexts(deps.publicUrl),
  };
  // People belong to no organisation, or to several: what is theirs is done as the accounts' work, what is an organisation's on its behalf.
  const people = allInWork('accounts', createPeople(deps));
  const invitations = createInvitations(parts);
  const clients = createClients(deps);

  return {
    registration: allInWork('accounts', createRegistration(parts)),
    organisations: createOrganisations(deps),
    sessions: allInWork('accounts', createSessions(parts)),
    people,
    passwords: allInWork('accounts', createPasswordService(parts)),
    members: createMembers(deps),
    invitations: {
      ...invitations,
      acceptInvitation: (input, ip) => inWork('accounts', () => invitations.acceptInvitation(input, ip)),
    },
    clients: {
      ...clients,
      grantToken: (credentials, scope) => inWork('accounts', () => clients.grantToken(credentials, scope)),
    },

    async purgeExpired() {
      const now = deps.clock.now();
      await inWork('accounts', () =>
        deps.db.transaction().execute(async (trx) => {
          await parts.throttle.purge(trx, now);
          await deleteOldMailedTokens(trx, now);
          await blankExpiredInvitations(trx, now);
          await deleteOldSessions(trx, addSeconds(now, -SESSIONS_KEPT_SECONDS));
        }),
      );
      await people.eraseIdlePeople();
    },
  };
}
