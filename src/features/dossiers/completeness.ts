import { REPRESENTATION, type Profile } from '../../credentials/profiles/profile.js';
import { pointerTokens, valueAt } from '../../kernel/jsonPointer.js';
import { BLOCKS } from './blocks/index.js';
import type { Completeness, DossierBlocks } from './schemas.js';
import { meets, usualEvidenceFor } from './usualEvidence.js';

type Credential = Completeness['credentials'][number];
type Missing = Credential['missing'][number];

/**
 * What each of the wanted credentials still needs, and what to do next. What most of them lack comes first, so that one step brings the co-op
 * nearer to all of them.
 *
 * @param supported fields that the co-op's own uploads name
 */
export function computeCompleteness(
  wanted: readonly Profile[],
  blocks: DossierBlocks,
  supported: readonly string[],
): Omit<Completeness, 'version'> {
  const neededBy = (pointer: string) =>
    wanted.filter(({ requiredFields }) => requiredFields.includes(pointer)).map(({ type }) => type);
  const credentials = wanted.map((profile) => {
    const missing = profile.requiredFields
      .filter((pointer) => valueAt(blocks, pointer) === undefined)
      .map((pointer) => describeMissing(pointer, neededBy(pointer)));
    const byUse = missing.toSorted((one, other) => other.neededBy.length - one.neededBy.length);
    return toCredential(profile, byUse, supported);
  });
  const nearest = credentials
    .filter(({ isReady }) => !isReady)
    .toSorted((one, other) => one.missing.length - other.missing.length)[0];
  const all = credentials.flatMap(({ missing }) => missing);
  const mostShared = all.toSorted((one, other) => other.neededBy.length - one.neededBy.length)[0];
  const isShared = mostShared !== undefined && mostShared.neededBy.length > 1;
  const next = isShared ? toFill(mostShared, mostShared.neededBy) : (nearest ?? credentials[0])?.next;
  return { credentials, ...(next ? { next } : {}) };
}

function toCredential(
  profile: Profile,
  missing: readonly Missing[],
  supported: readonly string[],
): Credential {
  const { type, title, requiredFields, requiredChecks } = profile;
  // One of a list's entries (`/*`) is as good as the list.
  const rests = [...new Set([...requiredFields, ...requiredChecks])].map((pointer) =>
    pointer.replace(/\/\*$/, ''),
  );
  const [first] = missing;
  return {
    credentialType: type,
    title,
    isReady: missing.length === 0,
    have: requiredFields.length - missing.length,
    need: requiredFields.length,
    missing: [...missing],
    next: first ? toFill(first, [type]) : toApply(type),
    usualEvidence: usualEvidenceFor(rests).map(({ fields, ...evidence }) => ({
      ...evidence,
      fields: [...fields],
      isThere: supported.some((field) => meets(field, fields)),
    })),
  };
}

function toFill({ pointer, title, help }: Missing, types: readonly string[]): Credential['next'] {
  return {
    action: 'fill_in',
    pointer,
    text: `To get ${types.map(withArticle).join(' and ')} you still need “${title}”${help === '' ? '' : `: ${help}`}.`,
  };
}

function toApply(type: string): Credential['next'] {
  return {
    action: 'apply',
    text: `Everything that ${withArticle(type)} says is filled in: apply to a registrar, with the evidence that it will ask for.`,
  };
}

function withArticle(type: string): string {
  return `${/^[AEIOU]/.test(type) ? 'an' : 'a'} ${type}`;
}

function describeMissing(pointer: string, types: readonly string[]): Missing {
  const { title, help } = describeField(pointer);
  const why =
    types.length === 1
      ? `${types[0] ?? ''} says it.`
      : `${types.length} of the credentials say it: ${types.join(', ')}.`;
  return { pointer, title, help, why, neededBy: [...types] };
}

interface SchemaNode {
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
}

/** What a field is called, and what belongs into it, in the words of its block's own schema. */
export function describeField(pointer: string): { readonly title: string; readonly help: string } {
  if (pointer === REPRESENTATION)
    return { title: 'Representation', help: 'That the person who applies acts for the co-op' };
  const [block, ...tokens] = pointerTokens(pointer);
  let node = BLOCKS.find(({ name }) => name === block)?.schema as SchemaNode | undefined;
  for (const token of tokens) node = /^\d+$/.test(token) ? node?.items : node?.properties?.[token];
  const [example] = node?.examples ?? [];
  const shown = typeof example === 'string' || typeof example === 'number' ? `, for example ${example}` : '';
  return {
    title: toWords(tokens.at(-1) ?? block ?? ''),
    help: node?.description === undefined ? '' : `${node.description}${shown}`,
  };
}

/** `memberCountOn` → `Member count on`. */
function toWords(name: string): string {
  const words = name.replaceAll(
    /([a-z])([A-Z])/g,
    (_all, end: string, start: string) => `${end} ${start.toLowerCase()}`,
  );
  return words.charAt(0).toUpperCase() + words.slice(1);
}
