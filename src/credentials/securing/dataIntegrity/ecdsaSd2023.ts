import { generateKeyPairSync, createPublicKey, randomBytes, sign, type KeyObject } from 'node:crypto';
import { relabelStatement, sortStatements } from '../../jsonLd/nquads.js';
import { importJwk, importMultikey, toMultikey, type VerificationKey } from '../../keys.js';
import type { Cryptosuite, PrepareRequest, SuiteProblem, VerifyRequest } from './cryptosuite.js';
import { hasHiddenStatement } from './hiddenStatements.js';
import { decodeBase58Multibase, encodeBase58Multibase } from './multibase.js';
import { optionsOf } from './proof.js';
import { hasAliasedMember } from './plainNames.js';
import { hashProofConfiguration, hashStatements } from './proofConfiguration.js';
import { verifyRawSignature } from './rawSignature.js';
import {
  decodeBaseProofValue,
  decodeDerivedProofValue,
  encodeBaseProofValue,
  HMAC_BYTES,
  isBaseProofValue,
  type DerivedProofValue,
} from './sdProofValue.js';
import { encodeLabel, groupStatements, MAX_STATEMENTS } from './sdStatements.js';

/**
 * ecdsa-sd-2023 (Data Integrity ECDSA Cryptosuites 1.0, W3C Recommendation of 15 May 2025, §3.5): selective disclosure by a signature for
 * each statement. `prepare` makes a base proof, for the holder only; `deriveSdProof` makes of it what a verifier gets, and `verify` takes
 * nothing else.
 */
export const ecdsaSd2023: Cryptosuite = {
  name: 'ecdsa-sd-2023',
  algorithms: ['ES256'],
  prepare: (request) => prepareBaseProof(request, createSdMaterial()),
  verify: verifyDerivedProof,
};

/** Fresh for every proof: the key for statements, whose private half is gone afterwards, and the key for labels. */
export interface SdMaterial {
  readonly proofKey: KeyObject;
  readonly hmacKey: Uint8Array;
}

function createSdMaterial(): SdMaterial {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { proofKey: privateKey, hmacKey: randomBytes(HMAC_BYTES) };
}

/** §3.5.8 to §3.5.12. Only `ecdsaSd2023.prepare` and the test vectors have a use for material of their own. */
export async function prepareBaseProof(
  { document, options, canonizer, mandatoryPointers = [] }: PrepareRequest,
  { proofKey, hmacKey }: SdMaterial,
): ReturnType<Cryptosuite['prepare']> {
  const configuration = await hashProofConfiguration(document, options, 'sha256', canonizer);
  if ('problem' in configuration) return configuration;
  const grouped = await groupStatements(document, hmacKey, [mandatoryPointers], canonizer);
  if ('problem' in grouped) return grouped;
  const [mandatory = new Set<number>()] = grouped.groups;
  const mandatoryHash = hashStatements(
    grouped.statements.filter((_, index) => mandatory.has(index)),
    'sha256',
  );
  const signatures = grouped.statements
    .filter((_, index) => !mandatory.has(index))
    .map((statement) => sign('sha256', Buffer.from(statement), { key: proofKey, dsaEncoding: 'ieee-p1363' }));
  const publicKey = multikeyBytes(proofKey);
  return {
    options,
    toSign: Buffer.concat([configuration.digest, publicKey, mandatoryHash]),
    encodeProofValue: (baseSignature) =>
      encodeBaseProofValue({ baseSignature, publicKey, hmacKey, signatures, mandatoryPointers }),
  };
}

