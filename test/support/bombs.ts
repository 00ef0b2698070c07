import { constants, deflateRawSync } from 'node:zlib';

/**
 * A few megabytes of DEFLATE that inflate to 4 GiB of zeros, as GZIP or ZLIB: one block that ends on a byte, sixty-four times over. The
 * checksum at the end is nobody's; whoever comes so far has inflated it all.
 */
const FOUR_GIB = (() => {
  const block = deflateRawSync(Buffer.alloc(64 * 1024 * 1024), {
    level: 9,
    finishFlush: constants.Z_FULL_FLUSH,
  });
  const end = Buffer.from([0x03, 0x00]);
  return Buffer.concat([...Array.from({ length: 64 }, () => block), end]);
})();

export function gzipBomb(): Buffer {
  const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 0xff]);
  return Buffer.concat([header, FOUR_GIB, Buffer.alloc(8)]);
}

export function zlibBomb(): Buffer {
  return Buffer.concat([Buffer.from([0x78, 0xda]), FOUR_GIB, Buffer.alloc(4)]);
}
