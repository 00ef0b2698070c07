import { appendToken } from '../../kernel/jsonPointer.js';
import { isJsonObject } from '../../kernel/strictJson.js';
import { eachOf, optional, type JsonObject, type Problem } from './problems.js';
import type { TermScope } from './termScope.js';
import { isUrl } from './url.js';

/** §4.4: a single URL. */
export function urlProblems(value: unknown, pointer: string): Problem[] {
  return isUrl(value) ? [] : [{ pointer, detail: 'must be a URL' }];
}

/** A URL, or an object with an `id` that is one, and a name and a description where it has them: issuer (§4.7), holder (§4.13). */
export function partyProblems(value: unknown, pointer: string): Problem[] {
  if (!isJsonObject(value)) return urlProblems(value, pointer);
  return [...urlProblems(value['id'], appendToken(pointer, 'id')), ...nameProblems(value, pointer)];
}

/**
 * §4.5: one or more terms or absolute URLs, `required` among them. With a scope, a term must be one that the contexts define, as far
 * as they are known.
 */
export function typeProblems(
  type: unknown,
  pointer: string,
  required?: string,
  scope?: TermScope,
): Problem[] {
  const types = Array.isArray(type) ? (type as readonly unknown[]) : [type];
  if (types.length === 0 || !types.every(isTermOrUrl)) {
    return [{ pointer, detail: 'must be a non-empty string or an array of them' }];
  }
  if (required !== undefined && !types.includes(required)) {
    return [{ pointer, detail: `must include ${required}` }];
  }
  const isKnown = types.every((item) => scope?.maps(item as string) !== 'unmapped' || isUrl(item));
  return isKnown ? [] : [{ pointer, detail: 'must be terms that the contexts define, or absolute URLs' }];
}

function isTermOrUrl(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && !/\s/.test(value);
}

/** §4.6: `name` and `description`, each a string, a language value object, or an array of them. */
export function nameProblems(object: Readonly<Record<string, unknown>>, base: string): Problem[] {
  return [
    ...optional(object, 'name', textProblems, base),
    ...optional(object, 'description', textProblems, base),
  ];
}

function textProblems(value: unknown, pointer: string): Problem[] {
  return eachOf(value, pointer, (entry, at) => {
    if (typeof entry === 'string') return [];
    return isJsonObject(entry) ? languageValueProblems(entry, at) : [{ pointer: at, detail: 'must be text' }];
  });
}

const LANGUAGE_MEMBERS = new Set(['@value', '@language', '@direction']);

/** §11.1 Language and Base Direction: text in `@value`, a well-formed BCP 47 tag, a direction, and nothing else. */
export function languageValueProblems(object: Readonly<Record<string, unknown>>, pointer: string): Problem[] {
  const problems: Problem[] = [];
  const refuse = (member: string, detail: string) =>
    void problems.push({ pointer: appendToken(pointer, member), detail });
  if (typeof object['@value'] !== 'string') refuse('@value', 'must be text');
  if (Object.hasOwn(object, '@language') && !isLanguageTag(object['@language'])) {
    refuse('@language', 'must be a well-formed language tag (BCP 47)');
  }
  if (
    Object.hasOwn(object, '@direction') &&
    object['@direction'] !== 'ltr' &&
    object['@direction'] !== 'rtl'
  ) {
    refuse('@direction', 'must be "ltr" or "rtl"');
  }
  if (Object.keys(object).some((member) => !LANGUAGE_MEMBERS.has(member))) {
    problems.push({ pointer, detail: 'must have no members but @value, @language and @direction' });
  }
  return problems;
}

/**
 * Language value objects anywhere in a document (§11.1): what has `@value` with `@language` or `@direction`. A value with a `@type` and
 * neither of these is a typed value of JSON-LD and not looked at. Not recursive: depth is the sender's choice.
 */
export function languageProblems(document: unknown): Problem[] {
  const problems: Problem[] = [];
  const open: Place[] = [{ value: document }];
  for (let place = open.pop(); place; place = open.pop()) {
    const { value } = place;
    if (typeof value !== 'object' || value === null) continue;
    if (Array.isArray(value)) {
      for (const [index, child] of value.entries()) {
        if (typeof child === 'object') open.push({ value: child, within: place, member: index });
      }
      continue;
    }
    if (Object.hasOwn(value, '@value')) {
      const isLanguageValue = Object.hasOwn(value, '@language') || Object.hasOwn(value, '@direction');
      if (isLanguageValue) problems.push(...languageValueProblems(value as JsonObject, pointerOf(place)));
      continue;
    }
    for (const member in value) {
      const child = (value as JsonObject)[member];
      // Term definitions have `@language` and `@direction` of their own, and no values.
      if (typeof child === 'object' && member !== '@context') {
        open.push({ value: child, within: place, member });
      }
    }
  }
  return problems;
}

/** A value and the way to it: hardly any document has a fault whose pointer would have to be written. */
interface Place {
  readonly value: unknown;
  readonly within?: Place;
  readonly member?: string | number;
}

function pointerOf(place: Place): string {
  const members: (string | number)[] = [];
  for (let at = place; at.within; at = at.within) members.push(at.member ?? '');
  return members.reduceRight<string>(appendToken, '');
}

const LANGUAGE_TAG =
  /^(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?(?:-(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*(?:-[a-wyz\d](?:-[a-z\d]{2,8})+)*(?:-x(?:-[a-z\d]{1,8})+)?$/i;
const PRIVATE_LANGUAGE_TAG = /^x(?:-[a-z\d]{1,8})+$/i;
/** RFC 5646 §2.1, `irregular`: grandfathered tags that the syntax does not cover. */
const IRREGULAR_TAGS = new Set(
  'en-gb-oed i-ami i-bnn i-default i-enochian i-hak i-klingon i-lux i-mingo i-navajo i-pwn i-tao i-tay i-tsu sgn-be-fr sgn-be-nl sgn-ch-de'.split(
    ' ',
  ),
);
const MAX_TAG_LENGTH = 100;

/** Well-formed in the sense of RFC 5646 §2.2.9: the syntax, not whether its subtags are registered. */
function isLanguageTag(value: unknown): boolean {
  if (typeof value !== 'string' || value.length > MAX_TAG_LENGTH) return false;
  return (
    LANGUAGE_TAG.test(value) || PRIVATE_LANGUAGE_TAG.test(value) || IRREGULAR_TAGS.has(value.toLowerCase())
  );
}

const TOKEN = '[A-Za-z0-9!#$&^_.+-]{1,127}';
const MEDIA_TYPE = new RegExp(`^${TOKEN}/${TOKEN}(?:\\s*;\\s*${TOKEN}=(?:${TOKEN}|"[^"\\\\]{0,200}"))*$`);

/** RFC 6838 §4.2, with parameters (RFC 9110 §8.3.1). */
export function isMediaType(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 500 && MEDIA_TYPE.test(value);
}
