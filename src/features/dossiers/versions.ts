import { randomBytes } from 'node:crypto';
import type { DossierSealing } from '../../adapters/database/dossierSealing.js';
import type { Executor } from '../../adapters/database/schema.js';
import { canonicalJson } from '../../kernel/canonicalJson.js';
import type { OrganisationId } from '../../kernel/ids.js';
import type { DossierRef } from '../../kernel/ports.js';
import { PERSONAL_BLOCKS } from './blocks/index.js';
import type { DossierBlocks } from './schemas.js';

export interface DossierVersion {
  readonly version: number;
  readonly blocks: DossierBlocks;
  /** It had blocks about persons, and they were erased. */
  readonly personalErased?: true;
}

/** Who needs nothing about persons does not open it. */
export type Parts = 'whole' | 'impersonal';

/**
 * The versions of dossiers. Blocks go in and come out as one; here alone those about persons are parted from the others, sealed under the
 * dossier's own key, and opened.
 */
export interface DossierVersions {
  /** Version 0, and empty, before the first. */
  findLatestVersion(
    executor: Executor,
    organisationId: OrganisationId,
    parts?: Parts,
  ): Promise<DossierVersion>;
  /** One that something refers to, so it is there. */
  findVersion(
    executor: Executor,
    organisationId: OrganisationId,
    version: number,
    parts?: Parts,
  ): Promise<DossierVersion>;
  findVersions(
    executor: Executor,
    organisationId: OrganisationId,
    versions: readonly number[],
    parts?: Parts,
  ): Promise<DossierVersion[]>;
  /** All of them, oldest first. */
  listVersions(
    executor: Executor,
    organisationId: OrganisationId,
  ): Promise<(DossierVersion & { created_at: Date })[]>;
  /** False when another request has written this version in the meantime. */
  insertVersion(
    trx: Executor,
    organisationId: OrganisationId,
    version: number,
    blocks: DossierBlocks,
    at: Date,
  ): Promise<boolean>;
  /** The secret behind the salts of a version's leaves: `undefined` for one that has none, or has it no more. */
  openSalts(executor: Executor, organisationId: OrganisationId, version: number): Promise<Buffer | undefined>;
  /** What the key of a dossier sealed; which versions had it stays known. */
  erasePersonal(trx: Executor, dossier: DossierRef): Promise<void>;
}

interface VersionRow {
  readonly version: number;
  readonly blocks: DossierBlocks;
  readonly sealed_personal: Buffer | null;
  readonly personal_generation: number | null;
  readonly created_at: Date;
}

