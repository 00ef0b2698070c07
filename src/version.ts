import { readFileSync } from 'node:fs';

/** Of the package, as package.json has it; one level up from here in `src` and in `dist` alike. */
export const VERSION = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
