import { inWork } from '../../../adapters/database/context.js';
import { recordAudit } from '../../../adapters/database/records.js';
import type { Executor } from '../../../adapters/database/schema.js';
import { toPage, type Page } from '../../../http/paging.js';
import { actorOf, type OrganisationCaller } from '../../../kernel/caller.js';
import { AppError, invalidField, notFound } from '../../../kernel/errors.js';
import type { CredentialId, KeyId, OrganisationId } from '../../../kernel/ids.js';
import type { Party } from '../../../credentials/credentialOrder.js';
import { completeIssuance } from '../completion.js';
import type { IssuanceDeps } from '../deps.js';
import { storeIntent } from '../preparation.js';
import { readWhatIsSaid } from '../said.js';
import { findCredential, holdCredentials, type CredentialRow } from '../store.js';
import { findHindrance } from './rules.js';
import { MOST_REISSUED, type CredentialReissue, type CredentialsToReissue } from './schemas.js';
import { findSuccessorInTheMaking, listAffected, listBoundTo, listReissueCauses } from './store.js';

export interface ReissueService {
  /**
   * Issues credentials once more with what they say: under the issuer's keys of today, bound to the key that the holder has today. Each
   * by itself; what is refused says why. Throws `request/invalid`.
   */
  reissueCredentials(
    caller: OrganisationCaller,
    wanted: CredentialsToReissue,
  ): Promise<Page<CredentialReissue>>;
  /** With the key of a holder that signs no more: it and the issuers of what is bound to that key are told. */
  holderKeyRetired(trx: Executor, keyId: KeyId, at: Date): Promise<void>;
}

export function createReissue(deps: IssuanceDeps): ReissueService {
  return {
    async reissueCredentials(caller, { credentialIds, after }) {
      if (credentialIds && after !== undefined)
        throw invalidField('/after', 'belongs to a call that names no credentials');
      const wanted = credentialIds
        ? credentialIds.map((id) => ({ id: id as CredentialId }))
        : await listAffected(deps.db, caller.organisationId, {
            limit: MOST_REISSUED,
            now: deps.clock.now(),
            ...(after === undefined ? {} : { after: after as CredentialId }),
          });
      const outcomes = new Map<string, CredentialReissue>();
      for (const { id } of wanted.slice(0, MOST_REISSUED))
        outcomes.set(id, await reissueOne(deps, caller, id));
      return toPage(wanted, MOST_REISSUED, ({ id }) => outcomes.get(id) ?? { id, outcome: 'pending' });
    },

    async holderKeyRetired(trx, keyId, at) {
      for (const { id: subjectId, holderId, issuerId } of await listBoundTo(trx, keyId, at)) {
        for (const organisationId of new Set([holderId, issuerId]))
          await deps.notify(trx, { organisationId, kind: 'credential.reissuable', subjectId, at });
      }
    },
  };
}

async function reissueOne(
  deps: IssuanceDeps,
  caller: OrganisationCaller,
  id: CredentialId,
): Promise<CredentialReissue> {
  let successorId: CredentialId;
  try {
    successorId = await deps.db.transaction().execute((trx) => beginReissue(deps, trx, caller, id));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { id, outcome: 'refused', code: error.code, detail: error.detail };
  }
  await settle(deps, successorId);
  const { state, failure } = (await findCredential(deps.db, successorId)) ?? {};
  if (state === 'failed')
    return { id, outcome: 'refused', code: 'credentials/not-reissuable', detail: `It failed: ${failure}.` };
  return { id, outcome: state === 'issued' ? 'reissued' : 'pending', supersededBy: successorId };
}

const QUICK_ATTEMPTS = 3;

/** What is not settled then is gone on with like every other issuance. */
async function settle(deps: IssuanceDeps, id: CredentialId): Promise<void> {
  await inWork('issuance', async () => {
    for (let attempt = 0; attempt < QUICK_ATTEMPTS; attempt += 1)
      if ((await completeIssuance(deps, id)) === 'settled') return;
  });
}

/** Stores the intent, or finds the one that is there. */
async function beginReissue(
  deps: IssuanceDeps,
  trx: Executor,
  caller: OrganisationCaller,
  id: CredentialId,
): Promise<CredentialId> {
  const at = deps.clock.now();
  const row = await requireIssued(trx, caller, id);
  const begun = await findSuccessorInTheMaking(trx, id);
  if (begun) {
    if (begun.reissuedFor !== null) return begun.id;
    throw notReissuable('A renewal is about to take its place.');
  }
  const cause = (await listReissueCauses(trx, [id], at)).get(id);
  const hindrance = findHindrance(row, cause, at);
  if (hindrance !== undefined || cause === undefined) throw notReissuable(hindrance ?? '');
  const said = await readWhatIsSaid(deps, trx, row);
  if (!said) throw notReissuable('Its type says more, or something else, by now: let its holder renew it.');
  const parties = await deps.findParties(trx, [row.issuer_id, row.holder_id]);
  const successorId = await storeIntent(deps, trx, {
    applicationId: row.application_id,
    profile: said.profile,
    issuer: partyOf(parties, row.issuer_id),
    holder: partyOf(parties, row.holder_id),
    claims: said.claims,
    checks: [],
    reissue: { cause, evidence: said.evidence },
    jurisdiction: row.jurisdiction,
    assurance: row.assurance,
    subjectKeys: row.subject_keys,
    at,
    validUntil: row.valid_until,
    renewableFrom: row.renewable_from,
    supersedes: id,
  });
  await recordAudit(trx, {
    at,
    actor: actorOf(caller),
    action: 'credential.reissueBegun',
    organisationId: caller.organisationId,
    subjectId: id,
    detail: { cause, successorId },
  });
  return successorId;
}

/** Held, since a successor will refer to it. */
async function requireIssued(
  trx: Executor,
  { organisationId }: OrganisationCaller,
  id: CredentialId,
): Promise<CredentialRow> {
  const [row] = await holdCredentials(trx, [id]);
  if (!row || ![row.issuer_id, row.holder_id].includes(organisationId)) throw notFound('credential');
  if (row.issuer_id !== organisationId)
    throw new AppError('auth/forbidden', 'Only the issuer of a credential may issue it once more.');
  return row;
}

function partyOf(parties: readonly Party[], id: OrganisationId): Party {
  const party = parties.find((one) => one.id === id);
  if (!party) throw new Error('a credential names an organisation that is not there');
  return party;
}

function notReissuable(detail: string): AppError {
  return new AppError('credentials/not-reissuable', detail);
}
