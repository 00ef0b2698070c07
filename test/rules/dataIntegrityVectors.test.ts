import { describe, expect, it } from 'vitest';
import { importMultikey, type VerificationKey } from '../../src/credentials/keys.js';
import type { PrepareRequest } from '../../src/credentials/securing/dataIntegrity/cryptosuite.js';
import { deriveSdProof } from '../../src/credentials/securing/dataIntegrity/deriveSdProof.js';
import {
  prepareBaseProof,
  verifyBaseProof,
} from '../../src/credentials/securing/dataIntegrity/ecdsaSd2023.js';
import {
  decodeBaseProofValue,
  decodeDerivedProofValue,
  encodeBaseProofValue,
} from '../../src/credentials/securing/dataIntegrity/sdProofValue.js';
import { groupStatements } from '../../src/credentials/securing/dataIntegrity/sdStatements.js';
import { findCryptosuite } from '../../src/credentials/securing/dataIntegrity/suites.js';
import { canonicalJson } from '../../src/kernel/canonicalJson.js';
import {
  canonizer,
  CITIZENSHIP_CONTEXT,
  createDidKeyIssuer,
  importKeyPair,
  readJsonVector,
  readVector,
  signRaw,
  verdictOf,
} from '../support/dataIntegrity.js';

/** The W3C's test vectors, byte for byte; and for each signed document what must not be accepted in its place. */

interface SimpleVector {
  readonly suite: string;
  readonly folder: string;
  readonly suffix: string;
  readonly keyFile: string;
  readonly unsigned: string;
}

const EDDSA_KEY = 'eddsa/keyPair.json';
const SIMPLE: readonly SimpleVector[] = [
  vector('eddsa-jcs-2022', 'eddsa/eddsa-jcs-2022/', 'JCS', EDDSA_KEY),
  vector('eddsa-rdfc-2022', 'eddsa/eddsa-rdfc-2022/', 'DataInt', EDDSA_KEY),
  vector(
    'eddsa-rdfc-2022',
    'eddsa/eddsa-rdfc-2022/employ/',
    'DataInt',
    EDDSA_KEY,
    'eddsa/employmentAuth.json',
  ),
  ...['256', '384'].flatMap((size) => {
    const key = `ecdsa/p${size}KeyPair.json`;
    return [
      vector('ecdsa-jcs-2019', `ecdsa/ecdsa-jcs-2019-p${size}/`, `JCSECDSAP${size}`, key),
      vector('ecdsa-rdfc-2019', `ecdsa/ecdsa-rdfc-2019-p${size}/`, `ECDSAP${size}`, key),
      vector(
        'ecdsa-rdfc-2019',
        `ecdsa/ecdsa-rdfc-2019-p${size}/employ/`,
        `ECDSAP${size}`,
        key,
        'ecdsa/employmentAuth.json',
      ),
    ];
  }),
];

function vector(
  suite: string,
  folder: string,
  suffix: string,
  keyFile: string,
  unsigned?: string,
): SimpleVector {
  return {
    suite,
    folder,
    suffix,
    keyFile,
    unsigned: unsigned ?? `${folder.split('/')[0] ?? ''}/unsigned.json`,
  };
}

function keyOf(keyFile: string): VerificationKey {
  const key = importMultikey(readJsonVector(keyFile).publicKeyMultibase);
  if (!key) throw new Error('a vector without a key');
  return key;
}

