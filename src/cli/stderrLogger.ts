import type { Logger } from '../kernel/ports.js';

/** For commands that end: warnings as plain lines beside the output, which stays for programs to read. */
export const stderrLogger: Logger = {
  info: () => undefined,
  warn: (_fields, message) => void process.stderr.write(`${message}\n`),
  error: (_fields, message) => void process.stderr.write(`${message}\n`),
};