export function createDossierVersions(sealing: DossierSealing): DossierVersions {
  async function toVersions<Row extends VersionRow>(
    organisationId: OrganisationId,
    rows: readonly Row[],
    parts: Parts,
  ): Promise<(DossierVersion & Pick<Row, 'created_at'>)[]> {
    const personal =
      parts === 'whole' ? await openPersonal(sealing, organisationId, rows) : new Map<number, never>();
    return rows.map(({ version, blocks, personal_generation: generation, created_at }) => {
      const hasThem = parts === 'whole' && generation !== null;
      const opened = personal.get(version);
      return {
        version,
        blocks: { ...blocks, ...opened },
        ...(hasThem && !opened ? { personalErased: true as const } : {}),
        created_at,
      };
    });
  }

  const findVersions: DossierVersions['findVersions'] = async (
    executor,
    organisationId,
    versions,
    parts = 'whole',
  ) => {
    if (versions.length === 0) return [];
    const rows = await selectVersions(executor, organisationId)
      .where('version', 'in', [...versions])
      .execute();
    return toVersions(organisationId, rows, parts);
  };

  return {
    findVersions,

    async findVersion(executor, organisationId, version, parts) {
      const [found] = await findVersions(executor, organisationId, [version], parts);
      if (!found) throw new Error('a version of a dossier is not there');
      return found;
    },

    async findLatestVersion(executor, organisationId, parts = 'whole') {
      const rows = await selectVersions(executor, organisationId)
        .orderBy('version', 'desc')
        .limit(1)
        .execute();
      const [latest] = await toVersions(organisationId, rows, parts);
      return latest ?? { version: 0, blocks: {} };
    },

    async listVersions(executor, organisationId) {
      const rows = await selectVersions(executor, organisationId).orderBy('version').execute();
      return toVersions(organisationId, rows, 'whole');
    },

    async insertVersion(trx, organisationId, version, blocks, at) {
      const { impersonal, personal } = partBlocks(blocks);
      const sealed = personal && (await seal(sealing, trx, organisationId, version, personal));
      const salts = await sealing.seal(
        trx,
        organisationId,
        randomBytes(SALT_SECRET_BYTES),
        saltContext(organisationId, version),
      );
      const result = await trx
        .insertInto('dossier_versions')
        .values({
          organisation_id: organisationId,
          version,
          blocks: JSON.stringify(impersonal),
          sealed_personal: sealed?.sealed ?? null,
          personal_generation: sealed?.generation ?? null,
          sealed_salts: salts.sealed,
          salts_generation: salts.generation,
          created_at: at,
        })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return result.numInsertedOrUpdatedRows === 1n;
    },

    async openSalts(executor, organisationId, version) {
      const row = await executor
        .selectFrom('dossier_versions')
        .select(['sealed_salts', 'salts_generation'])
        .where('organisation_id', '=', organisationId)
        .where('version', '=', version)
        .executeTakeFirst();
      if (!row?.sealed_salts || row.salts_generation === null) return undefined;
      const value = { sealed: row.sealed_salts, generation: row.salts_generation };
      return sealing.open(organisationId, value, saltContext(organisationId, version));
    },

    async erasePersonal(trx, { organisationId, generation }) {
      await trx
        .updateTable('dossier_versions')
        .set({ sealed_salts: null })
        .where('organisation_id', '=', organisationId)
        .where('salts_generation', '=', generation)
        .execute();
      await trx
        .updateTable('dossier_versions')
        .set({ sealed_personal: null })
        .where('organisation_id', '=', organisationId)
        .where('personal_generation', '=', generation)
        .execute();
    },
  };
}

const SALT_SECRET_BYTES = 32;

function saltContext(organisationId: OrganisationId, version: number): string {
  return `dossier-salts:${organisationId}:${version}`;
}

function contextOf(organisationId: OrganisationId, version: number): string {
  return `dossier-version:${organisationId}:${version}`;
}

function selectVersions(executor: Executor, organisationId: OrganisationId) {
  return executor
    .selectFrom('dossier_versions')
    .select(['version', 'blocks', 'sealed_personal', 'personal_generation', 'created_at'])
    .where('organisation_id', '=', organisationId);
}

/** By version; an erased one has none. */
async function openPersonal(
  sealing: DossierSealing,
  organisationId: OrganisationId,
  rows: readonly VersionRow[],
): Promise<ReadonlyMap<number, DossierBlocks>> {
  const sealedOnes = rows.flatMap(({ version, sealed_personal: sealed, personal_generation: generation }) =>
    generation === null || sealed === null
      ? []
      : [{ version, generation, sealed, context: contextOf(organisationId, version) }],
  );
  const opened = await sealing.openAll(organisationId, sealedOnes);
  const personal = new Map<number, DossierBlocks>();
  for (const [n, { version }] of sealedOnes.entries()) {
    const plaintext = opened[n];
    if (!plaintext) continue;
    personal.set(version, JSON.parse(plaintext.toString()) as DossierBlocks);
    plaintext.fill(0);
  }
  return personal;
}

function partBlocks(blocks: DossierBlocks): { impersonal: DossierBlocks; personal?: DossierBlocks } {
  const entries = Object.entries(blocks);
  const personal = entries.filter(([name]) => PERSONAL_BLOCKS.has(name));
  const impersonal = Object.fromEntries(entries.filter(([name]) => !PERSONAL_BLOCKS.has(name)));
  return { impersonal, ...(personal.length === 0 ? {} : { personal: Object.fromEntries(personal) }) };
}

async function seal(
  sealing: DossierSealing,
  trx: Executor,
  organisationId: OrganisationId,
  version: number,
  personal: DossierBlocks,
) {
  const plaintext = Buffer.from(canonicalJson(personal));
  const sealed = await sealing.seal(trx, organisationId, plaintext, contextOf(organisationId, version));
  plaintext.fill(0);
  return sealed;
}
