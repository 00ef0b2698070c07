import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { evaluateCredentialSchemas } from '../../src/credentials/schemas/credentialSchemas.js';
import type { SchemaSources } from '../../src/credentials/schemas/credentialSchemas.js';
import type { SchemaReason } from '../../src/credentials/schemas/evaluation.js';
import { evaluateJsonSchema, inProcessSchemaValidator } from '../../src/credentials/schemas/jsonSchema.js';

const D2020 = 'https://json-schema.org/draft/2020-12/schema';
const D2019 = 'https://json-schema.org/draft/2019-09/schema';
const D7 = 'http://json-schema.org/draft-07/schema#';
const SCHEMA = 'https://a.example/schemas/email.json';
const SCHEMA_CREDENTIAL = 'https://a.example/credentials/1';

const credential = {
  '@context': ['https://www.w3.org/ns/credentials/v2'],
  type: ['VerifiableCredential'],
  issuer: 'did:example:issuer',
  credentialSubject: { emailAddress: 'a@a.example' },
};

const schemaOf = (changes: object = {}) => ({
  $id: SCHEMA,
  $schema: D2020,
  name: 'Email',
  type: 'object',
  properties: {
    credentialSubject: {
      type: 'object',
      properties: { emailAddress: { type: 'string', format: 'email' } },
      required: ['emailAddress'],
    },
  },
  ...changes,
});

const schemaCredentialOf = (changes: object = {}, subject: object = {}) => ({
  '@context': ['https://www.w3.org/ns/credentials/v2'],
  id: SCHEMA_CREDENTIAL,
  type: ['VerifiableCredential', 'JsonSchemaCredential'],
  issuer: 'did:example:issuer',
  credentialSchema: {
    id: 'https://www.w3.org/2022/credentials/v2/json-schema-credential-schema.json',
    type: 'JsonSchema',
    digestSRI: 'sha384-S57yQDg1MTzF56Oi9DbSQ14u7jBy0RDdx0YbeV7shwhCS88G8SCXeFq82PafhCrW',
  },
  credentialSubject: { id: SCHEMA, type: 'JsonSchema', jsonSchema: schemaOf(), ...subject },
  ...changes,
});

/** A network in memory; a schema credential is believed as it is. */
function sourcesOf(
  documents: Readonly<Record<string, unknown>>,
  changes: Partial<SchemaSources> = {},
): SchemaSources {
  return {
    fetchSchema: async (url) => {
      const found = documents[url];
      if (found === undefined) return { problem: 'unreachable' };
      return { bytes: found instanceof Uint8Array ? found : Buffer.from(JSON.stringify(found)) };
    },
    openSchemaCredential: async (bytes) => ({ credential: JSON.parse(Buffer.from(bytes).toString()) }),
    validator: inProcessSchemaValidator,
    ...changes,
  };
}

const entry = { id: SCHEMA, type: 'JsonSchema' };
const packagedEntry = { id: SCHEMA_CREDENTIAL, type: 'JsonSchemaCredential' };

async function reasonOf(
  credentialSchema: object,
  documents: Readonly<Record<string, unknown>>,
  changes: Partial<SchemaSources> = {},
): Promise<SchemaReason | undefined> {
  const sources = sourcesOf(documents, changes);
  const { entries } = await evaluateCredentialSchemas(
    { ...credential, credentialSchema: credentialSchema as typeof entry },
    sources,
  );
  return entries[0]?.reason;
}

