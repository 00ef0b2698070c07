import { generateKeyPairSync, sign } from 'node:crypto';
import type { VerificationKey } from '../src/credentials/keys.js';
import type { Samples } from './comparison.js';
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

/** How many distinct credentials the contestants take in turn. */
const SAMPLES = 300;

/** One for each number. */
export function eachSample<Sample>(create: (number: number) => Sample): readonly Sample[] {
  return Array.from({ length: SAMPLES }, (_, number) => create(number));
}

/** A legal identity as the service issues it, 1.6 KB as JSON. Valid at the time of the run: some libraries look at the clock. */
export function sampleCredential(did: string, number: number) {
  const statusEntry = (purpose: string, index: string) => ({
    id: `https://passport.example/status/${purpose}-1#${index}`,
    type: 'BitstringStatusListEntry',
    statusPurpose: purpose,
    statusListIndex: index,
    statusListCredential: `https://passport.example/status/${purpose}-1`,
  });
  return {
    '@context': ['https://www.w3.org/ns/credentials/v2', PROFILE_CONTEXT],
    id: `https://passport.example/v1/credentials/01941f29-7c00-7000-8000-${String(number).padStart(12, '0')}`,
    type: ['VerifiableCredential', 'CoopLegalIdentityCredential'],
    issuer: did,
    validFrom: new Date(Date.now() - DAY).toISOString(),
    validUntil: new Date(Date.now() + 365 * DAY).toISOString(),
    credentialSubject: {
      legalName: `Abeona Housing Co-operative ${number} Limited`,
      registrationNumber: `C${3455 + number}`,
      registrationAuthority: { name: 'Regulator of Social Housing', code: 'RA000585' },
      jurisdiction: 'GB-ENG',
      id: `did:web:passport.example:orgs:coop-${number}`,
    },
    credentialSchema: {
      id: 'https://passport.example/schemas/CoopLegalIdentityCredential/v1',
      type: 'JsonSchema',
    },
    credentialStatus: [
      statusEntry('revocation', String(94_567 + number)),
      statusEntry('suspension', String(23_452 + number)),
    ],
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
export function sampleClaims11(did: string, number: number) {
  const credential = sampleCredential(did, number);
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

export interface SignedJwt {
  readonly token: string;
  readonly signingInput: Uint8Array;
  readonly signature: Uint8Array;
}

/** A compact JWS for each payload, and the same with a claim changed under the old signature. */
export function signJwts(issuer: Issuer, header: object, payloads: readonly object[]): Samples<SignedJwt> {
  const signed = payloads.map((payload) => signJwt(issuer, header, payload));
  return { good: signed.map(({ good }) => good), tampered: signed.map(({ tampered }) => tampered) };
}

function signJwt(issuer: Issuer, header: object, payload: object) {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const protectedHeader = encode({ alg: issuer.algorithm, kid: issuer.kid, ...header });
  const good = Buffer.from(`${protectedHeader}.${encode(payload)}`);
  const tampered = Buffer.from(`${protectedHeader}.${encode(tamper(payload))}`);
  const signature = issuer.sign(good);
  const join = (signingInput: Buffer): SignedJwt => {
    const token = `${signingInput.toString()}.${signature.toString('base64url')}`;
    return { token, signingInput, signature };
  };
  return { good: join(good), tampered: join(tampered) };
}

/** One name changed, everything as well-formed as before. */
export function tamper<Document extends object>(document: Document): Document {
  const text = JSON.stringify(document).replace('Abeona Housing Co-operative', 'Abeona Housing Corporation');
  return JSON.parse(text) as Document;
}
