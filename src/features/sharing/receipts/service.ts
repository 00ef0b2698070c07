import type { Executor } from '../../../adapters/database/schema.js';
import { signCompactJws } from '../../../credentials/securing/jws.js';
import { canonicalJson } from '../../../kernel/canonicalJson.js';
import type { OrganisationCaller } from '../../../kernel/caller.js';
import { notFound } from '../../../kernel/errors.js';
import type { GrantId, OrganisationId } from '../../../kernel/ids.js';
import type { Signer, SigningKey } from '../../../kernel/ports.js';
import { partyIn } from '../accessRequests/presentation.js';
import { findRequest } from '../accessRequests/store.js';
import type { SharingDeps } from '../deps.js';
import { stateOfGrant, type GrantState } from '../grants/rules.js';
import { factsOf } from '../grants/service.js';
import { holdGrant, type GrantRow } from '../grants/store.js';
import { composeReceipt, RECEIPT_TYP, type ReceiptFacts } from './rules.js';
import type { ConsentReceipt } from './schemas.js';
import { findReceipt, insertReceipt, type ReceiptRow } from './store.js';

export interface ReceiptDeps {
  readonly publicUrl: string;
  readonly findJurisdictions: (
    executor: Executor,
    ids: readonly OrganisationId[],
  ) => Promise<ReadonlyMap<OrganisationId, string>>;
  readonly activeKey: (executor: Executor, organisationId: OrganisationId) => Promise<SigningKey>;
  readonly signerFor: (executor: Executor) => Signer;
  /** Runs a step as the work of issuance, which alone may sign for another organisation. */
  readonly asIssuance: <T>(trx: Executor, step: () => Promise<T>) => Promise<T>;
}

export interface ReceiptService {
  /** For both sides, of the state that the grant is in now; the first to ask has it signed, and it stays the same for everybody. */
  readReceipt(caller: OrganisationCaller, id: GrantId): Promise<ConsentReceipt>;
}

export function createReceipts(deps: SharingDeps & ReceiptDeps): ReceiptService {
  return {
    readReceipt: ({ organisationId }, id) =>
      deps.db.transaction().execute(async (trx) => {
        const row = await holdGrant(trx, id, organisationId);
        if (!row) throw notFound('grant');
        const state = stateOfGrant(factsOf(row), deps.clock.now());
        const kept = await findReceipt(trx, id, state);
        return present(kept ?? (await makeReceipt(deps, trx, row, state)));
      }),
  };
}

async function makeReceipt(
  deps: SharingDeps & ReceiptDeps,
  trx: Executor,
  row: GrantRow,
  state: GrantState,
): Promise<ReceiptRow> {
  const facts = await gatherFacts(deps, trx, row, state);
  const payload = canonicalJson(composeReceipt(facts));
  return deps.asIssuance(trx, async () => {
    const key = await deps.activeKey(trx, row.holder_id);
    const token = await signCompactJws({ typ: RECEIPT_TYP }, payload, key, deps.signerFor(trx));
    const { id: grantId, partner_id, holder_id } = row;
    await insertReceipt(trx, {
      grant_id: grantId,
      state,
      partner_id,
      holder_id,
      token,
      created_at: facts.at,
    });
    // Somebody else may have been faster.
    const stored = await findReceipt(trx, grantId, state);
    if (!stored) throw new Error('a receipt that was just signed is not there');
    return stored;
  });
}

async function gatherFacts(
  deps: SharingDeps & ReceiptDeps,
  trx: Executor,
  row: GrantRow,
  state: GrantState,
): Promise<ReceiptFacts> {
  const ids = [row.holder_id, row.partner_id];
  const parties = await deps.findParties(trx, ids);
  const jurisdictions = await deps.findJurisdictions(trx, ids);
  const partyOf = (id: OrganisationId) => {
    const { did, name } = partyIn(parties, id);
    return { did, name, jurisdiction: jurisdictions.get(id) ?? '' };
  };
  const request = await findRequest(trx, row.request_id, row.holder_id);
  return {
    publicUrl: deps.publicUrl,
    grantId: row.id,
    requestId: row.request_id,
    holder: partyOf(row.holder_id),
    partner: partyOf(row.partner_id),
    fields: row.fields.map((pointer) => ({
      pointer,
      isPersonal: deps.sensitivityOf(pointer) === 'personal',
    })),
    purposes: row.purposes,
    retention: row.retention,
    requestedAt: request?.created_at ?? row.granted_at,
    grantedAt: row.granted_at,
    expiresAt: row.expires_at,
    ...(row.ended_at ? { endedAt: row.ended_at } : {}),
    state,
    isByAgreement: row.agreement_id !== null,
    at: deps.clock.now(),
  };
}

function present({
  grant_id: grantId,
  state,
  token: jws,
  created_at: createdAt,
}: ReceiptRow): ConsentReceipt {
  const [, payload = ''] = jws.split('.');
  const receipt = JSON.parse(Buffer.from(payload, 'base64url').toString()) as ConsentReceipt['receipt'];
  return { grantId, state, receipt, jws, createdAt: createdAt.toISOString() };
}
