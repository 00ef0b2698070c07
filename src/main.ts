import closeWithGrace from 'close-with-grace';
import { DataDirInUseError } from './adapters/database/dataDirLock.js';
import { ConfigError, readConfig } from './config.js';
import { startService } from './start.js';

/** The process: reads the environment, serves until it is told to stop, and answers what is under way before it goes. */
export async function runService(): Promise<void> {
  try {
    const config = readConfig(process.env);
    const service = await startService(config, (password) => {
      process.stdout.write(
        `The operator ${config.operatorEmail} was created with the password ${password}\nIt is shown this once and stored nowhere.\n`,
      );
    });
    closeWithGrace({ delay: 15_000 }, async () => service.close());
    // Said last: from then on it may be told to stop.
    process.stdout.write(`Coop Passport is serving ${config.publicUrl} (listening on ${service.address})\n`);
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof DataDirInUseError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
