import type { Kysely } from 'kysely';
import { recordAudit } from '../../../adapters/database/records.js';
import type { Executor, Tables } from '../../../adapters/database/schema.js';
import { judgeIfMatch } from '../../../http/entityTag.js';
import { actorOf, type OrganisationCaller } from '../../../kernel/caller.js';
import { AppError, invalidField } from '../../../kernel/errors.js';
import type { MembershipId, OrganisationId, PersonId } from '../../../kernel/ids.js';
import { addDuration, addSeconds } from '../../../kernel/instants.js';
import type { NewNotice } from '../../../kernel/notices.js';
import type { Clock } from '../../../kernel/ports.js';
import {
  DEFAULT_DOCUMENTS_WITHIN,
  rulesInForce,
  type ConsentSettings,
  type SettingsVersion,
} from './rules.js';
import type { ConsentRules, ConsentRulesInForce } from './schemas.js';
import { findLatestRules, insertRules } from './store.js';

/** A person with the role, and by which membership. */
export interface Delegate {
  readonly personId: PersonId;
  readonly membershipId: MembershipId;
}

export interface ConsentRuleDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly listDelegates: (executor: Executor, organisationId: OrganisationId) => Promise<Delegate[]>;
  readonly notify: (trx: Executor, notice: NewNotice) => Promise<void>;
}

export interface ConsentRuleService {
  readRules(organisationId: OrganisationId): Promise<ConsentRulesInForce>;
  /**
   * A new version, for requests that are made from then on. All delegates are told. Throws `request/invalid`,
   * `consent-rules/version-required` and `consent-rules/version-stale`.
   */
  saveRules(
    caller: OrganisationCaller,
    wanted: ConsentRules,
    ifMatch: string | undefined,
  ): Promise<ConsentRulesInForce>;
}

const SHORTEST_SECONDS = 3600;
const LONGEST = 'P90D';

export function createConsentRules(deps: ConsentRuleDeps): ConsentRuleService {
  const { db, clock } = deps;

  async function present(
    executor: Executor,
    organisationId: OrganisationId,
    { version, settings }: SettingsVersion,
  ): Promise<ConsentRulesInForce> {
    const delegates = (await deps.listDelegates(executor, organisationId)).length;
    return {
      version,
      delegates,
      rules: rulesInForce(settings, delegates),
      documentsWithin: settings.documentsWithin ?? DEFAULT_DOCUMENTS_WITHIN,
    };
  }

  return {
    readRules: async (organisationId) =>
      present(db, organisationId, await findLatestRules(db, organisationId)),

    async saveRules(caller, wanted, ifMatch) {
      const at = clock.now();
      requireDuration(wanted.documentsWithin, at);
      const settings = wanted as ConsentSettings;
      const { organisationId } = caller;
      return db.transaction().execute(async (trx) => {
        const before = await findLatestRules(trx, organisationId);
        const saved = { version: before.version + 1, settings };
        const precondition = judgeIfMatch(ifMatch, before.version);
        if (precondition === 'missing')
          throw new AppError(
            'consent-rules/version-required',
            'Send the ETag of the version that you change as If-Match.',
          );
        const actor = actorOf(caller);
        if (precondition === 'stale' || !(await insertRules(trx, organisationId, saved, { at, actor })))
          throw new AppError(
            'consent-rules/version-stale',
            'Somebody has saved another version since; nothing of yours was saved.',
          );
        await recordAudit(trx, {
          at,
          actor,
          action: 'consentRules.saved',
          organisationId,
          detail: { version: saved.version, from: before.settings, to: settings },
        });
        await deps.notify(trx, {
          organisationId,
          kind: 'consent-rules.changed',
          subjectId: organisationId,
          at,
        });
        return present(trx, organisationId, saved);
      });
    },
  };
}

function requireDuration(duration: string | undefined, now: Date): void {
  if (duration === undefined) return;
  const end = addDuration(now, duration);
  const longest = addDuration(now, LONGEST);
  if (!end || !longest || end < addSeconds(now, SHORTEST_SECONDS) || end > longest)
    throw invalidField('/documentsWithin', 'must be an ISO 8601 duration of one hour to 90 days');
}
