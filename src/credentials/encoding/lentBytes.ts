/** Room for a token of any credential of ours. */
const room = Buffer.allocUnsafeSlow(16_384);

/**
 * The bytes that a text stands for, lent for the time of one synchronous call: they lie where the next text's will. New memory for each token takes
 * longer than what is done with it. `use` keeps nothing of them, and lends none itself.
 */
export function lendBytes<Result>(
  text: string,
  encoding: 'latin1' | 'base64url',
  use: (bytes: Buffer) => Result,
): Result {
  // In neither encoding a character stands for more than a byte.
  if (text.length > room.length) return use(Buffer.from(text, encoding));
  return use(room.subarray(0, room.write(text, encoding)));
}
