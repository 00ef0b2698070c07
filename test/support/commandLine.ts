import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { COMPILED_CLI } from './compiled.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `coop-passport` as a process of its own, in an environment that configures nothing but what is given. */
export function runCommand(
  args: readonly string[],
  { input = '', environment = {} }: { input?: string; environment?: NodeJS.ProcessEnv } = {},
): Promise<CommandResult> {
  const { PATH, HOME, TMPDIR } = process.env;
  const child = spawn(process.execPath, [COMPILED_CLI, ...args], {
    cwd: ROOT,
    env: { PATH, HOME, TMPDIR, ...environment },
  });
  const result = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (result[name] += text));
  }
  // A command that does not read its input may be gone before it is written.
  child.stdin.on('error', () => undefined).end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...result }));
  });
}
