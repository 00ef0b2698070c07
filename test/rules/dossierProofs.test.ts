import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commitDossier, isProven, type FieldProof } from '../../src/credentials/dossier/commitment.js';
import { leavesOf } from '../../src/credentials/dossier/leaves.js';
import { buildMerkleTree, hashLeaf, isIncluded } from '../../src/kernel/merkleTree.js';
import { runs } from '../support/properties.js';

const SECRET = Buffer.alloc(32, 1);
const BOARD = {
  legalIdentity: { legalName: 'Albion', tradingNames: [] },
  officers: [
    { fullName: 'Ada Board', role: 'chair' },
    { fullName: 'Ben Board', role: 'secretary' },
  ],
};

/** RFC 9162 §2.1.1, word for word. */
function treeHash(entries: readonly string[]): Buffer {
  const [only] = entries;
  const hash = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
  if (entries.length === 1 && only !== undefined) return hash(Buffer.of(0), Buffer.from(only));
  let split = 1;
  while (split * 2 < entries.length) split *= 2;
  return hash(Buffer.of(1), treeHash(entries.slice(0, split)), treeHash(entries.slice(split)));
}

const entries = fc.array(fc.string(), { minLength: 1, maxLength: 70 });

describe('a Merkle tree', () => {
  test('has the root that RFC 9162 defines', () => {
    fc.assert(
      fc.property(entries, (list) => {
        expect(buildMerkleTree(list.map(hashLeaf)).root).toEqual(treeHash(list));
      }),
      runs(60),
    );
  });

  test('proves each of its leaves at its place, and nothing else', () => {
    fc.assert(
      fc.property(entries, fc.nat(), fc.nat(), (list, one, other) => {
        // Each its own: of two that are alike, one may stand for the other.
        const leaves = list.map((entry, place) => hashLeaf(`${place} ${entry}`));
        const tree = buildMerkleTree(leaves);
        const index = one % leaves.length;
        const leaf = leaves[index] ?? Buffer.of();
        const path = tree.pathOf(index);
        expect(isIncluded(leaf, index, path, tree)).toBe(true);
        const wrongIndex = other % (leaves.length + 3);
        if (wrongIndex !== index) expect(isIncluded(leaf, wrongIndex, path, tree)).toBe(false);
        expect(isIncluded(hashLeaf('another'), index, path, tree)).toBe(false);
        expect(isIncluded(leaf, index, [...path, leaf], tree)).toBe(false);
        if (path.length > 0) expect(isIncluded(leaf, index, path.slice(1), tree)).toBe(false);
        expect(isIncluded(leaf, index, path, { ...tree, root: hashLeaf('another') })).toBe(false);
      }),
      runs(100),
    );
  });

  test.each([-1, 0.5, NaN, 2 ** 53, Infinity])('has no leaf at %s', (index) => {
    const tree = buildMerkleTree([hashLeaf('a'), hashLeaf('b')]);
    expect(isIncluded(hashLeaf('a'), index, [hashLeaf('b')], tree)).toBe(false);
    expect(() => tree.pathOf(index)).toThrow(RangeError);
  });

  test('costs one hash a level, however long a path somebody sends', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 40 }),
        fc.nat(),
        fc.nat({ max: 200 }),
        (size, at, length) => {
          let read = 0;
          const path = Array.from({ length }, () => hashLeaf('sibling'));
          path[Symbol.iterator] = function* () {
            for (let n = 0; n < length; n += 1, read += 1) yield hashLeaf('sibling');
            return undefined;
          };
          isIncluded(hashLeaf('a'), at % size, path, { size, root: hashLeaf('root') });
          expect(read).toBeLessThanOrEqual(Math.min(32, Math.ceil(Math.log2(size))));
        },
      ),
      runs(200),
    );
  });

  test('does not take a node for a leaf', () => {
    const leaves = ['a', 'b', 'c'].map(hashLeaf);
    const tree = buildMerkleTree(leaves);
    const node = buildMerkleTree(leaves.slice(0, 2)).root;
    expect(isIncluded(node, 0, [leaves[2] ?? Buffer.of()], { size: 2, root: tree.root })).toBe(true);
    expect(isIncluded(hashLeaf(Buffer.concat(leaves.slice(0, 2))), 0, [leaves[2] ?? Buffer.of()], tree)).toBe(
      false,
    );
  });
});

