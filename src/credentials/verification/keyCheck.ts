import { checkDidDocument, findVerificationMethod, type KeyPurpose } from '../did/document.js';
import { parseDidUrl } from '../did/didUrl.js';
import type { VerificationKey } from '../keys.js';
import type { CheckCode } from './checks.js';
import { ask, type DidProblem, type IssuanceAnswer, type VerificationSources } from './sources.js';

/** A key as its owner's DID document presents it. A revoked one still verifies; what that is worth is another question. */
export type SigningKeyFinding =
  { readonly key: VerificationKey; readonly revokedAt?: Date } | { readonly code: CheckCode };

const DID_PROBLEMS = {
  notFound: 'key/did-not-found',
  invalid: 'key/did-invalid',
  methodNotSupported: 'key/method-not-supported',
  unreachable: 'key/unresolvable',
} as const satisfies Record<DidProblem, CheckCode>;

/**
 * Finds the key that a token's `kid` names, in the document of the DID in it, for one purpose. Not checked here: that this DID is the
 * one that the token claims to come from.
 */
export async function findSigningKey(
  kid: string | undefined,
  purpose: KeyPurpose,
  sources: VerificationSources,
): Promise<SigningKeyFinding> {
  const keyUrl = parseDidUrl(kid);
  if (!keyUrl || kid === undefined) return { code: 'key/unidentified' };
  const resolution = await ask(() => sources.resolveDid(keyUrl.did), { problem: 'unreachable' });
  if ('problem' in resolution) return { code: DID_PROBLEMS[resolution.problem] };
  const document = checkDidDocument(resolution.document, keyUrl.did);
  if (!document) return { code: 'key/did-invalid' };
  const finding = findVerificationMethod(document, kid, purpose);
  switch (finding.state) {
    case 'listed':
      return { key: finding.key };
    case 'revoked':
      return { key: finding.key, revokedAt: finding.revokedAt };
    case 'notListedForPurpose':
      return { code: 'key/not-listed-for-purpose' };
    case 'foreignController':
      return { code: 'key/foreign-controller' };
    case 'unusable':
      return { code: 'key/unusable' };
    case 'notFound':
      return { code: 'key/not-found' };
  }
}

/** The `key` check of a credential: a revoked key is good for what our own record shows to be older than the revocation. */
export async function judgeIssuingKey(
  { revokedAt }: { readonly revokedAt?: Date },
  findIssuance: () => Promise<IssuanceAnswer>,
): Promise<CheckCode> {
  if (!revokedAt) return 'key/listed';
  const record = await findIssuance();
  if (record === 'unavailable') return 'key/revocation-unconfirmed';
  return record && record.issuedAt < revokedAt ? 'key/issued-before-revocation' : 'key/revoked';
}
