/**
 * Registered JWT claims beside a credential's or presentation's own members (VC-JOSE-COSE §3.1.3). `iat` and `exp` are the issuance
 * and expiry of the signature, which is another thing than `validFrom` and `validUntil`, the validity of what it says.
 */
export interface JwtClaims {
  readonly iss?: string;
  readonly sub?: string;
  readonly jti?: string;
  /** NumericDate: seconds since the epoch. */
  readonly iat?: number;
  readonly nbf?: number;
  readonly exp?: number;
}

const TEXT_CLAIMS = ['iss', 'sub', 'jti'] as const;
const DATE_CLAIMS = ['iat', 'nbf', 'exp'] as const;
const LATEST_DATE = 8.64e12; // The last second that a Date can hold.

/** `undefined` where a claim that is present has the wrong type: a date that is text must not count as "no expiry". */
export function readJwtClaims(payload: Readonly<Record<string, unknown>>): JwtClaims | undefined {
  const claims: Record<string, unknown> = {};
  for (const name of TEXT_CLAIMS) {
    const value = payload[name];
    if (value === undefined) continue;
    if (typeof value !== 'string') return undefined;
    claims[name] = value;
  }
  for (const name of DATE_CLAIMS) {
    const value = payload[name];
    if (value === undefined) continue;
    if (!isNumericDate(value)) return undefined;
    claims[name] = value;
  }
  return claims;
}

/** VC-JOSE-COSE §1.1.2.1: "The JWT Claim Names vc and vp MUST NOT be present in any JWT Claim Set." */
export function hasForbiddenClaim(payload: Readonly<Record<string, unknown>>): boolean {
  return Object.hasOwn(payload, 'vc') || Object.hasOwn(payload, 'vp');
}

function isNumericDate(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= LATEST_DATE;
}
