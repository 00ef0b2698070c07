import type { AssuranceLevel } from '../assurance.js';
import type { DecodedStatusList } from '../status/listCredential.js';
import type { ProfileCatalogue } from '../profiles/catalogue.js';

/**
 * Everything that a verification asks of the outside. Each callback says who is trusted for what. A callback that rejects counts as
 * "could not ask", so a failure leaves a check undetermined and never passes it. Bounds on requests, sizes and times are the
 * host's: a credential can make it resolve one DID and fetch two status lists, a presentation twenty times that and one DID.
 */
export interface VerificationSources {
  /** The installation's credential types, with their schemas. Schemas are never fetched. */
  readonly profiles: ProfileCatalogue;

  /**
   * Trusted for: the document is the one that the DID's method gives for this DID at present. Its `id` and shape are checked again
   * here. May be cached; a revoked key must not outlive its revocation in the cache.
   */
  resolveDid(did: string): Promise<DidResolution>;

  /** Trusted for nothing: the list is signed, and everything it says is checked. Must be bounded in size and time. */
  fetchStatusList(url: string): Promise<StatusListFetch>;

  /**
   * The place to cache decoded lists. The host answers from its cache or by calling `load` (once for concurrent callers), and may keep a
   * loaded list until its `usableUntil`. Trusted for: what it answers is what `load` gave for this URL, not invalidated
   * since. A list that has outlived `usableUntil` is reported as stale, not used. Absent: every verification loads.
   */
  readonly recallStatusList?: (url: string, load: () => Promise<StatusListLoad>) => Promise<StatusListLoad>;

  /** Trusted fully: the trust registry's word on who was accredited for what and when. Without entries: never accredited. */
  accreditations(issuerDid: string): Promise<IssuerAccreditations | 'unavailable'>;

  /**
   * Trusted fully: our own record (later also the log) of an issuance, by the credential's `id`. The instant in it is the only one that
   * counts as "when it was issued", since whoever has a stolen key can backdate a token.
   */
  issuance(credentialId: string): Promise<IssuanceAnswer>;
}

export type DidProblem = 'notFound' | 'unreachable' | 'invalid' | 'methodNotSupported';
export type DidResolution = { readonly document: unknown } | { readonly problem: DidProblem };

export type StatusListFetch = { readonly token: string } | { readonly problem: 'unreachable' };

/** Out of reach; not verifiable or not a list; another list than the one at this URL; past its dates. */
export type StatusListProblem = 'unreachable' | 'invalid' | 'mismatch' | 'stale';
export type StatusListLoad = { readonly list: DecodedStatusList } | { readonly problem: StatusListProblem };

export interface IssuerAccreditations {
  /** The issuer's name as the registry knows it. */
  readonly name?: string;
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
  /** SHA-256 of the JWS signing input: the record is of this token and no other. */
  readonly signingInputDigest: Uint8Array;
}

/** `undefined`: nothing is recorded under this id. */
export type IssuanceAnswer = IssuanceRecord | undefined | 'unavailable';

/** What a verification needs beside the value. */
export interface VerificationContext {
  readonly now: Date;
  readonly sources: VerificationSources;
  /** Allowed difference between clocks. */
  readonly toleranceSeconds?: number;
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
