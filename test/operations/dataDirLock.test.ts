import { spawn, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DataDirInUseError, lockDataDir } from '../../src/adapters/database/dataDirLock.js';
import { COMPILED } from '../support/compiled.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coop-passport-lock-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const LOCK_MODULE = pathToFileURL(join(COMPILED, 'adapters/database/dataDirLock.js')).href;
const ROUNDS = 8;
const ROUND_MS = 400;

/** What a process leaves that held the lock and was killed. */
function leaveStaleLock(dataDir: string): void {
  const path = JSON.stringify(join(dataDir, 'lock.sock'));
  const script = `require('node:net').createServer().listen(${path}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', script]);
}

/** A process that reaches for one lock after the other, at instants it has in common with others; gives what it got. */
async function reachInProcess(dataDirs: readonly string[], startAt: number): Promise<boolean[]> {
  const script = `
    const { lockDataDir } = await import(${JSON.stringify(LOCK_MODULE)});
    const got = [];
    for (const [round, dataDir] of ${JSON.stringify(dataDirs)}.entries()) {
      const at = ${startAt} + round * ${ROUND_MS};
      await new Promise((done) => setTimeout(done, at - Date.now() - 20));
      while (Date.now() < at);
      got.push(lockDataDir(dataDir).then(() => true, () => false));
    }
    process.stdout.write(JSON.stringify(await Promise.all(got)));
    process.exit();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(await text(child.stdout)) as boolean[];
}

it('one process at a time has the lock, and leaves nothing', async () => {
  const lock = await lockDataDir(folder);
  await expect(lockDataDir(folder)).rejects.toBeInstanceOf(DataDirInUseError);
  await lock.release();
  expect(await readdir(folder)).toEqual([]);
  await (await lockDataDir(folder)).release();
});

it('a killed process leaves a lock that is taken, held and released like any other', async () => {
  leaveStaleLock(folder);
  const lock = await lockDataDir(folder);
  await expect(lockDataDir(folder)).rejects.toBeInstanceOf(DataDirInUseError);
  await lock.release();
  expect(await readdir(folder)).toEqual([]);
});

it('of two processes at once one gets what a killed one left', async () => {
  const dataDirs = Array.from({ length: ROUNDS }, (_, round) => join(folder, String(round)));
  for (const dataDir of dataDirs) {
    await mkdir(dataDir);
    leaveStaleLock(dataDir);
  }
  const startAt = Date.now() + 5_000;
  const [left, right] = await Promise.all([
    reachInProcess(dataDirs, startAt),
    reachInProcess(dataDirs, startAt),
  ]);
  expect(left.map((got, round) => Number(got) + Number(right[round]))).toEqual(dataDirs.map(() => 1));
});