describe.each([D2020, D2019, D7, D7.slice(0, -1)])('JsonSchema in %s (VC JSON Schema 1.0)', ($schema) => {
  it.each<[string, object, SchemaReason]>([
    ['2.1 the schema that it names, and conforms', {}, 'conforms'],
    ['2.1 the address of another schema', { $id: 'https://a.example/schemas/phone.json' }, 'otherSchema'],
    ['3.1.1 no $id', { $id: undefined }, 'idMissing'],
    ['3.1.1 an $id that is no reference', { $id: 'not a uri' }, 'idMissing'],
    ['3.1.1 an $id that is another reference', { $id: 'not-a-uri' }, 'otherSchema'],
    ['3.1.1 an $id that is a relative reference to it', { $id: 'email.json' }, 'conforms'],
    ['3.1.2 no $schema', { $schema: undefined }, 'dialectMissing'],
    ['4.2 an unsupported version', { $schema: 'http://json-schema.org/draft-04/schema#' }, 'unknownDialect'],
    ['4.2 a contradiction', { properties: { credentialSubject: { required: ['name'] } } }, 'violated'],
    ['4.2 no valid schema', { type: 'everything' }, 'invalidSchema'],
    [
      'a reference to another document',
      { properties: { issuer: { $ref: 'https://b.example/x' } } },
      'remoteReference',
    ],
    [
      'a reference to itself without end',
      { $ref: '#', type: undefined, properties: undefined },
      'tooComplex',
    ],
    ['an asynchronous schema', { $async: true }, 'invalidSchema'],
    ['an unknown format', { properties: { issuer: { format: 'ledger' } } }, 'conforms'],
  ])('%s', async (_, changes, reason) => {
    expect(await reasonOf(entry, { [SCHEMA]: schemaOf({ $schema, ...changes }) })).toBe(reason);
  });

  it('4.2 a value that is not of its format', () => {
    const value = { ...credential, credentialSubject: { emailAddress: 'not an email' } };
    expect(evaluateJsonSchema(schemaOf({ $schema }), value)).toEqual({
      outcome: 'failure',
      reason: 'violated',
      pointer: '/credentialSubject/emailAddress',
      keyword: 'format',
    });
  });
});

describe('JsonSchema', () => {
  const bytes = Buffer.from(JSON.stringify(schemaOf()));
  const digestSRI = `sha384-${createHash('sha384').update(bytes).digest('base64')}`;

  it.each<[string, object, unknown, SchemaReason]>([
    ['of another type is not guessed at', { type: 'NoSuchSchema2030' }, schemaOf(), 'unknownType'],
    ['out of reach', {}, undefined, 'unreachable'],
    ['that is no JSON', {}, Buffer.from('<html>'), 'unreadable'],
    ['with two meanings', {}, Buffer.from('{"$id": "a", "$id": "b"}'), 'unreadable'],
    ['that is a list', {}, [], 'invalidSchema'],
    ['of more than 256 KiB', {}, Buffer.alloc(262_145, ' '), 'tooLarge'],
    ['of 65 levels', {}, Buffer.from(`${'{"not":'.repeat(65)}{}${'}'.repeat(65)}`), 'unreadable'],
    ['with its digest (4.1)', { digestSRI }, bytes, 'conforms'],
    ['with the digest of another (4.1)', { digestSRI }, schemaOf({ title: 'Changed' }), 'digestMismatch'],
    [
      'with a digest that cannot be computed (4.1)',
      { digestMultibase: 'uHgIBAg' },
      bytes,
      'digestUnsupported',
    ],
  ])('%s', async (_, changes, found, reason) => {
    expect(await reasonOf({ ...entry, ...changes }, { [SCHEMA]: found })).toBe(reason);
  });

  it('from a source that fails', async () => {
    const fetchSchema = () => Promise.reject(new Error('broken'));
    expect(await reasonOf(entry, {}, { fetchSchema })).toBe('unavailable');
  });

  it('cannot claim the name of its dialect', async () => {
    const changes = { $id: D2020, type: 'array' };
    expect(await reasonOf({ ...entry, id: D2020 }, { [D2020]: schemaOf(changes) })).not.toBe('conforms');
    expect(await reasonOf(entry, { [SCHEMA]: schemaOf() })).toBe('conforms');
  });

  it('leaves nothing behind for the next one', async () => {
    const $defs = { a: { $id: 'https://a.example/secret', type: 'object' } };
    expect(await reasonOf(entry, { [SCHEMA]: schemaOf({ $defs }) })).toBe('conforms');
    const changes = { $ref: 'https://a.example/secret' };
    expect(await reasonOf(entry, { [SCHEMA]: schemaOf(changes) })).toBe('remoteReference');
  });
});

