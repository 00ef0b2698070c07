import { randomBytes } from 'node:crypto';
import { appendLogEntry, recordAudit } from '../../adapters/database/records.js';
import type { Executor } from '../../adapters/database/schema.js';
import type { ReissueCause } from '../../kernel/credentialLife.js';
import type { TypedObject } from '../../credentials/dataModel.js';
import { webUrlOf } from '../../credentials/did/webDid.js';
import type { PublicJwk } from '../../credentials/keys.js';
import { renewableFrom } from '../../credentials/lapse.js';
import { claimSubject, type Profile, type SecuringFormat } from '../../credentials/profiles/profile.js';
import {
  FORMATS,
  joinPayloads,
  prepareForms,
  type FormParts,
  type PreparedForm,
} from '../../credentials/securing/formats.js';
import { sha256 } from '../../kernel/canonicalJson.js';
import { SYSTEM } from '../../kernel/caller.js';
import { AppError, type FieldError } from '../../kernel/errors.js';
import { newId, type CredentialId } from '../../kernel/ids.js';
import type { CredentialOrder } from '../../credentials/credentialOrder.js';
import type { IssuanceDeps } from './deps.js';
import { sealMaterial } from './sealedForms.js';
import { hasLiveCredential, insertIntent, lockSubject } from './store.js';

/**
 * Step 1 of the critical path, in the transaction of the decision: composes and checks what will be signed in every format, takes its
 * status indexes, and stores the intent with its audit and log rows. Throws `credentials/duplicate` and `applications/checks-missing`.
 */
export async function prepareCredential(
  deps: IssuanceDeps,
  trx: Executor,
  order: CredentialOrder,
): Promise<CredentialId> {
  const { profile, at, validUntil } = order;
  const claims = claimsOf(order);
  requireMembers(profile, claims);
  const id = await storeIntent(deps, trx, {
    ...order,
    claims,
    jurisdiction: String(claims['jurisdiction']),
    renewableFrom: renewableFrom({ validFrom: at, validUntil }, profile),
  });
  await deps.recordGrounds(trx, id, order);
  return id;
}

/** All that an intent says, whoever decided on it. */
export interface IntentContent extends Omit<CredentialOrder, 'dossier' | 'computed' | 'refutedFields'> {
  readonly claims: Readonly<Record<string, unknown>>;
  readonly jurisdiction: string;
  readonly renewableFrom: Date | null;
  /** Of one that is issued once more, which says what its predecessor said. */
  readonly reissue?: { readonly cause: ReissueCause; readonly evidence: readonly TypedObject[] };
}

/** Takes a place among the live credentials and in the status lists, and stores what will be signed. Throws `credentials/duplicate`. */
export async function storeIntent(
  deps: IssuanceDeps,
  trx: Executor,
  content: IntentContent,
): Promise<CredentialId> {
  const { profile, issuer, holder, at, subjectKeys, supersedes } = content;
  // Two that would take one place wait for each other as well, also under another number.
  await lockSubject(trx, [...subjectKeys, ...(supersedes ? [supersedes] : [])]);
  const issuerId = profile.uniqueWithin === 'issuer' ? issuer.id : undefined;
  if (await hasLiveCredential(trx, { type: profile.type, issuerId, subjectKeys, supersedes, at })) {
    throw new AppError(
      'credentials/duplicate',
      `There is a live ${profile.type} for this registration authority and number. Revoke it first, or wait for its end.`,
    );
  }
  const id = newId<'credential'>();
  const holderKey = await deps.activeKey(trx, holder.id, 'ES256');
  const documents = await composeDocuments(deps, trx, content, { id, holderKey: holderKey.publicJwk });
  const seed = randomBytes(SEED_BYTES);
  const forms = prepareForms(documents, { profile, profiles: deps.tools.profiles, seed });
  if ('problems' in forms) {
    // The dossier's schema is narrower than the profile's, so this is a fault of ours; where it lies is not personal.
    throw new Error(
      `a composed ${profile.type} does not conform at ${forms.problems.map(({ pointer }) => pointer).join(', ')}`,
    );
  }
  const logSalt = randomBytes(32);
  const commitment = commitmentTo(forms.value, logSalt);
  const material = { documents: JSON.stringify(Object.fromEntries(documents)), seed };
  await insertIntent(trx, {
    id,
    application_id: content.applicationId,
    type: profile.type,
    issuer_id: issuer.id,
    holder_id: holder.id,
    subject_keys: [...subjectKeys],
    jurisdiction: content.jurisdiction,
    ...(profile.isPersonal
      ? await sealMaterial(deps.sealing, trx, { id, holderId: holder.id }, material)
      : { ...material, personal_generation: null }),
    log_salt: logSalt,
    commitment,
    assurance: content.assurance,
    valid_from: at,
    valid_until: content.validUntil,
    prepared_at: at,
    supersedes: supersedes ?? null,
    renewable_from: content.renewableFrom,
    holder_key: holderKey.id,
    reissued_for: content.reissue?.cause ?? null,
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
    content: { issuer: issuer.did, commitment },
  });
  return id;
}

