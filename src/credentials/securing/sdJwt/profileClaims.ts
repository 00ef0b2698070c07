import { appendToken, pointerTokens } from '../../../kernel/jsonPointer.js';
import { toWholeSeconds } from '../../../kernel/instants.js';
import {
  CREDENTIALS_V2_CONTEXT,
  issuerIdOf,
  listOf,
  type Credential,
  type Problem,
} from '../../dataModel.js';
import { isJsonObject } from '../../../kernel/strictJson.js';
import type { PublicJwk } from '../../keys.js';
import type { ProfileCatalogue } from '../../profiles/catalogue.js';
import type { Profile } from '../../profiles/profile.js';
import { contextUrl, schemaUrl } from '../../profiles/publication.js';
import {
  claimNameOf,
  isDisclosable,
  memberNameOf,
  publishTypeMetadata,
  typeUrl,
} from '../../profiles/typeMetadata.js';
import { composeStatusClaim, type StatusListReference } from '../../status/statusClaim.js';
import { webDidOf } from '../../did/webDid.js';
import type { DcSdJwtClaims } from '../dcSdJwt.js';
import type { Concealment } from './conceal.js';

/**
 * A credential of one of our profiles as `dc+sd-jwt` says it, and back. The subject's members become claims at the top; what the VC
 * Data Model has names for becomes the registered claim that means the same.
 */
export interface DcSdJwtParts {
  /** From `composeCredential`. */
  readonly credential: Credential;
  readonly profile: Profile;
  readonly publicUrl: string;
  /** `{publicUrl}/orgs/{slug}`, whose did:web is the credential's issuer. */
  readonly issuerUrl: string;
  readonly issuedAt: Date;
  /** The entry in a token status list that is the credential's in this format. */
  readonly status: StatusListReference;
  /** The holder's key that a key binding will be signed with; absent: a credential that anybody can present. */
  readonly holderKey?: PublicJwk;
}

/** Members that both forms have under one name. */
const SHARED = ['assuranceLevel', 'evidence', 'termsOfUse'] as const;

/** Arrays are filled up with decoys to a multiple of this, so that their length says little. */
const ARRAY_STEP = 4;

/** Deterministic. @throws TypeError when the issuer's URL and the credential's issuer do not belong together */
export function composeDcSdJwtClaims(parts: DcSdJwtParts): DcSdJwtClaims {
  const { credential, profile, publicUrl, issuerUrl, issuedAt, status, holderKey } = parts;
  if (webDidOf(issuerUrl) !== issuerIdOf(credential)) throw new TypeError("not the issuer's URL");
  const { id: sub, ...members } = listOf(credential.credentialSubject)[0] ?? {};
  const type = publishTypeMetadata(profile, publicUrl);
  return {
    ...Object.fromEntries(Object.entries(members).map(([member, value]) => [claimNameOf(member), value])),
    ...pick(credential, SHARED),
    vct: type.document.vct,
    'vct#integrity': type.integrity,
    iss: issuerUrl,
    ...(typeof sub === 'string' && { sub }),
    ...(credential.id !== undefined && { jti: credential.id }),
    iat: secondsOf(issuedAt),
    ...(credential.validFrom !== undefined && { nbf: secondsOf(new Date(credential.validFrom)) }),
    ...(credential.validUntil !== undefined && { exp: secondsOf(new Date(credential.validUntil)) }),
    ...(holderKey && { cnf: { jwk: holderKey } }),
    status: composeStatusClaim(status),
  };
}

/**
 * The credential that the claims amount to, so that one verifier core judges all formats: of a profile of ours the one that it was
 * composed from, of a foreign type one that names it as `type` and holds its claims as they are. Its status stands in the claim
 * `status` and is not in it, but for the two entries without which a profile's credential would not be one. What was kept back is missing.
 *
 * @param issuer who is taken for its issuer
 */
