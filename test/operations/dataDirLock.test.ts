import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DataDirInUseError, lockDataDir } from '../../src/adapters/database/dataDirLock.js';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'coop-passport-lock-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const lockTogether = (count: number) =>
  Promise.allSettled(Array.from({ length: count }, () => lockDataDir(dataDir)));

/** What a process leaves that held the lock and was killed. */
function leaveStaleLock(): void {
  const path = JSON.stringify(join(dataDir, 'lock.sock'));
  const script = `require('node:net').createServer().listen(${path}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', script]);
}

it.each([
  ['where nobody was before', () => undefined],
  ['after a process was killed', leaveStaleLock],
])('of several at once one gets the lock, %s', async (_, prepare) => {
  prepare();
  const outcomes = await lockTogether(6);
  const [got, ...more] = outcomes.filter((outcome) => outcome.status === 'fulfilled');
  expect(more).toHaveLength(0);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(DataDirInUseError);
  }
  await expect(lockDataDir(dataDir)).rejects.toBeInstanceOf(DataDirInUseError);
  await got?.value.release();
  expect(await readdir(dataDir)).toEqual([]);
  await (await lockDataDir(dataDir)).release();
});
