import type { AssuranceLevel } from '../assurance.js';
import type { Canonizer } from '../jsonLd/canonizer.js';
import type { ProfileCatalogue } from '../profiles/catalogue.js';
import type { SchemaSources } from '../schemas/credentialSchemas.js';
import type { DecodedStatusList } from '../status/listCredential.js';
import type { DecodedStatusListToken } from '../status/statusListToken.js';
import type { FieldProof } from '../dossier/commitment.js';
import type { Digest } from '../receipts/digest.js';

/**
 * Everything that a verification asks of the outside. Each callback says who is trusted for what. A callback that rejects counts as
 * "could not ask", and so does one that is absent: a failure leaves a check undetermined and never passes it. Bounds on requests, sizes and
 * times are the host's: a credential can make it resolve a DID for each of its proofs (ten at most), fetch two status lists and five schemas, a
 * presentation twenty times that.
 */
export interface VerificationSources {
  /** The installation's credential types, with their schemas, which are never fetched. */
  readonly profiles: ProfileCatalogue;

  /**
   * Trusted for: the document is the one that the DID's method gives for this DID at present. Its `id` and shape are checked again
   * here. May be cached; a revoked key must not outlive its revocation in the cache.
   */
  resolveDid(did: string): Promise<DidResolution>;

  /** Trusted for nothing: the list is signed, and everything it says is checked. Must be bounded in size and time. */
  fetchStatusList(url: string, kind: StatusListKind): Promise<StatusListFetch>;

  /**
   * The place to cache decoded lists. The host answers from its cache or by calling `load` (once for concurrent callers), and may keep a
   * loaded list until its `usableUntil`. Trusted for: what it answers is what `load` gave for this URL and kind, not invalidated
   * since. A list that has outlived `usableUntil` is reported as stale, not used. Absent: every verification loads.
   */
  readonly recallStatusList?: (
    url: string,
    kind: StatusListKind,
    load: () => Promise<StatusListLoad>,
  ) => Promise<StatusListLoad>;

  /**
   * JSON-LD to canonical RDF, for Data Integrity's RDFC suites; a host that verifies what strangers send runs it in a worker. Trusted for: its
   * answer is the canonical form, under contexts that mean what their URLs mean. Absent: such proofs cannot be checked.
   */
  readonly canonizer?: Canonizer;

  /** Credential schemas that are not a profile's. Absent: such a schema is unknown. */
  readonly schemas?: Omit<SchemaSources, 'openSchemaCredential'>;

  /**
   * JSON over https, such as the keys of an issuer that is named by a URL. Trusted for: the value is what stands at this URL at present, read
   * strictly. Bounded in size and time. Absent: such keys cannot be found.
   */
  readonly fetchJson?: (
    url: string,
  ) => Promise<{ readonly value: unknown } | { readonly problem: 'unreachable' | 'notArchived' }>;

  /** Trusted fully: the trust registry's word on who was accredited for what and when. Without entries: never accredited. */
  accreditations(issuerDid: string): Promise<IssuerAccreditations | 'unavailable'>;

  /**
   * Trusted fully: our own record (later also the log) of an issuance, by the credential's `id`. The instant in it is the only one that
   * counts as "when it was issued", since whoever has a stolen key can backdate a token.
   */
  issuance(credentialId: string): Promise<IssuanceAnswer>;

  /**
   * What the holder contests of a credential for which `issuance` has a record, while that is open. It is noted in the report and decides nothing.
   */
  contests?(credentialId: string): Promise<readonly ContestNote[]>;
}

export type DidProblem = 'notFound' | 'unreachable' | 'invalid' | 'methodNotSupported';
/** `notArchived`, here and below: asked for what was known at an instant, and nothing is kept that says so. */
export type DidResolution = { readonly document: unknown } | { readonly problem: DidProblem | 'notArchived' };

export type StatusListFetch =
  { readonly content: string } | { readonly problem: 'unreachable' | 'notArchived' };

/** Out of reach; not verifiable or not a list; another list than the one at this URL; past its dates; not kept. */
export type StatusListProblem = 'unreachable' | 'invalid' | 'mismatch' | 'stale' | 'notArchived';
export type StatusListLoad = { readonly list: DecodedList } | { readonly problem: StatusListProblem };

/** Bitstring Status List credential, or Token Status List. */
export type StatusListKind = 'bitstring' | 'token';
export type DecodedList = (
  | ({ readonly kind: 'bitstring' } & DecodedStatusList)
  | ({ readonly kind: 'token'; readonly issuerDid: string } & DecodedStatusListToken)
) & {
  /** Of what was fetched, for a receipt. */
  readonly digest: Digest;
};

export interface IssuerAccreditations {
  /** The issuer's name as the registry knows it. */
  readonly name?: string;
  /** How many recognitions lie between the registry that was asked and the one that gave these; absent: they are its own. */
  readonly hops?: number;
  /** All that were ever given. */
  readonly entries: readonly Accreditation[];
}

export interface Accreditation {
  readonly credentialTypes: readonly string[];
  /** ISO 3166 codes; a country covers its subdivisions. */
  readonly jurisdictions: readonly string[];
  readonly maxAssurance: AssuranceLevel;
  readonly validFrom: Date;
  /** The earlier of its expiry and its withdrawal; it no longer held at this instant. */
  readonly endsAt?: Date;
}

export interface IssuanceRecord {
  readonly issuedAt: Date;
  readonly issuerDid: string;
  /** SHA-256 of what was signed, for each form in which it was issued: the record is of these and of no other. */
  readonly signedDigests: readonly Uint8Array[];
}

/** A place in a credential whose truth its holder contests. */
export interface ContestNote {
  readonly pointer: string;
  readonly since: Date;
}

/** `undefined`: nothing is recorded under this id. */
export type IssuanceAnswer = IssuanceRecord | undefined | 'unavailable';

/** What a verification needs beside the value. */
export interface VerificationContext {
  readonly now: Date;
  readonly sources: VerificationSources;
  /** Allowed difference between clocks. */
  readonly toleranceSeconds?: number;
  /** Of a dossier, to be proven against the `KycDossierCredential` that is verified; a further check is expected then. */
  readonly fields?: readonly FieldProof[];
}

/** The same of a presentation. */
export interface PresentationContext extends VerificationContext {
  /** The name by which the verifier asked to be addressed. Absent: it is not looked at, and the verdict is at best `undetermined`. */
  readonly audience?: string;
  /** Where the holder may present nothing but himself, 0; otherwise a presentation presents something. */
  readonly leastCredentials?: 0 | 1;
  /** What the verifier asked to find in the answer, with the same reservation. Whether it is used once only is the verifier's to keep. */
  readonly nonce?: string;
}

export const DEFAULT_TOLERANCE_SECONDS = 60;

/** Asks a source; a rejection becomes the answer that says so. */
export async function ask<T>(question: () => Promise<T>, couldNotAsk: T): Promise<T> {
  try {
    return await question();
  } catch {
    return couldNotAsk;
  }
}
