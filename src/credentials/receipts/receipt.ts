import { canonicalJson } from '../../kernel/canonicalJson.js';
import { isJsonObject } from '../../kernel/strictJson.js';
import type { Signer, SigningKey } from '../../kernel/ports.js';
import { isDid } from '../did/didUrl.js';
import { parseCompactJws, signCompactJws, type JwsProblem, type ParsedJws } from '../securing/jws.js';
import { readJwtClaims } from '../securing/jwtClaims.js';
import { isDigest, type Digest } from './digest.js';
import type { Grounds } from './grounds.js';

/**
 * A verification receipt: the report of a verification, signed by who verified, with the digests of everything that it rested on. A compact JWS
 * (RFC 7515 §7.1) under a type of its own (RFC 8725 §3.11), so that nothing signed here can pass for a credential, or the other way round. Its
 * claims are `iss` (the verifier's DID), `iat`, `jti` (the URL of the stored verification), `submitted`, `restsOn` and `report`. It does not
 * expire: what it says is that it was so at an instant.
 */
export const RECEIPT_TYP = 'verification-receipt+jwt';
export const RECEIPT_MEDIA_TYPE = `application/${RECEIPT_TYP}`;

/** A report shows at most twenty credentials of one megabyte each; base64url takes a third more. */
export const MAX_RECEIPT_LENGTH = 32_000_000;

/** What was sent to be verified. */
export interface Submitted {
  readonly kind: 'credential' | 'presentation';
  readonly digest: Digest;
  /** Of a presentation: whom it had to be made for, and of the nonce that it had to carry. */
  readonly audience?: string;
  readonly nonce?: Digest;
  /** Of the list of fields of a dossier that were to be proven. */
  readonly fields?: Digest;
}

export interface Receipt {
  readonly verifierDid: string;
  readonly id: string;
  /** Whole seconds. */
  readonly issuedAt: Date;
  readonly submitted: Submitted;
  readonly restsOn: Grounds;
  /** As it was answered, without the receipt. */
  readonly report: Readonly<Record<string, unknown>>;
}

/** @throws TypeError for another party's key, and for a report that has no canonical form */
export async function signReceipt(receipt: Receipt, key: SigningKey, signer: Signer): Promise<string> {
  if (key.did !== receipt.verifierDid) throw new TypeError("not the verifier's key");
  const { verifierDid, id, issuedAt, submitted, restsOn, report } = receipt;
  const payload = canonicalJson({
    iss: verifierDid,
    iat: Math.floor(issuedAt.getTime() / 1000),
    jti: id,
    submitted,
    restsOn,
    report,
  });
  return signCompactJws({ typ: RECEIPT_TYP }, payload, key, signer);
}

export type ParsedReceipt = ParsedJws & { readonly receipt: Receipt };

/** Never throws. Checked is form only: neither who signed nor what the report says. */
export function parseReceipt(token: unknown): ParsedReceipt | { readonly problem: JwsProblem } {
  const jws = parseCompactJws(token, { typ: RECEIPT_TYP, maxLength: MAX_RECEIPT_LENGTH });
  if ('problem' in jws) return jws;
  const receipt = readReceipt(jws.payload);
  return receipt ? { ...jws, receipt } : { problem: 'malformed' };
}

function readReceipt(payload: Readonly<Record<string, unknown>>): Receipt | undefined {
  const { iss, iat, jti, nbf, exp } = readJwtClaims(payload) ?? {};
  const { submitted, restsOn, report } = payload;
  if (!isDid(iss) || iat === undefined || jti === undefined || nbf !== undefined || exp !== undefined)
    return undefined;
  if (!isSubmitted(submitted) || !isGrounds(restsOn) || !isJsonObject(report)) return undefined;
  return { verifierDid: iss, id: jti, issuedAt: new Date(iat * 1000), submitted, restsOn, report };
}

function isSubmitted(value: unknown): value is Submitted {
  if (!isJsonObject(value) || !isDigest(value['digest'])) return false;
  const { kind, audience, nonce, fields } = value;
  return (
    (kind === 'credential' || kind === 'presentation') &&
    (audience === undefined || typeof audience === 'string') &&
    [nonce, fields].every((digest) => digest === undefined || isDigest(digest))
  );
}

/** Of each kind of ground what it is of. */
const GROUNDS = {
  didDocuments: 'did',
  statusLists: 'url',
  accreditations: 'issuer',
  issuances: 'credential',
  documents: 'url',
} as const satisfies Record<keyof Grounds, string>;

function isGrounds(value: unknown): value is Grounds {
  if (!isJsonObject(value)) return false;
  return Object.entries(GROUNDS).every(([kind, name]) => {
    const grounds = value[kind];
    return (
      Array.isArray(grounds) &&
      grounds.every(
        (ground: unknown) =>
          isJsonObject(ground) && typeof ground[name] === 'string' && isDigest(ground['digest']),
      )
    );
  });
}
