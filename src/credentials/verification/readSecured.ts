import { parseDidUrl } from '../did/didUrl.js';
import { parseStrictJson } from '../../kernel/strictJson.js';
import type { AnyVerificationKey } from '../keys.js';
import {
  verifyProofs,
  type ProofProblem,
  type SecuredDocument,
} from '../securing/dataIntegrity/dataIntegrity.js';
import { MAX_SECURED_DOCUMENT_LENGTH } from '../securing/dataIntegrity/securedDocument.js';
import { verifyJwt11Signature, type ParsedJwt11 } from '../securing/jwt11Token.js';
import { isUsedByJws, verifyJwsSignature, type ParsedJws } from '../securing/jws.js';
import type { CheckCode } from './checks.js';
import type { Circumstances, KeyReference, Secured } from './secured.js';

/**
 * The value of a text that is a JSON object; `undefined` for anything but such a text. Read strictly, since a lenient reader keeps one of two
 * equal members, and nobody knows which.
 */
export function readJsonText(input: unknown): { readonly value: unknown } | 'malformed' | undefined {
  if (typeof input !== 'string' || !/^\s*\{/.test(input)) return undefined;
  if (input.length > MAX_SECURED_DOCUMENT_LENGTH) return 'malformed';
  return parseStrictJson(input) ?? 'malformed';
}

/** The part of {@link Secured} that is the same for every compact token. */
export function tokenAsSecured(
  token: ParsedJws,
  names: readonly string[],
): Pick<Secured, 'signers' | 'names' | 'verify'> {
  return {
    signers: [methodReference(token.kid)],
    names,
    verify: ([key]) => judgeTokenSignature(token, key),
  };
}

/** The same of a token of VC Data Model 1.1, which may leave its key to be found by `iss`, and may be signed under ES256K. */
export function token11AsSecured(
  token: ParsedJwt11,
  names: readonly string[],
): Pick<Secured, 'signers' | 'names' | 'takesSecp256k1' | 'claims' | 'verify'> {
  const { methodId, algorithm, claims } = token;
  const signer: KeyReference | undefined =
    methodId === undefined ? { kind: 'sole', owner: claims.iss, algorithm } : methodReference(methodId);
  return {
    signers: [signer],
    names: [...names, claims.iss, ...(token.iss === undefined ? [] : [token.iss])],
    takesSecp256k1: true,
    claims,
    verify: ([key]) => {
      if (key?.algorithm !== algorithm) return 'signature/algorithm-mismatch';
      return verifyJwt11Signature(token, key) ? 'signature/valid' : 'signature/invalid';
    },
  };
}

/** `undefined` for what is no absolute DID URL with a fragment. */
export function methodReference(id: string | undefined): KeyReference | undefined {
  const url = parseDidUrl(id);
  return url && id !== undefined ? { kind: 'method', owner: url.did, method: id } : undefined;
}

function judgeTokenSignature(token: ParsedJws, key: AnyVerificationKey | undefined): CheckCode {
  if (!key || !isUsedByJws(key) || token.algorithm !== key.algorithm) return 'signature/algorithm-mismatch';
  return verifyJwsSignature(token, key) ? 'signature/valid' : 'signature/invalid';
}

/** The part of {@link Secured} that is the same for every document with Data Integrity proofs. */
export function proofsAsSecured(
  secured: SecuredDocument,
  names: readonly string[],
): Pick<Secured, 'signers' | 'names' | 'verify'> {
  return {
    signers: secured.proofs.map(({ verificationMethod }) => methodReference(verificationMethod)),
    names,
    verify: (keys, circumstances) => judgeProofs(secured, keys, circumstances),
  };
}

/** What a proof that was not verified means in a report. */
const PROOF_CODES = {
  signatureInvalid: 'signature/invalid',
  pointerNotFound: 'signature/invalid',
  notSelectable: 'signature/invalid',
  algorithmMismatch: 'signature/algorithm-mismatch',
  proofValueMalformed: 'signature/proof-malformed',
  baseProof: 'signature/base-proof',
  contextMismatch: 'signature/proof-malformed',
  aliasedMember: 'signature/aliased-member',
  hiddenStatement: 'signature/hidden-statement',
  purposeMismatch: 'signature/purpose-mismatch',
  domainMismatch: 'audience/mismatch',
  challengeMismatch: 'nonce/mismatch',
  expired: 'validity/signature-expired',
  notYetValid: 'validity/signature-not-yet-valid',
  previousProofUnknown: 'signature/chain-broken',
  previousProofCycle: 'signature/chain-broken',
  previousProofUnverified: 'signature/chain-broken',
  tooLarge: 'format/too-large',
  notJsonLd: 'format/not-json-ld',
  unsupportedCryptosuite: 'signature/unknown-cryptosuite',
  unknownContext: 'signature/unknown-context',
  tooComplex: 'signature/too-complex',
  timedOut: 'signature/too-complex',
  unavailable: 'signature/not-checked',
} as const satisfies Record<ProofProblem, CheckCode>;

async function judgeProofs(
  secured: SecuredDocument,
  keys: readonly AnyVerificationKey[],
  { purpose, now, toleranceSeconds, canonizer = NO_CANONIZER }: Circumstances,
): Promise<CheckCode> {
  if (!keys.every(isUsedByJws)) return 'signature/algorithm-mismatch';
  try {
    const outcome = await verifyProofs(secured, keys, { purpose, now, toleranceSeconds }, canonizer);
    return 'verified' in outcome ? 'signature/valid' : PROOF_CODES[outcome.problem];
  } catch {
    // Data Integrity works on JSON; a value that only looks like it, which a caller in process may hand over, is none.
    return 'format/malformed';
  }
}

/** Where none was handed in, nothing that needs one can be said. */
const NO_CANONIZER: NonNullable<Circumstances['canonizer']> = {
  canonize: async () => ({ problem: 'unavailable' }),
  select: async () => ({ problem: 'unavailable' }),
};
