import { sql } from 'kysely';
import { AppError } from '../../kernel/errors.js';
import type { OrganisationId } from '../../kernel/ids.js';
import type { Clock, DossierKeys, DossierRef, DossierSealer } from '../../kernel/ports.js';
import type { Executor } from './schema.js';

/** A value under the key of one dossier; which one it belongs to, its row says. */
export interface SealedValue {
  readonly generation: number;
  readonly sealed: Buffer;
}

/**
 * The one seam through which personal data enters and leaves the database. `context` names the record that a value belongs to, so that one
 * which was moved does not open.
 */
export interface DossierSealing {
  /**
   * Under the key of the dossier that the organisation has now, which is made if need be, and cannot be erased before the transaction is
   * over.
   */
  seal(
    trx: Executor,
    organisationId: OrganisationId,
    plaintext: Uint8Array,
    context: string,
  ): Promise<SealedValue>;
  /** `undefined` once the dossier is erased. Throws `dossiers/key-missing`. */
  open(organisationId: OrganisationId, value: SealedValue, context: string): Promise<Buffer | undefined>;
  /** Of one organisation, in order, with each key read once. */
  openAll(
    organisationId: OrganisationId,
    values: readonly (SealedValue & { readonly context: string })[],
  ): Promise<(Buffer | undefined)[]>;
}

export function createDossierSealing(keys: DossierKeys, clock: Clock): DossierSealing {
  /** Those that have a key already must be there; the others get one. */
  async function sealerOf(trx: Executor, dossier: DossierRef): Promise<DossierSealer | undefined> {
    const { organisationId, generation } = dossier;
    const { numInsertedOrUpdatedRows: made } = await trx
      .insertInto('dossier_keys')
      .values({ organisation_id: organisationId, generation, created_at: clock.now() })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow();
    return made === 1n ? keys.create(dossier) : keys.find(dossier);
  }

  const openAll: DossierSealing['openAll'] = async (organisationId, values) => {
    const sealers = new Map<number, DossierSealer | undefined>();
    for (const generation of new Set(values.map((value) => value.generation)))
      sealers.set(generation, await keys.find({ organisationId, generation }));
    return values.map(({ generation, sealed, context }) => sealers.get(generation)?.open(sealed, context));
  };

  return {
    async seal(trx, organisationId, plaintext, context) {
      await holdDossier(trx, organisationId, 'shared');
      const generation = await findGeneration(trx, organisationId);
      const sealer = await sealerOf(trx, { organisationId, generation });
      // The list knows of an erasure that this database, restored a moment ago, does not.
      if (!sealer)
        throw new AppError('dossiers/erased-meanwhile', 'This dossier was erased; nothing was saved.');
      return { generation, sealed: sealer.seal(plaintext, context) };
    },
    open: async (organisationId, value, context) =>
      (await openAll(organisationId, [{ ...value, context }]))[0],
    openAll,
  };
}

const GENERATION_BYTES = 4;

/** The same for a column of its own that says by itself which dossier's key it is under: the generation stands before what is sealed. */
export interface PackedSealing {
  seal(
    trx: Executor,
    organisationId: OrganisationId,
    context: string,
    plaintext: Uint8Array,
  ): Promise<Buffer>;
  /** `undefined` once the dossier is erased. Throws `dossiers/key-missing`. */
  open(organisationId: OrganisationId, context: string, packed: Uint8Array): Promise<Buffer | undefined>;
}

export function packSealed(sealing: DossierSealing): PackedSealing {
  return {
    async seal(trx, organisationId, context, plaintext) {
      const { generation, sealed } = await sealing.seal(trx, organisationId, plaintext, context);
      const head = Buffer.alloc(GENERATION_BYTES);
      head.writeUInt32BE(generation);
      return Buffer.concat([head, sealed]);
    },
    open: (organisationId, context, packed) => {
      const bytes = Buffer.from(packed);
      const value = { generation: bytes.readUInt32BE(), sealed: bytes.subarray(GENERATION_BYTES) };
      return sealing.open(organisationId, value, context);
    },
  };
}

/** Whoever seals shares it; whoever begins an erasure has it alone. Until the end of the transaction. */
export async function holdDossier(
  trx: Executor,
  organisationId: OrganisationId,
  how: 'shared' | 'alone',
): Promise<void> {
  const lock = sql.raw(how === 'shared' ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock');
  await sql`select ${lock}(hashtextextended(${`dossier:${organisationId}`}, 0))`.execute(trx);
}

/** Of the dossier that an organisation has now: one more than the last that was erased. */
export async function findGeneration(executor: Executor, organisationId: OrganisationId): Promise<number> {
  const row = await executor
    .selectFrom('erasures')
    .select((eb) => eb.fn.max('generation').as('last'))
    .where('organisation_id', '=', organisationId)
    .where('started_at', 'is not', null)
    .executeTakeFirst();
  return (row?.last ?? 0) + 1;
}
