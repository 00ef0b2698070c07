import { Duplex } from 'node:stream';
import type { PGlite } from '@electric-sql/pglite';

/**
 * The embedded database as the socket that `pg` takes it for: one driver for both databases, and all messages of a statement in one go, where
 * PGlite's own interface goes there and back for each of them.
 */
export class EmbeddedWire extends Duplex {
  readonly #pglite: PGlite;

  constructor(pglite: PGlite) {
    super();
    this.#pglite = pglite;
  }

  /** There is nothing to connect to: whoever asks is told so when it listens. */
  connect(): this {
    process.nextTick(() => this.emit('connect'));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  override _read(): void {
    // Answers are pushed as they come.
  }

  override _write(message: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    // A copy of each part of the answer: what is handed over is a view of PGlite's memory.
    const onRawData = (part: Uint8Array) => void this.push(Buffer.from(part));
    this.#pglite.execProtocolRawStream(message, { onRawData }).then(() => done(), done);
  }

  override _writev(messages: readonly { chunk: Buffer }[], done: (error?: Error) => void): void {
    this._write(Buffer.concat(messages.map(({ chunk }) => chunk)), 'utf8', done);
  }

  override _final(done: () => void): void {
    this.push(null);
    done();
  }
}
