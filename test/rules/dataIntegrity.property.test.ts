import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { deriveSdProof } from '../../src/credentials/securing/dataIntegrity/dataIntegrity.js';
import type { DataIntegrityProof } from '../../src/credentials/securing/dataIntegrity/proof.js';
import {
  canonizer,
  createDidKeyIssuer,
  issue,
  sampleCredential,
  verdictOf,
} from '../support/dataIntegrity.js';
import {
  byteChange,
  changeByte,
  changeLeaf,
  claims,
  leaf,
  pointersInto,
  PROPERTY_TIMEOUT_MS,
  runs,
} from '../support/properties.js';

vi.setConfig({ testTimeout: PROPERTY_TIMEOUT_MS });

/** What is signed is verified; what is signed and then changed in anything that means something is not. */

const ed = createDidKeyIssuer('Ed25519');
const p256 = createDidKeyIssuer('P-256');
const p384 = createDidKeyIssuer('P-384');
const KINDS = [
  ['eddsa-jcs-2022', 'Ed25519', ed],
  ['ecdsa-jcs-2019', 'P-256', p256],
  ['ecdsa-jcs-2019', 'P-384', p384],
  ['eddsa-rdfc-2022', 'Ed25519', ed],
  ['ecdsa-rdfc-2019', 'P-256', p256],
  ['ecdsa-rdfc-2019', 'P-384', p384],
] as const;

/**
 * Everything but the `@context`, which a suite may take a shorter one of, and which the RDFC suites cover by what it makes of the rest; what
 * becomes of a changed one is tested by name.
 */
const isCovered = (pointer: string) => !pointer.startsWith('/@context');

function credentialOf(issuer: string, subject: unknown): Record<string, unknown> {
  return {
    ...sampleCredential(issuer),
    credentialSubject: { id: 'did:example:coop', ...(subject as object) },
  };
}

describe.each(KINDS)('%s with %s', (cryptosuite, _, issuer) => {
  it('any credential is verified after signing, and not after a change', async () => {
    await fc.assert(
      fc.asyncProperty(claims, fc.nat(), leaf, async (subject, seed, replacement) => {
        const secured = await issue(credentialOf(issuer.did, subject), issuer, { cryptosuite });
        expect(await verdictOf(JSON.stringify(secured))).toBe('verified');
        const changed = changeLeaf(secured, seed, replacement, isCovered);
        if (changed) expect(await verdictOf(changed)).not.toBe('verified');
      }),
      runs(25),
    );
  });

  it('a proof of one document is none of another', async () => {
    await fc.assert(
      fc.asyncProperty(claims, claims, async (one, other) => {
        const [first, second] = await Promise.all(
          [one, other].map((subject, index) =>
            issue({ ...credentialOf(issuer.did, subject), id: `urn:x:${index}` }, issuer, { cryptosuite }),
          ),
        );
        expect(await verdictOf({ ...first, proof: second?.['proof'] })).not.toBe('verified');
        expect(await verdictOf({ ...second, proof: first?.['proof'] })).not.toBe('verified');
        const both = [first?.['proof'], second?.['proof']];
        expect(await verdictOf({ ...first, proof: both })).not.toBe('verified');
      }),
      runs(8),
    );
  });

  it('a chained proof is none without the one that it vouches for, or with another', async () => {
    await fc.assert(
      fc.asyncProperty(claims, fc.nat(), leaf, async (subject, seed, replacement) => {
        const first = await issue(credentialOf(issuer.did, subject), issuer, { cryptosuite, id: 'urn:x:1' });
        const chained = await issue(first, issuer, { cryptosuite, previousProof: 'urn:x:1' });
        expect(await verdictOf(JSON.stringify(chained))).toBe('verified');
        const [one, two] = chained['proof'] as Record<string, unknown>[];
        expect(await verdictOf({ ...chained, proof: two })).not.toBe('verified');
        const changed = changeLeaf(one, seed, replacement);
        if (changed) expect(await verdictOf({ ...chained, proof: [changed, two] })).not.toBe('verified');
      }),
      runs(8),
    );
  });

  it('no other bytes are a signature', async () => {
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
      runs(25),
    );
  });
});

describe('ecdsa-sd-2023', () => {
  it('any disclosure is verified, and not after a change', async () => {
    await fc.assert(
      fc.asyncProperty(claims, fc.nat(), fc.nat(), leaf, async (subject, chosen, seed, replacement) => {
        const credential = credentialOf(p256.did, subject);
        const pointers = pointersInto(credential).filter(isCovered);
        const mandatoryPointers = ['/issuer', pointers[(chosen + 7) % pointers.length] ?? ''];
        const { proof, ...document } = await issue(credential, p256, {
          cryptosuite: 'ecdsa-sd-2023',
          mandatoryPointers,
        });
        const selective = pointers.filter((_, index) => (index * 31 + chosen) % 3 === 0);
        const outcome = await deriveSdProof(document, proof as DataIntegrityProof, selective, canonizer);
        if (!('secured' in outcome)) throw new Error(JSON.stringify(outcome));
        expect(await verdictOf(JSON.stringify(outcome.secured))).toBe('verified');
        const changed = changeLeaf(outcome.secured, seed, replacement, isCovered);
        if (changed) expect(await verdictOf(changed)).not.toBe('verified');
      }),
      runs(25),
    );
  });

  it('a derived proof of one document is none of another, and no other bytes are one', async () => {
    const derive = async (subject: unknown, id: string) => {
      const { proof, ...document } = await issue({ ...credentialOf(p256.did, subject), id }, p256, {
        cryptosuite: 'ecdsa-sd-2023',
        mandatoryPointers: ['/issuer'],
      });
      const outcome = await deriveSdProof(
        document,
        proof as DataIntegrityProof,
        ['/credentialSubject'],
        canonizer,
      );
      if (!('secured' in outcome)) throw new Error(JSON.stringify(outcome));
      return outcome.secured as Record<string, unknown> & { proof: DataIntegrityProof };
    };
    await fc.assert(
      fc.asyncProperty(claims, byteChange, async (subject, change) => {
        const [one, other] = await Promise.all([derive(subject, 'urn:x:1'), derive(subject, 'urn:x:2')]);
        expect(await verdictOf({ ...one, proof: other.proof })).not.toBe('verified');
        const bytes = Buffer.from(one.proof.proofValue.slice(1), 'base64url');
        const proofValue = `u${changeByte(bytes, change).toString('base64url')}`;
        expect(await verdictOf({ ...one, proof: { ...one.proof, proofValue } })).not.toBe('verified');
      }),
      runs(8),
    );
  });
});
