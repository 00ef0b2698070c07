import type { Server } from '../../http/server.js';
import { addClientRoutes } from './clients/routes.js';
import { addTokenRoute } from './clients/tokenRoute.js';
import { addInvitationRoutes, addMemberRoutes } from './members/routes.js';
import { addOrganisationRoutes, addRegistrationRoutes } from './organisations/routes.js';
import { addPasswordRoutes, addPeopleRoutes } from './people/routes.js';
import type { AccountsService } from './service.js';
import { addSessionRoutes } from './sessions/routes.js';

export function addAccountRoutes(server: Server, accounts: AccountsService): void {
  addRegistrationRoutes(server, accounts.registration);
  addOrganisationRoutes(server, accounts.organisations);
  addSessionRoutes(server, accounts.sessions);
  addPeopleRoutes(server, accounts.people);
  addPasswordRoutes(server, accounts.passwords);
  addMemberRoutes(server, accounts.members);
  addInvitationRoutes(server, accounts.invitations);
  addClientRoutes(server, accounts.clients);
  addTokenRoute(server, accounts.clients);
}
