import { appendLogEntry, recordAudit } from '../../adapters/database/records.js';
import type { Executor } from '../../adapters/database/schema.js';
import { isAtMost } from '../../credentials/assurance.js';
import { parseVcJwt, prepareVcJwt, signingInputDigest, signVcJwt } from '../../credentials/securing/vcJwt.js';
import { SYSTEM } from '../../kernel/caller.js';
import { valueAt } from '../../kernel/jsonPointer.js';
import type { ApplicationId, CredentialId, KeyId } from '../../kernel/ids.js';
import { addSeconds } from '../../kernel/instants.js';
import type { SigningKey } from '../../kernel/ports.js';
import type { IssuanceDeps } from './deps.js';
import { commitmentTo } from './preparation.js';
import {
  claimIntent,
  listByApplication,
  markFailed,
  markIssued,
  releaseClaim,
  type CredentialRow,
} from './store.js';

/** Longer than signing ever takes; after a crash, when it is up, another process goes on. */
const CLAIM_SECONDS = 15;
/** Most of what fails does not fail again, such as a key that was rotated a moment ago, so these follow each other at once. */
const QUICK_ATTEMPTS = 3;
/** With the claim's time in between: faults of the moment have some minutes to pass. */
const MOST_ATTEMPTS = 20;

export type Progress = 'settled' | 'pending';

/**
 * Steps 2 and 3 of the critical path: sign what was prepared, verify it with our own verifier, store it. May be called any number of times
 * for an intent, by any process, after a crash at any point: exactly one result is ever stored, and only the stored one is released.
 */
export async function completeIssuance(deps: IssuanceDeps, id: CredentialId): Promise<Progress> {
  const intent = await claim(deps, id);
  if (intent === undefined) return 'pending';
  if (intent === 'failed') return 'settled';
  try {
    const signed = await signIntent(deps, intent);
    return await storeSigned(deps, intent, signed);
  } catch (error) {
    deps.logger.error(
      { credentialId: id, attempt: intent.attempts, reason: (error as Error).name },
      'an issuance did not complete',
    );
    if (intent.attempts < QUICK_ATTEMPTS) await releaseClaim(deps.db, id, intent.attempts);
    if (intent.attempts < MOST_ATTEMPTS) return 'pending';
    await deps.db
      .transaction()
      .execute((trx) => fail(deps, trx, intent, 'it could not be signed and verified'));
    return 'settled';
  }
}

/** Takes the intent, after looking again at whether it may still be issued at all. */
async function claim(deps: IssuanceDeps, id: CredentialId): Promise<CredentialRow | 'failed' | undefined> {
  const now = deps.clock.now();
  return deps.db.transaction().execute(async (trx) => {
    const intent = await claimIntent(trx, id, now, addSeconds(now, CLAIM_SECONDS));
    if (!intent) return undefined;
    const obstacle = await findObstacle(deps, trx, intent, now);
    if (obstacle === undefined) return intent;
    await fail(deps, trx, intent, obstacle);
    return 'failed';
  });
}

interface Signed {
  readonly token: string;
  readonly digest: Buffer;
  readonly key: SigningKey & { readonly id: KeyId };
}

async function signIntent(deps: IssuanceDeps, intent: CredentialRow): Promise<Signed> {
  const prepared = prepareVcJwt(JSON.parse(intent.payload), deps.profiles);
  if ('problems' in prepared || prepared.value.payload !== intent.payload)
    throw new IssuanceFault('the stored intent does not conform');
  const key = await deps.activeKey(deps.db, intent.issuer_id, 'ES256');
  const token = await signVcJwt(prepared.value, key, deps.signer);
  const parsed = parseVcJwt(token);
  if ('problem' in parsed) throw new IssuanceFault('the signed token cannot be read');
  const digest = signingInputDigest(parsed);
  const record = { issuedAt: deps.clock.now(), issuerDid: key.did, signedDigests: [digest] };
  const { verdict } = await deps.verifyBeforeRelease(token, record);
  if (verdict !== 'accepted') throw new IssuanceFault(`our own verifier says ${verdict}`);
  return { token, digest, key };
}

