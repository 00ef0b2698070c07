import { issuerIdOf, isVersion1 } from '../dataModel.js';
import { parseDidUrl } from '../did/didUrl.js';
import { digestOf } from '../receipts/digest.js';
import { issuerDidOf } from '../securing/dcSdJwt.js';
import { decodeStatusList } from '../status/listCredential.js';
import { decodeStatusListToken, parseStatusListToken } from '../status/statusListToken.js';
import type { CheckCode } from './checks.js';
import { findClaimant, findKeys, judgeSignatures } from './authenticity.js';
import { readCredential } from './readCredential.js';
import { tokenAsSecured } from './readSecured.js';
import type { Secured } from './secured.js';
import {
  DEFAULT_TOLERANCE_SECONDS,
  type StatusListKind,
  type StatusListLoad,
  type StatusListProblem,
  type VerificationContext,
} from './sources.js';
import { judgeSignatureDates, judgeValidity } from './validityCheck.js';

/** Room for a list of 16 million entries of which most are set at random, base64url twice. */
const MAX_LIST_TOKEN_LENGTH = 4_000_000;

/**
 * Verifies a fetched status list: it says that it is the one at this URL, is signed under `assertionMethod` by the issuer it names, and is current.
 * Never throws. Left to the reader of an entry: that this issuer is the issuer of the credential, the purpose, the index.
 */
export function verifyStatusList(
  content: unknown,
  url: string,
  kind: StatusListKind,
  context: VerificationContext,
): Promise<StatusListLoad> {
  return kind === 'bitstring'
    ? verifyListCredential(content, url, context)
    : verifyListToken(content, url, context);
}

/** Bitstring Status List 1.0 §2.2, secured as `vc+jwt` or with Data Integrity. */
async function verifyListCredential(
  content: unknown,
  url: string,
  context: VerificationContext,
): Promise<StatusListLoad> {
  const { now, sources, toleranceSeconds = DEFAULT_TOLERANCE_SECONDS } = context;
  const reading = readCredential(content, sources.profiles, MAX_LIST_TOKEN_LENGTH);
  if ('refused' in reading || reading.selective || isVersion1(reading.credential))
    return { problem: 'invalid' };
  const { credential, claims } = reading;
  if (credential.id !== url) return { problem: 'mismatch' };
  const problem = await findProblem(reading, context);
  if (problem) return { problem };
  const validity = judgeValidity(credential, claims, now, toleranceSeconds);
  if (validity !== 'validity/current') return { problem: 'stale' };
  const list = decodeStatusList(credential, now);
  return list && list.issuerDid === issuerIdOf(credential)
    ? { list: { kind: 'bitstring', ...list, digest: digestOf(content) } }
    : { problem: 'invalid' };
}

/** draft-ietf-oauth-status-list §5.1, §8.3 */
async function verifyListToken(
  content: unknown,
  url: string,
  context: VerificationContext,
): Promise<StatusListLoad> {
  const { now, toleranceSeconds = DEFAULT_TOLERANCE_SECONDS } = context;
  const parsed = parseStatusListToken(content);
  if ('problem' in parsed) return { problem: 'invalid' };
  if (parsed.sub !== url) return { problem: 'mismatch' };
  const { kid, claims } = parsed;
  const named = [claims.iss, parsed.iss].filter((iss) => iss !== undefined);
  const names = parseDidUrl(kid) ? named.map((iss) => issuerDidOf(iss) ?? iss) : named;
  const [issuer] = names;
  const secured: Secured = {
    ...tokenAsSecured(parsed, names),
    ...(!parseDidUrl(kid) && issuer !== undefined
      ? { signers: [{ kind: 'metadata', owner: issuer, kid }] }
      : {}),
    claims,
  };
  const claimant = findClaimant(secured);
  if ('problem' in claimant) return { problem: 'invalid' };
  const problem = await findProblem(secured, context);
  if (problem) return { problem };
  if (judgeSignatureDates(claims, now, toleranceSeconds) !== 'validity/current') return { problem: 'stale' };
  const list = decodeStatusListToken(parsed, now);
  return list
    ? { list: { kind: 'token', issuerDid: claimant.did, ...list, digest: digestOf(content) } }
    : { problem: 'invalid' };
}

/** Of all other codes the list is not to be believed. */
const KEY_PROBLEMS: ReadonlyMap<CheckCode, StatusListProblem> = new Map([
  ['key/unresolvable', 'unreachable'],
  ['key/not-archived', 'notArchived'],
]);

/** After a compromise the lists are signed again with another key, so a revoked key has no say here. */
async function findProblem(
  secured: Secured,
  context: VerificationContext,
): Promise<StatusListProblem | undefined> {
  if ('problem' in findClaimant(secured)) return 'invalid';
  const found = await findKeys(secured, 'assertionMethod', context);
  if ('code' in found) return KEY_PROBLEMS.get(found.code) ?? 'invalid';
  if (found.revokedAt) return 'invalid';
  const signature = await judgeSignatures(secured, found.keys, 'assertionMethod', context);
  return signature === 'signature/valid' ? undefined : 'invalid';
}