describe.each(SIMPLE)('$folder', ({ suite: name, folder, suffix, keyFile, unsigned }) => {
  const key = keyOf(keyFile);
  const suite = findCryptosuite(name);
  const document = readJsonVector(unsigned);
  const signed = readJsonVector(`${folder}signed${suffix}.json`);
  const file = (kind: string) => readVector(`${folder}${kind}${suffix}.txt`);
  const prepare = () => {
    const { proofValue: _, '@context': _context, ...options } = signed.proof;
    return suite?.prepare({ document, options, algorithm: key.algorithm, canonizer });
  };

  it('has the canonical forms', async () => {
    if (name.includes('jcs')) {
      expect(canonicalJson(document)).toBe(file('canonDoc'));
      const { proofValue: _, ...options } = signed.proof;
      expect(canonicalJson(options)).toBe(file('proofCanon'));
      return;
    }
    const hash = key.algorithm === 'ES384' ? 'sha384' : 'sha256';
    const answer = await canonizer.canonize(document, hash);
    expect(answer).toEqual({ nquads: lines(file('canonDoc')) });
    const configuration = readJsonVector(`${folder}proofConfig${suffix}.json`);
    expect(await canonizer.canonize(configuration, hash)).toEqual({ nquads: lines(file('proofCanon')) });
  });

  it('has the hashes', async () => {
    const prepared = await prepare();
    expect(prepared).toMatchObject({ toSign: Buffer.from(file('combinedHash').trim(), 'hex') });
    expect(file('combinedHash').trim()).toBe(file('proofHash').trim() + file('docHash').trim());
  });

  it('has the signature', async () => {
    const { publicKeyMultibase, privateKeyMultibase, secretKeyMultibase } = readJsonVector(keyFile);
    const privateKey = importKeyPair(publicKeyMultibase, privateKeyMultibase ?? secretKeyMultibase);
    const prepared = await prepare();
    if (!prepared || 'problem' in prepared) throw new Error(prepared?.problem);
    const signature = Buffer.from(file('sigHex').trim(), 'hex');
    expect(prepared.encodeProofValue(signature)).toBe(file('sigBTC58').trim());
    expect(signed.proof.proofValue).toBe(file('sigBTC58').trim());
    // ECDSA is random, so only Ed25519 gives the very signature again.
    if (key.algorithm === 'EdDSA') expect(signRaw(privateKey, prepared.toSign)).toEqual(signature);
  });

  it('is verified', async () => {
    expect(await verdictOf(signed)).toBe('verified');
  });

  it.each(tamperings(signed))('is not verified with %s', async (_, tampered) => {
    expect(await verdictOf(tampered, {}, [key])).not.toBe('verified');
  });

  it('is not verified by another key of the kind', async () => {
    const kind = { EdDSA: 'Ed25519', ES256: 'P-256', ES384: 'P-384' } as const;
    expect(await verdictOf(signed, {}, [createDidKeyIssuer(kind[key.algorithm]).key])).toBe(
      'signatureInvalid',
    );
  });

  it('is not verified by a key of another kind', async () => {
    const other = createDidKeyIssuer(key.jwk.crv === 'Ed25519' ? 'P-256' : 'Ed25519');
    expect(await verdictOf(signed, {}, [other.key])).toBe('algorithmMismatch');
  });

  it('is not verified for another purpose', async () => {
    expect(await verdictOf(signed, { purpose: 'authentication' })).toBe('purposeMismatch');
  });
});

describe('eddsa proof sets and chains', () => {
  const folder = 'eddsa/proof-set-chain/';
  const files = ['signedProofSet1', 'signedProofSet2', 'signedProofChain1', 'signedProofChain2'];

  it.each(files)('%s is verified', async (file) => {
    expect(await verdictOf(readJsonVector(`${folder}${file}.json`))).toBe('verified');
  });

  it.each(files.slice(1))('%s is not verified when one of its proofs is tampered with', async (file) => {
    const signed = readJsonVector(`${folder}${file}.json`);
    for (const index of signed.proof.keys()) {
      const tampered = structuredClone(signed);
      tampered.proof[index].proofValue = flip(tampered.proof[index].proofValue);
      expect(await verdictOf(tampered)).toBe('signatureInvalid');
    }
  });

  it('a chain is not verified without the proof that it vouches for', async () => {
    const signed = readJsonVector(`${folder}signedProofChain2.json`);
    for (const index of [0, 1, 2]) {
      const proof = signed.proof.filter((_: unknown, place: number) => place !== index);
      expect(await verdictOf({ ...signed, proof })).toBe('previousProofUnknown');
    }
  });

  it('a chain is not verified when the proof that it vouches for is replaced by another good one', async () => {
    const signed = readJsonVector(`${folder}signedProofChain1.json`);
    const tampered = structuredClone(signed);
    // The two swap their names: each still proves the document, since an id alone is what changes.
    [tampered.proof[0].id, tampered.proof[1].id] = [tampered.proof[1].id, tampered.proof[0].id];
    expect(await verdictOf(tampered)).toBe('signatureInvalid');
  });
});

