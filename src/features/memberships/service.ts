import type { MembershipDeps } from './deps.js';
import { createImports, type ImportService } from './imports/service.js';
import { createMemberInvitations, type MemberInvitationService } from './invitations/service.js';
import { createMemberIssuance, type MemberIssuanceService } from './issuance/service.js';
import { createRegister, type RegisterService } from './register/service.js';

export interface MembershipService {
  readonly register: RegisterService;
  readonly imports: ImportService;
  readonly invitations: MemberInvitationService;
  readonly issuance: MemberIssuanceService;
  /** Goes on with what was ordered and is not done; meant to run every few seconds, in any number of processes. */
  resume(): Promise<void>;
  /** Deletes what has served its time. */
  purge(): Promise<void>;
}

export function createMemberships(deps: MembershipDeps): MembershipService {
  const imports = createImports(deps);
  const issuance = createMemberIssuance(deps);
  return {
    register: createRegister(deps),
    imports,
    invitations: createMemberInvitations(deps),
    issuance,
    async resume() {
      await imports.resumeImports();
      await issuance.resumeIssuances();
    },
    purge: () => imports.purgeImports(),
  };
}
