import { checkAnyCredential, typesOf } from '../dataModel/credential.js';
import { listOf } from '../dataModel/problems.js';
import { isUrl } from '../dataModel/url.js';
import { isJsonObject } from '../../kernel/strictJson.js';
import { evaluated, type SchemaEvaluation } from './evaluation.js';
import { namesSchema } from './schemaId.js';

/**
 * §2.2: what the `credentialSchema` of every schema credential has to be. The specification moved it from the first address (Candidate
 * Recommendation) to the second (text of 2025 for the Proposed Recommendation, read for this); the document has the same digest at both.
 */
const SCHEMA_CREDENTIAL_SCHEMA = {
  ids: [
    'https://www.w3.org/2022/credentials/v2/json-schema-credential-schema.json',
    'https://www.w3.org/ns/credentials/json-schema/v2.json',
  ],
  digestSRI: 'sha384-S57yQDg1MTzF56Oi9DbSQ14u7jBy0RDdx0YbeV7shwhCS88G8SCXeFq82PafhCrW',
};

/**
 * Takes the schema out of a credential of type JsonSchemaCredential (VC JSON Schema 1.0 §2.2) that was fetched as `id`. Its data model
 * and form are checked here; that it is secured, and by whom, must have been.
 */
export function readSchemaCredential(value: unknown, id: string): { schema: unknown } | SchemaEvaluation {
  const checked = checkAnyCredential(value);
  if ('problems' in checked) return evaluated('invalidSchemaCredential');
  const credential = checked.value;
  if (credential.id !== id) return evaluated('otherSchema');
  if (!typesOf(credential).includes('JsonSchemaCredential') || !hasPrescribedSchema(credential)) {
    return evaluated('invalidSchemaCredential');
  }
  const [subject, ...others] = listOf(credential.credentialSubject);
  if (!subject || others.length > 0) return evaluated('invalidSchemaCredential');
  const types = listOf(subject['type']);
  const schema = subject['jsonSchema'];
  if (!types.includes('JsonSchema') || !isJsonObject(schema)) return evaluated('invalidSchemaCredential');
  const subjectId = subject['id'];
  return namesSchema(schema, isUrl(subjectId) ? subjectId : id) ?? { schema };
}

function hasPrescribedSchema({ credentialSchema }: { readonly credentialSchema?: unknown }): boolean {
  const [entry, ...others] = listOf(credentialSchema);
  if (others.length > 0 || !isJsonObject(entry)) return false;
  const { id, digestSRI } = entry;
  const isPrescribedType = listOf(entry['type']).includes('JsonSchema');
  const isPrescribedDigest = digestSRI === undefined || digestSRI === SCHEMA_CREDENTIAL_SCHEMA.digestSRI;
  const isPrescribedId = typeof id === 'string' && SCHEMA_CREDENTIAL_SCHEMA.ids.includes(id);
  return isPrescribedId && isPrescribedType && isPrescribedDigest;
}
