import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

export type ClamdBehaviour =
  | 'honest'
  /** Reads, and never answers. */
  | 'silent'
  /** Neither reads nor answers. */
  | 'stuck'
  /** Hangs up after the first bytes. */
  | 'hangsUp'
  /** Says OK before it has heard everything. */
  | 'hasty'
  | { readonly answers: string };

/** A virus scanner on this machine that speaks clamd's INSTREAM, and finds what contains the EICAR test string. */
export interface FakeClamd {
  readonly url: string;
  readonly address: { readonly host: string; readonly port: number };
  behaviour: ClamdBehaviour;
  /** Bytes of content of each file that was sent to its end. */
  readonly scanned: number[];
  close(): Promise<void>;
}

/** Harmless; every scanner knows it. Put together here, so that none of them takes an interest in this file. */
export const EICAR = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('');

export async function startClamd(): Promise<FakeClamd> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    serve(socket, clamd);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const clamd: FakeClamd = {
    url: `tcp://127.0.0.1:${port}`,
    address: { host: '127.0.0.1', port },
    behaviour: 'honest',
    scanned: [],
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return clamd;
}

function serve(socket: Socket, clamd: FakeClamd): void {
  const { behaviour } = clamd;
  if (behaviour === 'stuck') return void socket.pause();
  let received = Buffer.alloc(0);
  let content = '';
  let size = 0;
  let hasCommand = false;
  socket.on('data', (bytes) => {
    if (behaviour === 'silent') return;
    if (behaviour === 'hangsUp') return void socket.destroy();
    if (behaviour === 'hasty') return void socket.end('stream: OK\0');
    received = Buffer.concat([received, bytes]);
    if (!hasCommand) {
      if (received.length < 10) return;
      if (received.subarray(0, 10).toString() !== 'zINSTREAM\0') return void socket.end('UNKNOWN COMMAND\0');
      hasCommand = true;
      received = received.subarray(10);
    }
    while (received.length >= 4) {
      const length = received.readUInt32BE(0);
      if (length === 0) {
        clamd.scanned.push(size);
        const found = content.includes(EICAR) ? 'Eicar-Test-Signature FOUND' : 'OK';
        return void socket.end(typeof behaviour === 'object' ? behaviour.answers : `stream: ${found}\0`);
      }
      if (received.length < 4 + length) return;
      // Enough to know the string across the border of two pieces.
      content = content.slice(-100) + received.subarray(4, 4 + length).toString('latin1');
      size += length;
      received = received.subarray(4 + length);
    }
  });
}
