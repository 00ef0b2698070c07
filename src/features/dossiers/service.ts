import { isDeepStrictEqual } from 'node:util';
import type { Kysely } from 'kysely';
import { recordAudit } from '../../adapters/database/records.js';
import type { Executor, Tables } from '../../adapters/database/schema.js';
import { judgeIfMatch } from '../../http/entityTag.js';
import { actorOf, type Actor, type OrganisationCaller } from '../../kernel/caller.js';
import { AppError } from '../../kernel/errors.js';
import type { OrganisationId } from '../../kernel/ids.js';
import { valueAt } from '../../kernel/jsonPointer.js';
import type { Clock } from '../../kernel/ports.js';
import type { ProvenanceTier } from '../../credentials/assurance.js';
import { testsOfDossier } from '../../credentials/coopTests/index.js';
import type { Profile } from '../../credentials/profiles/profile.js';
import { computeCompleteness } from './completeness.js';
import { trackFieldVersions, versionOf, type FieldVersions } from './fieldVersions.js';
import { contentProblems } from './contentProblems.js';
import { computeProvenance, type FieldEvidence } from './rules.js';
import type { Completeness, Dossier, DossierBlocks } from './schemas.js';
import { findFieldVersions, listVersionDates, saveFieldVersions } from './store.js';
import type { DossierVersion, DossierVersions } from './versions.js';
import { dossierWarnings } from './warnings.js';

/** What a registrar confirmed about an organisation, in whichever application. */
export interface ConfirmedCheck {
  readonly field: string;
  readonly tier: ProvenanceTier;
  readonly dossierVersion: number;
  readonly checkedAt: Date;
  readonly evidenceId?: string;
}

export interface DossierDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly versions: DossierVersions;
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
  /** The co-op's own uploads that name fields. */
  readonly listFieldEvidence: (
    executor: Executor,
    organisationId: OrganisationId,
  ) => Promise<FieldEvidence[]>;
}

export interface DossierService {
  readDossier(organisationId: OrganisationId): Promise<Dossier>;
  /** Throws `request/invalid`, `dossiers/version-required` and `dossiers/version-stale`. */
  saveDossier(
    caller: OrganisationCaller,
    blocks: DossierBlocks,
    ifMatch: string | undefined,
  ): Promise<Dossier>;
  /** The first version, for an organisation that has none yet; false where there is one, or the blocks may not be saved. */
  startDossier(
    trx: Executor,
    organisationId: OrganisationId,
    blocks: DossierBlocks,
    by: { readonly actor: Actor; readonly at: Date },
  ): Promise<boolean>;
  /** Saves what `change` makes of the newest version, and tells which version that is. The caller has judged what it changes. */
  changeDossier(
    caller: OrganisationCaller,
    ifMatch: string | undefined,
    change: (blocks: DossierBlocks) => DossierBlocks,
  ): Promise<{ version: number }>;
  /** What is still needed for these credentials, or for any. */
  readCompleteness(organisationId: OrganisationId, profiles: readonly Profile[]): Promise<Completeness>;
}

