import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createContextCatalogue } from '../../src/credentials/contexts/catalogue.js';
import { decodeBase58 } from '../../src/credentials/encoding/base58.js';
import { createCanonizer } from '../../src/credentials/jsonLd/inProcessCanonizer.js';
import { importJwk, importMultikey, toMultikey, type VerificationKey } from '../../src/credentials/keys.js';
import { keyDidDocument } from '../../src/credentials/did/keyDid.js';
import {
  checkDidDocument,
  findVerificationMethod,
  type KeyPurpose,
} from '../../src/credentials/did/document.js';
import {
  parseSecuredDocument,
  prepareProof,
  signProof,
  verifyProofs,
  type PrepareOutcome,
  type ProofExpectations,
  type ProofRequest,
  type ProofSigner,
} from '../../src/credentials/securing/dataIntegrity/dataIntegrity.js';
import { createKey, NOW } from './issuer.js';

/** Keys, contexts and short ways through Data Integrity, for tests. */

const VECTORS = new URL('../vectors/w3c/', import.meta.url);

export function readVector(path: string): string {
  return readFileSync(new URL(path, VECTORS), 'utf8');
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any
export function readJsonVector(path: string): any {
  return JSON.parse(readVector(path));
}

export const CITIZENSHIP_CONTEXT = 'https://w3id.org/citizenship/v4rc1';
export const contexts = createContextCatalogue(
  new Map([[CITIZENSHIP_CONTEXT, readJsonVector('contexts/citizenship-v4rc1.jsonld')]]),
);
export const canonizer = createCanonizer(contexts);

/** A private key from the two multikeys of a vector. */
export function importKeyPair(publicMultibase: string, secretMultibase: string): KeyObject {
  const key = importMultikey(publicMultibase);
  // Behind the multicodec; of an Ed25519 key some give the public half as well.
  const size = key?.jwk.crv === 'P-384' ? 48 : 32;
  const secret = decodeBase58(secretMultibase.slice(1))?.subarray(2, 2 + size);
  if (!key || !secret) throw new Error('not a key pair');
  const jwk = { ...key.jwk, d: Buffer.from(secret).toString('base64url') };
  return createPrivateKey({ key: jwk, format: 'jwk' });
}

export function signRaw(privateKey: KeyObject, data: Uint8Array): Buffer {
  const { asymmetricKeyType, asymmetricKeyDetails } = privateKey;
  const digest =
    asymmetricKeyType === 'ed25519'
      ? null
      : asymmetricKeyDetails?.namedCurve === 'secp384r1'
        ? 'sha384'
        : 'sha256';
  return sign(digest, data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
}

/** A did:key issuer. */
export interface DidKeyIssuer {
  readonly did: string;
  readonly verificationMethod: string;
  readonly key: VerificationKey;
  readonly privateKey: KeyObject;
  readonly signer: ProofSigner;
}

export function createDidKeyIssuer(kind: 'Ed25519' | 'P-256' | 'P-384'): DidKeyIssuer {
  const privateKey = generatePrivateKey(kind);
  return issuerOf(privateKey);
}

export function issuerOf(privateKey: KeyObject): DidKeyIssuer {
  const key = importPublicHalf(privateKey);
  const multikey = toMultikey(key);
  const did = `did:key:${multikey}`;
  const verificationMethod = `${did}#${multikey}`;
  const signer = { verificationMethod, sign: async (data: Uint8Array) => signRaw(privateKey, data) };
  return { did, verificationMethod, key, privateKey, signer };
}

/** As a host would: by the DID's document, for the proof's purpose. */
export function findDidKey(verificationMethod: string, purpose: KeyPurpose): VerificationKey | undefined {
  const did = verificationMethod.split('#')[0] ?? '';
  const document = checkDidDocument(keyDidDocument(did), did);
  const finding = document && findVerificationMethod(document, verificationMethod, purpose);
  return finding?.state === 'listed' ? finding.key : undefined;
}

export const EXPECTED: ProofExpectations = { purpose: 'assertionMethod', now: NOW, toleranceSeconds: 60 };

/** `verified`, or the problem of the first step that has one. */
export async function verdictOf(
  secured: unknown,
  expectations: Partial<ProofExpectations> = {},
  keys?: readonly VerificationKey[],
): Promise<string> {
  const parsed = parseSecuredDocument(secured);
  if ('problem' in parsed) return parsed.problem;
  const found = keys ?? parsed.proofs.map((proof) => findDidKey(proof.verificationMethod, 'assertionMethod'));
  const known = found.filter((key) => key !== undefined);
  if (known.length !== found.length) return 'keyNotFound';
  const outcome = await verifyProofs(parsed, known, { ...EXPECTED, ...expectations }, canonizer);
  return 'problem' in outcome ? outcome.problem : 'verified';
}

export function prepare(
  document: unknown,
  issuer: DidKeyIssuer,
  request: Partial<ProofRequest> & Pick<ProofRequest, 'cryptosuite'>,
): Promise<PrepareOutcome> {
  return prepareProof(
    document,
    {
      verificationMethod: issuer.verificationMethod,
      algorithm: issuer.key.algorithm,
      proofPurpose: 'assertionMethod',
      created: '2026-11-20T11:00:00Z',
      ...request,
    },
    { canonizer, check: () => [] },
  );
}

export async function issue(
  document: unknown,
  issuer: DidKeyIssuer,
  request: Partial<ProofRequest> & Pick<ProofRequest, 'cryptosuite'>,
): Promise<Record<string, unknown>> {
  const prepared = await prepare(document, issuer, request);
  if (!('value' in prepared)) throw new Error(JSON.stringify(prepared));
  return signProof(prepared.value, issuer.signer);
}

/** A credential with what a hostile holder would like to change: nested objects, lists, a status, dates. */
export function sampleCredential(issuerDid: string): Record<string, unknown> {
  return {
    '@context': ['https://www.w3.org/ns/credentials/v2', 'https://www.w3.org/ns/credentials/examples/v2'],
    id: 'urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33',
    type: ['VerifiableCredential', 'MembershipCredential'],
    name: 'Membership',
    issuer: issuerDid,
    validFrom: '2026-01-01T00:00:00Z',
    validUntil: '2027-01-01T00:00:00Z',
    credentialSubject: {
      id: 'did:example:coop',
      legalName: 'Abeona _:c14n0 <urn:bnid:x> "Housing" Co-operative',
      members: 42,
      standing: true,
      address: [
        { street: '1 Mutual Way', locality: 'Leeds' },
        { street: '2 Mutual Way', locality: 'Leeds' },
      ],
    },
    credentialStatus: {
      id: 'https://passport.example/status/1#7',
      type: 'BitstringStatusListEntry',
      statusPurpose: 'revocation',
      statusListIndex: '7',
      statusListCredential: 'https://passport.example/status/1',
    },
  };
}

function generatePrivateKey(kind: 'Ed25519' | 'P-256' | 'P-384'): KeyObject {
  if (kind === 'Ed25519') return createKey('did:example:test', 'EdDSA').privateKey;
  if (kind === 'P-256') return createKey('did:example:test', 'ES256').privateKey;
  return generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
}

function importPublicHalf(privateKey: KeyObject): VerificationKey {
  const key = importJwk(createPublicKey(privateKey).export({ format: 'jwk' }));
  if (!key) throw new Error('not a key of a known kind');
  return key;
}
