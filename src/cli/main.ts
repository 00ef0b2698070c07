#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { conformanceCommand } from './conformance.js';
import { credentialCommand } from './credential.js';
import { demoCommand } from './demo.js';
import { erasuresCommand } from './erasures.js';
import { EXIT_ERROR, EXIT_USAGE } from './exitCodes.js';
import { explainError } from './explainError.js';
import { membersCommand } from './members.js';
import { migrateCommand } from './migrate.js';
import { openApiCommand } from './openapi.js';
import { toPlainLines } from './plainText.js';
import { receiptCommand } from './receipt.js';
import { resetPasswordCommand } from './resetPassword.js';
import { serveCommand } from './serve.js';
import { VERSION } from '../version.js';
import { verifyCommand } from './verify.js';

// A command loads what it needs when it runs, so that `verify` and `--help` do not wait for a whole service.
const program = new Command('coop-passport')
  .description(
    'Verifiable credentials for co-operatives: examined once by a registrar, re-used by every partner',
  )
  .version(VERSION)
  .addCommand(serveCommand())
  .addCommand(migrateCommand())
  .addCommand(verifyCommand())
  .addCommand(credentialCommand())
  .addCommand(receiptCommand())
  .addCommand(membersCommand())
  .addCommand(resetPasswordCommand())
  .addCommand(erasuresCommand())
  .addCommand(demoCommand())
  .addCommand(conformanceCommand())
  .addCommand(openApiCommand())
  .addHelpText(
    'after',
    `
Examples:
  $ coop-passport demo
  $ coop-passport serve
  $ coop-passport verify credential.jwt --url https://passport.example
  $ coop-passport credential inspect credential.jwt`,
  );

const withCommands = (command: Command): Command[] => [command, ...command.commands.flatMap(withCommands)];
for (const command of withCommands(program)) {
  command.exitOverride().showHelpAfterError('(--help shows how)');
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // It has said its words already; 0 is the help or the version that was asked for.
    process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE;
  } else {
    process.stderr.write(`${toPlainLines(explainError(error))}\n`);
    process.exitCode = EXIT_ERROR;
  }
}
