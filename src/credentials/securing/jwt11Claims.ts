import { issuerIdOf, listOf, type CredentialV1 } from '../dataModel.js';
import { parseDateTimeStamp } from '../dateTimeStamp.js';
import { isJsonObject } from '../../kernel/strictJson.js';
import type { JwtClaims } from './jwtClaims.js';

/**
 * VC Data Model 1.1 §6.3.1: registered claims stand "instead of, or in addition to" members of the `vc` or `vp` object beside them. Whichever
 * way it was said, it is said once here; two that contradict each other are no reading at all.
 */
type JsonObject = Readonly<Record<string, unknown>>;
type Restored = { readonly value: JsonObject } | { readonly problem: 'conflictingClaims' };

const CONFLICT: unique symbol = Symbol('a claim and a member that contradict each other');

/** JWT decoding of a credential; nothing of the result is checked. Where both are there and agree, the member's spelling is kept. */
export function restoreCredential(vc: JsonObject, claims: JwtClaims): Restored {
  return merge(vc, {
    id: mergeText(vc['id'], claims.jti),
    issuer: mergeParty(vc['issuer'], claims.iss),
    credentialSubject: mergeSubject(vc['credentialSubject'], claims.sub),
    issuanceDate: mergeDate(vc['issuanceDate'], claims.nbf),
    expirationDate: mergeDate(vc['expirationDate'], claims.exp),
  });
}

/** JWT decoding of a presentation, whose dates have no members. */
export function restorePresentation(vp: JsonObject, claims: JwtClaims): Restored {
  return merge(vp, {
    id: mergeText(vp['id'], claims.jti),
    holder: mergeParty(vp['holder'], claims.iss),
  });
}

/** JWT encoding: the claims of a credential with one subject. Dates lose what they have below a second. */
export function claimsOf(credential: CredentialV1): JwtClaims & { readonly iss: string } {
  const { id, issuanceDate, expirationDate } = credential;
  const [subject] = listOf(credential.credentialSubject);
  const sub = subject?.['id'];
  const nbf = toNumericDate(issuanceDate);
  const exp = toNumericDate(expirationDate);
  return {
    iss: issuerIdOf(credential),
    ...(typeof sub === 'string' && { sub }),
    ...(id !== undefined && { jti: id }),
    ...(nbf !== undefined && { nbf }),
    ...(exp !== undefined && { exp }),
  };
}

function merge(object: JsonObject, members: JsonObject): Restored {
  const present = Object.entries(members).filter(([, value]) => value !== undefined);
  if (present.some(([, value]) => value === CONFLICT)) return { problem: 'conflictingClaims' };
  return { value: { ...object, ...Object.fromEntries(present) } };
}

function mergeText(member: unknown, claim: string | undefined): unknown {
  if (claim === undefined) return member;
  return member === undefined || member === claim ? claim : CONFLICT;
}

/** An issuer or holder: its id, or an object that has one (§4.5). */
function mergeParty(member: unknown, claim: string | undefined): unknown {
  return isJsonObject(member) ? mergeId(member, claim) : mergeText(member, claim);
}

/** One claim speaks of one subject: with several, it would not say of which. */
function mergeSubject(member: unknown, claim: string | undefined): unknown {
  if (claim === undefined) return member;
  if (!Array.isArray(member)) return mergeId(member ?? {}, claim);
  const [only, ...others] = member as readonly unknown[];
  if (others.length > 0) return CONFLICT;
  const merged = mergeId(only, claim);
  return merged === CONFLICT ? merged : [merged];
}

/** What is not an object stays, for the check of the data model to find. */
function mergeId(member: unknown, claim: string | undefined): unknown {
  if (!isJsonObject(member)) return member;
  const id = mergeText(member['id'], claim);
  if (id === CONFLICT) return CONFLICT;
  return id === undefined ? member : { ...member, id };
}

/** Whether down, up or to the nearest, a date becomes a number by less than a second. One that is none stays to be found. */
function mergeDate(member: unknown, claim: number | undefined): unknown {
  if (claim === undefined) return member;
  if (member === undefined) return toDateTime(claim);
  const instant = parseDateTimeStamp(member);
  if (!instant) return member;
  return Math.abs(instant.getTime() / 1000 - claim) < 1 ? member : CONFLICT;
}

/** XML Schema's spelling, which has no plus sign before years of more than four digits. */
function toDateTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z').replace(/^\+0?/, '');
}

function toNumericDate(date: string | undefined): number | undefined {
  const instant = parseDateTimeStamp(date);
  return instant && Math.floor(instant.getTime() / 1000);
}
