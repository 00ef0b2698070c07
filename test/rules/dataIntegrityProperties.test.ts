import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCbor, encodeCbor } from '../../src/credentials/securing/dataIntegrity/cbor.js';
import { deriveSdProof } from '../../src/credentials/securing/dataIntegrity/dataIntegrity.js';
import type { DataIntegrityProof } from '../../src/credentials/securing/dataIntegrity/proof.js';
import {
  canonizer,
  createDidKeyIssuer,
  issue,
  sampleCredential,
  verdictOf,
} from '../support/dataIntegrity.js';

/** What is signed is verified; what is signed and then changed in anything that means something is not. */

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 25);
const ed = createDidKeyIssuer('Ed25519');
const p256 = createDidKeyIssuer('P-256');
const p384 = createDidKeyIssuer('P-384');
const KINDS = [
  ['eddsa-jcs-2022', ed],
  ['ecdsa-jcs-2019', p256],
  ['ecdsa-jcs-2019', p384],
  ['eddsa-rdfc-2022', ed],
  ['ecdsa-rdfc-2019', p256],
  ['ecdsa-rdfc-2019', p384],
] as const;

const name = fc.stringMatching(/^[a-z][A-Za-z]{2,9}$/).filter((text) => !RESERVED.includes(text));
const RESERVED = ['id', 'type', 'name', 'proof', 'issuer', 'holder', 'description', 'evidence'];
const leaf = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => text.isWellFormed()),
  fc.integer(),
  fc.boolean(),
  fc.constantFrom('_:c14n0', '<urn:bnid:0>', '" .\n_:b0 <urn:x:p> "', '\u{1F600}\uFF5E', ' '),
);
const { claims } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    tie('claims'),
    fc.array(tie('claims'), { minLength: 1, maxLength: 3 }),
  ),
  claims: fc.dictionary(name, tie('value'), { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
}));

function credentialOf(issuer: string, subject: unknown): Record<string, unknown> {
  return {
    ...sampleCredential(issuer),
    credentialSubject: { id: 'did:example:coop', ...(subject as object) },
  };
}

describe.each(KINDS)('%s', (cryptosuite, issuer) => {
  it('any credential is verified after signing, and not after a change', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(claims, fc.nat(), leaf, async (subject, seed, replacement) => {
        const secured = await issue(credentialOf(issuer.did, subject), issuer, { cryptosuite });
        expect(await verdictOf(JSON.stringify(secured))).toBe('verified');
        const changed = changeOneLeaf(secured, seed, replacement);
        if (changed) expect(await verdictOf(changed)).not.toBe('verified');
      }),
      { numRuns: RUNS },
    );
  });

  it('no other bytes are a signature', { timeout: 60_000 }, async () => {
    const secured = await issue(sampleCredential(issuer.did), issuer, { cryptosuite });
    const proof = secured['proof'] as DataIntegrityProof;
    await fc.assert(
      fc.asyncProperty(
        fc.nat(proof.proofValue.length - 2),
        fc.constantFrom(...'123789ABCXYZabcxyz'),
        async (at, letter) => {
          const proofValue = proof.proofValue.slice(0, at + 1) + letter + proof.proofValue.slice(at + 2);
          fc.pre(proofValue !== proof.proofValue);
          expect(await verdictOf({ ...secured, proof: { ...proof, proofValue } })).not.toBe('verified');
        },
      ),
      { numRuns: RUNS },
    );
  });
});

describe('ecdsa-sd-2023', () => {
  it('any disclosure is verified, and not after a change', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(claims, fc.nat(), fc.nat(), leaf, async (subject, chosen, seed, replacement) => {
        const credential = credentialOf(p256.did, subject);
        const pointers = pointersInto(credential);
        const mandatoryPointers = ['/issuer', pointers[(chosen + 7) % pointers.length] ?? ''];
        const { proof, ...document } = await issue(credential, p256, {
          cryptosuite: 'ecdsa-sd-2023',
          mandatoryPointers,
        });
        const selective = pointers.filter((_, index) => (index * 31 + chosen) % 3 === 0);
        const outcome = await deriveSdProof(document, proof as DataIntegrityProof, selective, canonizer);
        if (!('secured' in outcome)) throw new Error(JSON.stringify(outcome));
        expect(await verdictOf(JSON.stringify(outcome.secured))).toBe('verified');
        const changed = changeOneLeaf(outcome.secured, seed, replacement);
        if (changed) expect(await verdictOf(changed)).not.toBe('verified');
      }),
      { numRuns: RUNS },
    );
  });
});

describe('CBOR', () => {
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 2 },
      fc.nat(),
      fc.string({ unit: 'grapheme' }),
      fc.uint8Array({ maxLength: 300 }),
      fc.array(tie('value'), { maxLength: 30 }),
    ),
  }));

  it('reads what it writes', () => {
    fc.assert(
      fc.property(value, (item) => {
        expect(decodeCbor(encodeCbor(item as never))).toEqual(item);
      }),
    );
  });

  it('has one text for one value, and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const decoded = decodeCbor(bytes);
        if (decoded !== undefined) expect(Buffer.from(encodeCbor(decoded))).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['a tag', 'd84000'],
    ['an indefinite length', '9f00ff'],
    ['a size that is not the shortest', '1817'],
    ['a float', 'f90000'],
    ['a negative number', '20'],
    ['null', 'f6'],
    ['bytes after the value', '0000'],
    ['a size without its content', '5affffffff'],
    ['a list that is too long for its bytes', '9affffffff'],
    ['keys out of order', 'a202000100'],
    ['a key twice', 'a201000100'],
    ['a key that is text', 'a1616100'],
    ['broken UTF-8', '61ff'],
    ['deep nesting', '8181818181818100'],
    ['nothing', ''],
  ])('refuses %s', (_, hex) => {
    expect(decodeCbor(Buffer.from(hex, 'hex'))).toBeUndefined();
  });
});

/** Replaces one leaf by another value; `undefined` where the two mean the same, or where a signature says nothing about it. */
function changeOneLeaf(secured: object, seed: number, replacement: unknown): unknown {
  const copy = structuredClone(secured) as Record<string, unknown>;
  const leaves: { parent: Record<string, unknown>; token: string }[] = [];
  const collect = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return;
    for (const [token, member] of Object.entries(value)) {
      if (typeof member === 'object' && member !== null) collect(member);
      else leaves.push({ parent: value as Record<string, unknown>, token });
    }
  };
  const { '@context': _, ...rest } = copy;
  collect(rest);
  const chosen = leaves[seed % leaves.length];
  if (!chosen || Object.is(chosen.parent[chosen.token], replacement)) return undefined;
  if (rest[chosen.token] === chosen.parent[chosen.token] && Object.hasOwn(copy, chosen.token))
    copy[chosen.token] = replacement;
  chosen.parent[chosen.token] = replacement;
  return copy;
}

function pointersInto(value: unknown, base = ''): string[] {
  if (typeof value !== 'object' || value === null)
    return base === '' || base.startsWith('/@context') ? [] : [base];
  const inner = Object.entries(value).flatMap(([token, member]) => pointersInto(member, `${base}/${token}`));
  return base === '' || base.startsWith('/@context') ? inner : [base, ...inner];
}
