import { checkDigests, type ResourceDigests } from '../dataModel/relatedResource.js';
import { listOf, type JsonObject, type OneOrMany } from '../dataModel/problems.js';
import { isJsonObject, parseStrictJson } from '../../kernel/strictJson.js';
import { evaluated, type SchemaEvaluation, type SchemaOutcome, type SchemaValidator } from './evaluation.js';
import { readSchemaCredential } from './schemaCredential.js';
import { namesSchema } from './schemaId.js';

/** Everything that the check of a credential's schemas asks of the outside. A callback that rejects leaves it indeterminate. */
export interface SchemaSources {
  /** Trusted for nothing: what it brings is checked, and against a digest where the credential gives one. Bounded in size and time. */
  fetchSchema(url: string): Promise<SchemaFetch>;

  /**
   * Opens the credential in which a schema is packaged (§4.1). Trusted for: it was verified, signature, key and status included, before its
   * content is given here. It may use the `id` to break off where schema credentials have schema credentials.
   */
  openSchemaCredential(bytes: Uint8Array, id: string): Promise<SchemaCredentialOpening>;

  /** Runs foreign schemas: under a time limit, unless all that can be fetched is trusted. */
  readonly validator: SchemaValidator;
}

export type SchemaFetch =
  { readonly bytes: Uint8Array } | { readonly problem: 'unreachable' | 'notArchived' };
export type SchemaCredentialOpening =
  | { readonly credential: unknown }
  /** It was checked and is not to be believed; it could not be checked. */
  | { readonly problem: 'rejected' | 'undetermined' };

export interface SchemaEntryEvaluation extends SchemaEvaluation {
  /** The entry's `id`. */
  readonly id: string;
}

export interface SchemasEvaluation {
  /** `success` when there is none. */
  readonly outcome: SchemaOutcome;
  readonly entries: readonly SchemaEntryEvaluation[];
}

const MAX_SCHEMAS = 5;
const MAX_SCHEMA_BYTES = 256 * 1024;

/** A credential whose data model was checked, of either version. */
type CheckedCredential = JsonObject & {
  readonly credentialSchema?: OneOrMany<JsonObject & { readonly id: string }>;
};

/**
 * Checks a credential against each schema that it names (VC JSON Schema 1.0 §4.2), the whole credential as it is secured. One contradiction
 * makes a `failure` of all; otherwise one that could not be found out leaves it `indeterminate`. Never rejects.
 */
export async function evaluateCredentialSchemas(
  credential: CheckedCredential,
  sources: SchemaSources,
): Promise<SchemasEvaluation> {
  const entries = listOf(credential.credentialSchema);
  const evaluations: SchemaEntryEvaluation[] = [];
  // One after the other: what one credential can make a host do at once is bounded by that.
  for (const [index, entry] of entries.entries()) {
    const evaluation =
      index < MAX_SCHEMAS ? await evaluateEntry(entry, credential, sources) : evaluated('tooLarge');
    evaluations.push({ ...evaluation, id: entry.id });
  }
  return { outcome: lowest(evaluations), entries: evaluations };
}

async function evaluateEntry(
  entry: JsonObject & { readonly id: string },
  credential: unknown,
  sources: SchemaSources,
): Promise<SchemaEvaluation> {
  const types = listOf(entry['type']);
  const isPackaged = types.includes('JsonSchemaCredential');
  if (!isPackaged && !types.includes('JsonSchema')) return evaluated('unknownType');
  try {
    const found = await fetchChecked(entry, sources);
    if ('outcome' in found) return found;
    const read = isPackaged
      ? await unpackSchema(found.bytes, entry.id, sources)
      : readSchema(found.bytes, entry.id);
    if ('outcome' in read) return read;
    return await sources.validator.validate(read.schema, credential);
  } catch {
    return evaluated('unavailable');
  }
}

/** §4.1: the integrity is checked before anything is read. */
async function fetchChecked(
  entry: ResourceDigests & { readonly id: string },
  sources: SchemaSources,
): Promise<{ bytes: Uint8Array } | SchemaEvaluation> {
  const fetched = await sources.fetchSchema(entry.id);
  if ('problem' in fetched) return evaluated(fetched.problem);
  const { bytes } = fetched;
  if (bytes.length > MAX_SCHEMA_BYTES) return evaluated('tooLarge');
  if (entry.digestSRI === undefined && entry.digestMultibase === undefined) return { bytes };
  const verdict = checkDigests(bytes, entry);
  if (verdict === 'match') return { bytes };
  return evaluated(verdict === 'mismatch' ? 'digestMismatch' : 'digestUnsupported');
}

function readSchema(bytes: Uint8Array, id: string): { schema: unknown } | SchemaEvaluation {
  const parsed = parseStrictJson(bytes);
  if (!parsed) return evaluated('unreadable');
  if (!isJsonObject(parsed.value)) return evaluated('invalidSchema');
  return namesSchema(parsed.value, id) ?? { schema: parsed.value };
}

async function unpackSchema(
  bytes: Uint8Array,
  id: string,
  sources: SchemaSources,
): Promise<{ schema: unknown } | SchemaEvaluation> {
  const opening = await sources.openSchemaCredential(bytes, id);
  if ('problem' in opening) {
    return evaluated(
      opening.problem === 'rejected' ? 'schemaCredentialRejected' : 'schemaCredentialUnchecked',
    );
  }
  return readSchemaCredential(opening.credential, id);
}

function lowest(evaluations: readonly SchemaEvaluation[]): SchemaOutcome {
  const outcomes = evaluations.map(({ outcome }) => outcome);
  if (outcomes.includes('failure')) return 'failure';
  return outcomes.includes('indeterminate') ? 'indeterminate' : 'success';
}
