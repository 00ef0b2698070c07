import { Ajv as AjvDraft7, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { isJsonObject } from '../../kernel/strictJson.js';
import { evaluated, type SchemaEvaluation, type SchemaValidator } from './evaluation.js';

type Dialect = 'draft-07' | '2019-09' | '2020-12';

/** `$schema` without an empty fragment → dialect (VC JSON Schema 1.0 §3). */
const DIALECTS: ReadonlyMap<string, Dialect> = new Map([
  ['https://json-schema.org/draft/2020-12/schema', '2020-12'],
  ['https://json-schema.org/draft/2019-09/schema', '2019-09'],
  ['http://json-schema.org/draft-07/schema', 'draft-07'],
]);

const OPTIONS: Options = {
  // Schemas by strangers have members of their own (`name`), and formats that nobody knows.
  strict: false,
  validateFormats: true,
  allErrors: false,
  // What a schema says never reaches a log.
  logger: false,
  // Nothing of the instance is changed, and nothing of it is read as schema.
  useDefaults: false,
  coerceTypes: false,
  removeAdditional: false,
  $data: false,
  loopEnum: 50,
  loopRequired: 50,
};

type Engine = AjvDraft7 | Ajv2019 | Ajv2020;

const ENGINES: Readonly<Record<Dialect, (options: Options) => Engine>> = {
  'draft-07': (options) => new AjvDraft7(options),
  '2019-09': (options) => new Ajv2019(options),
  '2020-12': (options) => new Ajv2020(options),
};

/** For checking schemas against their dialect; these never learn of a stranger's schema, so that one cannot meet another. */
const metaEngines = new Map<Dialect, Engine>();

/**
 * Checks a value against a JSON Schema: drafts 2020-12, 2019-09 and 7, formats asserted. No reference to another document is followed. Never
 * throws; a schema that refers to itself without end is `tooComplex`.
 *
 * NOT bounded in time: a pattern can take for ever on a short text. Only for schemas that are trusted; for others see
 * {@link SchemaValidator}.
 */
export function evaluateJsonSchema(schema: unknown, instance: unknown): SchemaEvaluation {
  try {
    return evaluate(schema, instance);
  } catch (error) {
    // A stack that ran over, while compiling or while checking.
    if (error instanceof RangeError) return evaluated('tooComplex');
    return evaluated(isMissingReference(error) ? 'remoteReference' : 'invalidSchema');
  }
}

/** In this thread, without a limit: for a host whose schemas are all its own. */
export const inProcessSchemaValidator: SchemaValidator = {
  validate: async (schema, instance) => evaluateJsonSchema(schema, instance),
};

function evaluate(schema: unknown, instance: unknown): SchemaEvaluation {
  if (!isJsonObject(schema)) return evaluated('invalidSchema');
  const { $schema } = schema;
  if ($schema === undefined) return evaluated('dialectMissing');
  if (typeof $schema !== 'string') return evaluated('invalidSchema');
  const dialect = DIALECTS.get($schema.replace(/#$/, ''));
  if (!dialect) return evaluated('unknownDialect');
  const meta = metaEngines.get(dialect) ?? withFormats(ENGINES[dialect](OPTIONS));
  metaEngines.set(dialect, meta);
  if (meta.validateSchema(schema) !== true) return evaluated('invalidSchema');
  const validate = compile(schema, dialect);
  const isValid: unknown = validate(instance);
  // `$async` makes a promise of the answer, and a promise is truthy.
  if (typeof isValid !== 'boolean') return evaluated('invalidSchema');
  return isValid ? evaluated('conforms') : evaluated('violated', whereOf(validate.errors));
}

function compile(schema: object, dialect: Dialect): ValidateFunction {
  return withFormats(ENGINES[dialect]({ ...OPTIONS, validateSchema: false })).compile(schema);
}

function withFormats(engine: Engine): Engine {
  addFormats.default(engine, { mode: 'full', keywords: false });
  return engine;
}

function whereOf(errors: ValidateFunction['errors']): { pointer: string; keyword: string } {
  const [first] = (errors ?? []) as readonly ErrorObject[];
  return { pointer: first?.instancePath ?? '', keyword: first?.keyword ?? '' };
}

function isMissingReference(error: unknown): boolean {
  return error instanceof Error && 'missingRef' in error;
}
