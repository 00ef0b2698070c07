import { pointerTokens } from '../../kernel/jsonPointer.js';
import { BLOCKS } from './blocks/index.js';

/** The members of a JSON Schema that say what may stand below a value. */
interface SchemaPart {
  readonly properties?: Readonly<Record<string, SchemaPart>>;
  readonly items?: SchemaPart;
  readonly anyOf?: readonly SchemaPart[];
  readonly oneOf?: readonly SchemaPart[];
  readonly allOf?: readonly SchemaPart[];
}

const INDEX = /^(0|[1-9]\d{0,3})$/;

/**
 * Whether a JSON Pointer leads to a place that a dossier may have: a block, or a member that its schema names. Where a schema leaves open what
 * members are called (BODS), their names may say something about persons, so nothing below is a place.
 */
export function isFieldPlace(pointer: string): boolean {
  const [name, ...tokens] = pointerTokens(pointer);
  const block = BLOCKS.find((known) => known.name === name);
  return block !== undefined && leads(block.schema as SchemaPart, tokens);
}

function leads(schema: SchemaPart, tokens: readonly string[]): boolean {
  const [token, ...rest] = tokens;
  if (token === undefined) return true;
  const alternatives = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  if (alternatives.some((alternative) => leads(alternative, tokens))) return true;
  const { properties = {}, items } = schema;
  const member = Object.hasOwn(properties, token) ? properties[token] : undefined;
  if (member) return leads(member, rest);
  return items !== undefined && INDEX.test(token) && leads(items, rest);
}
