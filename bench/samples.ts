import { generateKeyPairSync, sign } from 'node:crypto';
import type { VerificationKey } from '../src/credentials/keys.js';
import { encodeBase58, importJwk, keyDidDocument, toMultikey } from './core.js';

export type Algorithm = 'EdDSA' | 'ES256';

/** A did:key issuer, its key imported. */
export interface Issuer {
  readonly did: string;
  readonly kid: string;
  readonly algorithm: Algorithm;
  readonly key: VerificationKey;
  /** Of an Ed25519 key, as a Multikey has it (Controlled Identifiers 1.0 §2.2.2). */
  readonly secretMultikey: string;
  sign(data: Uint8Array): Buffer;
}

const SECRET_ED25519 = [0x80, 0x26];

export function createIssuer(algorithm: Algorithm): Issuer {
  const { privateKey, publicKey } =
    algorithm === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('ed25519');
  const key = importJwk(publicKey.export({ format: 'jwk' }));
  if (!key) throw new Error('a key that cannot be imported');
  const { d = '' } = privateKey.export({ format: 'jwk' });
  const multikey = toMultikey(key);
  const did = `did:key:${multikey}`;
  const digest = algorithm === 'ES256' ? 'sha256' : null;
  const options = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
  return {
    did,
    kid: `${did}#${multikey}`,
    algorithm,
    key,
    secretMultikey: `z${encodeBase58(Buffer.from([...SECRET_ED25519, ...Buffer.from(d, 'base64url')]))}`,
    sign: (data) => sign(digest, data, options),
  };
}

/** A DID resolver that has its one answer at hand: resolving is nobody's time. */
export function resolverFor({ did, kid, key }: Issuer) {
  const method = { id: kid, type: 'JsonWebKey2020', controller: did, publicKeyJwk: key.jwk };
  const didDocument = { ...keyDidDocument(did), verificationMethod: [method] };
  const resolution = { didResolutionMetadata: {}, didDocumentMetadata: {}, didDocument };
  return { resolve: () => Promise.resolve(resolution) };
}

const DAY = 86_400_000;
const TAMPERED_NAME = 'Abeona Housing Co-operative Unlimited';

/** A legal identity as the service issues it, 1.6 KB as JSON. Valid at the time of the run: some libraries look at the clock. */
export function sampleCredential(did: string) {
  const statusEntry = (purpose: string, index: string) => ({
    id: `https://passport.example/status/${purpose}-1#${index}`,
    type: 'BitstringStatusListEntry',
    statusPurpose: purpose,
    statusListIndex: index,
    statusListCredential: `https://passport.example/status/${purpose}-1`,
  });
  return {
    '@context': ['https://www.w3.org/ns/credentials/v2', PROFILE_CONTEXT],
    id: 'https://passport.example/v1/credentials/01941f29-7c00-7000-8000-000000000001',
    type: ['VerifiableCredential', 'CoopLegalIdentityCredential'],
    issuer: did,
    validFrom: new Date(Date.now() - DAY).toISOString(),
    validUntil: new Date(Date.now() + 365 * DAY).toISOString(),
    credentialSubject: {
      legalName: 'Abeona Housing Co-operative Limited',
      registrationNumber: 'C3455',
      registrationAuthority: { name: 'Regulator of Social Housing', code: 'RA000585' },
      jurisdiction: 'GB-ENG',
      id: 'did:web:passport.example:orgs:coop',
    },
    credentialSchema: {
      id: 'https://passport.example/schemas/CoopLegalIdentityCredential/v1',
      type: 'JsonSchema',
    },
    credentialStatus: [statusEntry('revocation', '94567'), statusEntry('suspension', '23452')],
    assuranceLevel: 'substantial',
    evidence: [
      {
        type: 'electronic_record',
        field: '/legalIdentity/legalName',
        check_details: [{ check_method: 'register_lookup', time: '2026-11-01T09:30:00Z' }],
        provenance: 'official_register',
        record: { type: 'company_register', source: { name: 'Regulator of Social Housing' } },
      },
    ],
    termsOfUse: [{ type: 'AssertionLimits', notAsserted: ['trustworthiness', 'credit-worthiness'] }],
  };
}

export const PROFILE_CONTEXT = 'https://passport.example/contexts/CoopLegalIdentityCredential/v1';

/** The same under VC Data Model 1.1 as JWT claims, for libraries that know no other. */
export function sampleClaims11(did: string) {
  const credential = sampleCredential(did);
  const { id, issuer, validFrom, validUntil, ...rest } = credential;
  const seconds = (instant: string) => Math.floor(Date.parse(instant) / 1000);
  return {
    iss: issuer,
    jti: id,
    sub: rest.credentialSubject.id,
    nbf: seconds(validFrom),
    exp: seconds(validUntil),
    vc: { ...rest, '@context': ['https://www.w3.org/2018/credentials/v1', PROFILE_CONTEXT] },
  };
}

/** A compact JWS in its parts, and the same with a claim changed under the old signature. */
export function signJwt(issuer: Issuer, header: object, payload: object) {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const protectedHeader = encode({ alg: issuer.algorithm, kid: issuer.kid, ...header });
  const good = `${protectedHeader}.${encode(payload)}`;
  const tampered = `${protectedHeader}.${encode(tamper(payload))}`;
  const signature = issuer.sign(Buffer.from(good));
  const encoded = signature.toString('base64url');
  return {
    tokens: { good: `${good}.${encoded}`, tampered: `${tampered}.${encoded}` },
    signingInputs: { good: Buffer.from(good), tampered: Buffer.from(tampered) },
    signature,
  };
}

/** One name changed, everything as well-formed as before. */
export function tamper<Document extends object>(document: Document): Document {
  const text = JSON.stringify(document).replace('Abeona Housing Co-operative Limited', TAMPERED_NAME);
  return JSON.parse(text) as Document;
}