export function createDossiers(deps: DossierDeps): DossierService {
  const { findLatestVersion, insertVersion } = deps.versions;

  return {
    async readDossier(organisationId) {
      return present(deps.db, organisationId, await findLatestWithAge(deps.db, organisationId));
    },

    async saveDossier(caller, blocks, ifMatch) {
      const errors = contentProblems(blocks);
      if (errors.length > 0) throw new AppError('request/invalid', 'The request is not valid.', { errors });
      return deps.db.transaction().execute(async (trx) => {
        const saved = await saveVersion(trx, caller, ifMatch, () => blocks);
        return present(trx, caller.organisationId, saved);
      });
    },

    startDossier,

    changeDossier: (caller, ifMatch, change) =>
      deps.db.transaction().execute(async (trx) => {
        const { version } = await saveVersion(trx, caller, ifMatch, change);
        return { version };
      }),

    async readCompleteness(organisationId, profiles) {
      const { version, blocks } = await findLatestVersion(deps.db, organisationId);
      const uploads = await deps.listFieldEvidence(deps.db, organisationId);
      const supported = uploads.flatMap(({ fields }) => fields);
      return { version, ...computeCompleteness(profiles, blocks, supported) };
    },
  };

  // Nothing is issued to an organisation without a dossier, so there is nobody to tell.
  async function startDossier(
    trx: Executor,
    organisationId: OrganisationId,
    blocks: DossierBlocks,
    { actor, at }: { readonly actor: Actor; readonly at: Date },
  ): Promise<boolean> {
    const before = await findLatestWithAge(trx, organisationId);
    // What may not be saved by hand does not get in by a register either: the co-op then begins by itself.
    if (contentProblems(blocks).length > 0) return false;
    if (before.version > 0 || !(await insertVersion(trx, organisationId, 1, blocks, at))) return false;
    await saveFieldVersions(trx, organisationId, 1, trackFieldVersions(before, blocks, 1));
    await recordAudit(trx, { at, actor, action: 'dossier.saved', organisationId, detail: { version: 1 } });
    return true;
  }

  /** With how old its values are; `since` is absent where that was not kept yet. */
  async function findLatestWithAge(
    executor: Executor,
    organisationId: OrganisationId,
  ): Promise<DossierVersion & { readonly since?: FieldVersions }> {
    const latest = await findLatestVersion(executor, organisationId);
    const since = await findFieldVersions(executor, organisationId, latest.version);
    return since ? { ...latest, since } : latest;
  }

  async function saveVersion(
    trx: Executor,
    caller: OrganisationCaller,
    ifMatch: string | undefined,
    change: (blocks: DossierBlocks) => DossierBlocks,
  ): Promise<DossierVersion & { readonly since: FieldVersions }> {
    const { organisationId } = caller;
    const at = deps.clock.now();
    const before = await findLatestWithAge(trx, organisationId);
    requireVersion(ifMatch, before.version);
    const version = before.version + 1;
    const blocks = change(before.blocks);
    const isFirstToWrite = await insertVersion(trx, organisationId, version, blocks, at);
    if (!isFirstToWrite) throw staleVersion();
    const since = trackFieldVersions(before, blocks, version);
    await saveFieldVersions(trx, organisationId, version, since);
    await recordAudit(trx, {
      at,
      actor: actorOf(caller),
      action: 'dossier.saved',
      organisationId,
      detail: { version },
    });
    await deps.onSaved(trx, organisationId, blocks, at);
    return { version, blocks, since };
  }

  async function present(
    executor: Executor,
    organisationId: OrganisationId,
    { version, blocks, personalErased, since = {} }: DossierVersion & { readonly since?: FieldVersions },
  ): Promise<Dossier> {
    const checks = await deps.listConfirmedChecks(executor, organisationId);
    const current = await keepCurrent(deps.versions, executor, organisationId, { blocks, since }, checks);
    const ages = [...new Set([...Object.values(since), version])];
    const savedAt = await listVersionDates(executor, organisationId, version === 0 ? [] : ages);
    const uploads = await deps.listFieldEvidence(executor, organisationId);
    const coopTests = testsOfDossier(blocks, deps.clock.now());
    const warnings = dossierWarnings(blocks);
    return {
      ...blocks,
      version,
      ...(personalErased ? { personalErased } : {}),
      provenance: computeProvenance(blocks, current, uploads, (pointer) =>
        savedAt.get(versionOf(since, pointer) ?? version),
      ),
      ...(coopTests ? { coopTests } : {}),
      ...(warnings.length > 0 ? { warnings } : {}),
    };
  }
}

/**
 * Those whose field has the value that was looked at. Where it has had that since before the check nothing needs to be read; only of a field
 * that changed in between is the old version looked up, since it may have been changed back.
 */
async function keepCurrent(
  { findVersions }: Pick<DossierVersions, 'findVersions'>,
  executor: Executor,
  organisationId: OrganisationId,
  { blocks, since }: { blocks: DossierBlocks; since: FieldVersions },
  checks: readonly ConfirmedCheck[],
): Promise<ConfirmedCheck[]> {
  const isUnchanged = ({ field, dossierVersion }: ConfirmedCheck) => {
    const changedIn = since[field];
    return changedIn !== undefined && changedIn <= dossierVersion;
  };
  const doubtful = checks.filter((check) => !isUnchanged(check));
  const versions = await findVersions(executor, organisationId, [
    ...new Set(doubtful.map((check) => check.dossierVersion)),
  ]);
  const blocksOf = new Map(versions.map((found) => [found.version, found.blocks]));
  return checks.filter(
    (check) =>
      isUnchanged(check) ||
      isDeepStrictEqual(
        valueAt(blocks, check.field),
        valueAt(blocksOf.get(check.dossierVersion), check.field),
      ),
  );
}

function requireVersion(ifMatch: string | undefined, current: number): void {
  const precondition = judgeIfMatch(ifMatch, current);
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
