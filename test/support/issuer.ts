import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import type { ConfirmedCheck } from '../../src/credentials/compose.js';
import { composeCredential } from '../../src/credentials/compose.js';
import type { Credential } from '../../src/credentials/dataModel.js';
import type { DidDocument } from '../../src/credentials/did/document.js';
import { importJwk, jwkThumbprint, type PublicJwk } from '../../src/credentials/keys.js';
import { createProfileCatalogue } from '../../src/credentials/profiles/catalogue.js';
import { coopLegalIdentity } from '../../src/credentials/profiles/coopLegalIdentity.js';
import { claimSubject } from '../../src/credentials/profiles/profile.js';
import {
  parseVcJwt,
  prepareVcJwt,
  signingInputDigest,
  signVcJwt,
} from '../../src/credentials/securing/vcJwt.js';
import { createBitstring, type Bitstring } from '../../src/credentials/status/bitstring.js';
import { composeStatusList } from '../../src/credentials/status/listCredential.js';
import type {
  Accreditation,
  DidResolution,
  IssuanceRecord,
  StatusListFetch,
  VerificationSources,
} from '../../src/credentials/verification/sources.js';
import { addSeconds } from '../../src/kernel/instants.js';
import type { Signer, SigningAlgorithm, SigningKey } from '../../src/kernel/ports.js';

/** Test keys, issuers, and an in-memory world to verify in. The clock stands still at `NOW`. */
export const NOW = new Date('2026-11-20T12:00:00.000Z');
export const PUBLIC_URL = 'https://passport.example';
export const REGISTRAR_DID = 'did:web:passport.example:orgs:registrar';
export const COOP_DID = 'did:web:passport.example:orgs:coop';
export const CREDENTIAL_UUID = '01941f29-7c00-7000-8000-000000000001';
export const CREDENTIAL_ID = `${PUBLIC_URL}/v1/credentials/${CREDENTIAL_UUID}`;
export const REVOCATION_URL = `${PUBLIC_URL}/status/revocation-1`;
export const SUSPENSION_URL = `${PUBLIC_URL}/status/suspension-1`;
export const profiles = createProfileCatalogue(PUBLIC_URL);

export interface TestKey extends SigningKey {
  readonly privateKey: KeyObject;
  readonly jwk: PublicJwk;
}

export function createKey(did: string, algorithm: SigningAlgorithm = 'ES256'): TestKey {
  const { privateKey, publicKey } =
    algorithm === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('ed25519');
  const jwk = importJwk(publicKey.export({ format: 'jwk' }))?.jwk;
  if (!jwk) throw new Error('a test key that cannot be imported');
  return { did, algorithm, privateKey, jwk, kid: `${did}#${jwkThumbprint(jwk)}` };
}

/** Signs with any test key that is handed to it. */
export const signer: Signer = {
  sign: (key, data) => Promise.resolve(rawSignature(key as TestKey, data)),
};

