import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import type { Comparison } from './comparison.js';
import { measureComparison, WrongVerdict, type Report } from './measure.js';

const HELP = `Compares the credential core, compiled, with its peers, in this process.

Usage: npm run bench -- [--rounds <n>] [--only <text>] [--json]

  --rounds <n>   rounds in which every contestant has a turn (default 400)
  --only <text>  only the comparisons whose title contains it
  --json         the figures as JSON
  --help         this

Figures go to the standard output, progress to the standard error. "times as fast" is how many times as fast ours is as the contestant of that line.
Exit code: 0 all targets met; 1 a target missed; 2 a wrong verdict, so that nothing was measured; 64 wrong usage.
`;

const EXIT = { met: 0, missed: 1, wrongVerdict: 2, usage: 64 } as const;

function readOptions() {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '400' },
      only: { type: 'string', default: '' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new TypeError('--rounds must be a number of rounds');
  return { ...values, rounds };
}

async function createComparisons(): Promise<readonly Comparison[]> {
  // Loaded here, so that help needs neither the peers nor a build.
  const { compareVcJwt } = await import('./comparisons/vcJwt.js');
  const { compareEddsaJcs } = await import('./comparisons/dataIntegrity.js');
  const { compareSdJwt } = await import('./comparisons/sdJwt.js');
  const { compareKeyImports, compareStatusBits } = await import('./comparisons/reuse.js');
  const { comparePolicy } = await import('./comparisons/policy.js');
  return [
    compareVcJwt('EdDSA'),
    compareVcJwt('ES256'),
    ...(await compareEddsaJcs()),
    await compareSdJwt(),
    compareKeyImports('EdDSA'),
    compareKeyImports('ES256'),
    compareStatusBits(),
    comparePolicy('EdDSA'),
    comparePolicy('ES256'),
  ];
}

function toTable({ title, timings }: Report): string {
  const rows = timings.map(({ name, microseconds, ratio, target, isMet }) => {
    const judged = target === undefined ? '' : `   target ${target}: ${isMet ? 'met' : 'MISSED'}`;
    return `  ${name.padEnd(36)}${microseconds.toFixed(2).padStart(10)} µs${ratio.toFixed(2).padStart(10)}${judged}`;
  });
  return [`${title.padEnd(38)}${'median'.padStart(13)}${'times as fast'.padStart(16)}`, ...rows].join('\n');
}

async function run(): Promise<number> {
  let options: ReturnType<typeof readOptions>;
  try {
    options = readOptions();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return EXIT.usage;
  }
  if (options.help) {
    process.stdout.write(HELP);
    return EXIT.met;
  }
  const comparisons = (await createComparisons()).filter(({ title }) => title.includes(options.only));
  if (comparisons.length === 0) {
    process.stderr.write(`no comparison is called that: ${options.only}\n`);
    return EXIT.usage;
  }
  const reports: Report[] = [];
  for (const comparison of comparisons) {
    process.stderr.write(`${comparison.title} …\n`);
    reports.push(await measureComparison(comparison, options.rounds));
  }
  const machine = { node: process.version, cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length };
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ ...machine, rounds: options.rounds, comparisons: reports }, null, 2)}\n`
      : `Node ${machine.node}, ${machine.cpu}, ${machine.cores} cores, ${options.rounds} rounds\n\n${reports.map(toTable).join('\n\n')}\n`,
  );
  return reports.every(({ timings }) => timings.every(({ isMet }) => isMet)) ? EXIT.met : EXIT.missed;
}

try {
  process.exitCode = await run();
} catch (error) {
  if (!(error instanceof WrongVerdict)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = EXIT.wrongVerdict;
}
