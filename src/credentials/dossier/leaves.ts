import { createHmac } from 'node:crypto';
import { canonicalJson } from '../../kernel/canonicalJson.js';
import { appendToken } from '../../kernel/jsonPointer.js';
import { hashLeaf } from '../../kernel/merkleTree.js';
import { encodeBase64url } from '../encoding/base64url.js';

/**
 * What a dossier says at one place: a scalar or an empty container, or of a list how many items it has, so that nobody can leave some out of it
 * unnoticed.
 */
export type DossierStatement =
  | { readonly pointer: string; readonly value: unknown }
  | { readonly pointer: string; readonly length: number };

/** With the salt that keeps whoever holds the root from guessing it: 256 bits, base64url. */
export type DossierLeaf = DossierStatement & { readonly salt: string };

/**
 * All statements of a dossier with their salts, in the order of their pointers (by UTF-16 code unit; a list stands before its items).
 *
 * @param secret 32 secret bytes of this version of the dossier: every salt is derived from it, so that they go with it
 */
export function leavesOf(blocks: Readonly<Record<string, unknown>>, secret: Uint8Array): DossierLeaf[] {
  return statementsOf(blocks, '')
    .sort((one, other) => (one.pointer < other.pointer ? -1 : 1))
    .map((statement) => ({ ...statement, salt: saltOf(statement, secret) }));
}

/** The hash that stands in the tree for a leaf. Members that it does not name count for nothing. */
export function leafHash(leaf: DossierLeaf): Buffer {
  const { pointer, salt } = leaf;
  return hashLeaf(
    canonicalJson(
      'length' in leaf ? { pointer, length: leaf.length, salt } : { pointer, value: leaf.value, salt },
    ),
  );
}

function statementsOf(value: unknown, pointer: string): DossierStatement[] {
  if (typeof value !== 'object' || value === null) return [{ pointer, value }];
  const children = Object.entries(value).flatMap(([token, child]) =>
    statementsOf(child, appendToken(pointer, token)),
  );
  if (Array.isArray(value)) return [{ pointer, length: value.length }, ...children];
  return children.length === 0 && pointer !== '' ? [{ pointer, value }] : children;
}

function saltOf(statement: DossierStatement, secret: Uint8Array): string {
  return encodeBase64url(createHmac('sha256', secret).update(statement.pointer).digest());
}
