import type { Kysely } from 'kysely';
import { inWork } from '../../../adapters/database/context.js';
import type { Tables } from '../../../adapters/database/schema.js';
import { AppError } from '../../../kernel/errors.js';
import type { OrganisationId } from '../../../kernel/ids.js';
import type { Logger } from '../../../kernel/ports.js';
import type { Event } from './schemas.js';
import type { PlacedEvent } from './service.js';
import { listWithNews } from './store.js';

/** How many of one organisation, and of all, one process keeps open. */
const MOST_OF_ONE = 5;
const MOST_OF_ALL = 500;
/** One question for all of them. */
const LOOK_MS = 500;
/** So that whoever is in between does not take the connection for dead, and nobody listens for longer after the own session. */
const HEARTBEAT_MS = 10_000;
/** What a reader is to wait before it comes again. */
const RETRY_MS = 3_000;

export interface StreamRequest {
  readonly organisationId: OrganisationId;
  /** Behind which place to begin. */
  readonly position: number;
  /** What stands behind a place, on behalf of who reads. */
  readonly readBehind: (position: number) => Promise<PlacedEvent[]>;
  /** Asked before anything is sent. */
  readonly isAdmitted: () => Promise<boolean>;
}

export interface OpenStream {
  /** What goes over the wire (HTML Standard, section 9.2.6). Ends when it is closed, and when the reader is not admitted any more. */
  readonly frames: AsyncIterable<string>;
  close(): void;
}

export interface EventStreams {
  /** Throws `events/too-many-streams`. Whoever opens one closes it. */
  open(request: StreamRequest): OpenStream;
  closeAll(): void;
}

interface Reader {
  readonly organisationId: OrganisationId;
  position: number;
  isClosed: boolean;
  wake: () => void;
}

export function createEventStreams(db: Kysely<Tables>, logger: Logger): EventStreams {
  const readers = new Set<Reader>();
  let isLooking = false;

  function refuseMany(organisationId: OrganisationId): void {
    const own = [...readers].filter((reader) => reader.organisationId === organisationId).length;
    if (own < MOST_OF_ONE && readers.size < MOST_OF_ALL) return;
    const whose = own >= MOST_OF_ONE ? `Your organisation has ${own}` : 'This process has as many';
    throw new AppError('events/too-many-streams', `${whose} streams open as it may have.`, {
      retryAfterSeconds: 30,
    });
  }

  /** For as long as somebody listens. */
  async function look(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    while (readers.size > 0) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS).unref());
      const waiting = [...readers];
      try {
        const found = new Set(await inWork('telling', () => listWithNews(db, waiting)));
        for (const reader of waiting) if (found.has(reader.organisationId)) reader.wake();
      } catch (error) {
        logger.error({ reason: (error as Error).name }, 'it was not looked for new events');
      }
    }
    isLooking = false;
  }

  return {
    open(request) {
      refuseMany(request.organisationId);
      const { organisationId, position } = request;
      const reader: Reader = { organisationId, position, isClosed: false, wake: () => undefined };
      readers.add(reader);
      void look();
      return {
        frames: writeFrames(request, reader),
        close() {
          readers.delete(reader);
          reader.isClosed = true;
          reader.wake();
        },
      };
    },

    closeAll() {
      for (const reader of readers) {
        readers.delete(reader);
        reader.isClosed = true;
        reader.wake();
      }
    },
  };
}

async function* writeFrames(
  { readBehind, isAdmitted }: StreamRequest,
  reader: Reader,
): AsyncGenerator<string, void> {
  yield `retry: ${RETRY_MS}\n\n`;
  while (!reader.isClosed && (await isAdmitted())) {
    const read = await readBehind(reader.position);
    yield read.length === 0 ? ':\n\n' : read.map(({ event }) => toFrame(event)).join('');
    const last = read.at(-1);
    if (last) reader.position = last.position;
    else await untilWoken(reader);
  }
}

function toFrame(event: Event): string {
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

async function untilWoken(reader: Reader): Promise<void> {
  if (reader.isClosed) return;
  let timer: NodeJS.Timeout | undefined;
  await new Promise<void>((resolve) => {
    reader.wake = resolve;
    timer = setTimeout(resolve, HEARTBEAT_MS);
    timer.unref();
  });
  clearTimeout(timer);
  reader.wake = () => undefined;
}