class IssuanceFault extends Error {
  override readonly name = 'IssuanceFault';
}

async function storeSigned(
  deps: IssuanceDeps,
  intent: CredentialRow,
  { token, digest, key }: Signed,
): Promise<Progress> {
  return deps.db.transaction().execute<Progress>(async (trx) => {
    const at = deps.clock.now();
    const obstacle = await findObstacle(deps, trx, intent, at);
    if (obstacle !== undefined) {
      await fail(deps, trx, intent, obstacle);
      return 'settled';
    }
    // What it signed would never be accepted. The next attempt takes the new key.
    if (!(await deps.holdTrustedKey(trx, key.id)))
      throw new IssuanceFault('the key was revoked a moment ago');
    const isFirst = await markIssued(trx, intent.id, {
      token,
      signingInputDigest: digest,
      signedBy: key.id,
      at,
    });
    if (!isFirst) return 'settled';
    await recordAudit(trx, {
      at,
      actor: SYSTEM,
      action: 'credential.issued',
      organisationId: intent.issuer_id,
      subjectId: intent.id,
    });
    await appendLogEntry(trx, {
      at,
      kind: 'credential.issued',
      content: { issuer: key.did, commitment: commitmentTo(intent.payload, intent.log_salt) },
    });
    await settleApplication(deps, trx, intent.application_id, at);
    return 'settled';
  });
}

/** Why the intent must not be issued (any more); what is found stays so until the transaction is over. */
async function findObstacle(
  deps: IssuanceDeps,
  trx: Executor,
  intent: CredentialRow,
  at: Date,
): Promise<string | undefined> {
  if (!(await deps.holdApproved(trx, intent.application_id)))
    return 'the application is not approved any more';
  if (intent.valid_until <= at) return 'its validity is over';
  for (const organisationId of [intent.issuer_id, intent.holder_id]) {
    if (!(await deps.isOpenOrganisation(trx, organisationId)))
      return 'an organisation has closed its account';
  }
  const highest = await deps.findHighestAssurance(trx, intent.issuer_id, {
    credentialType: intent.type,
    jurisdiction: String(valueAt(JSON.parse(intent.payload), '/credentialSubject/jurisdiction')),
    at,
  });
  const isAccredited = highest !== undefined && isAtMost(intent.assurance, highest);
  return isAccredited ? undefined : 'the registrar is not accredited for it any more';
}

/** The status indexes stay taken, so nothing else is ever told by them. */
async function fail(
  deps: IssuanceDeps,
  trx: Executor,
  intent: CredentialRow,
  failure: string,
): Promise<void> {
  const at = deps.clock.now();
  if (!(await markFailed(trx, intent.id, failure))) return;
  await recordAudit(trx, {
    at,
    actor: SYSTEM,
    action: 'credential.failed',
    organisationId: intent.issuer_id,
    subjectId: intent.id,
    detail: { failure },
  });
  await appendLogEntry(trx, {
    at,
    kind: 'credential.voided',
    content: { commitment: commitmentTo(intent.payload, intent.log_salt) },
  });
  await settleApplication(deps, trx, intent.application_id, at);
}

/** Once nothing is left to sign: issued when every wanted type is, else failed, which can be retried. */
async function settleApplication(
  deps: IssuanceDeps,
  trx: Executor,
  id: ApplicationId,
  at: Date,
): Promise<void> {
  const credentials = await listByApplication(trx, id);
  if (credentials.some(({ state }) => state === 'prepared')) return;
  const issuedTypes = credentials.filter(({ state }) => state === 'issued').map(({ type }) => type);
  const isComplete = credentials.every(({ type }) => issuedTypes.includes(type));
  await deps.settleApplication(trx, id, isComplete ? 'issue' : 'failIssuance', at);
}
