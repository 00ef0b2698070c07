import type { Server } from '../../http/server.js';
import { addImportRoutes } from './imports/routes.js';
import { addMemberInvitationRoutes } from './invitations/routes.js';
import { addMemberIssuanceRoutes } from './issuance/routes.js';
import { addRegisterRoutes } from './register/routes.js';
import type { MembershipService } from './service.js';

export function addMembershipRoutes(server: Server, memberships: MembershipService): void {
  addRegisterRoutes(server, memberships.register);
  addImportRoutes(server, memberships.imports);
  addMemberInvitationRoutes(server, memberships.invitations);
  addMemberIssuanceRoutes(server, memberships.issuance);
}
