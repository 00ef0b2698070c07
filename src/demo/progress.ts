import type { Output } from './printing.js';

export interface Progress {
  advance(steps?: number): void;
  /** Takes the bar away. */
  finish(): void;
}

const BAR_WIDTH = 40;
const PLAIN_EVERY = 25;

/** A bar that is drawn over itself on a terminal, and a line now and then where the output goes to a file. */
export function createProgress(output: Output & { readonly isTTY?: boolean }, total: number): Progress {
  let done = 0;
  const draw = () => {
    const filled = Math.round((done / total) * BAR_WIDTH);
    output.write(`\r   [${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}] ${done} of ${total}`);
  };
  return {
    advance(steps = 1) {
      const before = done;
      done += steps;
      const isTold = Math.floor(done / PLAIN_EVERY) > Math.floor(before / PLAIN_EVERY) || done === total;
      if (output.isTTY) draw();
      else if (isTold) output.write(`   ${done} of ${total}\n`);
    },
    finish() {
      if (output.isTTY) output.write(`\r${' '.repeat(BAR_WIDTH + 24)}\r`);
    },
  };
}
