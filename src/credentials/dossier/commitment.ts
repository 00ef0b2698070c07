import { covers } from '../../kernel/jsonPointer.js';
import { buildMerkleTree, isIncluded, type MerkleTree } from '../../kernel/merkleTree.js';
import { decodeBase64url, encodeBase64url } from '../encoding/base64url.js';
import { leafHash, leavesOf, type DossierLeaf } from './leaves.js';

/** What a `KycDossierCredential` says of a version of the dossier: nothing of its content, and yet everything is bound by it. */
export interface MerkleRoot {
  readonly alg: 'sha-256';
  /** RFC 9162 §2.1.1, base64url. */
  readonly value: string;
  readonly size: number;
}

/** One leaf that was released, with the way from it to the root. */
export type FieldProof = DossierLeaf & {
  readonly index: number;
  /** RFC 9162 §2.1.3.1, from the leaf's sibling upwards; base64url. */
  readonly path: readonly string[];
};

/** A version of a dossier, bound: whoever holds it and the secret can prove any of its fields. */
export interface CommittedDossier {
  readonly root: MerkleRoot;
  /** Of every leaf at or below one of the fields; none where there is no such field. */
  prove(fields: readonly string[]): FieldProof[];
}

/** Deterministic: of the same version and secret always the same. Throws RangeError for an empty dossier. */
export function commitDossier(
  blocks: Readonly<Record<string, unknown>>,
  secret: Uint8Array,
): CommittedDossier {
  const leaves = leavesOf(blocks, secret);
  const tree = buildMerkleTree(leaves.map(leafHash));
  return {
    root: { alg: 'sha-256', value: encodeBase64url(tree.root), size: tree.size },
    prove: (fields) =>
      leaves.flatMap((leaf, index) =>
        fields.some((field) => covers(field, leaf.pointer)) ? [proofOf(leaf, index, tree)] : [],
      ),
  };
}

function proofOf(leaf: DossierLeaf, index: number, tree: MerkleTree): FieldProof {
  return { ...leaf, index, path: tree.pathOf(index).map(encodeBase64url) };
}

/**
 * Whether exactly this was said at this place of the dossier that the root stands for. Malformed proofs prove nothing; nor does one with a
 * value beside a length, since only the length would be looked at, and the reader takes both for proven.
 */
export function isProven(proof: FieldProof, root: MerkleRoot): boolean {
  if ('length' in proof && 'value' in proof) return false;
  const path = proof.path.map(decodeBase64url);
  const rootHash = decodeBase64url(root.value);
  if (!rootHash || path.includes(undefined)) return false;
  try {
    const siblings = path as readonly Buffer[];
    return isIncluded(leafHash(proof), proof.index, siblings, { size: root.size, root: rootHash });
  } catch {
    // No JSON value, or one that is nested too deeply to be in a dossier.
    return false;
  }
}
