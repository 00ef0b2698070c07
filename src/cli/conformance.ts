import { Command, InvalidArgumentError } from 'commander';

export function conformanceCommand(): Command {
  return new Command('conformance')
    .description('serve the W3C VC API over https for test suites, with an issuer for each of them')
    .option('--port <number>', 'where to listen; a free port unless given', readPort)
    .addHelpText(
      'after',
      `
Starts a service of its own on localhost, with a certificate that it has just signed itself, on an embedded database in a temporary folder
that is removed at the end. It reads no configuration and touches no other installation. One JSON document with addresses, DIDs and a bearer
token goes to standard output once it serves, everything else to standard error. It runs until it is stopped, and exits with 0 then.

Examples:
  $ coop-passport conformance
  $ coop-passport conformance --port 40443 > conformance.json`,
    )
    .action(async ({ port }: { port?: number }) => {
      const stopped = waitForStop();
      const { startConformanceService } = await import('../conformance/conformanceService.js');
      const service = await startConformanceService(port);
      try {
        process.stdout.write(`${JSON.stringify(service.conformance, null, 2)}\n`);
        process.stderr.write(`Serving on ${service.conformance.publicUrl}; stop it with Ctrl-C.\n`);
        await stopped;
      } finally {
        await service.close();
      }
    });
}

/** From now on, so that a stop while it starts is heeded as well. */
function waitForStop(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

function readPort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new InvalidArgumentError('It is a number from 1 to 65535.');
  return port;
}
