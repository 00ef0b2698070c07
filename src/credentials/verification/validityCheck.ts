import { addSeconds } from '../../kernel/instants.js';
import type { Credential } from '../dataModel.js';
import { parseDateTimeStamp } from '../dateTimeStamp.js';
import type { JwtClaims } from '../securing/jwtClaims.js';
import type { CheckCode } from './checks.js';

/** The `validity` check: what is said (VC Data Model 2.0 §4.9) and the signature (VC-JOSE-COSE §3.1.3) each have their dates. */
export function judgeValidity(
  credential: Pick<Credential, 'validFrom' | 'validUntil'>,
  claims: JwtClaims,
  now: Date,
  toleranceSeconds: number,
): CheckCode {
  const earliest = addSeconds(now, -toleranceSeconds);
  const latest = addSeconds(now, toleranceSeconds);
  const validFrom = parseDateTimeStamp(credential.validFrom);
  const validUntil = parseDateTimeStamp(credential.validUntil);
  if (validUntil && validUntil < earliest) return 'validity/expired';
  if (validFrom && validFrom > latest) return 'validity/not-yet-valid';
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
