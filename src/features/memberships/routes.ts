import type { Server } from '../../http/server.js';
import { addImportRoutes } from './imports/routes.js';
import { addRegisterRoutes } from './register/routes.js';
import type { MembershipService } from './service.js';

export function addMembershipRoutes(server: Server, memberships: MembershipService): void {
  addRegisterRoutes(server, memberships.register);
  addImportRoutes(server, memberships.imports);
}
