import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createClamdScanner } from '../../src/adapters/clamd.js';
import { EICAR, startClamd, type ClamdBehaviour, type FakeClamd } from '../support/clamd.js';

let clamd: FakeClamd;
beforeAll(async () => {
  clamd = await startClamd();
});
beforeEach(() => {
  clamd.behaviour = 'honest';
});
afterAll(() => clamd.close());

async function verdictOn(
  pieces: readonly Buffer[],
  timeoutMs = 5_000,
  address = clamd.address as { host: string; port: number },
) {
  const scan = createClamdScanner(address, timeoutMs).startScan();
  for (const piece of pieces) if (!(await scan.write(piece))) break;
  return scan.finish();
}
const text = Buffer.from('The members decide.');

describe('a scan', () => {
  it('of harmless content says so, after all of it was sent', async () => {
    const pieces = [text, Buffer.alloc(0), Buffer.alloc(300_000, 'a')];
    expect(await verdictOn(pieces)).toBe('clean');
    expect(clamd.scanned.at(-1)).toBe(text.length + 300_000);
  });

  it('finds what is harmful, also across two pieces', async () => {
    expect(await verdictOn([Buffer.from(EICAR.slice(0, 30)), Buffer.from(EICAR.slice(30))])).toBe('infected');
  });

  it.each<[string, ClamdBehaviour]>([
    ['hangs up', 'hangsUp'],
    ['says that the file is too large for it', { answers: 'INSTREAM size limit exceeded. ERROR\0' }],
    ['answers something else', { answers: 'HTTP/1.1 200 OK\0' }],
    ['answers nothing', { answers: '' }],
    ['breaks off in its answer', { answers: 'stream: OK' }],
    ['says more than it should', { answers: `stream: OK${'x'.repeat(5_000)}` }],
    ['speaks of another stream', { answers: 'other: OK\0' }],
  ])('by a scanner that %s gives no verdict', async (_what, behaviour) => {
    clamd.behaviour = behaviour;
    expect(await verdictOn([text])).toBe('unavailable');
  });

  it.each<ClamdBehaviour>(['silent', 'stuck'])(
    'by a scanner that is %s ends after a time',
    async (behaviour) => {
      clamd.behaviour = behaviour;
      // More than any buffer on the way takes.
      const pieces =
        behaviour === 'stuck' ? Array.from({ length: 100 }, () => Buffer.alloc(200_000)) : [text];
      expect(await verdictOn(pieces, 200)).toBe('unavailable');
    },
  );

  it('by a scanner that says OK before the end gives no verdict', async () => {
    clamd.behaviour = 'hasty';
    expect(await verdictOn(Array.from({ length: 100 }, () => Buffer.alloc(200_000)))).toBe('unavailable');
  });

  it('without a scanner gives no verdict', async () => {
    const gone = await startClamd();
    await gone.close();
    expect(await verdictOn([text], 5_000, gone.address)).toBe('unavailable');
  });
});
