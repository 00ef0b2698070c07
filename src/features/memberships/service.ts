import type { MembershipDeps } from './deps.js';
import { createImports, type ImportService } from './imports/service.js';
import { createRegister, type RegisterService } from './register/service.js';

export interface MembershipService {
  readonly register: RegisterService;
  readonly imports: ImportService;
  /** Goes on with what was ordered and is not done; meant to run every few seconds, in any number of processes. */
  resume(): Promise<void>;
  /** Deletes what has served its time. */
  purge(): Promise<void>;
}

export function createMemberships(deps: MembershipDeps): MembershipService {
  const imports = createImports(deps);
  return {
    register: createRegister(deps),
    imports,
    async resume() {
      await imports.resumeImports();
    },
    purge: () => imports.purgeImports(),
  };
}
