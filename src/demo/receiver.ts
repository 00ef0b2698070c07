import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UnexpectedOutcome } from './expectations.js';
import type { ToldEvent } from './sharingRoles.js';

/** The partner's own address for webhooks, on this machine. */
export interface Receiver {
  readonly url: string;
  /** The first event that is delivered. Rejects where it is not signed with the secret, and where none comes. */
  receive(secret: string, signal?: AbortSignal): Promise<ToldEvent>;
  close(): Promise<void>;
}

const LONGEST_WAIT_MS = 30_000;

export async function startReceiver(): Promise<Receiver> {
  let tell: (delivery: Delivery) => void;
  const first = new Promise<Delivery>((told) => (tell = told));
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      // Answered before it is looked at, as a receiver should: the sender waits for nothing but that it has arrived.
      response.writeHead(204).end();
      tell({ headers: request.headers, body: Buffer.concat(parts).toString('utf8') });
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/coop-passport`,
    async receive(secret, signal) {
      const delivery = await Promise.race([first, giveUp(signal)]);
      if (!isSigned(delivery, secret))
        throw new UnexpectedOutcome('A webhook came whose signature is not that of the service.');
      return JSON.parse(delivery.body) as ToldEvent;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Delivery {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Rejects after a while, and as soon as the demonstration is interrupted. */
function giveUp(interrupted: AbortSignal | undefined): Promise<never> {
  const tooLate = AbortSignal.timeout(LONGEST_WAIT_MS);
  const either = interrupted ? AbortSignal.any([interrupted, tooLate]) : tooLate;
  return new Promise((_, reject) => {
    const end = () => reject(new UnexpectedOutcome('Expected a webhook to be delivered, and none came.'));
    if (either.aborted) end();
    else either.addEventListener('abort', end, { once: true });
  });
}

const LONGEST_AGE_S = 300;

/** As Standard Webhooks has it: over the body as it came, by one of the signatures, and not long ago. */
function isSigned({ headers, body }: Delivery, secret: string): boolean {
  const [id, at, signatures] = ['id', 'timestamp', 'signature'].map((name) =>
    String(headers[`webhook-${name}`]),
  );
  if (Math.abs(Date.now() / 1000 - Number(at)) > LONGEST_AGE_S) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const wanted = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest();
  return (signatures ?? '').split(' ').some((signature) => {
    const got = Buffer.from(signature.replace(/^v1,/, ''), 'base64');
    return got.length === wanted.length && timingSafeEqual(got, wanted);
  });
}
