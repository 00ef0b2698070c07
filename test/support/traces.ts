import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where any of the words stands, as it is, in hexadecimal, or in Base64 at any of its three alignments. */
export function findTraces(words: readonly string[], contents: Readonly<Record<string, string>>): string[] {
  return Object.entries(contents).flatMap(([place, content]) => {
    const folded = content.toLowerCase();
    return words.flatMap((word) =>
      Object.entries(disguisesOf(word)).flatMap(([name, forms]) => {
        const text = name === 'base64' ? content : folded;
        return forms.some((form) => text.includes(form)) ? [`${word} as ${name} in ${place}`] : [];
      }),
    );
  });
}

function disguisesOf(word: string): Readonly<Record<'text' | 'hex' | 'base64', string[]>> {
  const bytes = Buffer.from(word);
  // What stands before and after shifts the groups of six bits; only the characters in the middle are the word's own.
  const aligned = [0, 1, 2].flatMap((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64url')
      .replaceAll('=', '');
    const core = text.slice(shift === 0 ? 0 : shift + 1, -2);
    return [core, core.replaceAll('-', '+').replaceAll('_', '/')];
  });
  return { text: [word.toLowerCase()], hex: [bytes.toString('hex')], base64: aligned };
}

/** Every file below a folder, byte for byte. */
export async function readFolder(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, await readFile(file, 'latin1')] as const)),
  );
}
