import type { Kysely } from 'kysely';
import { recordAudit } from '../../adapters/database/records.js';
import type { Executor, Tables } from '../../adapters/database/schema.js';
import { actorOf, type Actor, type OrganisationCaller } from '../../kernel/caller.js';
import { AppError } from '../../kernel/errors.js';
import type { OrganisationId } from '../../kernel/ids.js';
import { valueAt } from '../../kernel/jsonPointer.js';
import type { Clock } from '../../kernel/ports.js';
import type { ProvenanceTier } from '../../credentials/assurance.js';
import { computeProvenance, judgePrecondition } from './rules.js';
import type { Dossier, DossierBlocks } from './schemas.js';
import { findLatestVersion, findVersions, insertVersion, type DossierVersion } from './store.js';

/** What a registrar confirmed about an organisation, in whichever application. */
export interface ConfirmedCheck {
  readonly field: string;
  readonly tier: ProvenanceTier;
  readonly dossierVersion: number;
}

export interface DossierDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly listConfirmedChecks: (
    executor: Executor,
    organisationId: OrganisationId,
  ) => Promise<ConfirmedCheck[]>;
  /** In the transaction of a new version: what was issued may rest on something that it changes. */
  readonly onSaved: (
    trx: Executor,
    organisationId: OrganisationId,
    blocks: DossierBlocks,
    at: Date,
  ) => Promise<void>;
}

export interface DossierService {
  readDossier(organisationId: OrganisationId): Promise<Dossier>;
  /** Throws `dossiers/version-required` and `dossiers/version-stale`. */
  saveDossier(
    caller: OrganisationCaller,
    blocks: DossierBlocks,
    ifMatch: string | undefined,
  ): Promise<Dossier>;
  /** The first version, for an organisation that has none yet; false where there is one. */
  startDossier(
    trx: Executor,
    organisationId: OrganisationId,
    blocks: DossierBlocks,
    by: { readonly actor: Actor; readonly at: Date },
  ): Promise<boolean>;
}

export function createDossiers(deps: DossierDeps): DossierService {
  return {
    async readDossier(organisationId) {
      return present(deps.db, organisationId, await findLatestVersion(deps.db, organisationId));
    },

    async saveDossier(caller, blocks, ifMatch) {
      const { organisationId } = caller;
      const at = deps.clock.now();
      return deps.db.transaction().execute(async (trx) => {
        const { version: current } = await findLatestVersion(trx, organisationId);
        requireVersion(ifMatch, current);
        const version = current + 1;
        const isFirstToWrite = await insertVersion(trx, organisationId, version, blocks, at);
        if (!isFirstToWrite) throw staleVersion();
        await recordAudit(trx, {
          at,
          actor: actorOf(caller),
          action: 'dossier.saved',
          organisationId,
          detail: { version },
        });
        await deps.onSaved(trx, organisationId, blocks, at);
        return present(trx, organisationId, { version, blocks });
      });
    },

    async startDossier(trx, organisationId, blocks, { actor, at }) {
      const { version: current } = await findLatestVersion(trx, organisationId);
      if (current > 0 || !(await insertVersion(trx, organisationId, 1, blocks, at))) return false;
      await recordAudit(trx, {
        at,
        actor,
        action: 'dossier.saved',
        organisationId,
        detail: { version: 1 },
      });
      return true;
    },
  };

  async function present(
    executor: Executor,
    organisationId: OrganisationId,
    latest: DossierVersion,
  ): Promise<Dossier> {
    const checks = await deps.listConfirmedChecks(executor, organisationId);
    const versions = await findVersions(executor, organisationId, [
      ...new Set(checks.map((check) => check.dossierVersion)),
    ]);
    const blocksOf = new Map(versions.map(({ version, blocks }) => [version, blocks]));
    const confirmed = checks.map(({ field, tier, dossierVersion }) => ({
      field,
      tier,
      checkedValue: valueAt(blocksOf.get(dossierVersion), field),
    }));
    return {
      ...latest.blocks,
      version: latest.version,
      provenance: computeProvenance(latest.blocks, confirmed),
    };
  }
}

function requireVersion(ifMatch: string | undefined, current: number): void {
  const precondition = judgePrecondition(ifMatch, current);
  if (precondition === 'missing') {
    throw new AppError(
      'dossiers/version-required',
      'Send the ETag of the version that you change as If-Match.',
    );
  }
  if (precondition === 'stale') throw staleVersion();
}

function staleVersion(): AppError {
  return new AppError(
    'dossiers/version-stale',
    'Somebody has saved another version since; nothing of yours was saved.',
  );
}
