import { isJsonObject } from '../../kernel/strictJson.js';
import { readContexts } from './contexts.js';
import { checkAnyCredential, claimsVersion1, type TypedObject } from './credential.js';
import { isEnvelope, readEnvelope } from './envelope.js';
import { checkMembers, DOCUMENT_MEMBERS, oncePerPlace } from './members.js';
import {
  eachOf,
  type Check,
  type JsonObject,
  type OneOrMany,
  type Outcome,
  type Problem,
} from './problems.js';
import { CREDENTIALS_V1_CONTEXT } from './termScope.js';
import { languageProblems, nameProblems, partyProblems, typeProblems } from './values.js';

/** A presentation of either version. */
export interface Presentation {
  readonly '@context': readonly [string, ...unknown[]];
  readonly id?: string;
  readonly type: OneOrMany<string>;
  readonly holder?: string | (JsonObject & { readonly id: string });
  /** Credentials, envelopes, and in version 1.1 also tokens. */
  readonly verifiableCredential?: OneOrMany<JsonObject | string>;
  readonly termsOfUse?: OneOrMany<TypedObject>;
}

const NOT_AN_OBJECT = { problems: [{ pointer: '', detail: 'must be a JSON object' }] };

/**
 * VC Data Model 2.0 §4.13. The credentials in it are checked as the data model has them. Not checked: how it and they are secured, and so
 * not §4.13.4 (who presents claims about themselves must be named as holder). Never throws, whatever the value.
 */
export function checkPresentation(value: unknown): Outcome<Presentation> {
  if (!isJsonObject(value)) return NOT_AN_OBJECT;
  const { scope, problems: contextProblems } = readContexts(value['@context']);
  return conclude(value, [
    ...contextProblems,
    ...typeProblems(value['type'], '/type', 'VerifiablePresentation', scope),
    ...nameProblems(value, ''),
    ...checkMembers(value, {
      ...DOCUMENT_MEMBERS,
      holder: partyProblems,
      verifiableCredential: each(credentialProblems),
    }),
    ...languageProblems({ ...value, verifiableCredential: undefined }),
  ]);
}

/** VC Data Model 1.1 §4.10, where a credential may also stand as a token (§6.3.1). Never throws, whatever the value. */
export function checkPresentationV1(value: unknown): Outcome<Presentation> {
  if (!isJsonObject(value)) return NOT_AN_OBJECT;
  const { scope, problems: contextProblems } = readContexts(value['@context'], CREDENTIALS_V1_CONTEXT);
  return conclude(value, [
    ...contextProblems,
    ...typeProblems(value['type'], '/type', 'VerifiablePresentation', scope),
    ...checkMembers(value, {
      ...DOCUMENT_MEMBERS,
      holder: partyProblems,
      verifiableCredential: each((entry, at) => (isCompactToken(entry) ? [] : credentialProblems(entry, at))),
    }),
  ]);
}

/** Either version: what the first context says it is, and 2.0 where it says nothing. */
export function checkAnyPresentation(value: unknown): Outcome<Presentation> {
  return claimsVersion1(value) ? checkPresentationV1(value) : checkPresentation(value);
}

function conclude(value: JsonObject, problems: readonly Problem[]): Outcome<Presentation> {
  return problems.length === 0
    ? { value: value as unknown as Presentation }
    : { problems: oncePerPlace(problems) };
}

const each =
  (check: Check): Check =>
  (value, pointer) =>
    eachOf(value, pointer, check);

/** An object: a credential or an envelope. */
const credentialProblems: Check = (entry, pointer) => {
  const kind = 'EnvelopedVerifiableCredential';
  if (isEnvelope(entry, kind)) {
    const envelope = readEnvelope(entry, kind, pointer);
    return 'problems' in envelope ? [...envelope.problems] : [];
  }
  const checked = checkAnyCredential(entry);
  if (!('problems' in checked)) return [];
  return checked.problems.map(({ pointer: inside, detail }) => ({ pointer: pointer + inside, detail }));
};

/** A JWS in compact form, perhaps with disclosures; what it says is for its format's reader. */
function isCompactToken(value: unknown): boolean {
  return typeof value === 'string' && /^[\w-]+\.[\w-]+\.[\w-]*(?:~[\w.~-]*)?$/.test(value);
}
