import { appendToken, pointerTokens } from '../../../kernel/jsonPointer.js';
import type { Outcome, Problem } from '../../dataModel.js';
import { isJsonObject } from '../../../kernel/strictJson.js';
import {
  createDisclosure,
  DEFAULT_HASH,
  digestOf,
  isSdMember,
  SD_MEMBERS,
  type Disclosure,
} from './disclosure.js';
import { encodeBase64url } from '../../encoding/base64url.js';
import type { RandomSource } from './randomSource.js';

/** What of a document the holder may keep back, and what hides how much there is (RFC 9901 §4.2). */
export interface Concealment {
  /**
   * JSON Pointers of members and array elements. A pointer below another one gives a disclosure within a disclosure (§4.2.6): the holder
   * reveals an address, and then its street or not.
   */
  readonly disclosable: readonly string[];
  /** Decoy digests (§4.2.5) to add, by the JSON Pointer of the object or array that they go into (`''` is the document). */
  readonly decoys?: Readonly<Record<string, number>>;
  /** Of salts and decoys. */
  readonly random: RandomSource;
}

export interface ConcealedDocument {
  /** With digests in the place of what is disclosable. */
  readonly payload: Readonly<Record<string, unknown>>;
  /** In the order of the document, inner before outer. */
  readonly disclosures: readonly Disclosure[];
}

const SALT_BYTES = 16; // 128 bits, the length that §9.3 recommends.
const MAX_DECOYS = 1_000;

/**
 * Replaces the disclosable parts of a JSON document by digests. Refuses a pointer that names nothing or the whole document, a pointer to or
 * into one of `reserved` (members of the document that a verifier depends on, §9.7), and members named `_sd`, `...` or `_sd_alg`.
 */
export function concealDocument(
  document: Readonly<Record<string, unknown>>,
  { disclosable, decoys = {}, random }: Concealment,
  reserved: ReadonlySet<string>,
): Outcome<ConcealedDocument> {
  const marked = new Set(disclosable);
  const visited = new Set<string>();
  const containers = new Set<string>();
  const disclosures: Disclosure[] = [];
  const problems: Problem[] = [...disclosable, ...Object.keys(decoys)].flatMap((pointer) =>
    reserved.has(pointerTokens(pointer)[0] ?? '') ? [{ pointer, detail: 'must always be disclosed' }] : [],
  );

  const disclose = (name: string | undefined, value: unknown): string => {
    const disclosure = createDisclosure(random(SALT_BYTES), name, value);
    disclosures.push(disclosure);
    return disclosure.digest;
  };

  const conceal = (value: unknown, pointer: string): unknown => {
    visited.add(pointer);
    if (Array.isArray(value)) return concealArray(value, pointer);
    return isJsonObject(value) ? concealObject(value, pointer) : value;
  };

  const concealObject = (object: Readonly<Record<string, unknown>>, pointer: string) => {
    containers.add(pointer);
    const members: [string, unknown][] = [];
    const digests = createDecoys(decoys[pointer], random);
    for (const [name, value] of Object.entries(object)) {
      const at = appendToken(pointer, name);
      if (isSdMember(name)) problems.push({ pointer: at, detail: 'is a name of SD-JWT itself' });
      const concealed = conceal(value, at);
      if (marked.has(at)) digests.push(disclose(name, concealed));
      else members.push([name, concealed]);
    }
    // Sorted, so that their order says nothing about the order of the claims (§4.2.4.1).
    if (digests.length > 0) members.push([SD_MEMBERS.digests, digests.sort()]);
    return Object.fromEntries(members);
  };

  const concealArray = (array: readonly unknown[], pointer: string) => {
    containers.add(pointer);
    const elements = array.map((element, index) => {
      const at = appendToken(pointer, index);
      const concealed = conceal(element, at);
      return marked.has(at) ? { [SD_MEMBERS.element]: disclose(undefined, concealed) } : concealed;
    });
    for (const decoy of createDecoys(decoys[pointer], random)) {
      elements.splice(pickPosition(elements.length, random), 0, { [SD_MEMBERS.element]: decoy });
    }
    return elements;
  };

  const payload = concealObject(document, '');
  for (const pointer of marked) {
    if (!visited.has(pointer)) problems.push({ pointer, detail: 'names nothing that could be disclosed' });
  }
  for (const [pointer, count] of Object.entries(decoys)) {
    if (!containers.has(pointer)) problems.push({ pointer, detail: 'names no object or array for decoys' });
    if (!isDecoyCount(count)) problems.push({ pointer, detail: `takes 0 to ${MAX_DECOYS} decoys` });
  }
  if (problems.length > 0) return { problems };
  const hasDigests = disclosures.length > 0 || Object.values(decoys).some((count) => count > 0);
  return {
    value: { payload: hasDigests ? { ...payload, [SD_MEMBERS.hash]: DEFAULT_HASH } : payload, disclosures },
  };
}

function createDecoys(count = 0, random: RandomSource): string[] {
  if (!isDecoyCount(count)) return [];
  return Array.from({ length: count }, () => digestOf(encodeBase64url(random(32)), DEFAULT_HASH));
}

function isDecoyCount(count: number): boolean {
  return Number.isInteger(count) && count >= 0 && count <= MAX_DECOYS;
}

/** Of `length + 1` gaps. 32 bits over so few leave no bias that could tell anything. */
function pickPosition(length: number, random: RandomSource): number {
  return Buffer.from(random(4)).readUInt32BE(0) % (length + 1);
}
