import { appendToken } from '../../../kernel/jsonPointer.js';
import { isJsonObject, MAX_JSON_DEPTH } from '../../../kernel/strictJson.js';
import { isSdMember, SD_MEMBERS, type Disclosure } from './disclosure.js';

/** A disclosure and the place that it has in the processed payload. */
export interface PlacedDisclosure extends Disclosure {
  /** JSON Pointer. */
  readonly pointer: string;
}

export interface RevealedDocument {
  /** The Processed SD-JWT Payload (RFC 9901 §7.1): disclosed claims in their places, every trace of digests gone. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Outer before inner. */
  readonly disclosed: readonly PlacedDisclosure[];
}

export type RevealProblem =
  /** `_sd` that is no array of texts, `...` beside other members or outside an array, `_sd_alg` below the top. */
  | 'malformedDigests'
  /** Three parts where an element was digested, or two where a member was. */
  | 'malformedDisclosure'
  /** The same digest in two places, or the same disclosure twice (§7.1 step 4). */
  | 'duplicateDigest'
  /** A disclosure that no digest calls for (§7.1 step 5). */
  | 'unreferencedDisclosure'
  /** A disclosed claim has the name of one that stands there already (§7.1 step 3.3.2.3). */
  | 'claimConflict'
  /** What a verifier depends on was, or could have been, kept back (§9.7). */
  | 'reservedClaim'
  /** Nested more deeply, disclosures within disclosures counted, than any JSON that is read here. */
  | 'malformed';

/** Ends the processing; never leaves this file. */
class Refusal extends Error {
  constructor(readonly problem: RevealProblem) {
    super(problem);
  }
}

/**
 * Puts disclosed claims into their places (RFC 9901 §7.1 steps 3 to 5). Never throws. `reserved`: members of the payload that must
 * not be disclosable, nor anything within them, whether it was disclosed or not.
 */
export function revealDocument(
  payload: Readonly<Record<string, unknown>>,
  disclosures: readonly Disclosure[],
  reserved: ReadonlySet<string>,
): RevealedDocument | { readonly problem: RevealProblem } {
  try {
    return new Revealing(disclosures, reserved).reveal(payload);
  } catch (refusal) {
    if (refusal instanceof Refusal) return { problem: refusal.problem };
    throw refusal;
  }
}

class Revealing {
  readonly #disclosures: ReadonlyMap<string, Disclosure>;
  readonly #reserved: ReadonlySet<string>;
  readonly #seen = new Set<string>();
  readonly #placed: PlacedDisclosure[] = [];

  constructor(disclosures: readonly Disclosure[], reserved: ReadonlySet<string>) {
    this.#disclosures = new Map(disclosures.map((disclosure) => [disclosure.digest, disclosure]));
    if (this.#disclosures.size < disclosures.length) throw new Refusal('duplicateDigest');
    this.#reserved = reserved;
  }

  reveal(payload: Readonly<Record<string, unknown>>): RevealedDocument {
    const claims = this.#object(payload, ROOT);
    // Every place is there once, so the counts tell whether every disclosure has one.
    if (this.#placed.length < this.#disclosures.size) throw new Refusal('unreferencedDisclosure');
    return { claims, disclosed: this.#placed };
  }

  #value(value: unknown, place: Place): unknown {
    if (isScalar(value)) return value;
    if (place.depth > MAX_JSON_DEPTH) throw new Refusal('malformed');
    return Array.isArray(value)
      ? this.#array(value, place)
      : this.#object(value as Readonly<Record<string, unknown>>, place);
  }

  #object(object: Readonly<Record<string, unknown>>, place: Place) {
    const members: [string, unknown][] = [];
    for (const [name, value] of Object.entries(object)) {
      if (isSdMember(name)) checkSdMember(name, place);
      else members.push([name, isScalar(value) ? value : this.#value(value, this.#within(place, name))]);
    }
    const called = this.#take(object[SD_MEMBERS.digests]);
    const taken = called.length > 0 ? new Set(members.map(([name]) => name)) : undefined;
    for (const disclosure of called) {
      const { name } = disclosure;
      if (name === undefined) throw new Refusal('malformedDisclosure');
      if (taken?.has(name)) throw new Refusal('claimConflict');
      taken?.add(name);
      members.push([name, this.#disclosed(disclosure, this.#within(place, name))]);
    }
    // `fromEntries` defines members: a claim named `__proto__` stays a claim.
    return Object.fromEntries(members);
  }

  #array(array: readonly unknown[], place: Place): unknown[] {
    const elements: unknown[] = [];
    for (const element of array) {
      const at = this.#within(place, elements.length);
      if (!isJsonObject(element) || !Object.hasOwn(element, SD_MEMBERS.element)) {
        elements.push(this.#value(element, at));
        continue;
      }
      if (Object.keys(element).length > 1) throw new Refusal('malformedDigests');
      const [disclosure] = this.#take([element[SD_MEMBERS.element]]);
      if (place.isReserved) throw new Refusal('reservedClaim');
      if (!disclosure) continue;
      if (disclosure.name !== undefined) throw new Refusal('malformedDisclosure');
      elements.push(this.#disclosed(disclosure, at));
    }
    return elements;
  }

  /** The disclosures that these digests call for. A digest without one is a decoy, or a claim that was kept back. */
  #take(digests: unknown): Disclosure[] {
    if (digests === undefined) return [];
    if (!Array.isArray(digests)) throw new Refusal('malformedDigests');
    const called: Disclosure[] = [];
    for (const digest of digests as readonly unknown[]) {
      if (typeof digest !== 'string') throw new Refusal('malformedDigests');
      if (this.#seen.has(digest)) throw new Refusal('duplicateDigest');
      this.#seen.add(digest);
      const disclosure = this.#disclosures.get(digest);
      if (disclosure) called.push(disclosure);
    }
    return called;
  }

  #disclosed({ encoded, digest, name, value }: Disclosure, place: Place): unknown {
    if (place.isReserved) throw new Refusal('reservedClaim');
    this.#placed.push({ encoded, digest, name, value, pointer: place.pointer });
    return this.#value(value, place);
  }

  #within(place: Place, token: string | number): Place {
    const isReserved = place === ROOT ? this.#reserved.has(String(token)) : place.isReserved;
    return { pointer: appendToken(place.pointer, token), depth: place.depth + 1, isReserved };
  }
}

function isScalar(value: unknown): value is string | number | boolean | null | undefined {
  return typeof value !== 'object' || value === null;
}

interface Place {
  /** JSON Pointer into the processed payload. */
  readonly pointer: string;
  readonly depth: number;
  /** At or below a reserved member of the payload. */
  readonly isReserved: boolean;
}

const ROOT: Place = { pointer: '', depth: 1, isReserved: false };

function checkSdMember(name: string, place: Place): void {
  const isMisplaced = name === SD_MEMBERS.element || (name === SD_MEMBERS.hash && place !== ROOT);
  if (isMisplaced) throw new Refusal('malformedDigests');
  if (place.isReserved) throw new Refusal('reservedClaim');
}
