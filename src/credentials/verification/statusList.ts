import { parseDidUrl } from '../did/didUrl.js';
import { issuerIdOf } from '../dataModel.js';
import { parseVcJwt, verifyVcJwtSignature } from '../securing/vcJwt.js';
import { decodeStatusList } from '../status/listCredential.js';
import { findSigningKey } from './keyCheck.js';
import { DEFAULT_TOLERANCE_SECONDS, type StatusListLoad, type VerificationContext } from './sources.js';
import { judgeValidity } from './validityCheck.js';

/** Room for a list of 16 million entries of which most are set at random, base64url twice. */
const MAX_LIST_TOKEN_LENGTH = 4_000_000;

/**
 * Verifies a fetched status list: `id` is the URL where it was fetched, signed under `assertionMethod` by the issuer it names, current.
 * Never throws. Left to the reader of a bit: that this issuer is the issuer of the credential, the purpose, the index.
 */
export async function verifyStatusList(
  token: unknown,
  url: string,
  { now, sources, toleranceSeconds = DEFAULT_TOLERANCE_SECONDS }: VerificationContext,
): Promise<StatusListLoad> {
  const parsed = parseVcJwt(token, MAX_LIST_TOKEN_LENGTH);
  if ('problem' in parsed) return { problem: 'invalid' };
  const { credential } = parsed;
  if (credential.id !== url) return { problem: 'mismatch' };
  const issuer = issuerIdOf(credential);
  const claimed = [parsed.iss, parsed.claims.iss].filter((iss) => iss !== undefined);
  if (parseDidUrl(parsed.kid)?.did !== issuer || claimed.some((iss) => iss !== issuer)) {
    return { problem: 'invalid' };
  }
  const finding = await findSigningKey(parsed.kid, 'assertionMethod', sources);
  // After a compromise the lists are signed again with another key, so a revoked key has no say here.
  if ('code' in finding) return { problem: finding.code === 'key/unresolvable' ? 'unreachable' : 'invalid' };
  if (finding.revokedAt || !verifyVcJwtSignature(parsed, finding.key)) return { problem: 'invalid' };
  const validity = judgeValidity(credential, parsed.claims, now, toleranceSeconds);
  if (validity !== 'validity/current') return { problem: 'stale' };
  const list = decodeStatusList(credential, now);
  return list ? { list } : { problem: 'invalid' };
}
