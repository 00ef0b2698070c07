import { createHash } from 'node:crypto';
import { canonicalJson } from '../../kernel/canonicalJson.js';
import { isJsonObject } from '../../kernel/strictJson.js';
import type { JsonSchema, Profile } from './profile.js';

/**
 * SD-JWT VC type metadata of a profile (draft-ietf-oauth-sd-jwt-vc-19 §5, read for this; the schema that earlier drafts had in it is gone
 * since draft 12). Served at the URL that is the `vct`, immutable by version; no type of ours extends another.
 *
 * The verifier fetches nobody's type metadata, as §5.7 leaves to its policy: it says how to show a credential and what its issuer promised, no
 * verdict rests on it, and `vct#integrity` protects it for whoever reads it.
 */
export interface TypeMetadata {
  readonly vct: string;
  readonly name: string;
  readonly description: string;
  readonly display: readonly {
    readonly locale: string;
    readonly name: string;
    readonly description: string;
  }[];
  readonly claims: readonly ClaimMetadata[];
}

/** §5.6. `null` in a path stands for every element of an array. */
export interface ClaimMetadata {
  readonly path: readonly (string | null)[];
  readonly display: readonly { readonly locale: string; readonly label: string }[];
  readonly mandatory: boolean;
  readonly sd: 'always' | 'never';
}

export interface PublishedTypeMetadata {
  readonly document: TypeMetadata;
  /** The very bytes to serve: the integrity is of these. */
  readonly text: string;
  /** Value of `vct#integrity` (§6, W3C SRI): SHA-256 in ordinary base64. */
  readonly integrity: string;
}

const LOCALE = 'en';

/** What a verifier judges an accreditation by, so that a holder cannot keep it back. */
const ALWAYS_DISCLOSED: ReadonlySet<string> = new Set(['jurisdiction']);

/** The `status` of a legal entity would be taken for the status of the token. */
const RENAMED: Readonly<Record<string, string>> = { status: 'registrationStatus' };

/** `vct` of a profile. `publicUrl` has no path. */
export function typeUrl({ type, version }: Pick<Profile, 'type' | 'version'>, publicUrl: string): string {
  return `${publicUrl}/types/${type}/v${version}`;
}

/** The claim that carries a member of the subject: itself, unless a registered JWT claim has its name. */
export function claimNameOf(member: string): string {
  return Object.hasOwn(RENAMED, member) ? (RENAMED[member] ?? member) : member;
}

/** The other way round. */
export function memberNameOf(claim: string): string {
  return Object.keys(RENAMED).find((member) => RENAMED[member] === claim) ?? claim;
}

/** Whether a member of a profile's subject may be kept back by the holder. */
export function isDisclosable(member: string): boolean {
  return !ALWAYS_DISCLOSED.has(member);
}

export function publishTypeMetadata(profile: Profile, publicUrl: string): PublishedTypeMetadata {
  const document: TypeMetadata = {
    vct: typeUrl(profile, publicUrl),
    name: profile.type,
    description: profile.description,
    display: [{ locale: LOCALE, name: profile.title, description: profile.description }],
    claims: [
      describeClaim(['sub'], 'Subject', true, false),
      describeClaim(['assuranceLevel'], 'Assurance level', true, false),
      ...Object.entries(profile.subjectMembers).flatMap(([member, schema]) =>
        describeMember(profile, member, schema),
      ),
      describeClaim(['evidence'], 'Evidence', true, false),
      describeClaim(['termsOfUse'], 'What is not asserted', true, false),
    ],
  };
  const text = canonicalJson(document);
  return { document, text, integrity: integrityOf(text) };
}

/** W3C SRI §3.2.1 */
export function integrityOf(content: string | Uint8Array): string {
  return `sha256-${createHash('sha256').update(content).digest('base64')}`;
}

function describeMember(profile: Profile, member: string, schema: JsonSchema): ClaimMetadata[] {
  const describe = (path: (string | null)[], part: JsonSchema, mandatory: boolean): ClaimMetadata[] => {
    const { items, properties } = part;
    const own = describeClaim(path, labelOf(path), mandatory, isDisclosable(member));
    if (isJsonObject(items)) return [own, ...describe([...path, null], items, false)];
    if (!isJsonObject(properties)) return [own];
    return [
      own,
      ...Object.entries(properties).flatMap(([name, property]) =>
        describe([...path, name], isJsonObject(property) ? property : {}, false),
      ),
    ];
  };
  return describe([claimNameOf(member)], schema, profile.requiredMembers.includes(member));
}

function describeClaim(
  path: readonly (string | null)[],
  label: string,
  mandatory: boolean,
  disclosable: boolean,
): ClaimMetadata {
  return { path, display: [{ locale: LOCALE, label }], mandatory, sd: disclosable ? 'always' : 'never' };
}

/** `registrationNumber` becomes "Registration number", an element "… (item)". */
function labelOf(path: readonly (string | null)[]): string {
  const name = path.findLast((part) => part !== null) ?? '';
  const words = name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${path.at(-1) === null ? ' (item)' : ''}`;
}
