import { randomBytes } from 'node:crypto';
import { appendLogEntry, recordAudit } from '../../adapters/database/records.js';
import type { Executor } from '../../adapters/database/schema.js';
import { composeCredential } from '../../credentials/compose.js';
import { claimSubject, type Profile } from '../../credentials/profiles/profile.js';
import { prepareVcJwt } from '../../credentials/securing/vcJwt.js';
import { sha256 } from '../../kernel/canonicalJson.js';
import { SYSTEM } from '../../kernel/caller.js';
import { AppError } from '../../kernel/errors.js';
import { newId, type CredentialId } from '../../kernel/ids.js';
import type { CredentialOrder } from '../../credentials/credentialOrder.js';
import type { IssuanceDeps } from './deps.js';
import { hasLiveCredential, insertIntent, lockSubject } from './store.js';

/**
 * Step 1 of the critical path, in the transaction of the decision: composes and checks what will be signed, takes its status indexes, and
 * stores the intent with its audit and log rows. Throws `credentials/duplicate` and `applications/checks-missing`.
 */
export async function prepareCredential(
  deps: IssuanceDeps,
  trx: Executor,
  order: CredentialOrder,
): Promise<CredentialId> {
  const { profile, issuer, holder, at } = order;
  const confirmed = order.checks.map(({ field }) => field);
  const claims = claimSubject(profile, order.dossier, confirmed, order.refutedFields);
  requireMembers(profile, claims);
  await lockSubject(trx, order.subjectKeys);
  if (await hasLiveCredential(trx, profile.type, order.subjectKeys, at)) {
    throw new AppError(
      'credentials/duplicate',
      `There is a live ${profile.type} for this registration authority and number. Revoke it first, or wait for its end.`,
    );
  }
  const id = newId<'credential'>();
  const status = await deps.allocateStatus(trx, { issuerId: issuer.id, credentialId: id, at });
  const prepared = prepareVcJwt(
    composeCredential({
      profile,
      publicUrl: deps.publicUrl,
      credentialId: id,
      issuerDid: issuer.did,
      subjectDid: holder.did,
      claims,
      checks: order.checks,
      assuranceLevel: order.assurance,
      validFrom: at,
      validUntil: order.validUntil,
      status,
    }),
    deps.profiles,
  );
  if ('problems' in prepared) {
    // The dossier's schema is narrower than the profile's, so this is a fault of ours; where it lies is not personal.
    throw new Error(
      `a composed ${profile.type} does not conform at ${prepared.problems.map(({ pointer }) => pointer).join(', ')}`,
    );
  }
  const logSalt = randomBytes(32);
  await insertIntent(trx, {
    id,
    application_id: order.applicationId,
    type: profile.type,
    issuer_id: issuer.id,
    holder_id: holder.id,
    subject_keys: [...order.subjectKeys],
    payload: prepared.value.payload,
    log_salt: logSalt,
    assurance: order.assurance,
    valid_from: at,
    valid_until: order.validUntil,
    prepared_at: at,
  });
  await recordAudit(trx, {
    at,
    actor: SYSTEM,
    action: 'credential.prepared',
    organisationId: issuer.id,
    subjectId: id,
  });
  await appendLogEntry(trx, {
    at,
    kind: 'credential.prepared',
    content: { issuer: issuer.did, commitment: commitmentTo(prepared.value.payload, logSalt) },
  });
  return id;
}

/** What a log leaf says of a credential: nothing, to whoever lacks the salt. */
export function commitmentTo(payload: string, salt: Buffer): string {
  return sha256(Buffer.concat([salt, Buffer.from(payload)])).toString('base64url');
}

/** What the credential cannot do without may still be refuted, where only something around it was required to be confirmed. */
function requireMembers(profile: Profile, claims: Readonly<Record<string, unknown>>): void {
  const missing = profile.claims.filter(
    ({ member }) => profile.requiredMembers.includes(member) && !Object.hasOwn(claims, member),
  );
  if (missing.length === 0) return;
  throw new AppError(
    'applications/checks-missing',
    'The credential cannot do without fields that are refuted.',
    {
      errors: missing.map(({ from }) => ({ pointer: from, detail: 'the latest check is refuted' })),
    },
  );
}