describe.each(['prc', 'employ'])('ecdsa-sd-2023 %s', (name) => {
  const folder = `ecdsa/ecdsa-sd-2023/${name}/`;
  const prefix = name === 'prc' ? 'prCred' : 'employ';
  const mandatoryPointers = readJsonVector(`ecdsa/${prefix}Mandatory.json`);
  const selectivePointers = readJsonVector(`ecdsa/${prefix}Selective.json`);
  const material = readJsonVector('ecdsa/ecdsa-sd-2023/SDKeyMaterial.json');
  const hmacKey = Buffer.from(material.hmacKeyString, 'hex');
  const key = importMultikey(material.baseKeyPair.publicKeyMultibase) as VerificationKey;
  const base = readJsonVector(`${folder}addSignedSDBase.json`);
  // The unsigned document of "prc" among the vectors has another description than all that was made of it.
  const { proof: _proof, ...document } = base;
  const reveal = readJsonVector(`${folder}derivedRevealDocument.json`);
  const split = (secured: { proof: unknown }) => {
    const { proof, ...rest } = structuredClone(secured);
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    return { document: rest as any, proof: proof as any, key, canonizer };
  };

  it('has the canonical statements with their HMAC labels', async () => {
    expect(await canonizer.canonize(document, 'sha256')).toEqual({
      nquads: readJsonVector(`${folder}addBaseDocCanon.json`),
    });
    const grouped = await groupStatements(document, hmacKey, [mandatoryPointers], canonizer);
    expect(grouped).toMatchObject({ statements: readJsonVector(`${folder}addBaseDocHMACCanon.json`) });
  });

  it('has the groups', async () => {
    const combined = [...mandatoryPointers, ...selectivePointers];
    const grouped = await groupStatements(
      document,
      hmacKey,
      [mandatoryPointers, selectivePointers, combined],
      canonizer,
    );
    if ('problem' in grouped) throw new Error(grouped.problem);
    const indexes = readJsonVector(`${folder}derivedGroupIndexes.json`);
    expect(grouped.groups.map((group) => [...group].sort((a, b) => a - b))).toEqual([
      indexes.mandatoryIndexes,
      indexes.selectiveIndexes,
      indexes.combinedIndexes,
    ]);
  });

  it('has the hashes and the base proof value', async () => {
    const { proofKeyPair } = material;
    const proofKey = importKeyPair(proofKeyPair.publicKeyMultibase, proofKeyPair.secretKeyMultibase);
    const { proofValue: _, ...options } = base.proof;
    const request: PrepareRequest = { document, options, algorithm: 'ES256', canonizer, mandatoryPointers };
    const prepared = await prepareBaseProof(request, { proofKey, hmacKey });
    if ('problem' in prepared) throw new Error(prepared.problem);
    const { proofHash, mandatoryHash } = readJsonVector(`${folder}addHashData.json`);
    const toSign = Buffer.from(prepared.toSign);
    expect(toSign.subarray(0, 32).toString('hex')).toBe(proofHash);
    expect(toSign.subarray(-32).toString('hex')).toBe(mandatoryHash);
    const raw = readJsonVector(`${folder}addRawBaseSignatureInfo.json`);
    const value = decodeBaseProofValue(base.proof.proofValue);
    if (!value) throw new Error('a vector that is not decoded');
    expect(hex(value.baseSignature)).toBe(raw.baseSignature);
    expect(value.signatures.map(hex)).toEqual(raw.signatures);
    expect(value.mandatoryPointers).toEqual(mandatoryPointers);
    expect(encodeBaseProofValue(value)).toBe(base.proof.proofValue);
  });

  it('is verified as a base proof by who made or holds it', async () => {
    expect(await verifyBaseProof(split(base))).toHaveProperty('verified');
    const tampered = structuredClone(base);
    tampered.validFrom = '2001-01-01T00:00:00Z';
    expect(await verifyBaseProof(split(tampered))).toEqual({ problem: 'signatureInvalid' });
  });

  it('is not verified as a base proof by a verifier', async () => {
    expect(await verdictOf(base)).toBe('baseProof');
  });

  it('derives the disclosure of the vector', async () => {
    const { document: unsecured, proof } = split(base);
    const derived = await deriveSdProof(unsecured, proof, selectivePointers, canonizer);
    expect(derived).toEqual({ secured: reveal });
  });

  it('has the derived proof value', () => {
    const expected = readJsonVector(`${folder}verifyDerivedProofValue.json`);
    const value = decodeDerivedProofValue(reveal.proof.proofValue);
    expect(value && hex(value.baseSignature)).toBe(expected.baseSignature);
    expect(value?.mandatoryIndexes).toEqual(expected.mandatoryIndexes);
    expect(value?.signatures.map(hex)).toEqual(expected.signatures);
  });

  it('is verified as a disclosure', async () => {
    expect(await verdictOf(reveal)).toBe('verified');
  });

  it.each(tamperings(reveal))('is not verified with %s', async (_, tampered) => {
    expect(await verdictOf(tampered, {}, [key])).not.toBe('verified');
  });
});

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function lines(text: string): string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `${line}\n`);
}

