import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { VirusScan, VirusScanner } from '../kernel/ports.js';

/** Where a clamd listens: `tcp://host:3310` or `unix:/run/clamav/clamd.ctl`. */
export type ClamdAddress = { readonly host: string; readonly port: number } | { readonly path: string };

const MAX_ANSWER_BYTES = 4_096;

export function parseClamdUrl(text: string): ClamdAddress | undefined {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
    return path.startsWith('/') ? { path } : undefined;
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'tcp:' || url.hostname === '' || !['', '/'].includes(url.pathname)) return undefined;
  if (url.username || url.password || url.search || url.hash) return undefined;
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? 3310 : Number(url.port) };
}

/**
 * clamd(8), command INSTREAM: each piece with its length before it (4 bytes, big-endian), a length of zero at the end, one answer. Whatever goes wrong, an
 * answer that is not understood included, is no verdict. `timeoutMs` is how long clamd may keep us waiting, each time.
 */
export function createClamdScanner(address: ClamdAddress, timeoutMs: number): VirusScanner {
  return { startScan: () => startScan(connect(address), timeoutMs) };
}

function startScan(socket: Socket, timeoutMs: number): VirusScan {
  let answer = '';
  let isOver = false;
  let isComplete = false;
  /** It spoke before it had heard everything, so it cannot have looked at everything. */
  let isHasty = false;
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => undefined);
  socket.on('close', () => (isOver = true));
  socket.on('data', (bytes: Buffer) => {
    isHasty ||= !isComplete;
    answer += bytes.toString('latin1');
    // An answer is one line, and nothing that is sent after it is heard.
    if (answer.includes('\0') || answer.length > MAX_ANSWER_BYTES) socket.destroy();
  });
  socket.on('end', () => socket.destroy());
  socket.write('zINSTREAM\0');

  /** Counts only while it is clamd that is waited for, and not while an upload is slow. */
  const patiently = async (waiting: Promise<unknown>): Promise<void> => {
    const timer = setTimeout(() => socket.destroy(), timeoutMs);
    try {
      await waiting;
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    async write(chunk) {
      if (isOver || chunk.length === 0) return !isOver;
      const length = Buffer.alloc(4);
      length.writeUInt32BE(chunk.length);
      socket.cork();
      socket.write(length);
      const hasRoom = socket.write(chunk);
      socket.uncork();
      // Whichever comes first: room for more, or the end of the connection.
      if (!hasRoom) await patiently(Promise.race([once(socket, 'drain').catch(() => undefined), ended]));
      return !isOver;
    },
    async finish() {
      isComplete = !isOver;
      if (isComplete) socket.write(Buffer.alloc(4));
      await patiently(ended);
      const verdict = toVerdict(answer);
      return verdict === 'clean' && (isHasty || !isComplete) ? 'unavailable' : verdict;
    },
    abort() {
      socket.destroy();
    },
  };
}

function toVerdict(answer: string): 'clean' | 'infected' | 'unavailable' {
  const [line] = answer.split('\0', 1);
  if (!answer.includes('\0') || line === undefined) return 'unavailable';
  if (line === 'stream: OK') return 'clean';
  return /^stream: .+ FOUND$/.test(line) ? 'infected' : 'unavailable';
}
