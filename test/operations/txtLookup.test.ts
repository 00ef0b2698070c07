import { createSocket, type Socket } from 'node:dgram';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTxtLookup } from '../../src/adapters/txtLookup.js';
import type { TxtLookup } from '../../src/kernel/ports.js';

/** Against a name server of our own, which speaks as much of RFC 1035 as is needed. */
let udp: Socket;
let tcp: Server;
let resolveTxt: TxtLookup;

const RECORDS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  'few.test': [['v=spf1 -all'], ['coop-passport=', 'token']],
  'many.test': Array.from({ length: 3_000 }, (_, n) => [`r${n}`]),
};
const TRUNCATED = 0x0200;
const NO_SUCH_NAME = 3;

/** The answer to a query for TXT records; over UDP nothing but that it does not fit where it does not. */
function answer(query: Buffer, isDatagram: boolean): Buffer {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const question = query.subarray(12, at + 5);
  const found = RECORDS[labels.join('.').toLowerCase()];
  const records = (found ?? []).map((strings) => {
    const data = Buffer.concat(strings.map((text) => Buffer.from([text.length, ...Buffer.from(text)])));
    const head = Buffer.from([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, data.length >> 8, data.length & 255]);
    return Buffer.concat([head, data]);
  });
  const isTruncated = isDatagram && Buffer.concat(records).length > 450;
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8180 | (isTruncated ? TRUNCATED : 0) | (found ? 0 : NO_SUCH_NAME), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(isTruncated ? 0 : records.length, 6);
  return Buffer.concat([header, question, ...(isTruncated ? [] : records)]);
}

beforeAll(async () => {
  tcp = createServer((socket) => {
    socket.on('data', (data) => {
      const reply = answer(data.subarray(2), false);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(reply.length);
      socket.write(Buffer.concat([length, reply]));
    });
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
  const address = tcp.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  udp = createSocket('udp4');
  udp.on('message', (query, from) => udp.send(answer(query, true), from.port, from.address));
  await new Promise<void>((resolve) => udp.bind(port, '127.0.0.1', resolve));
  resolveTxt = createTxtLookup({ servers: [`127.0.0.1:${port}`] });
});
afterAll(() => {
  udp.close();
  tcp.close();
});

test('the strings of a record are one text', async () => {
  expect([...(await resolveTxt('few.test'))].sort()).toEqual(['coop-passport=token', 'v=spf1 -all']);
});

test('a name without any has none', async () => {
  expect(await resolveTxt('none.test')).toEqual([]);
});

test('a name with thousands of them is refused, not searched', async () => {
  await expect(resolveTxt('many.test')).rejects.toThrow('too many TXT records');
});
