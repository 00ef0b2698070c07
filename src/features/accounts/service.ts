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
  const people = createPeople(deps);

  return {
    registration: createRegistration(parts),
    organisations: createOrganisations(deps),
    sessions: createSessions(parts),
    people,
    passwords: createPasswordService(parts),
    members: createMembers(deps),
    invitations: createInvitations(parts),
    clients: createClients(deps),

    async purgeExpired() {
      const now = deps.clock.now();
      await deps.db.transaction().execute(async (trx) => {
        await parts.throttle.purge(trx, now);
        await deleteOldMailedTokens(trx, now);
        await blankExpiredInvitations(trx, now);
        await deleteOldSessions(trx, addSeconds(now, -SESSIONS_KEPT_SECONDS));
      });
      await people.eraseIdlePeople();
    },
  };
}
