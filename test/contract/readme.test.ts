import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.js';
import { PROBLEMS } from '../../src/http/problem.js';
import { startService } from '../../src/start.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const hasCurl = spawnSync('bash', ['-c', 'curl --version']).status === 0;

async function readReadme(): Promise<string> {
  return readFile(join(ROOT, 'README.md'), 'utf8');
}

describe('README.md', () => {
  test('shows the two commands', async () => {
    const readme = await readReadme();
    for (const command of ['npm ci && npm run demo', 'npm ci && npm test'])
      expect(readme).toContain(`\n${command}\n`);
  });

  test('lists every error code with its status and meaning', async () => {
    const readme = await readReadme();
    for (const [code, { status, title }] of Object.entries(PROBLEMS)) {
      expect(readme).toContain(`| \`${code}\` | ${status} | ${title} |`);
    }
  });

  test('lists every variable of the environment that the service reads', async () => {
    const [readme, config] = [await readReadme(), await readFile(join(ROOT, 'src/config.ts'), 'utf8')];
    const variables = [...config.matchAll(/^ {2}([A-Z_]+): Type\./gm)].map((match) => match[1]);
    expect(variables.length).toBeGreaterThan(10);
    for (const variable of variables) expect(readme).toContain(`\`${variable}\``);
  });

  test.skipIf(!hasCurl)('has journeys that work when they are typed in', { timeout: 60_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'coop-passport-readme-'));
    const port = await findFreePort();
    const service = await startService(
      readConfig({
        PORT: String(port),
        DATA_DIR: join(folder, 'data'),
        LOG_LEVEL: 'silent',
        OPERATOR_PASSWORD: 'correct horse battery',
      }),
    );
    try {
      const script = journeyScript(await readReadme())
        .replaceAll('http://localhost:3000', `http://localhost:${port}`)
        .replaceAll(
          'npx tsx src/cli/main.ts',
          `node --import ${ROOT}node_modules/tsx/dist/esm/index.mjs ${ROOT}src/cli/main.ts`,
        );
      const env = { ...process.env, COOP_PASSPORT_URL: `http://localhost:${port}` };
      const { stdout } = await promisify(execFile)('bash', ['-euc', script], {
        cwd: folder,
        env,
        timeout: 50_000,
      });
      expect(stdout).toContain('"verdict":"accepted"');
      expect(stdout).toMatch(/ACCEPTED[\s\S]*REJECTED[\s\S]*status\/revoked/);
    } finally {
      await service.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

/** The shell blocks of the journeys, but for the one that starts the service. */
function journeyScript(readme: string): string {
  const section = readme.slice(
    readme.indexOf('## The three journeys'),
    readme.indexOf('## Reading a report'),
  );
  const blocks = [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
  return blocks.slice(1).join('\n');
}

function findFreePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
