import type { ErrorObject } from 'ajv/dist/2020.js';
import type { FieldError } from '../../kernel/errors.js';
import { appendToken } from '../../kernel/jsonPointer.js';
import { statementValidator } from './standard.js';
import type { BodsStatement } from './statement.js';

/**
 * Whether a file holds BODS 0.4 statements, by the standard's own schema. Bounded before anything is looked at, since it comes from anywhere, and about
 * persons: what is said of an error is where it is and what belongs there, never what was found.
 */

export const MAX_STATEMENTS = 500;
const MAX_VALUES = 20_000;
const MAX_DEPTH = 16;
const MAX_TEXT_LENGTH = 5_000;
/** So many are of use to whoever mends a file. */
const MAX_PROBLEMS = 50;

export type Judged =
  | { readonly problems: readonly FieldError[]; readonly statements?: never }
  | { readonly problems: readonly []; readonly statements: readonly BodsStatement[] };

export function readStatements(file: unknown): Judged {
  const outOfBounds = boundsProblem(file);
  if (outOfBounds) return { problems: [outOfBounds] };
  const problems: FieldError[] = [];
  const validate = statementValidator();
  for (const [index, statement] of (file as unknown[]).entries()) {
    if (!validate(statement)) problems.push(...explain(validate.errors ?? [], `/${index}`));
    if (problems.length >= MAX_PROBLEMS) return { problems: problems.slice(0, MAX_PROBLEMS) };
  }
  return problems.length > 0 ? { problems } : { problems: [], statements: file as BodsStatement[] };
}

/** Not recursive: depth is the sender's choice. */
function boundsProblem(file: unknown): FieldError | undefined {
  if (!Array.isArray(file)) return { pointer: '', detail: 'must be an array of BODS statements' };
  if (file.length > MAX_STATEMENTS)
    return { pointer: '', detail: `must have at most ${MAX_STATEMENTS} statements` };
  const open: { value: unknown; pointer: string; depth: number }[] = file.map((value: unknown, index) => ({
    value,
    pointer: `/${index}`,
    depth: 1,
  }));
  for (let seen = 0, next = open.pop(); next; next = open.pop(), seen += 1) {
    const { value, pointer, depth } = next;
    const statement = pointer.split('/', 2).join('/');
    if (seen + open.length > MAX_VALUES)
      return { pointer: '', detail: `must have at most ${MAX_VALUES} values` };
    if (depth > MAX_DEPTH) return { pointer: statement, detail: 'is nested too deeply' };
    if (typeof value === 'string' && value.length > MAX_TEXT_LENGTH)
      return { pointer: statement, detail: `holds a text of more than ${MAX_TEXT_LENGTH} characters` };
    if (typeof value !== 'object' || value === null) continue;
    if (Object.hasOwn(value, '__proto__'))
      return { pointer: statement, detail: 'has a member called __proto__' };
    for (const child of Object.values(value))
      open.push({ value: child, pointer: statement, depth: depth + 1 });
  }
  return undefined;
}

/** Where one of several forms is asked for, what it is about is said once, and not why each form does not fit. */
const ONE_OF: Readonly<Record<string, string>> = {
  subject: 'must be the recordId of an entity, or an object with the reason why there is none',
  interestedParty:
    'must be the recordId of a person or an entity, or an object with the reason why there is none',
  birthDate: 'must be a year, a month (YYYY-MM) or a date',
  deathDate: 'must be a year, a month (YYYY-MM) or a date',
  publisher: 'must have a name or a url',
};

function explain(errors: readonly ErrorObject[], base: string): FieldError[] {
  const choices = new Map(
    errors
      .filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf')
      .map(({ instancePath }) => [instancePath, choiceDetail(instancePath)]),
  );
  const found = errors
    .filter(({ keyword, instancePath }) => keyword !== 'if' && !choices.has(instancePath))
    .map((error): FieldError => {
      if (error.keyword !== 'required')
        return { pointer: base + error.instancePath, detail: detailOf(error) };
      const { missingProperty } = error.params as { missingProperty: string };
      return { pointer: appendToken(base + error.instancePath, missingProperty), detail: 'is missing' };
    });
  const all = [
    ...[...choices].map(([path, detail]): FieldError => ({ pointer: base + path, detail })),
    ...found,
  ];
  return [...new Map(all.map((problem) => [`${problem.pointer} ${problem.detail}`, problem])).values()];
}

function choiceDetail(instancePath: string): string {
  const tokens = instancePath.split('/');
  const name = tokens.at(-1) ?? '';
  if (Object.hasOwn(ONE_OF, name)) return ONE_OF[name] ?? '';
  if (tokens.at(-2) === 'identifiers') return 'must have a scheme or a schemeName';
  return 'must be a date (YYYY-MM-DD), or a date and time with its zone';
}

/** Of the schema only, so that nothing of a person can stand in it. */
function detailOf({ keyword, params }: ErrorObject): string {
  const known = params as Record<string, unknown>;
  switch (keyword) {
    case 'type':
      return `must be ${String(known['type'])}`;
    case 'enum':
      return `must be one of ${(known['allowedValues'] as string[]).join(', ')}`;
    case 'minLength':
      return `must have at least ${String(known['limit'])} characters`;
    case 'maxLength':
      return `must have at most ${String(known['limit'])} characters`;
    case 'minimum':
    case 'maximum':
      return `must be ${String(known['comparison'])} ${String(known['limit'])}`;
    case 'format':
      return `must be a ${String(known['format'])}`;
    case 'const':
      return known['allowedValue'] === '' ? 'must be empty here' : 'must be an empty list here';
    case 'pattern':
      return 'is not written as the standard has it';
    default:
      return 'is not what the standard has here';
  }
}
