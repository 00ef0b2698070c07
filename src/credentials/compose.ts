import { createHash } from 'node:crypto';
import type { CheckId } from '../kernel/ids.js';
import { toWholeSeconds } from '../kernel/instants.js';
import { valueAt } from '../kernel/jsonPointer.js';
import { tierOf, type AssuranceLevel, type CheckMethod } from './assurance.js';
import { CREDENTIALS_V2_CONTEXT, type Credential, type TypedObject } from './dataModel.js';
import { encodeBase64url } from './encoding/base64url.js';
import { REPRESENTATION, supportsClaim, type Profile } from './profiles/profile.js';
import { composeStatusEntry, type StatusPlace } from './status/statusEntry.js';
import { ASSERTION_LIMITS, contextUrl, schemaUrl, type EvidenceType } from './profiles/publication.js';

/** A confirmed check, with whatever a reviewer recorded. What of it becomes public is decided here and nowhere else. */
export interface ConfirmedCheck {
  /** Of our record of it, where there is one. */
  readonly id?: CheckId;
  /** Dossier field, a JSON Pointer. */
  readonly field: string;
  readonly method: CheckMethod;
  readonly checkedAt: Date;
  /** As recorded, in OpenID Identity Assurance's names; may hold more than may be published. */
  readonly evidence: { readonly type: EvidenceType } & Readonly<Record<string, unknown>>;
  /** The inspected file: SHA-256 of its bytes, and a random salt of at least 16 bytes kept with it. */
  readonly document?: { readonly sha256: Uint8Array; readonly salt: Uint8Array };
}

export interface CredentialParts {
  readonly profile: Profile;
  readonly publicUrl: string;
  /** A UUID; the credential's `id` is `{publicUrl}/v1/credentials/{uuid}`. */
  readonly credentialId: string;
  readonly issuerDid: string;
  readonly subjectDid: string;
  /** From `claimSubject`. */
  readonly claims: Readonly<Record<string, unknown>>;
  readonly checks: readonly ConfirmedCheck[];
  /** Of one that is issued once more: as it stands there already, and not made of the checks. */
  readonly evidence?: readonly TypedObject[];
  readonly assuranceLevel: AssuranceLevel;
  readonly validFrom: Date;
  readonly validUntil: Date;
  /** Absent: the form to be made of it has its status elsewhere than in `credentialStatus`. */
  readonly status?: { readonly revocation: StatusPlace; readonly suspension: StatusPlace };
}

/** What no credential of ours says, stated inside each of them. */
const NOT_ASSERTED = ['trustworthiness', 'credit-worthiness'] as const;

/**
 * The unsecured credential (VC Data Model 2.0). Deterministic: equal parts give equal credentials, so that an interrupted issuance
 * composes the same one again. Not checked here: the profile's schema, which `prepare` demands of every format.
 */
export function composeCredential(parts: CredentialParts): Credential {
  const { profile, publicUrl, status } = parts;
  return {
    '@context': [CREDENTIALS_V2_CONTEXT, contextUrl(profile, publicUrl)],
    id: credentialUrl(parts.credentialId, publicUrl),
    type: ['VerifiableCredential', profile.type],
    issuer: parts.issuerDid,
    validFrom: toWholeSeconds(parts.validFrom),
    validUntil: toWholeSeconds(parts.validUntil),
    credentialSubject: { ...parts.claims, id: parts.subjectDid },
    credentialSchema: { id: schemaUrl(profile, publicUrl), type: 'JsonSchema' },
    ...(status && { credentialStatus: [status.revocation, status.suspension].map(composeStatusEntry) }),
    ...assuranceMembers(parts),
  };
}

export function credentialUrl(credentialId: string, publicUrl: string): string {
  return `${publicUrl}/v1/credentials/${credentialId}`;
}

/**
 * A commitment to a document that reveals nothing about it: base64url(SHA-256(salt ‖ SHA-256(document))). Whoever is given the
 * document and reads the salt in the credential can recompute it.
 */
export function saltedDigest(document: NonNullable<ConfirmedCheck['document']>): string {
  return createHash('sha256').update(document.salt).update(document.sha256).digest('base64url');
}

/** The checks that a credential rests on: those that support one of the claims made, and the one of who applied. */
export function checksBehind(
  profile: Profile,
  claims: Readonly<Record<string, unknown>>,
  checks: readonly ConfirmedCheck[],
): ConfirmedCheck[] {
  if (profile.commitsToDossier) return [...checks];
  const made = profile.claims.filter(({ member }) => Object.hasOwn(claims, member));
  return checks.filter(
    ({ field }) => field === REPRESENTATION || made.some((claim) => supportsClaim(claim, field)),
  );
}

function assuranceMembers({ profile, claims, checks, evidence, assuranceLevel }: CredentialParts) {
  return {
    assuranceLevel,
    evidence: evidence ?? checksBehind(profile, claims, checks).map(publicEvidence),
    termsOfUse: [{ type: ASSERTION_LIMITS, notAsserted: NOT_ASSERTED }],
  };
}

/**
 * Credentials are public and name organisations, never persons: only what is listed here leaves the record of a check. A voucher's
 * name, a note, a reviewer or a file name has no way through.
 */
function publicEvidence(check: ConfirmedCheck): TypedObject {
  const { evidence, document } = check;
  return {
    type: evidence.type,
    field: check.field,
    check_details: [{ check_method: check.method, time: toWholeSeconds(check.checkedAt) }],
    provenance: tierOf(check.method),
    ...PUBLIC_DETAILS[evidence.type](evidence),
    ...(document && {
      digest: { alg: 'sha-256', salt: encodeBase64url(document.salt), value: saltedDigest(document) },
    }),
  };
}

const PUBLIC_DETAILS: Readonly<Record<EvidenceType, (evidence: unknown) => Record<string, unknown>>> = {
  electronic_record: (evidence) =>
    nonEmpty('record', {
      ...textAt(evidence, '/record/type', 'type'),
      ...nonEmpty('source', textAt(evidence, '/record/source/name', 'name')),
    }),
  document: (evidence) =>
    nonEmpty('document_details', {
      ...textAt(evidence, '/document_details/type', 'type'),
      ...nonEmpty('issuer', textAt(evidence, '/document_details/issuer/name', 'name')),
    }),
  electronic_signature: (evidence) => textAt(evidence, '/signature_type', 'signature_type'),
  vouch: () => ({}),
};

function textAt(source: unknown, pointer: string, member: string): Record<string, unknown> {
  const value = valueAt(source, pointer);
  return typeof value === 'string' && value !== '' ? { [member]: value } : {};
}

function nonEmpty(member: string, content: Record<string, unknown>): Record<string, unknown> {
  return Object.keys(content).length === 0 ? {} : { [member]: content };
}