/** Every bit of the first and last character's neighbourhood: another character of the same alphabet in the middle. */
function flip(proofValue: string): string {
  const at = Math.floor(proofValue.length / 2);
  return proofValue.slice(0, at) + (proofValue[at] === 'a' ? 'b' : 'a') + proofValue.slice(at + 1);
}

/** Each leaf of the document and of the proof changed or removed, and something added. */
function tamperings(signed: object): [string, unknown][] {
  const twins: [string, unknown][] = [];
  for (const path of leafPaths(signed)) {
    twins.push([`${path.join('/')} changed`, edited(signed, path, changed)]);
    // A context more or less may leave the meaning as it is; what changes it is refused.
    if (path[0] !== '@context' && !path.includes('@context'))
      twins.push([`${path.join('/')} removed`, edited(signed, path, undefined)]);
  }
  const add = (name: string, member: object) => twins.push([name, { ...structuredClone(signed), ...member }]);
  add('a member added', { name2: 'x' });
  add('a claim added', {
    credentialSubject: { ...(signed as { credentialSubject: object }).credentialSubject, standing: 'good' },
  });
  add('an expiry added', { validUntil: '2099-01-01T00:00:00Z' });
  add('a status added', {
    credentialStatus: { id: 'https://example.org/1', type: 'BitstringStatusListEntry' },
  });
  const proof = (signed as { proof: object }).proof;
  for (const member of [
    { expires: '2099-01-01T00:00:00Z' },
    { domain: 'example.org' },
    { challenge: 'abc' },
    { nonce: 'abc' },
    { id: 'urn:uuid:1' },
    { unknown: 'member' },
    {
      '@context': [
        'https://www.w3.org/ns/credentials/v2',
        CITIZENSHIP_CONTEXT,
        'https://www.w3.org/ns/did/v1',
      ],
    },
    { previousProof: 'urn:uuid:1' },
  ]) {
    add(`proof.${Object.keys(member)[0] ?? ''} added`, { proof: { ...proof, ...member } });
  }
  return twins;
}

function changed(value: unknown): unknown {
  if (typeof value !== 'string') return typeof value === 'number' ? value + 1 : !value;
  if (/^\d{4}-\d\d-\d\dT/.test(value)) return `1999${value.slice(4)}`;
  return flip(value);
}

function leafPaths(value: unknown, base: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [base];
  return Object.entries(value).flatMap(([name, member]) => leafPaths(member, [...base, name]));
}

function edited(
  signed: object,
  path: readonly string[],
  edit: ((value: unknown) => unknown) | undefined,
): unknown {
  const copy = structuredClone(signed) as Record<string, unknown>;
  let parent: Record<string, unknown> = copy;
  for (const token of path.slice(0, -1)) parent = parent[token] as Record<string, unknown>;
  const last = path.at(-1) ?? '';
  if (edit) parent[last] = edit(parent[last]);
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else Reflect.deleteProperty(parent, last);
  return copy;
}
