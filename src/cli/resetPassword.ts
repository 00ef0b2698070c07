import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { AppError } from '../kernel/errors.js';
import { readFirstLine } from './input.js';
import { stderrLogger } from './stderrLogger.js';

export function resetPasswordCommand(): Command {
  return new Command('reset-password')
    .description("give an account a new password and end its sessions; the operator's command")
    .argument('<email>', 'address of the account')
    .option('--password-stdin', 'read the new password from the first line of standard input')
    .addHelpText(
      'after',
      `
Without --password-stdin a password is made up and printed once. A password is never taken from the command line, where
other users of the machine could read it. Reads the same environment as serve and works on the installation itself: with
the embedded database, stop the service first.

Examples:
  $ coop-passport reset-password ada@albion.example
  $ coop-passport reset-password ada@albion.example --password-stdin < new-password.txt`,
    )
    .action(runResetPassword);
}

async function runResetPassword(email: string, options: { passwordStdin?: true }): Promise<void> {
  const given = options.passwordStdin ? await readFirstLine() : undefined;
  const password = given ?? randomBytes(18).toString('base64url');
  const { readConfig } = await import('../config.js');
  const { openInstallation } = await import('../start.js');
  const config = readConfig(process.env);
  // In the wrong folder this would otherwise found a new, empty installation and then say that it knows no such account.
  if (config.databaseUrl === undefined && !existsSync(join(config.dataDir, 'database')))
    throw new Error(`There is no installation in ${config.dataDir}: set DATA_DIR or DATABASE_URL.`);
  const installation = await openInstallation(config, stderrLogger);
  try {
    await installation.app.accounts.passwords.resetPasswordByOperator(email, password);
  } catch (error) {
    if (error instanceof AppError && error.code === 'resource/not-found')
      throw new Error('There is no account with this address.', { cause: error });
    throw error;
  } finally {
    await installation.close();
  }
  process.stdout.write(
    given === undefined ? `The new password is ${password}\n` : 'The password has been changed.\n',
  );
  process.stderr.write('All sessions of the account have ended.\n');
}
