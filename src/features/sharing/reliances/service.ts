import type { Kysely } from 'kysely';
import { recordAudit } from '../../../adapters/database/records.js';
import type { Executor, Tables } from '../../../adapters/database/schema.js';
import { toPage, type Page, type PageRequest } from '../../../http/paging.js';
import { actorOf, type OrganisationCaller } from '../../../kernel/caller.js';
import { AppError, invalidField, notFound } from '../../../kernel/errors.js';
import {
  newId,
  type CredentialId,
  type OrganisationId,
  type RelianceId,
  type VerificationId,
} from '../../../kernel/ids.js';
import type { Clock } from '../../../kernel/ports.js';
import { changesSince, readReport, type RelevantCredential, type RelianceReport } from './rules.js';
import type { NewReliance, Reliance } from './schemas.js';
import {
  endReliances,
  findReliance,
  insertReliance,
  insertRelied,
  listReliances,
  listReliedOf,
  type RelianceRow,
  type ReliedRow,
} from './store.js';

/** What is asked of others. What `hold…` says stays so until the transaction is over. */
export interface RelianceDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly publicUrl: string;
  /** Throws `resource/not-found`. */
  readonly readVerification: (id: VerificationId, organisationId: OrganisationId) => Promise<RelianceReport>;
  readonly findCredential: (executor: Executor, id: CredentialId) => Promise<IssuedCredential | undefined>;
  readonly findParties: (
    executor: Executor,
    ids: readonly OrganisationId[],
  ) => Promise<{ readonly id: OrganisationId; readonly did: string; readonly name: string }[]>;
  readonly holdOpenOrganisation: (trx: Executor, id: OrganisationId) => Promise<boolean>;
  readonly holdAccreditationsOf: (
    trx: Executor,
    issuerId: OrganisationId,
  ) => Promise<readonly { readonly credentialTypes: readonly string[]; readonly endsAt?: Date }[]>;
  /** Whoever changes the status of what the holder holds, or contests it, waits. */
  readonly holdHolder: (trx: Executor, holderId: OrganisationId) => Promise<void>;
  /** Of the keys that signed a credential, when each was revoked. */
  readonly holdKeysRevokedAt: (trx: Executor, id: CredentialId) => Promise<readonly Date[]>;
  readonly tellHolder: (
    trx: Executor,
    type: 'reliance.recorded' | 'reliance.ended',
    ids: readonly RelianceId[],
    at: Date,
  ) => Promise<void>;
  readonly listOpenContests: (
    executor: Executor,
    id: CredentialId,
  ) => Promise<readonly { readonly pointer: string }[]>;
}

export interface IssuedCredential {
  readonly id: CredentialId;
  readonly type: string;
  readonly holder_id: OrganisationId;
  readonly issuer_id: OrganisationId;
  readonly state: 'prepared' | 'issued' | 'failed';
  readonly suspended_at: Date | null;
  readonly revoked_at: Date | null;
  readonly valid_until: Date;
}

export interface RelianceService {
  /**
   * Throws `reliances/not-accepted`, `reliances/of-elsewhere`, `reliances/changed-since` and `reliances/already-open`.
   */
  rely(caller: OrganisationCaller, wanted: NewReliance): Promise<Reliance>;
  listReliances(
    caller: OrganisationCaller,
    role: 'partner' | 'holder',
    page: PageRequest,
  ): Promise<Page<Reliance>>;
  readReliance(caller: OrganisationCaller, id: RelianceId): Promise<Reliance>;
  /** By who relies; nothing happens where it has ended before. */
  endReliance(caller: OrganisationCaller, id: RelianceId): Promise<void>;
  /** With the partner's account. */
  endAllOf(trx: Executor, organisationId: OrganisationId, at: Date): Promise<void>;
}

