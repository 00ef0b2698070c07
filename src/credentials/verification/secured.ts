import type { CredentialV1, Credential } from '../dataModel.js';
import type { Canonizer } from '../jsonLd/canonizer.js';
import type { AnyVerificationKey } from '../keys.js';
import type { JwtClaims } from '../securing/jwtClaims.js';
import type { KeyPurpose } from '../did/document.js';
import type { ParsedSdJwt } from '../securing/sdJwt/sdJwt.js';
import type { StatusReference } from '../status/statusReference.js';
import type { CheckCode } from './checks.js';

/**
 * One shape for what was read of any securing format, so that one verifier judges all of them. Nothing in it is verified: it was read,
 * and whatever may be acted upon is for `authenticate` to say.
 */
export interface Secured {
  /** Who signed, by the keys that the signatures name: one of a token, one for each proof. Never empty. */
  readonly signers: readonly (KeyReference | undefined)[];
  /** Who it says it comes from: the issuer or holder, and every claim that repeats them. Empty where it says nothing. */
  readonly names: readonly string[];
  /** The format names ES256K; to all others a secp256k1 key is unusable. */
  readonly takesSecp256k1?: true;
  /** Of the signature, which are other than those of what is said (VC-JOSE-COSE §3.1.3). */
  readonly claims: JwtClaims;
  /** `signature/valid`, or why not. `keys` are those of `signers`, in their order. Never rejects. */
  verify(keys: readonly AnyVerificationKey[], circumstances: Circumstances): Promise<CheckCode> | CheckCode;
}

/** What a signature is judged by, apart from keys. */
export interface Circumstances {
  readonly purpose: KeyPurpose;
  readonly now: Date;
  readonly toleranceSeconds: number;
  /** Absent: what needs RDF canonicalisation is not checked. */
  readonly canonizer: Canonizer | undefined;
}

/** Where the key of a signature is to be found, and whose it then is. */
export type KeyReference =
  /** A verification method, by its absolute DID URL; the owner is its DID. */
  | { readonly kind: 'method'; readonly owner: string; readonly method: string }
  /** No method is named (VC-JWT 1.1 §6.3.1): the one key of this algorithm that the DID lists for the purpose. */
  | {
      readonly kind: 'sole';
      readonly owner: string;
      readonly algorithm: AnyVerificationKey['algorithm'];
    }
  /** In the JWT VC Issuer Metadata of an issuer that is named by a URL. */
  | { readonly kind: 'metadata'; readonly owner: string; readonly kid: string | undefined };

/** Media types without `application/`; `vc` is Data Integrity, `jwt` VC-JWT 1.1. */
export type CredentialFormat = 'vc+jwt' | 'vc+sd-jwt' | 'dc+sd-jwt' | 'vc' | 'jwt';

export interface SecuredCredential extends Secured {
  readonly format: CredentialFormat;
  /** As far as it was disclosed. Of `dc+sd-jwt`, which has no VC data model, the credential that its claims amount to. */
  readonly credential: Credential | CredentialV1;
  /** Where its status stands. */
  readonly statuses: readonly StatusReference[];
  /** Something may have been kept back, so what is missing contradicts nothing, and what is there does not say that nothing else is. */
  readonly isPartial: boolean;
  /** It is signed as RDF, under terms that it defines itself: whatever stands under such a name may be signed under another. */
  readonly hasOwnTerms?: boolean;
  /** Of an SD-JWT: its processed claims, and the key binding that it came with, which makes it a presentation. */
  readonly selective?: Pick<ParsedSdJwt, 'claims' | 'keyBindingJwt' | 'presented' | 'hash'>;
  /**
   * SHA-256 of what was signed, the identity of this credential in our record. Not of the whole text, since anybody can turn an ECDSA
   * signature into another valid one.
   */
  signedDigest(): Buffer;
}

export interface SecuredPresentation extends Secured {
  /** `exactly`: Data Integrity 1.0 §4.4 compares the whole set. */
  readonly audience: { readonly match: 'anyOf' | 'exactly'; readonly names: readonly string[] };
  readonly nonce: string | undefined;
  /** Secured credentials in any form, 1 to 20. */
  readonly credentials: readonly unknown[];
}
