import type { Kysely } from 'kysely';
import { recordAudit } from '../../adapters/database/records.js';
import type { Executor, Tables } from '../../adapters/database/schema.js';
import { actorOf, type OrganisationCaller } from '../../kernel/caller.js';
import { AppError } from '../../kernel/errors.js';
import type { OrganisationId } from '../../kernel/ids.js';
import { valueAt } from '../../kernel/jsonPointer.js';
import type { Clock } from '../../kernel/ports.js';
import type { ProvenanceTier } from '../../credentials/assurance.js';
import { contentProblems } from './contentProblems.js';
import { computeProvenance, judgePrecondition } from './rules.js';
import type { Dossier, DossierBlocks } from './schemas.js';
import { findLatestVersion, findVersions, insertVersion, type DossierVersion } from './store.js';
import { dossierWarnings } from './warnings.js';

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
}

export interface DossierService {
  readDossier(organisationId: OrganisationId): Promise<Dossier>;
  /** Throws `request/invalid`, `dossiers/version-required` and `dossiers/version-stale`. */
  saveDossier(
    caller: OrganisationCaller,
    blocks: DossierBlocks,
    ifMatch: string | undefined,
  ): Promise<Dossier>;
  /** Saves what `change` makes of the newest version, and tells which version that is. The caller has judged what it changes. */
  changeDossier(
    caller: OrganisationCaller,
    ifMatch: string | undefined,
    change: (blocks: DossierBlocks) => DossierBlocks,
  ): Promise<{ version: number }>;
}

export function createDossiers(deps: DossierDeps): DossierService {
  return {
    async readDossier(organisationId) {
      return present(deps.db, organisationId, await findLatestVersion(deps.db, organisationId));
    },

    async saveDossier(caller, blocks, ifMatch) {
      const errors = contentProblems(blocks);
      if (errors.length > 0) throw new AppError('request/invalid', 'The request is not valid.', { errors });
      return deps.db.transaction().execute(async (trx) => {
        const saved = await saveVersion(trx, caller, ifMatch, () => blocks);
        return present(trx, caller.organisationId, saved);
      });
    },

    changeDossier: (caller, ifMatch, change) =>
      deps.db.transaction().execute(async (trx) => {
        const { version } = await saveVersion(trx, caller, ifMatch, change);
        return { version };
      }),
  };

  async function saveVersion(
    trx: Executor,
    caller: OrganisationCaller,
    ifMatch: string | undefined,
    change: (blocks: DossierBlocks) => DossierBlocks,
  ): Promise<DossierVersion> {
    const { organisationId } = caller;
    const at = deps.clock.now();
    const current = await findLatestVersion(trx, organisationId);
    requireVersion(ifMatch, current.version);
    const version = current.version + 1;
    const blocks = change(current.blocks);
    const isFirstToWrite = await insertVersion(trx, organisationId, version, blocks, at);
    if (!isFirstToWrite) throw staleVersion();
    await recordAudit(trx, {
      at,
      actor: actorOf(caller),
      action: 'dossier.saved',
      organisationId,
      detail: { version },
    });
    return { version, blocks };
  }

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
    const warnings = dossierWarnings(latest.blocks);
    return {
      ...latest.blocks,
      version: latest.version,
      provenance: computeProvenance(latest.blocks, confirmed),
      ...(warnings.length > 0 ? { warnings } : {}),
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