export function rawSignature(key: TestKey, data: Uint8Array): Buffer {
  const digest = key.algorithm === 'ES256' ? 'sha256' : null;
  return sign(digest, data, { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
}

/** A token with any header and payload, text as it is given, so that tests can say what the product never would. */
export function forgeToken(key: TestKey, header: object | string, payload: object | string): string {
  const encode = (part: object | string) =>
    Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
  const signingInput = `${encode(header)}.${encode(payload)}`;
  return `${signingInput}.${rawSignature(key, Buffer.from(signingInput)).toString('base64url')}`;
}

export function documentOf(did: string, keys: readonly TestKey[]): DidDocument {
  const ids = keys.map(({ kid }) => kid);
  return {
    '@context': ['https://www.w3.org/ns/did/v1'],
    id: did,
    verificationMethod: keys.map(({ kid, jwk }) => ({
      id: kid,
      type: 'JsonWebKey',
      controller: did,
      publicKeyJwk: jwk,
    })),
    authentication: ids,
    assertionMethod: ids,
  };
}

export const registrarKey = createKey(REGISTRAR_DID);
export const registrarEdKey = createKey(REGISTRAR_DID, 'EdDSA');
export const coopKey = createKey(COOP_DID);

export const dossier = {
  legalIdentity: {
    legalName: 'Abeona Housing Co-operative Limited',
    tradingNames: ['Abeona'],
    registrationNumber: 'C3455',
    registrationAuthority: { name: 'Regulator of Social Housing', code: 'RA000585' },
    jurisdiction: 'GB-ENG',
    incorporatedOn: '1983-12-05',
  },
  addresses: [
    { type: 'registered', street: '1 Mutual Way', locality: 'Leeds', postalCode: 'LS1 1AA', country: 'GB' },
    { type: 'business', street: '2 Mutual Way', locality: 'Leeds', country: 'GB' },
  ],
  identifiers: [{ scheme: 'GB-COH', id: '01234567' }],
  democraticControl: {
    category: 'housing',
    votingRule: 'one member, one vote',
    memberCount: 42,
    memberCountOn: '2026-06-30',
    memberClasses: [{ name: 'Tenants', memberCount: 42, votesPerMember: 1, isTransacting: true }],
    assetLock: true,
    byLaws: { digest: `sha256-${'A'.repeat(43)}=`, adoptedOn: '2020-05-01' },
  },
  signatories: [
    {
      fullName: 'Ada Signatory',
      role: 'treasurer',
      authority: 'joint',
      jointWith: ['secretary'],
      limits: [{ matter: 'Loans', amount: 50_000, currency: 'GBP' }],
      grantedBy: { body: 'General meeting', grantedOn: '2026-03-01', reference: 'Minute 12' },
    },
  ],
  controlPersons: [
    { statementId: 'statement-1', recordType: 'entity', recordDetails: { isComponent: false } },
  ],
  recognition: {
    federations: [{ body: 'Co-operatives UK', memberSince: '1990-01-01', standing: 'good_standing' }],
    coopDomain: 'abeona.coop',
  },
  screening: {
    lists: [{ kind: 'sanctions', name: 'UK Sanctions List', version: '2026-11-19' }],
    screenedAt: '2026-11-19T10:00:00Z',
    result: 'clear',
  },
  /** What is computed of the version under review. */
  dossier: {
    dossierVersion: 3,
    merkleRoot: { alg: 'sha-256', value: 'A'.repeat(43), size: 30 },
    coveredBlocks: [{ block: 'legalIdentity', lowestTier: 'official_register' }],
    lowestTier: 'official_register',
    nextReviewOn: '2027-11-20',
  },
};

export function confirmed(field: string, more: Partial<ConfirmedCheck> = {}): ConfirmedCheck {
  return {
    field,
    method: 'register_lookup',
    checkedAt: new Date('2026-11-01T09:30:00Z'),
    evidence: {
      type: 'electronic_record',
      record: { type: 'company_register', source: { name: 'Regulator of Social Housing' } },
    },
    ...more,
  };
}

export const checks = coopLegalIdentity.requiredChecks.map((field) => confirmed(field));

export function legalIdentityCredential(): Credential {
  const fields = checks.map(({ field }) => field);
  return composeCredential({
    profile: coopLegalIdentity,
    publicUrl: PUBLIC_URL,
    credentialId: CREDENTIAL_UUID,
    issuerDid: REGISTRAR_DID,
    subjectDid: COOP_DID,
    claims: claimSubject(coopLegalIdentity, dossier, fields),
    checks,
    assuranceLevel: 'substantial',
    validFrom: addSeconds(NOW, -86_400),
    validUntil: addSeconds(NOW, 365 * 86_400),
    status: {
      revocation: { purpose: 'revocation', listUrl: REVOCATION_URL, index: 94_567 },
      suspension: { purpose: 'suspension', listUrl: SUSPENSION_URL, index: 23_452 },
    },
  });
}

export async function signCredential(credential: unknown, key: TestKey = registrarKey): Promise<string> {
  const prepared = prepareVcJwt(credential, profiles);
  if ('problems' in prepared) throw new Error(JSON.stringify(prepared.problems));
  return signVcJwt(prepared.value, key, signer);
}

export function recordOf(token: string, issuedAt = addSeconds(NOW, -86_400)): IssuanceRecord {
  const parsed = parseVcJwt(token);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return { issuedAt, issuerDid: REGISTRAR_DID, signedDigests: [signingInputDigest(parsed)] };
}

export const accreditation: Accreditation = {
  credentialTypes: ['CoopLegalIdentityCredential', 'CoopStatusCredential'],
  jurisdictions: ['GB'],
  maxAssurance: 'substantial',
  validFrom: new Date('2026-01-01T00:00:00Z'),
};

/** Everything outside, as plain maps that a test changes before it verifies. */
export interface World {
  readonly documents: Map<string, unknown>;
  readonly lists: Map<string, string>;
  readonly issuances: Map<string, IssuanceRecord>;
  readonly accreditations: Map<string, Accreditation[]>;
  readonly sources: VerificationSources;
}

export async function createWorld(): Promise<World> {
  const documents = new Map<string, unknown>([
    [REGISTRAR_DID, documentOf(REGISTRAR_DID, [registrarKey, registrarEdKey])],
    [COOP_DID, documentOf(COOP_DID, [coopKey])],
  ]);
  const lists = new Map([
    [REVOCATION_URL, await signList('revocation')],
    [SUSPENSION_URL, await signList('suspension')],
  ]);
  const issuances = new Map<string, IssuanceRecord>();
  const accreditations = new Map([[REGISTRAR_DID, [accreditation]]]);
  const sources: VerificationSources = {
    profiles,
    resolveDid: (did) => {
      const document = documents.get(did);
      const resolution: DidResolution = document === undefined ? { problem: 'notFound' } : { document };
      return Promise.resolve(resolution);
    },
    fetchStatusList: (url) => {
      const token = lists.get(url);
      return Promise.resolve<StatusListFetch>(
        token === undefined ? { problem: 'unreachable' } : { content: token },
      );
    },
    accreditations: (did) => {
      const entries = accreditations.get(did);
      return Promise.resolve(entries ? { name: 'Federation of Co-ops', entries } : { entries: [] });
    },
    issuance: (id) => Promise.resolve(issuances.get(id)),
  };
  return { documents, lists, issuances, accreditations, sources };
}

export interface ListChanges {
  readonly bits?: Bitstring;
  readonly listUrl?: string;
  readonly key?: TestKey;
  readonly validUntil?: Date;
  readonly ttlSeconds?: number;
}

export async function signList(
  purpose: 'revocation' | 'suspension',
  changes: ListChanges = {},
): Promise<string> {
  const key = changes.key ?? registrarKey;
  const list = composeStatusList({
    listUrl: changes.listUrl ?? (purpose === 'revocation' ? REVOCATION_URL : SUSPENSION_URL),
    issuerDid: key.did,
    purpose,
    bits: changes.bits ?? createBitstring(),
    validFrom: addSeconds(NOW, -3_600),
    validUntil: changes.validUntil ?? addSeconds(NOW, 86_400),
    ttlSeconds: changes.ttlSeconds ?? 60,
  });
  return signCredential(list, key);
}

/** A world in which one legal identity credential was issued a day ago, and that credential. */
export async function issueInWorld(
  key: TestKey = registrarKey,
  credential: Credential = legalIdentityCredential(),
): Promise<{ world: World; token: string }> {
  const world = await createWorld();
  const token = await signCredential(credential, key);
  if (credential.id !== undefined) world.issuances.set(credential.id, recordOf(token));
  return { world, token };
}