export function toCredentialView(
  claims: DcSdJwtClaims,
  issuer: string,
  profiles: ProfileCatalogue,
): Credential {
  const { publicUrl } = profiles;
  const profile = profileOf(claims, profiles);
  return {
    '@context': [CREDENTIALS_V2_CONTEXT, ...(profile ? [contextUrl(profile, publicUrl)] : [])],
    type: ['VerifiableCredential', profile?.type ?? claims.vct],
    issuer,
    credentialSubject: {
      ...subjectMembers(claims),
      ...(claims.sub !== undefined && { id: claims.sub }),
    },
    ...(profile && {
      credentialSchema: { id: schemaUrl(profile, publicUrl), type: 'JsonSchema' },
      credentialStatus: ['revocation', 'suspension'].map((statusPurpose) => ({
        type: 'TokenStatusListEntry',
        statusPurpose,
      })),
    }),
    ...(claims.jti !== undefined && { id: claims.jti }),
    ...(claims.nbf !== undefined && { validFrom: dateTimeOf(claims.nbf) }),
    ...(claims.exp !== undefined && { validUntil: dateTimeOf(claims.exp) }),
    ...pick(claims, SHARED),
  };
}

/** What contradicts the profile that `vct` names, everything disclosed. Empty for a foreign type. */
export function profileProblems(claims: DcSdJwtClaims, profiles: ProfileCatalogue): readonly Problem[] {
  const profile = profileOf(claims, profiles);
  const issuer = claims.iss === undefined ? undefined : webDidOf(claims.iss);
  if (!profile || issuer === undefined) return [];
  return profiles.violations(profile, toCredentialView(claims, issuer, profiles));
}

/**
 * What the holder of a profile's credential may keep back, down to single fields: every member, of a list every item, of an item every
 * field. Decoys hide which optional members there are and how long lists are. The evidence always stands: what was checked, by whom and
 * how, is what a partner relies on.
 *
 * @param base where the subject's members stand: `''` in `dc+sd-jwt`, `/credentialSubject` in `vc+sd-jwt`
 */
export function concealProfile(
  document: Readonly<Record<string, unknown>>,
  profile: Profile,
  base: '' | '/credentialSubject',
): Omit<Concealment, 'random'> {
  const nameOf = base === '' ? claimNameOf : (member: string) => member;
  const subject = pointerTokens(base).reduce<unknown>(
    (value, token) => (isJsonObject(value) ? value[token] : undefined),
    document,
  );
  const disclosable: string[] = [];
  const decoys: Record<string, number> = {};
  const visit = (value: unknown, pointer: string) => {
    disclosable.push(pointer);
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) decoys[pointer] = (ARRAY_STEP - (value.length % ARRAY_STEP)) % ARRAY_STEP;
    for (const [token, child] of Object.entries(value)) visit(child, appendToken(pointer, token));
  };
  const members = Object.keys(profile.subjectMembers).filter(isDisclosable);
  let absent = 0;
  for (const member of members) {
    const name = nameOf(member);
    if (isJsonObject(subject) && Object.hasOwn(subject, name)) visit(subject[name], appendToken(base, name));
    else absent++;
  }
  decoys[base] = absent;
  return { disclosable, decoys };
}

function profileOf({ vct }: DcSdJwtClaims, { published, publicUrl }: ProfileCatalogue): Profile | undefined {
  return published.find((known) => typeUrl(known, publicUrl) === vct);
}

/** Every claim that has no meaning of its own: the profile's schema is closed, and is to see what it does not name. */
function subjectMembers(claims: DcSdJwtClaims): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(claims).flatMap(([name, value]) =>
      NOT_THE_SUBJECTS.has(name) ? [] : [[memberNameOf(name), value] as const],
    ),
  );
}

/** What JWT, SD-JWT VC and both forms of ours give a meaning to. */
const NOT_THE_SUBJECTS: ReadonlySet<string> = new Set([
  ...[
    'iss',
    'sub',
    'aud',
    'exp',
    'nbf',
    'iat',
    'jti',
    'cnf',
    'vct',
    'vct#integrity',
    'aka_vcts',
    'status',
    'id',
  ],
  ...SHARED,
]);

function pick(source: object, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(source).filter(([name]) => names.includes(name)));
}

/** NumericDate (RFC 7519 §2). */
function secondsOf(instant: Date): number {
  return Math.floor(instant.getTime() / 1000);
}

function dateTimeOf(seconds: number): string {
  return toWholeSeconds(new Date(seconds * 1000));
}
