import { appendToken, covers, valueAt } from '../../kernel/jsonPointer.js';

/**
 * A credential type that this service knows, in one file each. A profile is data: its schema and context are immutable once
 * published, so a change of meaning is a new `version`.
 */
export interface Profile {
  /** The credential's type beside `VerifiableCredential`. */
  readonly type: string;
  readonly version: number;
  readonly title: string;
  readonly description: string;
  /**
   * Dossier fields that must each have a confirmed check before an application can be approved. One that ends in `/*` asks for the list as a
   * whole or at least one of its items.
   */
  readonly requiredChecks: readonly string[];
  /** Dossier fields that must have a value before an application can be submitted. */
  readonly requiredFields: readonly string[];
  readonly claims: readonly Claim[];
  /** ISO 8601 duration; a decision may shorten it, never extend it. */
  readonly maximumValidity: string;
  /** How long before its end it may be renewed (ISO 8601). */
  readonly renewalWindow: string;
  /** How long after something it rests on has lapsed or changed it is suspended (ISO 8601). */
  readonly gracePeriod: string;
  /** For checked fields, how old their check may get before the credential lapses (ISO 8601); the others age with the credential. */
  readonly checkMaximumAge: Readonly<Record<string, string>>;
  /** Holds data about persons: never in a form that cannot be disclosed field by field, and sealed under the holder's dossier key. */
  readonly isPersonal: boolean;
  /** Of whom a subject has at most one live credential: of the whole network, or of each issuer. */
  readonly uniqueWithin: 'network' | 'issuer';
  /** It stands for the whole version of the dossier, so it rests on every confirmed check, and claims what is computed of the version. */
  readonly commitsToDossier?: true;
  readonly formats: readonly SecuringFormat[];
  /** JSON Schema 2020-12 of `credentialSubject`'s members beside `id`. */
  readonly subjectMembers: Readonly<Record<string, JsonSchema>>;
  readonly requiredMembers: readonly string[];
  /** JSON-LD definitions of the subject's terms. A value without a scheme, like `#votingRule`, is a term of the profile's own. */
  readonly terms: Readonly<Record<string, TermDefinition>>;
}

/** Media types without `application/`: VC-JOSE-COSE, SD-JWT VC, VC-JOSE-COSE with SD-JWT, Data Integrity, VC-JWT 1.1. */
export type SecuringFormat = 'vc+jwt' | 'dc+sd-jwt' | 'vc+sd-jwt' | 'vc' | 'jwt';
export type JsonSchema = Readonly<Record<string, unknown>>;
export type TermDefinition =
  string | Readonly<{ '@id': string; '@type'?: string; '@context'?: Readonly<Record<string, string>> }>;

/** The check that every profile requires: that the person who applies acts for this legal entity. */
export const REPRESENTATION = '/representation';

/** What names the legal entity that the applicant was shown to act for. */
export const ENTITY = ['registrationNumber', 'registrationAuthority', 'jurisdiction'].map(
  (member) => `/legalIdentity/${member}`,
);

/** Whether a check of this field is one that a profile's `requiredChecks` ask for. */
export function answersRequirement(required: string, field: string): boolean {
  if (!required.endsWith('/*')) return field === required;
  const list = required.slice(0, -'/*'.length);
  return field === list || isItemOf(list, field);
}

/** Which dossier value becomes which member of the subject, and which confirmed checks let it be claimed. */
export interface Claim {
  readonly member: string;
  /** The value's place in the dossier. */
  readonly from: string;
  /**
   * A field whose confirmed check covers this value as well, because the two are meaningless apart: a number and the
   * authority that gave it, a count and its date.
   */
  readonly companionOf?: string;
}

/**
 * The subject members that the confirmed checks carry. A check covers its field and everything below it; of a list, the items that
 * are covered one by one are claimed. What no confirmed check covers is left out, however plausible.
 *
 * @param confirmedPointers fields whose latest check is confirmed
 * @param refutedPointers fields whose latest check is refuted: nothing that one of them touches is claimed, even if a check of the block
 *   around it is confirmed, until that field itself is confirmed
 */
export function claimSubject(
  profile: Pick<Profile, 'claims'>,
  dossier: unknown,
  confirmedPointers: readonly string[],
  refutedPointers: readonly string[] = [],
): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const claim of profile.claims) {
    const value = claimedValue(claim, dossier, confirmedPointers, refutedPointers);
    if (value !== undefined) members[claim.member] = value;
  }
  return members;
}

/** True where a check of this field confirms (a part of) what the claim says, so that it is evidence for it. */
export function supportsClaim({ from, companionOf }: Claim, field: string): boolean {
  if (covers(field, from)) return true;
  if (companionOf !== undefined && covers(field, companionOf)) return true;
  return isItemOf(from, field);
}

/**
 * Where in the dossier what a claim says stands: the value's own place, or of a list that is not claimed as a whole the places of its
 * items; nothing when it is not claimed.
 */
export function claimedPointers(
  claim: Claim,
  dossier: unknown,
  confirmed: readonly string[],
  refuted: readonly string[] = [],
): string[] {
  const value = valueAt(dossier, claim.from);
  if (value === undefined || value === null) return [];
  const isRefuted = (pointer: string) =>
    refuted.some((field) => covers(field, pointer) || covers(pointer, field));
  const whole = [claim.from, ...(claim.companionOf === undefined ? [] : [claim.companionOf])];
  const coversWhole = confirmed.some((field) => whole.some((pointer) => covers(field, pointer)));
  if (!Array.isArray(value)) return coversWhole && !isRefuted(claim.from) ? [claim.from] : [];
  if (value.length > 0 && coversWhole && !isRefuted(claim.from)) return [claim.from];
  return value.flatMap((_, index) => {
    const item = appendToken(claim.from, index);
    return (coversWhole || confirmed.includes(item)) && !isRefuted(item) ? [item] : [];
  });
}

function claimedValue(
  claim: Claim,
  dossier: unknown,
  confirmed: readonly string[],
  refuted: readonly string[],
): unknown {
  const pointers = claimedPointers(claim, dossier, confirmed, refuted);
  if (pointers.length === 0) return undefined;
  if (pointers[0] === claim.from) return valueAt(dossier, claim.from);
  return pointers.map((pointer) => valueAt(dossier, pointer));
}

function isItemOf(list: string, field: string): boolean {
  return covers(list, field) && /^\/\d+$/.test(field.slice(list.length));
}