const dossiers = fc
  .dictionary(fc.string({ minLength: 1, maxLength: 8 }), fc.jsonValue({ maxDepth: 3 }), {
    minKeys: 1,
    maxKeys: 6,
    noNullPrototype: true,
  })
  .map((blocks) => JSON.parse(JSON.stringify(blocks)) as Record<string, unknown>);

describe('a committed dossier', () => {
  test('proves every one of its fields, alone', () => {
    fc.assert(
      fc.property(dossiers, (blocks) => {
        const { root, prove } = commitDossier(blocks, SECRET);
        const proofs = prove(
          Object.keys(blocks).map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
        );
        expect(proofs).toHaveLength(root.size);
        for (const proof of proofs) expect(isProven(proof, root), proof.pointer).toBe(true);
      }),
      runs(60),
    );
  });

  test('is bound to the smallest change, and to its secret', () => {
    const { root } = commitDossier(BOARD, SECRET);
    expect(commitDossier(structuredClone(BOARD), SECRET).root).toEqual(root);
    expect(commitDossier(BOARD, Buffer.alloc(32, 2)).root.value).not.toBe(root.value);
    const changed = { ...BOARD, legalIdentity: { ...BOARD.legalIdentity, tradingNames: [''] } };
    expect(commitDossier(changed, SECRET).root.value).not.toBe(root.value);
  });

  test('says of a list how long it is, so that none of its items can be left out unnoticed', () => {
    const proofs = commitDossier(BOARD, SECRET).prove(['/officers']);
    expect(proofs.map(({ pointer, index: _i, path: _p, salt: _s, ...said }) => [pointer, said])).toEqual([
      ['/officers', { length: 2 }],
      ['/officers/0/fullName', { value: 'Ada Board' }],
      ['/officers/0/role', { value: 'chair' }],
      ['/officers/1/fullName', { value: 'Ben Board' }],
      ['/officers/1/role', { value: 'secretary' }],
    ]);
  });

  test('tells nothing of what was not released: salts have 256 bits, and no two are alike', () => {
    const salts = leavesOf(BOARD, SECRET).map(({ salt }) => salt);
    expect(new Set(salts).size).toBe(salts.length);
    expect(salts.every((salt) => Buffer.from(salt, 'base64url').length === 32)).toBe(true);
    expect(
      commitDossier(BOARD, SECRET).prove(['/officers/7', '/officersX', '/legalIdentity/legalNam']),
    ).toEqual([]);
  });

  test('proves of a list its length, and nothing that somebody hitched to the proof', () => {
    const { root, prove } = commitDossier(BOARD, SECRET);
    const [list] = prove(['/officers']);
    if (!list) throw new Error('no proof');
    expect(isProven(list, root)).toBe(true);
    const forged = { ...list, value: [{ fullName: 'Eve Board', role: 'chair' }] };
    expect(isProven(forged, root)).toBe(false);
  });

  test.each<[string, (proof: FieldProof) => object]>([
    ['another value', (proof) => ({ ...proof, value: 'Eve Board' })],
    ['another field', (proof) => ({ ...proof, pointer: '/officers/1/fullName' })],
    ['another salt', (proof) => ({ ...proof, salt: 'A'.repeat(43) })],
    ['another place', (proof) => ({ ...proof, index: proof.index + 1 })],
    ['a shorter path', (proof) => ({ ...proof, path: proof.path.slice(1) })],
    ['a path of other hashes', (proof) => ({ ...proof, path: proof.path.map(() => 'A'.repeat(43)) })],
    ['a path that is no base64url', (proof) => ({ ...proof, path: proof.path.map(() => '!') })],
    [
      'a length in place of the value',
      ({ value: _, ...proof }: FieldProof & { value?: unknown }) => ({ ...proof, length: 2 }),
    ],
    ['no value', ({ value: _, ...proof }: FieldProof & { value?: unknown }) => proof],
    ['a value that is none', (proof) => ({ ...proof, value: NaN })],
  ])('does not prove %s', (_what, tamper) => {
    const { root, prove } = commitDossier(BOARD, SECRET);
    const [proof] = prove(['/officers/0/fullName']);
    if (!proof) throw new Error('no proof');
    expect(isProven(proof, root)).toBe(true);
    expect(isProven(tamper(proof) as FieldProof, root)).toBe(false);
    expect(isProven(proof, { ...root, size: root.size + 100 })).toBe(false);
  });
});
