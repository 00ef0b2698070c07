import { listOf } from '../dataModel.js';
import {
  evaluateCredentialSchemas,
  type SchemaCredentialOpening,
  type SchemaEntryEvaluation,
} from '../schemas/credentialSchemas.js';
import type { SchemaReason } from '../schemas/evaluation.js';
import { resultOf, type CheckCode, type CheckOutcome, type CheckResult } from './checks.js';
import { readCredential } from './readCredential.js';
import type { SecuredCredential } from './secured.js';
import type { VerificationSources } from './sources.js';

/**
 * The `schema` check. A profile of ours applies when the credential claims its type or names its schema, and demands both; it is known here
 * and is not fetched. Other schemas are, where the host lets them be.
 *
 * @param judge of a credential in which a schema is packaged: whether it is authentic and valid
 */
export async function checkSchema(
  secured: SecuredCredential,
  sources: VerificationSources,
  judge: (packaged: SecuredCredential) => Promise<CheckOutcome>,
): Promise<CheckResult> {
  const { credential, isPartial, hasOwnTerms = false } = secured;
  const { profiles, schemas } = sources;
  const entries = listOf(credential.credentialSchema);
  const applicable = new Set([
    ...profiles.claimedBy(credential),
    ...entries.flatMap(({ id }) => profiles.ofSchema(id) ?? []),
  ]);
  if (applicable.size > 0) {
    const [violation] = [...applicable].flatMap((profile) =>
      profiles.violations(profile, credential, { isPartial }),
    );
    if (!violation) return resultOf('schema/conforms');
    return resultOf('schema/violated', `At ${violation.pointer || '/'}: ${violation.detail}.`);
  }
  if (entries.length === 0) return resultOf('schema/none-declared');
  if (!schemas) return resultOf('schema/unknown');
  const { outcome, entries: evaluations } = await evaluateCredentialSchemas(asSecured(secured), {
    ...schemas,
    openSchemaCredential: (bytes, id) => openSchemaCredential(bytes, id, sources, judge),
  });
  const decisive = evaluations.find((evaluation) => evaluation.outcome === outcome);
  if (!decisive || outcome === 'success') {
    if (hasOwnTerms) return resultOf('schema/not-checkable');
    return resultOf(isPartial ? 'schema/kept-back' : 'schema/conforms');
  }
  return describe(decisive, isPartial);
}

/** The credential as its holder has it, for schemas of the whole (VC JSON Schema 1.0 §4.2). */
function asSecured({ credential }: SecuredCredential) {
  return credential as SecuredCredential['credential'] & Readonly<Record<string, unknown>>;
}

const REASONS: Partial<Record<SchemaReason, CheckCode>> = {
  violated: 'schema/violated',
  unknownType: 'schema/unknown',
  unknownDialect: 'schema/unknown',
  unreachable: 'schema/unreachable',
  notArchived: 'schema/not-archived',
};

function describe(
  { outcome, reason, pointer, keyword }: SchemaEntryEvaluation,
  isPartial: boolean,
): CheckResult {
  if (outcome === 'failure' && reason === 'violated' && isPartial) return resultOf('schema/kept-back');
  const code = REASONS[reason] ?? (outcome === 'failure' ? 'schema/invalid' : 'schema/not-checkable');
  return pointer === undefined
    ? resultOf(code)
    : resultOf(code, `At ${pointer || '/'}: ${keyword ?? 'does not conform'}.`);
}

/** A packaged schema is believed once its credential is; the schema that this one names in turn is not followed. */
async function openSchemaCredential(
  bytes: Uint8Array,
  id: string,
  { profiles }: VerificationSources,
  judge: (packaged: SecuredCredential) => Promise<CheckOutcome>,
): Promise<SchemaCredentialOpening> {
  const reading = readCredential(Buffer.from(bytes).toString('utf8').trim(), profiles);
  if ('refused' in reading || reading.credential.id !== id) return { problem: 'rejected' };
  const outcome = await judge(reading);
  if (outcome === 'pass') return { credential: reading.credential };
  return { problem: outcome === 'fail' ? 'rejected' : 'undetermined' };
}
