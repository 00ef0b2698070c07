import { Command } from 'commander';
import { allProblems, judgeDate, type Inspection } from '../credentials/inspection/inspection.js';
import { inspectSecured, MAX_INSPECTED_LENGTH } from '../credentials/inspection/inspectSecured.js';
import { isPresented, unverifiedChecks } from '../credentials/inspection/unverified.js';
import { EXIT_UNREADABLE } from './exitCodes.js';
import { readInput } from './input.js';
import { describeInspection } from './inspectionText.js';
import { toPlainJson } from './plainText.js';

export function credentialCommand(): Command {
  return new Command('credential').description('look at a credential').addCommand(inspectCommand());
}

function inspectCommand(): Command {
  return new Command('inspect')
    .description('show what stands in a credential, presentation or status list, without verifying anything')
    .argument(
      '<file>',
      'a token (vc+jwt, vp+jwt, vc+sd-jwt, dc+sd-jwt, statuslist+jwt, VC-JWT 1.1) or a JSON document; - reads standard input',
    )
    .option('--json', 'print it as JSON')
    .addHelpText(
      'after',
      `
Nothing is sent anywhere, and nothing is verified: what is shown is only what somebody has written.
Exit status: 0 readable, 1 error, 2 wrong usage, 3 not a readable credential.

Examples:
  $ coop-passport credential inspect credential.jwt
  $ curl -s … | coop-passport credential inspect - --json`,
    )
    .action(runInspect);
}

/** A presentation is made for somebody, who alone knows what it has to say. */
function commandToVerify(inspection: Inspection, file: string): string {
  const command = `coop-passport verify ${file}`;
  return isPresented(inspection) ? `${command} --audience <you> --nonce <what you asked for>` : command;
}

async function runInspect(file: string, options: { readonly json?: true }): Promise<void> {
  const inspection = inspectSecured(await readInput(file, MAX_INSPECTED_LENGTH));
  const now = new Date();
  const text = options.json
    ? `${toPlainJson({
        verified: false,
        notVerified: unverifiedChecks(inspection),
        inspectedAt: now,
        ...inspection,
        dates: inspection.dates.map((date) => ({ ...date, state: judgeDate(date, now) })),
      })}\n`
    : describeInspection(inspection, now, commandToVerify(inspection, file));
  process.stdout.write(text);
  if (allProblems(inspection).length > 0) process.exitCode = EXIT_UNREADABLE;
}
