import { Command } from 'commander';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Story } from '../demo/demo.js';
import type { DemoService } from '../demo/demoService.js';
import type { Printer } from '../demo/printing.js';
import { toPlainJson } from './plainText.js';

interface DemoOptions {
  readonly all?: true;
  readonly keep?: true;
  readonly json?: true;
}

const USUAL_NUMBER = 25;

export function demoCommand(): Command {
  return new Command('demo')
    .description(
      'watch the main job: real housing co-operatives get passports, a partner verifies, cheats fail, delegates share',
    )
    .option('--all', 'with all 208 co-operatives of the register instead of 25')
    .option('--keep', 'leave the service running at the end, and print addresses and sign-ins')
    .option('--json', 'print what came out as JSON, and tell the story on standard error')
    .addHelpText(
      'after',
      `
Starts a service of its own on a free port of this machine, on an embedded database in a temporary folder that is removed
at the end. It reads no configuration and touches no other installation. Exits with 1 when anything is not as expected.

Examples:
  $ coop-passport demo
  $ coop-passport demo --all
  $ coop-passport demo --keep
  $ coop-passport demo --json > outcomes.json`,
    )
    .action(runDemo);
}

async function runDemo(options: DemoOptions): Promise<void> {
  const { createPrinter, describeMs } = await import('../demo/printing.js');
  const { readHousingCoops } = await import('../demo/housingCoops.js');
  const { measure } = await import('../demo/timing.js');
  const terminal = options.json ? process.stderr : process.stdout;
  const printer = createPrinter(terminal, {
    // https://no-color.org
    colours: terminal.isTTY && !process.env['NO_COLOR'],
  });
  const register = await readHousingCoops();
  const coops = options.all ? register : register.slice(0, USUAL_NUMBER);
  const interrupted = watchForInterrupt();
  introduce(printer, coops.length);
  const { startDemoService, makePassword } = await import('../demo/demoService.js');
  const { tellStory } = await import('../demo/demo.js');
  const { toSummary } = await import('../demo/summary.js');
  const start = await measure(startDemoService);
  const service = start.value;
  try {
    printer.line();
    printer.paragraph(
      `A service was started in ${describeMs(start.ms)} on ${service.publicUrl}, with an embedded database.`,
    );
    const password = makePassword();
    const { publicUrl, operator } = service;
    const told = await measure(() =>
      tellStory({
        publicUrl,
        operator,
        coops,
        password,
        emailDomain: 'demo.example',
        printer,
        progress: process.stderr,
        signal: interrupted,
      }),
    );
    printer.line();
    printer.paragraph(`It took ${describeMs(told.ms)}, after a start of ${describeMs(start.ms)}.`);
    const times = { startMs: start.ms, tookMs: told.ms };
    if (options.json) process.stdout.write(`${toPlainJson(toSummary(told.value, times))}\n`);
    if (options.keep) await keepRunning(service, told.value, password, printer, interrupted);
    else suggestNext(printer);
  } catch (error) {
    if (!interrupted.aborted) throw error;
    process.exitCode = 130;
  } finally {
    await service.close();
  }
}

function introduce(printer: Printer, count: number): void {
  printer.title(`Coop Passport: a registrar vouches for ${count} real co-operatives, a partner verifies it`);
  printer.line();
  printer.paragraph(
    'The names and numbers of the co-operatives are real: the Regulator of Social Housing publishes them under the Open Government Licence v3.0. Everything else here (that they apply, who speaks for them, their members, boards and rules, the telephone calls) is made up. Nothing leaves this machine.',
  );
}

/** Ends what is under way, so that the service is stopped and its folder removed before the process ends. */
function watchForInterrupt(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}

function suggestNext(printer: Printer): void {
  printer.chapter('What to try next');
  printer.line(
    '   npm run demo -- --keep   the same, and the service stays: look around with curl or at /docs',
  );
  printer.line('   npm run demo -- --all    all 208 co-operatives of the register');
  printer.line('   npm run dev              a service of your own; the README walks through it with curl');
  printer.line('   npm test                 what else is made sure of');
  printer.line();
}

async function keepRunning(
  { publicUrl, operator, folder }: DemoService,
  { registrar, partner, passports, delegate }: Story,
  password: string,
  printer: Printer,
  interrupted: AbortSignal,
): Promise<void> {
  const passport = passports.at(-1);
  const credential = passport?.credentials[0];
  if (!passport || !credential) throw new Error('the story issued nothing');
  const file = join(folder, 'credential.jwt');
  await writeFile(file, credential.token);
  printer.chapter('The service is still running');
  printer.line(`   API reference  ${publicUrl}/docs`);
  printer.line(`   Registrars     ${publicUrl}/v1/registrars`);
  printer.line(`   A DID          ${publicUrl}/orgs/${passport.coop.organisation.slug}/did.json`);
  const signIns = printer.openTable([
    { title: 'Role', width: 10 },
    { title: 'Sign in as', width: 30 },
    { title: 'Password', width: password.length },
    { title: 'Organisation', width: 0 },
  ]);
  signIns(['operator', operator.email, operator.password]);
  signIns(['registrar', registrar.signIn.email, password, registrar.organisation.name]);
  signIns(['partner', partner.signIn.email, password, partner.organisation.name]);
  signIns(['co-op', passport.coop.signIn.email, password, passport.coop.organisation.name]);
  signIns(['delegate', delegate.signIn.email, password, delegate.organisation.name]);
  printer.line();
  printer.line(`   npx tsx src/cli/main.ts verify ${file} --url ${publicUrl}`);
  printer.line();
  printer.paragraph('Stop it with Ctrl-C; everything that belongs to it is removed then.');
  await new Promise<void>((stopped) => {
    if (interrupted.aborted) stopped();
    interrupted.addEventListener('abort', () => stopped(), { once: true });
  });
}