export function createReliances(deps: RelianceDeps): RelianceService {
  const { db, clock } = deps;

  async function present(
    executor: Executor,
    rows: readonly RelianceRow[],
    reader: OrganisationId,
  ): Promise<Reliance[]> {
    const relied = await listReliedOf(
      executor,
      rows.map(({ id }) => id),
    );
    const ids = [...new Set(rows.flatMap((row) => [row.organisation_id, row.holder_id]))];
    const parties = new Map((await deps.findParties(executor, ids)).map((party) => [party.id, party]));
    return rows.map((row) => toWire(row, relied, parties, reader));
  }

  return {
    async rely(caller, { verificationId, purpose }) {
      const { organisationId } = caller;
      const report = await readOwnReport(deps, verificationId as VerificationId, organisationId);
      const found = readReport(report, deps.publicUrl);
      if ('problem' in found) throw PROBLEMS[found.problem]();
      const issued = await findIssued(deps, found.credentials);
      return db.transaction().execute(async (trx) => {
        const [{ holder_id: holderId }] = issued;
        if (holderId === organisationId)
          throw invalidField('/verificationId', 'is of credentials of your own, on which nobody else relies');
        const at = await requireUnchanged(deps, trx, organisationId, issued, new Date(report.verifiedAt));
        const row: RelianceRow = {
          id: newId<'reliance'>(),
          organisation_id: organisationId,
          holder_id: holderId,
          verification_id: verificationId as VerificationId,
          purpose,
          created_at: at,
          ended_at: null,
        };
        if (!(await insertReliance(trx, row, actorOf(caller))))
          throw new AppError('reliances/already-open', 'You rely on this verification already.');
        await insertRelied(
          trx,
          issued.map((credential) => toReliedRow(row, credential)),
        );
        await record(deps, trx, caller, 'reliance.recorded', row.id, at);
        const [reliance] = await present(trx, [row], organisationId);
        if (!reliance) throw new Error('a reliance that cannot be shown');
        return reliance;
      });
    },

    async listReliances(caller, role, page) {
      const { organisationId } = caller;
      const rows = await listReliances(db, { role, organisationId }, page);
      const { items, ...rest } = toPage(rows, page.limit, (row) => row);
      return { items: await present(db, items, organisationId), ...rest };
    },

    async readReliance(caller, id) {
      const row = await findReliance(db, id, caller.organisationId);
      const [reliance] = row ? await present(db, [row], caller.organisationId) : [];
      if (!reliance) throw notFound('reliance');
      return reliance;
    },

    async endReliance(caller, id) {
      const at = clock.now();
      const { organisationId } = caller;
      await db.transaction().execute(async (trx) => {
        const row = await findReliance(trx, id, organisationId);
        if (!row) throw notFound('reliance');
        if (row.organisation_id !== organisationId)
          throw new AppError('auth/forbidden', 'Only who relies on a credential may end that.');
        const [ended] = await endReliances(trx, { organisationId, id }, at);
        if (ended) await record(deps, trx, caller, 'reliance.ended', id, at);
      });
    },

    async endAllOf(trx, organisationId, at) {
      const ended = await endReliances(trx, { organisationId }, at);
      const ids = ended.map(({ id }) => id);
      await deps.tellHolder(trx, 'reliance.ended', ids, at);
    },
  };
}

const PROBLEMS = {
  'not-accepted': () =>
    new AppError(
      'reliances/not-accepted',
      'The verification does not say that the credential is accepted as things stand.',
    ),
  'of-elsewhere': () =>
    new AppError(
      'reliances/of-elsewhere',
      'A credential that was verified is not one of this network, or not of one holder: nobody here learns what happens to it.',
    ),
} as const;

async function readOwnReport(
  deps: RelianceDeps,
  id: VerificationId,
  organisationId: OrganisationId,
): Promise<RelianceReport> {
  try {
    return await deps.readVerification(id, organisationId);
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'resource/not-found')) throw error;
    throw invalidField('/verificationId', 'names no verification of yours');
  }
}

type Relied = IssuedCredential & Pick<RelevantCredential, 'contested'>;

