import { Ajv2020, type Options, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { FastifyInstance } from 'fastify';
import { AppError, invalidField } from '../kernel/errors.js';
import { isUuid } from '../kernel/ids.js';
import { appendToken } from '../kernel/jsonPointer.js';
import { isJsonObject, parseStrictJson } from '../kernel/strictJson.js';

const COMMON: Options = {
  strict: true,
  allErrors: true,
  useDefaults: false,
  discriminator: true,
  removeAdditional: false,
};

/**
 * Bodies are closed and taken as they are: nothing is dropped, filled in or converted. Query and path values are text on the wire, so there
 * (and only there) "20" counts as the number 20.
 */
export function validateStrictly(app: FastifyInstance): void {
  app.setValidatorCompiler(({ schema, httpPart }) =>
    (httpPart === 'body' ? compileBody : compileText)(schema as object),
  );
}

const compileBody = compilingOnce(withFormats(new Ajv2020({ ...COMMON, coerceTypes: false })));
const compileText = compilingOnce(withFormats(new Ajv2020({ ...COMMON, coerceTypes: true })));

/** Of schemas that say the same, one: most of what a start waits for is compiling them, and two thirds of the routes share theirs. */
function compilingOnce(ajv: Ajv2020): (schema: object) => ValidateFunction {
  const compiled = new Map<string, ValidateFunction>();
  return (schema) => {
    const said = JSON.stringify(schema);
    const validate = compiled.get(said) ?? ajv.compile(schema);
    compiled.set(said, validate);
    return validate;
  };
}

function withFormats(ajv: Ajv2020): Ajv2020 {
  addFormats.default(ajv, ['date', 'date-time', 'email']);
  ajv.addFormat('uri', isUri);
  ajv.addFormat('uuid', isUuid);
  ajv.addFormat('date-time', isInstant);
  // An annotation of OpenAPI that says nothing about validity.
  ajv.addVocabulary(['example']);
  return ajv;
}

/** RFC 3986, written in ASCII, and one that the data model of credentials and a URL parser take as well (a port of 99999 is none). */
function isUri(text: string): boolean {
  return (
    /^[A-Za-z][A-Za-z0-9+.-]*:(?:[\w.~:/?#[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+$/.test(text) &&
    URL.canParse(text)
  );
}

/** RFC 3339 with a zone, and nothing that JavaScript or PostgreSQL could not hold (leap seconds, the year 0). */
function isInstant(text: string): boolean {
  const match = /^([1-9]\d{3})-\d\d-(\d\d)T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.exec(text);
  if (!match || Number.isNaN(Date.parse(text))) return false;
  // Date.parse takes 30 February for 2 March.
  return new Date(`${text.slice(0, 10)}T00:00:00Z`).getUTCDate() === Number(match[2]);
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** JSON as RFC 8259 has it: bytes that are not UTF-8 are an error, not replacement characters; no `__proto__` in what is not merely judged. */
export function parseJsonStrictly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    let text: string;
    try {
      text = UTF8.decode(body as Buffer);
    } catch {
      done(invalidJson());
      return;
    }
    // One of the two parsers below would take a byte order mark, the other not.
    if (text.startsWith('\ufeff')) {
      done(invalidJson());
      return;
    }
    const { takesAnyValue } = request.routeOptions.config;
    if (takesAnyValue === undefined) {
      void parse(request, text, done);
      return;
    }
    const read = readAnyValue(text, takesAnyValue);
    if (read) done(null, read.value);
    else done(ambiguousJson());
  });
}

/**
 * A body in which any JSON may stand is read as one of one meaning, since of two equal members one reader would take the first and another
 * the last. Where it has several, or none that is looked at, the members that the route judges are nothing that could be judged well.
 */
function readAnyValue(text: string, { judged }: AnyValue): { readonly value: unknown } | undefined {
  const strict = parseStrictJson(text);
  if (strict || judged.length === 0) return strict;
  try {
    const value: unknown = JSON.parse(text);
    if (!isJsonObject(value)) return { value };
    const replaced = Object.entries(value).map(([name, member]) => [
      name,
      judged.includes(name) ? null : member,
    ]);
    return { value: Object.fromEntries(replaced) };
  } catch {
    return undefined;
  }
}

function ambiguousJson(): AppError {
  return new AppError(
    'request/malformed-json',
    'The body is not one JSON document of bounded depth and size, or a member stands in it twice.',
  );
}

/** As Fastify's own parser says it, for `http/problem.ts`. */
function invalidJson(): Error {
  return Object.assign(new Error('not JSON'), { code: 'FST_ERR_CTP_INVALID_JSON_BODY', statusCode: 400 });
}

/** The largest body that a route takes has some 600 values. */
const MOST_VALUES = 5_000;

/**
 * A body without required members may be left out. Text that a database cannot hold (NUL, half a surrogate pair) is refused everywhere but
 * where a route declares that it takes any value. So is a body of very many values: the validator names all that is wrong, and compares
 * each item of a list with each other one, both before it minds that the list is too long.
 */
export function checkBeforeValidation(app: FastifyInstance): void {
  app.addHook('preValidation', async (request) => {
    const { schema, config } = request.routeOptions;
    const takesBody = schema?.body !== undefined && !request.isMultipart();
    if (takesBody && request.body === undefined) request.body = {};
    if (takesBody && config.takesAnyValue === undefined) {
      refuseMany(request.body);
      refuseUnstorable(request.body, '');
    }
    refuseUnstorable(request.query, '/querystring');
    refuseUnstorable(request.params, '/params');
  });
}

/** Throws `request/too-large`. Not recursive: depth is the sender's choice. */
function refuseMany(body: unknown): void {
  const open = [body];
  for (let seen = 0; open.length > 0; seen += 1) {
    if (seen + open.length > MOST_VALUES)
      throw new AppError('request/too-large', 'The body holds more values than any route takes.');
    const value = open.pop();
    if (typeof value === 'object' && value !== null)
      for (const child of Object.values(value)) open.push(child);
  }
}

/** Throws `request/invalid` with the place of the first text that cannot be stored. */
export function refuseUnstorable(value: unknown, base: string): void {
  const pointer = findUnstorable(value, base);
  if (pointer !== undefined)
    throw invalidField(pointer, 'holds a character that no text may hold (NUL, or half a surrogate pair)');
}

/** The pointer of a string, or of what has a member with a name, that PostgreSQL would not take. Not recursive: depth is the sender's choice. */
export function findUnstorable(value: unknown, pointer: string): string | undefined {
  const open: [unknown, string][] = [[value, pointer]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [current, at] = next;
    if (typeof current === 'string' && !isStorable(current)) return at;
    if (typeof current !== 'object' || current === null) continue;
    for (const [token, child] of Object.entries(current)) {
      if (!isStorable(token)) return at;
      open.push([child, appendToken(at, token)]);
    }
  }
  return undefined;
}

function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/** The body may hold any JSON value, however strange; nothing of it is stored as it is. */
interface AnyValue {
  /** Members that are judged rather than refused: where the body has no single meaning, they are `null`. */
  readonly judged: readonly string[];
}

declare module 'fastify' {
  interface FastifyContextConfig {
    takesAnyValue?: AnyValue;
  }
}
