import { addSeconds } from '../../kernel/instants.js';
import { isVersion1, type Credential, type CredentialV1 } from '../dataModel.js';
import { parseDateTimeStamp } from '../dateTimeStamp.js';
import type { JwtClaims } from '../securing/jwtClaims.js';
import type { CheckCode } from './checks.js';

/** When what it says is valid: VC Data Model 2.0 §4.9, 1.1 §4.6 and §4.8. The version decides which members count. */
export function validityOf(credential: Credential | CredentialV1): {
  readonly from: string | undefined;
  readonly until: string | undefined;
} {
  return isVersion1(credential)
    ? { from: credential.issuanceDate, until: credential.expirationDate }
    : { from: credential.validFrom, until: credential.validUntil };
}

/** The `validity` check: what is said and the signature (VC-JOSE-COSE §3.1.3) each have their dates. */
export function judgeValidity(
  credential: Credential | CredentialV1,
  claims: JwtClaims,
  now: Date,
  toleranceSeconds: number,
): CheckCode {
  const { from, until } = validityOf(credential);
  const validFrom = parseDateTimeStamp(from);
  const validUntil = parseDateTimeStamp(until);
  if (validUntil && validUntil < addSeconds(now, -toleranceSeconds)) return 'validity/expired';
  if (validFrom && validFrom > addSeconds(now, toleranceSeconds)) return 'validity/not-yet-valid';
  return judgeSignatureDates(claims, now, toleranceSeconds);
}

/** RFC 7519 §4.1.4: at `exp` it has expired. An `iat` in the future is a clock that is wrong or a lie. */
export function judgeSignatureDates(claims: JwtClaims, now: Date, toleranceSeconds: number): CheckCode {
  const nowSeconds = now.getTime() / 1000;
  if (claims.exp !== undefined && claims.exp + toleranceSeconds <= nowSeconds) {
    return 'validity/signature-expired';
  }
  const start = Math.max(claims.iat ?? -Infinity, claims.nbf ?? -Infinity);
  return start - toleranceSeconds > nowSeconds ? 'validity/signature-not-yet-valid' : 'validity/current';
}
