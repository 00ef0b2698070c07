import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/**
 * The product as JavaScript, for tests that run it as a process of its own: compiling it anew takes such a process longer than anything that
 * it is started for. Types are for `npm run check`.
 */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SOURCES = join(ROOT, 'src');
/** As deep below the root as `src` and `dist`, from where the product finds its migrations. */
export const COMPILED = join(ROOT, '.test-dist');

/** Of the command line, for `node`. */
export const COMPILED_CLI = join(COMPILED, 'cli/main.js');

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  inlineSourceMap: true,
};

/** Brings up to date what is older than its source. */
export async function compileSources(): Promise<void> {
  const files = await readdir(SOURCES, { recursive: true });
  await Promise.all(files.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts')).map(compile));
}

async function compile(file: string): Promise<void> {
  const source = join(SOURCES, file);
  const compiled = join(COMPILED, file.replace(/\.ts$/, '.js'));
  if ((await modifiedAt(compiled)) > (await modifiedAt(source))) return;
  const { outputText } = ts.transpileModule(await readFile(source, 'utf8'), {
    compilerOptions: OPTIONS,
    fileName: source,
  });
  await mkdir(dirname(compiled), { recursive: true });
  // In one step, for whoever runs the tests twice at once.
  const half = `${compiled}.${process.pid}`;
  await writeFile(half, outputText);
  await rename(half, compiled);
}

/** 0 for what is not there. */
async function modifiedAt(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}