describe('JsonSchemaCredential', () => {
  it.each<[string, unknown, SchemaReason]>([
    ['2.2 that holds a schema', schemaCredentialOf(), 'conforms'],
    [
      '2.2 whose own schema stands at its newer address',
      schemaCredentialOf({
        credentialSchema: {
          id: 'https://www.w3.org/ns/credentials/json-schema/v2.json',
          type: 'JsonSchema',
          digestSRI: 'sha384-S57yQDg1MTzF56Oi9DbSQ14u7jBy0RDdx0YbeV7shwhCS88G8SCXeFq82PafhCrW',
        },
      }),
      'conforms',
    ],
    [
      '2.2 with the digest of another schema of its own',
      schemaCredentialOf({
        credentialSchema: {
          id: 'https://www.w3.org/ns/credentials/json-schema/v2.json',
          type: 'JsonSchema',
          digestSRI: 'sha384-dNwyy/Zs/YjPor8aoOgnaCqb+PH24QcNFxbxM1XoBOxdbgnpQcVaGYH8QunXww2U',
        },
      }),
      'invalidSchemaCredential',
    ],
    ['2.2 with another id', schemaCredentialOf({ id: 'https://a.example/credentials/2' }), 'otherSchema'],
    [
      '2.2 of no such type',
      schemaCredentialOf({ type: ['VerifiableCredential'] }),
      'invalidSchemaCredential',
    ],
    ['2.2 whose subject has no type', schemaCredentialOf({}, { type: undefined }), 'invalidSchemaCredential'],
    [
      '2.2 whose subject has another type',
      schemaCredentialOf({}, { type: 'Other' }),
      'invalidSchemaCredential',
    ],
    [
      '2.2 whose subject has no schema',
      schemaCredentialOf({}, { jsonSchema: undefined }),
      'invalidSchemaCredential',
    ],
    [
      '2.2 with another schema of its own',
      schemaCredentialOf({ credentialSchema: { id: SCHEMA, type: 'JsonSchema' } }),
      'invalidSchemaCredential',
    ],
    [
      '2.2 without a schema of its own',
      schemaCredentialOf({ credentialSchema: [] }),
      'invalidSchemaCredential',
    ],
    [
      '3.1.1 whose schema has no $id',
      schemaCredentialOf({}, { jsonSchema: schemaOf({ $id: undefined }) }),
      'idMissing',
    ],
    [
      '3.1.1 whose schema has another $id',
      schemaCredentialOf({}, { jsonSchema: schemaOf({ $id: 'not-a-uri' }) }),
      'otherSchema',
    ],
    [
      '3.1.2 whose schema has no $schema',
      schemaCredentialOf({}, { jsonSchema: schemaOf({ $schema: undefined }) }),
      'dialectMissing',
    ],
    [
      '4.2 whose schema is contradicted',
      schemaCredentialOf({}, { jsonSchema: schemaOf({ required: ['a'] }) }),
      'violated',
    ],
    [
      '4.2 whose schema is of an unknown version',
      schemaCredentialOf({}, { jsonSchema: schemaOf({ $schema: 'urn:a' }) }),
      'unknownDialect',
    ],
  ])('%s', async (_, found, reason) => {
    expect(await reasonOf(packagedEntry, { [SCHEMA_CREDENTIAL]: found })).toBe(reason);
  });

  it.each([
    ['rejected', 'schemaCredentialRejected'],
    ['undetermined', 'schemaCredentialUnchecked'],
  ] as const)('4.1 that is %s', async (problem, reason) => {
    const openSchemaCredential = async () => ({ problem });
    const documents = { [SCHEMA_CREDENTIAL]: schemaCredentialOf() };
    expect(await reasonOf(packagedEntry, documents, { openSchemaCredential })).toBe(reason);
  });
});

describe('several schemas', () => {
  const other = 'https://a.example/schemas/other.json';
  const evaluate = async (credentialSchema: (typeof entry)[], found: unknown) =>
    evaluateCredentialSchemas(
      { ...credential, credentialSchema },
      sourcesOf({ [SCHEMA]: schemaOf(), [other]: found }),
    );
  const both = [entry, { id: other, type: 'JsonSchema' }];

  it.each([
    ['success', schemaOf({ $id: other })],
    ['indeterminate', undefined],
    ['failure', schemaOf({ $id: other, required: ['a'] })],
  ])('are a %s together with the lowest', async (outcome, found) => {
    expect((await evaluate(both, found)).outcome).toBe(outcome);
  });

  it('of which a contradicted one counts more than one out of reach', async () => {
    const entries = [{ id: 'urn:nowhere', type: 'JsonSchema' }, ...both];
    expect((await evaluate(entries, schemaOf({ $id: other, required: ['a'] }))).outcome).toBe('failure');
  });

  it('more than five are not all looked at', async () => {
    const { outcome, entries } = await evaluate(Array<typeof entry>(6).fill(entry), undefined);
    expect([outcome, entries[5]?.reason]).toEqual(['indeterminate', 'tooLarge']);
  });

  it('none is a success', async () => {
    expect((await evaluateCredentialSchemas(credential, sourcesOf({}))).outcome).toBe('success');
  });
});