/** Our records of what was verified: by the issuer who signed it, of one holder. */
async function findIssued(
  deps: RelianceDeps,
  reported: readonly RelevantCredential[],
): Promise<[Relied, ...Relied[]]> {
  const found = new Map<CredentialId, Relied>();
  for (const { id, issuerDid, contested } of reported) {
    const credential = await deps.findCredential(deps.db, id);
    const [issuer] = credential ? await deps.findParties(deps.db, [credential.issuer_id]) : [];
    if (!credential || issuer?.did !== issuerDid) throw PROBLEMS['of-elsewhere']();
    found.set(credential.id, { ...credential, contested });
  }
  const [first, ...others] = [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  if (!first || others.some((one) => one.holder_id !== first.holder_id)) throw PROBLEMS['of-elsewhere']();
  return [first, ...others];
}

/**
 * Holds everything of which a change would be told, and looks whether it is still what was verified. In the order in which issuance holds
 * them: organisations, accreditations, the holder, keys. Returns the instant at which it was so.
 */
async function requireUnchanged(
  deps: RelianceDeps,
  trx: Executor,
  organisationId: OrganisationId,
  relied: readonly [Relied, ...Relied[]],
  verifiedAt: Date,
): Promise<Date> {
  const [{ holder_id: holderId }] = relied;
  for (const id of [organisationId, holderId].sort()) {
    if (!(await deps.holdOpenOrganisation(trx, id)))
      throw changed(['an organisation has closed its account']);
  }
  const issuerIds = [...new Set(relied.map((one) => one.issuer_id))].sort();
  const accreditations = new Map<OrganisationId, Awaited<ReturnType<RelianceDeps['holdAccreditationsOf']>>>();
  for (const id of issuerIds) accreditations.set(id, await deps.holdAccreditationsOf(trx, id));
  await deps.holdHolder(trx, holderId);
  const changes = new Set<string>();
  const now = deps.clock.now();
  for (const { id, type, issuer_id: issuerId, contested } of relied) {
    const present = await deps.findCredential(trx, id);
    if (!present) throw changed(['it is gone']);
    const facts = {
      isIssued: present.state === 'issued',
      isRevoked: present.revoked_at !== null,
      isSuspended: present.suspended_at !== null,
      validUntil: present.valid_until,
      contested: (await deps.listOpenContests(trx, id)).map(({ pointer }) => pointer),
      keysRevokedAt: await deps.holdKeysRevokedAt(trx, id),
      accreditationsEndedAt: (accreditations.get(issuerId) ?? [])
        .filter(({ credentialTypes }) => credentialTypes.includes(type))
        .flatMap(({ endsAt }) => endsAt ?? []),
    };
    for (const change of changesSince(verifiedAt, { contested }, facts, now)) changes.add(change);
  }
  if (changes.size > 0) throw changed([...changes]);
  return now;
}

function changed(changes: readonly string[]): AppError {
  return new AppError(
    'reliances/changed-since',
    `Something has changed since the verification: ${changes.join('; ')}. Verify again.`,
  );
}

function toReliedRow(reliance: RelianceRow, credential: IssuedCredential): ReliedRow {
  return {
    reliance_id: reliance.id,
    credential_id: credential.id,
    organisation_id: reliance.organisation_id,
    holder_id: credential.holder_id,
    issuer_id: credential.issuer_id,
    type: credential.type,
    valid_until: credential.valid_until,
    expired_at: null,
    ended_at: null,
  };
}

async function record(
  deps: RelianceDeps,
  trx: Executor,
  caller: OrganisationCaller,
  action: 'reliance.recorded' | 'reliance.ended',
  subjectId: RelianceId,
  at: Date,
): Promise<void> {
  const { organisationId } = caller;
  await recordAudit(trx, { at, actor: actorOf(caller), action, organisationId, subjectId });
  await deps.tellHolder(trx, action, [subjectId], at);
}

function toWire(
  row: RelianceRow,
  relied: readonly ReliedRow[],
  parties: ReadonlyMap<OrganisationId, { id: string; did: string; name: string }>,
  reader: OrganisationId,
): Reliance {
  const partyOf = (id: OrganisationId) => {
    const { did = '', name = '' } = parties.get(id) ?? {};
    return { id, did, name };
  };
  return {
    id: row.id,
    partner: partyOf(row.organisation_id),
    holder: partyOf(row.holder_id),
    credentials: relied
      .filter((one) => one.reliance_id === row.id)
      .map((one) => ({
        id: one.credential_id,
        type: one.type,
        validUntil: one.valid_until.toISOString(),
      })),
    ...(row.organisation_id === reader && { verificationId: row.verification_id }),
    purpose: row.purpose,
    since: row.created_at.toISOString(),
    ...(row.ended_at && { endedAt: row.ended_at.toISOString() }),
  };
}