const SEED_BYTES = 32;

/** One document for each format of the profile, with status entries of its own. */
async function composeDocuments(
  deps: IssuanceDeps,
  trx: Executor,
  { profile, issuer, holder, claims, checks, reissue, assurance, at, validUntil }: IntentContent,
  { id, holderKey }: { id: CredentialId; holderKey: PublicJwk },
): Promise<ReadonlyMap<SecuringFormat, unknown>> {
  const { publicUrl } = deps;
  const issuerUrl = webUrlOf(issuer.did, publicUrl);
  if (issuerUrl === undefined) throw new Error('an issuer of ours without a URL');
  const parts: FormParts = {
    profile,
    publicUrl,
    credentialId: id,
    issuerDid: issuer.did,
    issuerUrl,
    subjectDid: holder.did,
    holderKey,
    claims,
    checks,
    ...(reissue && { evidence: reissue.evidence }),
    assuranceLevel: assurance,
    validFrom: at,
    validUntil,
  };
  const places = await deps.allocateStatus(
    trx,
    { issuerId: issuer.id, credentialId: id, at },
    profile.formats.map((format) => FORMATS[format].lists),
  );
  return new Map(
    profile.formats.map((format, n) => [format, FORMATS[format].compose(parts, places[n] ?? {})]),
  );
}

/** What the log's leaves say of a credential, all its forms included: nothing, to whoever lacks the salt. */
export function commitmentTo(
  forms: ReadonlyMap<SecuringFormat, Pick<PreparedForm, 'payload'>>,
  salt: Buffer,
): string {
  return sha256(Buffer.concat([salt, Buffer.from(joinPayloads(forms))])).toString('base64url');
}

/** What the credential cannot do without may still be refuted, where only something around it was required to be confirmed. */
function requireMembers(profile: Profile, claims: Readonly<Record<string, unknown>>): void {
  const errors = missingMembers(profile, claims);
  if (errors.length === 0) return;
  throw new AppError(
    'applications/checks-missing',
    'The credential cannot do without fields that are refuted.',
    { errors },
  );
}

export function claimsOf({
  profile,
  dossier,
  computed,
  checks,
  refutedFields,
}: CredentialOrder): Record<string, unknown> {
  const confirmed = checks.map(({ field }) => field);
  return claimSubject(profile, { ...dossier, ...computed }, confirmed, refutedFields);
}

/** The members that the credential cannot do without and that no check carries, by where they stand in the dossier. */
export function missingMembers(profile: Profile, claims: Readonly<Record<string, unknown>>): FieldError[] {
  return profile.claims
    .filter(({ member }) => profile.requiredMembers.includes(member) && !Object.hasOwn(claims, member))
    .map(({ from }) => ({ pointer: from, detail: 'the latest check is refuted' }));
}
