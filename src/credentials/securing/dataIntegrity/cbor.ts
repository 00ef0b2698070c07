/**
 * CBOR (RFC 8949) as far as `proofValue`s of selective disclosure need it: unsigned integers, byte and text strings, arrays, and maps with
 * integer keys, in the one deterministic encoding (§4.2). Tags are not let pass: the cryptosuite forbids them on its components.
 */
export type CborValue = number | string | Uint8Array | readonly CborValue[] | ReadonlyMap<number, CborValue>;

const UNSIGNED = 0;
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const MAX_DEPTH = 4;

const fatalUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function encodeCbor(value: CborValue): Uint8Array {
  if (typeof value === 'number') return encodeHead(UNSIGNED, value);
  if (typeof value === 'string') {
    const bytes = Buffer.from(value);
    return Buffer.concat([encodeHead(TEXT, bytes.length), bytes]);
  }
  if (value instanceof Uint8Array) return Buffer.concat([encodeHead(BYTES, value.length), value]);
  if (value instanceof Map) {
    const entries = [...(value as ReadonlyMap<number, CborValue>)].sort(([a], [b]) => a - b);
    const parts = entries.flatMap(([key, item]) => [encodeCbor(key), encodeCbor(item)]);
    return Buffer.concat([encodeHead(MAP, entries.length), ...parts]);
  }
  const items = value as readonly CborValue[];
  return Buffer.concat([encodeHead(ARRAY, items.length), ...items.map(encodeCbor)]);
}

/** `undefined` for anything else than one such value and nothing after it. Never throws. */
export function decodeCbor(bytes: Uint8Array): CborValue | undefined {
  try {
    const reader = new Reader(bytes);
    const value = reader.readValue(0);
    return reader.isAtEnd ? value : undefined;
  } catch {
    return undefined;
  }
}

class Reader {
  #at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  readValue(depth: number): CborValue {
    if (depth > MAX_DEPTH) throw new RangeError('too deep');
    const initial = this.#take(1)[0] ?? 0;
    const size = this.#readSize(initial & 0x1f);
    switch (initial >> 5) {
      case UNSIGNED:
        return size;
      case BYTES:
        return Uint8Array.from(this.#take(size));
      case TEXT:
        return fatalUtf8.decode(this.#take(size));
      case ARRAY:
        this.#expectItems(size);
        return Array.from({ length: size }, () => this.readValue(depth + 1));
      case MAP:
        this.#expectItems(size * 2);
        return this.#readMap(size, depth);
      default:
        throw new RangeError('not allowed here');
    }
  }

  #readMap(size: number, depth: number): ReadonlyMap<number, CborValue> {
    const map = new Map<number, CborValue>();
    let last = -1;
    for (let i = 0; i < size; i++) {
      const key = this.readValue(depth + 1);
      if (typeof key !== 'number' || key <= last) throw new RangeError('keys out of order');
      map.set(key, this.readValue(depth + 1));
      last = key;
    }
    return map;
  }

  /** Each value takes a byte at least, so a size that is made up is seen before anything is allocated. */
  #expectItems(count: number): void {
    if (count > this.#bytes.length - this.#at) throw new RangeError('truncated');
  }

  #readSize(info: number): number {
    if (info < 24) return info;
    const width = { 24: 1, 25: 2, 26: 4 }[info];
    if (width === undefined) throw new RangeError('not a size');
    const size = this.#take(width).readUIntBE(0, width);
    const smallest = { 1: 24, 2: 0x100, 4: 0x10000 }[width] ?? 0;
    if (size < smallest) throw new RangeError('not the shortest form');
    return size;
  }

  #take(count: number): Buffer {
    if (count > this.#bytes.length - this.#at) throw new RangeError('truncated');
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }
}

function encodeHead(major: number, size: number): Buffer {
  if (!Number.isInteger(size) || size < 0 || size > 0xffff_ffff) throw new RangeError('out of range');
  if (size < 24) return Buffer.from([(major << 5) | size]);
  const [info, width] = size < 0x100 ? [24, 1] : size < 0x10000 ? [25, 2] : [26, 4];
  const head = Buffer.alloc(1 + width);
  head[0] = (major << 5) | info;
  head.writeUIntBE(size, 1, width);
  return head;
}
