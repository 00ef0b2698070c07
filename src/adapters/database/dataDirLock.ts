import { createHash, randomBytes } from 'node:crypto';
import { rename, stat, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const SUFFIX_LENGTH = 6;
/** Far longer than it takes from finding nobody there to putting a socket in its place. */
const SETTLE_MS = 250;

export class DataDirInUseError extends Error {
  override readonly name = 'DataDirInUseError';
}

/**
 * Two processes on one embedded database would corrupt it without a word. The lock is a listening socket, which the operating system gives
 * up with the process, so that a crash leaves nothing to clear away by hand.
 */
export async function lockDataDir(dataDir: string): Promise<{ release(): Promise<void> }> {
  const address = lockAddress(resolve(dataDir));
  const lock = (await takeFree(address)) ?? (await replaceStale(address));
  if (!lock) {
    throw new DataDirInUseError(
      `Another process is using ${dataDir}. Stop it, or give this one a DATA_DIR of its own.`,
    );
  }
  return lock;
}

interface Lock {
  release(): Promise<void>;
}

function lockAddress(dataDir: string): string {
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 32);
  if (process.platform === 'win32') return `\\\\.\\pipe\\coop-passport-${name}`;
  const beside = join(dataDir, 'lock.sock');
  // The longest address of a Unix domain socket is 103 bytes on the strictest system.
  return Buffer.byteLength(beside) + SUFFIX_LENGTH <= 103
    ? beside
    : join(tmpdir(), `coop-passport-${name}.sock`);
}

function listen(address: string): Promise<Server | undefined> {
  return new Promise((resolveListening, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolveListening(undefined) : reject(error),
    );
    server.listen(address, () => resolveListening(server.unref()));
  });
}

async function takeFree(address: string): Promise<Lock | undefined> {
  const server = await listen(address);
  return server && { release: () => close(server) };
}

/**
 * A crash leaves a socket that nobody answers on. Of several processes that find it at once, each puts one of its own in its place, and
 * the one whose socket is there after a moment has the lock: to remove the old one and then listen would let them remove each other's.
 */
async function replaceStale(address: string): Promise<Lock | undefined> {
  if (await answers(address)) return undefined;
  const own = address + randomBytes(SUFFIX_LENGTH / 2).toString('hex');
  const server = await listen(own);
  if (!server) return undefined;
  const { ino } = await stat(own);
  if (!(await answers(address))) {
    await rename(own, address);
    await sleep(SETTLE_MS);
    const found = await stat(address).catch(() => undefined);
    if (found?.ino === ino) {
      const release = async () => {
        await unlink(address).catch(() => undefined);
        await close(server);
      };
      return { release };
    }
  }
  await close(server);
  return undefined;
}

function close(server: Server): Promise<void> {
  return new Promise((done) => server.close(() => done()));
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
