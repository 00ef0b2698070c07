/**
 * What a credential or a service says is somebody else's text: it must not steer the terminal, or be shown backwards. Each such
 * character becomes U+FFFD.
 *
 * @param line without a line break, which would be taken out as well
 */
export function toPlainLine(line: string): string {
  return line.replaceAll(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    '\ufffd',
  );
}

export function toPlainLines(text: string): string {
  return text.split('\n').map(toPlainLine).join('\n');
}
