import { Command } from 'commander';

export function serveCommand(): Command {
  return new Command('serve')
    .description('run the service; the environment configures it')
    .addHelpText(
      'after',
      `
The README's configuration table lists every variable. Without DATABASE_URL an embedded database in DATA_DIR is used.

Examples:
  $ coop-passport serve
  $ PUBLIC_URL=https://passport.example DATABASE_URL=postgres://db/passport KEY_ENCRYPTION_KEY_FILE=/run/secrets/key coop-passport serve`,
    )
    .action(async () => {
      const { runService } = await import('../main.js');
      await runService();
    });
}