/** §3.5.16 */
async function verifyDerivedProof({
  document,
  proof,
  key,
  canonizer,
}: VerifyRequest): ReturnType<Cryptosuite['verify']> {
  const value = decodeDerivedProofValue(proof.proofValue);
  if (!value) return { problem: isBaseProofValue(proof.proofValue) ? 'baseProof' : 'proofValueMalformed' };
  const configuration = await hashProofConfiguration(document, optionsOf(proof), 'sha256', canonizer);
  if ('problem' in configuration) return configuration;
  const answer = await canonizer.canonize(document, 'sha256');
  if ('problem' in answer) return answer;
  if (answer.nquads.length > MAX_STATEMENTS) return { problem: 'tooComplex' };
  if (hasHiddenStatement(document, answer.nquads)) return { problem: 'hiddenStatement' };
  if (hasAliasedMember({ ...document, proof: [document['proof'], proof] }))
    return { problem: 'aliasedMember' };
  const statements = relabel(answer.nquads, value);
  if (!statements || value.mandatoryIndexes.some((index) => index >= statements.length)) {
    return { problem: 'proofValueMalformed' };
  }
  const isVerified = verifyStatements(
    statements,
    new Set(value.mandatoryIndexes),
    value,
    configuration.digest,
    key,
  );
  return isVerified ? { verified: document } : { problem: 'signatureInvalid' };
}

/**
 * Verifies a base proof, which the Recommendation leaves open: an issuer looks at what it made, a holder at what it got. Never for what a
 * third party presents: whoever has a base proof can disclose everything.
 */
export async function verifyBaseProof({
  document,
  proof,
  key,
  canonizer,
}: VerifyRequest): ReturnType<Cryptosuite['verify']> {
  const value = decodeBaseProofValue(proof.proofValue);
  if (!value) return { problem: 'proofValueMalformed' };
  const configuration = await hashProofConfiguration(document, optionsOf(proof), 'sha256', canonizer);
  if ('problem' in configuration) return configuration;
  const grouped = await groupStatements(document, value.hmacKey, [value.mandatoryPointers], canonizer);
  if ('problem' in grouped) return grouped;
  const [mandatory = new Set<number>()] = grouped.groups;
  return verifyStatements(grouped.statements, mandatory, value, configuration.digest, key)
    ? { verified: document }
    : ({ problem: 'signatureInvalid' } satisfies SuiteProblem);
}

interface StatementSignatures {
  readonly baseSignature: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly signatures: readonly Uint8Array[];
}

/** The issuer's signature over configuration, proof key and mandatory statements; the proof key's over each of the others. */
function verifyStatements(
  statements: readonly string[],
  mandatory: ReadonlySet<number>,
  { baseSignature, publicKey, signatures }: StatementSignatures,
  configurationDigest: Buffer,
  key: VerificationKey,
): boolean {
  const proofKey = importMultikey(encodeBase58Multibase(publicKey));
  if (proofKey?.algorithm !== 'ES256') return false;
  const others = statements.filter((_, index) => !mandatory.has(index));
  if (others.length !== signatures.length) return false;
  const mandatoryHash = hashStatements(
    statements.filter((_, index) => mandatory.has(index)),
    'sha256',
  );
  const signed = Buffer.concat([configurationDigest, publicKey, mandatoryHash]);
  if (!verifyRawSignature(signed, baseSignature, key)) return false;
  return signatures.every((signature, index) =>
    verifyRawSignature(Buffer.from(others[index] ?? ''), signature, proofKey),
  );
}

/** `undefined` unless the map names each blank node of the document, and no other. */
function relabel(nquads: readonly string[], { labelMap }: DerivedProofValue): readonly string[] | undefined {
  const used = new Set<number>();
  const statements = nquads.map((nquad) =>
    relabelStatement(nquad, (label) => {
      const number = Number(label.slice('c14n'.length));
      used.add(number);
      return encodeLabel(labelMap.get(number) ?? new Uint8Array());
    }),
  );
  const isExact = used.size === labelMap.size && [...used].every((number) => labelMap.has(number));
  return isExact ? sortStatements(statements) : undefined;
}

function multikeyBytes(privateKey: KeyObject): Uint8Array {
  const key = importJwk(createPublicKey(privateKey).export({ format: 'jwk' }));
  const bytes = key && decodeBase58Multibase(toMultikey(key));
  if (!bytes) throw new TypeError('not a P-256 key');
  return bytes;
}
