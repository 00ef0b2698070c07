/** C0 without the line break in texts that have lines, C1, and whatever turns the direction of text or ends a line. */
const STEERING = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * What a credential or a service says is somebody else's text: it must not steer the terminal, or be shown backwards. Each such
 * character becomes U+FFFD.
 *
 * @param line without a line break, which would be taken out as well
 */
export function toPlainLine(line: string): string {
  return line.replaceAll(STEERING, '\ufffd');
}

export function toPlainLines(text: string): string {
  return text.split('\n').map(toPlainLine).join('\n');
}

/** Indented JSON for the terminal and for machines: the same characters stand in it as escapes, so that nothing is lost. */
export function toPlainJson(value: unknown, replacer?: (name: string, value: unknown) => unknown): string {
  return JSON.stringify(value, replacer, 2)
    .split('\n')
    .map((line) =>
      line.replaceAll(STEERING, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`),
    )
    .join('\n');
}
