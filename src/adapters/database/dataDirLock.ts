import { createHash } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export class DataDirInUseError extends Error {
  override readonly name = 'DataDirInUseError';
}

/**
 * Two processes on one embedded database would corrupt it without a word. The lock is a listening socket, which the operating system gives
 * up with the process, so that a crash leaves nothing to clear away by hand.
 */
export async function lockDataDir(dataDir: string): Promise<{ release(): Promise<void> }> {
  const address = lockAddress(resolve(dataDir));
  const server = (await listen(address)) ?? (await replaceStale(address));
  if (!server) {
    throw new DataDirInUseError(
      `Another process is using ${dataDir}. Stop it, or give this one a DATA_DIR of its own.`,
    );
  }
  server.unref();
  return { release: () => new Promise((done) => server.close(() => done())) };
}

function lockAddress(dataDir: string): string {
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 32);
  if (process.platform === 'win32') return `\\\\.\\pipe\\coop-passport-${name}`;
  const beside = join(dataDir, 'lock.sock');
  // The longest address of a Unix domain socket is 103 bytes on the strictest system.
  return Buffer.byteLength(beside) <= 103 ? beside : join(tmpdir(), `coop-passport-${name}.sock`);
}

function listen(address: string): Promise<Server | undefined> {
  return new Promise((resolveListening, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolveListening(undefined) : reject(error),
    );
    server.listen(address, () => resolveListening(server));
  });
}

async function replaceStale(address: string): Promise<Server | undefined> {
  if (await answers(address)) return undefined;
  await unlink(address).catch(() => undefined);
  return listen(address);
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolveAnswer) => {
    const socket = connect(address);
    socket.once('connect', () => {
      socket.destroy();
      resolveAnswer(true);
    });
    socket.once('error', () => resolveAnswer(false));
  });
}
