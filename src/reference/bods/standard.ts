import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** The Beneficial Ownership Data Standard 0.4: its own JSON Schemas and codelists. */

export const BODS_VERSION = '0.4';

/** From the sources and from `dist` alike: data are not compiled, they stay where they are. */
const FILE = fileURLToPath(new URL('../../../src/reference/data/bods-0.4.json', import.meta.url));

interface Standard {
  readonly schemas: readonly { readonly $id: string }[];
  /** The title of each code, by the name of its list. */
  readonly codelists: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

let loaded: Standard | undefined;
let compiled: ValidateFunction | undefined;

function standard(): Standard {
  loaded ??= JSON.parse(readFileSync(FILE, 'utf8')) as Standard;
  return loaded;
}

/** Compiled once, when first needed. */
export function statementValidator(): ValidateFunction {
  if (compiled) return compiled;
  // What the standard writes is taken as it is: `strict` would mind its habits, such as formats without a type beside them.
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
  addFormats.default(ajv, ['date', 'date-time', 'uri']);
  for (const schema of standard().schemas) ajv.addSchema(schema);
  compiled = ajv.compile({ $ref: 'bods:statement#/$defs/Statement' });
  return compiled;
}

export function codeTitle(
  list: 'interestType' | 'unspecifiedReason' | 'directOrIndirect',
  code: string,
): string {
  const titles = standard().codelists[list] ?? {};
  return Object.hasOwn(titles, code) ? (titles[code] ?? code) : code;
}
