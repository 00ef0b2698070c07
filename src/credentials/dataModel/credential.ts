import { parseDateTimeStamp } from '../dateTimeStamp.js';
import { isJsonObject } from '../../kernel/strictJson.js';
import { readContexts } from './contexts.js';
import {
  checkMembers,
  CREDENTIAL_MEMBERS,
  CREDENTIAL_V1_MEMBERS,
  oncePerPlace,
  subjectProblems,
} from './members.js';
import {
  listOf,
  type Check,
  type JsonObject,
  type OneOrMany,
  type Outcome,
  type Problem,
} from './problems.js';
import { CREDENTIALS_V1_CONTEXT, type CREDENTIALS_V2_CONTEXT } from './termScope.js';
import { languageProblems, nameProblems, partyProblems, typeProblems } from './values.js';

export type TypedObject = JsonObject & { readonly type: OneOrMany<string> };

/** Text, or text in a language (§11.1). */
export type LanguageText =
  | string
  | { readonly '@value': string; readonly '@language'?: string; readonly '@direction'?: 'ltr' | 'rtl' };

interface CredentialMembers {
  readonly id?: string;
  readonly type: OneOrMany<string>;
  readonly issuer: string | (JsonObject & { readonly id: string });
  readonly name?: OneOrMany<LanguageText>;
  readonly description?: OneOrMany<LanguageText>;
  readonly credentialSubject: OneOrMany<JsonObject>;
  readonly credentialStatus?: OneOrMany<TypedObject>;
  readonly credentialSchema?: OneOrMany<TypedObject & { readonly id: string }>;
  readonly evidence?: OneOrMany<TypedObject>;
  readonly termsOfUse?: OneOrMany<TypedObject>;
  readonly refreshService?: OneOrMany<TypedObject>;
}

/** VC Data Model 2.0. */
export interface Credential extends CredentialMembers {
  readonly '@context': readonly [typeof CREDENTIALS_V2_CONTEXT, ...unknown[]];
  readonly validFrom?: string;
  readonly validUntil?: string;
  readonly relatedResource?: OneOrMany<JsonObject & { readonly id: string }>;
}

/** VC Data Model 1.1. */
export interface CredentialV1 extends CredentialMembers {
  readonly '@context': readonly [typeof CREDENTIALS_V1_CONTEXT, ...unknown[]];
  readonly issuanceDate: string;
  readonly expirationDate?: string;
}

const NOT_AN_OBJECT = { problems: [{ pointer: '', detail: 'must be a JSON object' }] };

/** VC Data Model 2.0. Never throws, whatever the value. */
export function checkCredential(value: unknown): Outcome<Credential> {
  if (!isJsonObject(value)) return NOT_AN_OBJECT;
  const { scope, problems: contextProblems } = readContexts(value['@context']);
  const problems = [
    ...contextProblems,
    // §4.5
    ...typeProblems(value['type'], '/type', 'VerifiableCredential', scope),
    // §4.6
    ...nameProblems(value, ''),
    // §4.7
    ...partyProblems(value['issuer'], '/issuer'),
    // §4.8
    ...subjectProblems(value['credentialSubject']),
    // §4.9
    ...validityProblems(value),
    ...checkMembers(value, CREDENTIAL_MEMBERS),
    // §11.1
    ...languageProblems(value),
  ];
  return problems.length === 0
    ? { value: value as unknown as Credential }
    : { problems: oncePerPlace(problems) };
}

/** VC Data Model 1.1 (Recommendation of 3 March 2022). Never throws, whatever the value. */
export function checkCredentialV1(value: unknown): Outcome<CredentialV1> {
  if (!isJsonObject(value)) return NOT_AN_OBJECT;
  const { scope, problems: contextProblems } = readContexts(value['@context'], CREDENTIALS_V1_CONTEXT);
  const problems = [
    // §4.1
    ...contextProblems,
    // §4.3
    ...typeProblems(value['type'], '/type', 'VerifiableCredential', scope),
    // §4.5
    ...partyProblems(value['issuer'], '/issuer'),
    // §4.4
    ...subjectProblems(value['credentialSubject']),
    // §4.6, §4.8: an `xsd:dateTime`, which without an offset would name no instant.
    ...dateProblems(value['issuanceDate'], '/issuanceDate'),
    ...checkMembers(value, { expirationDate: dateProblems, ...CREDENTIAL_V1_MEMBERS }),
  ];
  return problems.length === 0
    ? { value: value as unknown as CredentialV1 }
    : { problems: oncePerPlace(problems) };
}

/** Either version: what the first context says it is, and 2.0 where it says nothing. */
export function checkAnyCredential(value: unknown): Outcome<Credential | CredentialV1> {
  return claimsVersion1(value) ? checkCredentialV1(value) : checkCredential(value);
}

/** True for a document whose first context is the one of version 1.1; it need not be in order otherwise. */
export function claimsVersion1(value: unknown): boolean {
  if (!isJsonObject(value)) return false;
  const context = value['@context'];
  return (Array.isArray(context) ? (context as unknown[])[0] : context) === CREDENTIALS_V1_CONTEXT;
}

/** The same of a credential that was checked. */
export function isVersion1(credential: Credential | CredentialV1): credential is CredentialV1 {
  return claimsVersion1(credential);
}

export function typesOf(typed: { readonly type: OneOrMany<string> }): readonly string[] {
  return listOf(typed.type);
}

export function issuerIdOf({ issuer }: Pick<CredentialMembers, 'issuer'>): string {
  return typeof issuer === 'string' ? issuer : issuer.id;
}

/** `xsd:dateTimeStamp`: a date-time whose offset is not left out. */
const dateProblems: Check = (value, pointer) => (parseDateTimeStamp(value) ? [] : [notADate(pointer)]);

function notADate(pointer: string): Problem {
  return { pointer, detail: 'must be a date-time with a time zone offset' };
}

/** §4.9: each is an `xsd:dateTimeStamp` where it is present, and `validFrom` is not after `validUntil`. */
function validityProblems(credential: JsonObject): Problem[] {
  const problems: Problem[] = [];
  const [from, until] = ['validFrom', 'validUntil'].map((member) => {
    const instant = parseDateTimeStamp(credential[member]);
    if (!instant && Object.hasOwn(credential, member)) problems.push(notADate(`/${member}`));
    return instant;
  });
  if (from && until && from > until) {
    problems.push({ pointer: '/validUntil', detail: 'must not be before validFrom' });
  }
  return problems;
}
