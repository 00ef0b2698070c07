import { appendLogEntry, recordAudit } from '../../adapters/database/records.js';
import type { Executor } from '../../adapters/database/schema.js';
import { isAtMost } from '../../credentials/assurance.js';
import type { SecuringFormat } from '../../credentials/profiles/profile.js';
import { FORMATS, prepareForms, type PreparedForm } from '../../credentials/securing/formats.js';
import { signedDigestOf } from '../../credentials/verification/signedDigest.js';
import { SYSTEM } from '../../kernel/caller.js';
import type { CredentialId, OrganisationId, StatusListId } from '../../kernel/ids.js';
import { addSeconds } from '../../kernel/instants.js';
import type { DossierRef, SigningAlgorithm } from '../../kernel/ports.js';
import type { ActiveKey, IssuanceDeps } from './deps.js';
import { insertForms } from './formStore.js';
import { commitmentTo } from './preparation.js';
import { findHindrance } from './reissue/rules.js';
import { openMaterial, sealForm } from './sealedForms.js';
import {
  blankForms,
  claimIntent,
  findCredential,
  listByApplication,
  listPersonalOf,
  markFailed,
  markIssued,
  markSuperseded,
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
 * Steps 2 and 3 of the critical path: sign what was prepared in every format, verify it with our own
 * verifier, store it, all forms or none. May be called any number of times
 * for an intent, by any process, after a crash at any point: exactly one result is ever stored, and only the stored one is released.
 */
export async function completeIssuance(deps: IssuanceDeps, id: CredentialId): Promise<Progress> {
  const intent = await claim(deps, id);
  if (intent === undefined) return 'pending';
  if (intent === 'failed') return 'settled';
  try {
    const forms = await secureForms(deps, intent);
    const changedLists = await storeForms(deps, intent, forms);
    await publish(deps, changedLists);
    return 'settled';
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

interface SecuredForm {
  readonly format: SecuringFormat;
  readonly secured: string;
  readonly signedDigest: Buffer;
  readonly key: ActiveKey;
}

/** All forms of the credential, each accepted by our own verifier. */
async function secureForms(deps: IssuanceDeps, intent: CredentialRow): Promise<SecuredForm[]> {
  const at = deps.clock.now();
  const keyOf = rememberKeys(deps, intent.issuer_id);
  const forms = await Promise.all(
    [...(await prepareAgain(deps, intent))].map(async ([format, form]): Promise<SecuredForm> => {
      const key = await keyOf(FORMATS[format].algorithm);
      const secured = await form.secure(key, at, deps.tools);
      const signedDigest = signedDigestOf(secured, deps.tools.profiles) ?? fault('it cannot be read');
      return { format, secured, signedDigest, key };
    }),
  );
  const [{ key: { did: issuerDid } } = fault('it has no format')] = forms;
  const record = { issuedAt: at, issuerDid, signedDigests: forms.map(({ signedDigest }) => signedDigest) };
  await Promise.all(
    forms.map(async ({ format, secured }) => {
      const { verdict } = await deps.verifyBeforeRelease(secured, record);
      if (verdict !== 'accepted') fault(`our own verifier says ${verdict} of ${format}`);
    }),
  );
  return forms;
}

/** The very forms to which the log was committed in step 1. */
async function prepareAgain(
  deps: IssuanceDeps,
  intent: CredentialRow,
): Promise<ReadonlyMap<SecuringFormat, PreparedForm>> {
  const { profiles } = deps.tools;
  const { type, log_salt: salt } = intent;
  const profile = profiles.profiles.find((known) => known.type === type);
  const material = await materialOf(deps, intent);
  if (!material || !profile) return fault('there is nothing to secure');
  const { documents, seed } = material;
  const stored = new Map(Object.entries(JSON.parse(documents) as Record<SecuringFormat, unknown>));
  const forms = prepareForms(stored as ReadonlyMap<SecuringFormat, unknown>, { profile, profiles, seed });
  if ('problems' in forms || commitmentTo(forms.value, salt) !== intent.commitment)
    return fault('the stored intent does not conform');
  return forms.value;
}

async function materialOf({ sealing }: IssuanceDeps, intent: CredentialRow) {
  const { documents, seed } = intent;
  return documents === null || seed === null ? undefined : openMaterial(sealing, intent, { documents, seed });
}

/** The issuer's active key of each algorithm, asked for once. */
function rememberKeys(
  deps: IssuanceDeps,
  issuerId: OrganisationId,
): (algorithm: SigningAlgorithm) => Promise<ActiveKey> {
  const keys = new Map<SigningAlgorithm, Promise<ActiveKey>>();
  return (algorithm) => {
    const known = keys.get(algorithm) ?? deps.activeKey(deps.db, issuerId, algorithm);
    keys.set(algorithm, known);
    return known;
  };
}

class IssuanceFault extends Error {
  override readonly name = 'IssuanceFault';
}

function fault(message: string): never {
  throw new IssuanceFault(message);
}

/** Returns the status lists that change with it: of what it supersedes. */
async function storeForms(
  deps: IssuanceDeps,
  intent: CredentialRow,
  forms: readonly SecuredForm[],
): Promise<StatusListId[]> {
  return deps.db.transaction().execute(async (trx) => {
    const at = deps.clock.now();
    const obstacle = await findObstacle(deps, trx, intent, at);
    if (obstacle !== undefined) {
      await fail(deps, trx, intent, obstacle);
      return [];
    }
    await deps.holdHolder(trx, intent.holder_id);
    const hindrance = await findHindranceOf(trx, intent, at);
    if (hindrance !== undefined) {
      await fail(deps, trx, intent, hindrance);
      return [];
    }
    // What it signed would never be accepted. The next attempt takes the new key.
    const keys = new Map(forms.map(({ key }) => [key.id, key]));
    for (const id of keys.keys()) {
      if (!(await deps.holdTrustedKey(trx, id))) fault('a key was revoked a moment ago');
    }
    const isFirst = await markIssued(trx, intent.id, at);
    if (!isFirst) return [];
    await insertForms(trx, await toRows(deps, trx, intent, forms));
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
      content: { issuer: forms[0]?.key.did, commitment: intent.commitment },
    });
    // In the transaction that makes the new one valid: there is no moment without one, and none with two.
    const changedLists = await supersede(deps, trx, intent, at);
    // What is issued once more was watched all the time, as what it takes the place of.
    if (intent.reissued_for === null) await deps.onIssued(trx, intent, at);
    await settleApplication(deps, trx, intent, at);
    return changedLists;
  });
}

/** Of what is issued once more: nobody's revocation or suspension is undone by it. */
async function findHindranceOf(trx: Executor, intent: CredentialRow, at: Date): Promise<string | undefined> {
  const { supersedes, reissued_for: cause } = intent;
  if (supersedes === null || cause === null) return undefined;
  const former = await findCredential(trx, supersedes);
  const hindrance = former && findHindrance(former, cause, at);
  return hindrance && `of the credential whose place it takes: ${hindrance}`;
}

async function supersede(
  deps: IssuanceDeps,
  trx: Executor,
  { id, supersedes, reissued_for: cause, holder_id: organisationId }: CredentialRow,
  at: Date,
): Promise<StatusListId[]> {
  if (supersedes === null) return [];
  if (cause !== null) await deps.carryOver(trx, { from: supersedes, to: id });
  const changedLists = await deps.revokeSuperseded(trx, supersedes, at);
  await markSuperseded(trx, supersedes, id);
  await deps.notify(trx, { organisationId, kind: 'credential.superseded', subjectId: supersedes, at });
  return changedLists;
}

/** Who does not get to it leaves lists that are signed anew when somebody asks for them. */
async function publish(deps: IssuanceDeps, listIds: readonly StatusListId[]): Promise<void> {
  if (listIds.length === 0) return;
  await deps.publishStatus(listIds).catch((error: unknown) => {
    deps.logger.error({ reason: (error as Error).name }, 'a status list was not signed anew');
  });
}

async function toRows(
  { sealing }: IssuanceDeps,
  trx: Executor,
  intent: CredentialRow,
  forms: readonly SecuredForm[],
) {
  const rows = [];
  for (const { format, secured, signedDigest, key } of forms) {
    rows.push({
      credential_id: intent.id,
      format,
      secured: await sealForm(sealing, trx, intent, format, secured),
      signed_digest: signedDigest,
      signed_by: key.id,
    });
  }
  return rows;
}

/** Why the intent must not be issued (any more); what is found stays so until the transaction is over. */
async function findObstacle(
  deps: IssuanceDeps,
  trx: Executor,
  intent: CredentialRow,
  at: Date,
): Promise<string | undefined> {
  const isDecidedOn = intent.reissued_for === null;
  if (isDecidedOn && !(await deps.holdApproved(trx, intent.application_id)))
    return 'the application is not approved any more';
  if (intent.valid_until <= at) return 'its validity is over';
  if (!(await materialOf(deps, intent))) return 'what it would say of persons was erased';
  for (const organisationId of [intent.issuer_id, intent.holder_id]) {
    if (!(await deps.isOpenOrganisation(trx, organisationId)))
      return 'an organisation has closed its account';
  }
  const highest = await deps.findHighestAssurance(trx, intent.issuer_id, {
    credentialType: intent.type,
    jurisdiction: intent.jurisdiction,
    at,
  });
  const isAccredited = highest !== undefined && isAtMost(intent.assurance, highest);
  return isAccredited ? undefined : 'the registrar is not accredited for it any more';
}

/**
 * With the dossier that it was sealed under: what it said goes, and what was to be signed is not. Returns those that were issued; their
 * status is for others to change.
 */
export async function eraseCredentials(
  deps: IssuanceDeps,
  trx: Executor,
  dossier: DossierRef,
): Promise<CredentialId[]> {
  const credentials = await listPersonalOf(trx, dossier);
  for (const credential of credentials.filter(({ state }) => state === 'prepared'))
    await fail(deps, trx, credential, 'what it would say of persons was erased');
  await blankForms(
    trx,
    credentials.map(({ id }) => id),
  );
  return credentials.filter(({ state }) => state === 'issued').map(({ id }) => id);
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
    content: { commitment: intent.commitment },
  });
  await settleApplication(deps, trx, intent, at);
}

/** Once nothing is left to sign: issued when every wanted type is, else failed, which can be retried. */
async function settleApplication(
  deps: IssuanceDeps,
  trx: Executor,
  { application_id: id, reissued_for: cause }: CredentialRow,
  at: Date,
): Promise<void> {
  if (cause !== null) return;
  const credentials = (await listByApplication(trx, id)).filter((one) => one.reissued_for === null);
  if (credentials.some(({ state }) => state === 'prepared')) return;
  const issuedTypes = credentials.filter(({ state }) => state === 'issued').map(({ type }) => type);
  const isComplete = credentials.every(({ type }) => issuedTypes.includes(type));
  await deps.settleApplication(trx, id, isComplete ? 'issue' : 'failIssuance', at);
}
