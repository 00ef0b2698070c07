import net from 'node:net';
import { Agent } from 'undici';
import type { Dispatcher } from 'undici';
import type { HttpAnswer, HttpClient, HttpSender, SendOutcome } from '../kernel/ports.js';
import { classifyAddress } from './addressClass.js';
import { buildCheckedConnector } from './checkedConnector.js';
import type { ConnectorConfig } from './checkedConnector.js';
import { OutboundHttpError } from './outboundHttpError.js';

export { OutboundHttpError } from './outboundHttpError.js';
export type { OutboundHttpReason } from './outboundHttpError.js';

const MAX_URL_LENGTH = 2048;
const MAX_HEADER_BYTES = 16 * 1024;
const CONNECTIONS_PER_ORIGIN = 4;
/** Of an answer that nobody reads; whoever sends more has the connection closed. */
const MAX_UNREAD_BYTES = 16 * 1024;
const KEEP_ALIVE_MS = 4_000;
const KEEP_ALIVE_MAX_MS = 10_000;
/** Look-up, dialling and TLS handshake; nobody may wait any more, since a request has its own limit. */
const CONNECT_TIMEOUT_MS = 3_000;

export type OutboundHttpConfig = Pick<
  ConnectorConfig,
  'allowLoopback' | 'resolveHost' | 'certificateAuthorities'
>;

export interface OutboundHttp extends HttpClient, HttpSender {
  /** Breaks off what is running and closes all connections. */
  close(): Promise<void>;
}

/**
 * The one way out: GET and POST over https to public addresses, for URLs that somebody else chose. With `allowLoopback` also
 * http and https to this machine. The address is checked on what is really dialled (see `checkedConnector.ts`).
 *
 * A redirect is an answer with its status: following it is a new request with a new decision. There are no cookies, no
 * proxy from the environment and no decompression; `timeoutMs` spans everything from the look-up to the last byte, and
 * `maxBytes` bounds the body. Every failure is an {@link OutboundHttpError}.
 *
 * Not checked: status and content type. That is for whoever asks.
 */
export function createOutboundHttp(config: OutboundHttpConfig): OutboundHttp {
  const agent = new Agent({
    connect: buildCheckedConnector({ ...config, timeoutMs: CONNECT_TIMEOUT_MS }),
    connections: CONNECTIONS_PER_ORIGIN,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
  });
  return {
    async get(url, options) {
      const target = parseTarget(url, config.allowLoopback);
      return await inTime(options.timeoutMs, (signal) => fetchAnswer(agent, target, options, signal));
    },

    async post(url, message) {
      try {
        const target = parseTarget(url, config.allowLoopback);
        return await inTime(message.timeoutMs, (signal) => send(agent, target, message, signal));
      } catch (error) {
        const { reason } =
          error instanceof OutboundHttpError ? error : OutboundHttpError.from('network', error);
        return { problem: reason === 'too-large' ? 'network' : reason };
      }
    },

    mayAsk: (url) => mayAsk(url, config.allowLoopback),

    close: () => agent.destroy(),
  };
}

function parseTarget(url: string, allowLoopback: boolean): URL {
  // The URL parser drops tabs and newlines without a word, so what is fetched would differ from what was reviewed.
  if (url.length > MAX_URL_LENGTH || !/^[\x21-\x7e]+$/.test(url))
    throw new OutboundHttpError('forbidden-url');
  if (!URL.canParse(url)) throw new OutboundHttpError('forbidden-url');
  const target = new URL(url);
  const schemeAllowed = target.protocol === 'https:' || (target.protocol === 'http:' && allowLoopback);
  if (!schemeAllowed || target.hostname === '' || target.username !== '' || target.password !== '')
    throw new OutboundHttpError('forbidden-url');
  return target;
}

/** A name is looked up with each request, an address that stands there in plain sight now. */
function mayAsk(url: string, allowLoopback: boolean): boolean {
  try {
    const { hostname } = parseTarget(url, allowLoopback);
    const address = hostname.replace(/^\[(.*)\]$/, '$1');
    if (/(^|\.)localhost\.?$/.test(address)) return allowLoopback;
    if (net.isIP(address) === 0) return true;
    const found = classifyAddress(address);
    return found === 'public' || (found === 'loopback' && allowLoopback);
  } catch (error) {
    if (error instanceof OutboundHttpError) return false;
    throw error;
  }
}

interface Bounds {
  readonly accept: string;
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

async function inTime<Answer>(
  timeoutMs: number,
  ask: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new OutboundHttpError('timeout')), timeoutMs);
  });
  try {
    // A race, because undici looks at the signal only once a request has a connection, and not while it waits for one.
    return await Promise.race([ask(controller.signal), expiry]);
  } catch (error) {
    throw error instanceof OutboundHttpError ? error : OutboundHttpError.from('network', error);
  } finally {
    clearTimeout(timer);
    controller.abort();
  }
}

async function fetchAnswer(
  agent: Agent,
  target: URL,
  { accept, maxBytes }: Bounds,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const response = await agent.request({
    origin: target.origin,
    path: `${target.pathname}${target.search}`,
    method: 'GET',
    headers: { accept, 'accept-encoding': 'identity', 'user-agent': 'coop-passport' },
    signal,
  });
  // An aborted body may report its abortion when nobody listens any more.
  response.body.on('error', () => undefined);
  const body = await readBody(response, maxBytes);
  const headers = flattenHeaders(response.headers);
  return { status: response.statusCode, contentType: headers['content-type'] ?? '', headers, body };
}

async function send(
  agent: Agent,
  target: URL,
  { headers, body }: Parameters<HttpSender['post']>[1],
  signal: AbortSignal,
): Promise<SendOutcome> {
  const response = await agent.request({
    origin: target.origin,
    path: `${target.pathname}${target.search}`,
    method: 'POST',
    headers: { ...headers, 'user-agent': 'coop-passport' },
    body,
    signal,
  });
  response.body.on('error', () => undefined);
  // Read to its end, the connection can be used again.
  await response.body.dump({ limit: MAX_UNREAD_BYTES, signal }).catch(() => undefined);
  return { status: response.statusCode };
}

async function readBody(response: Dispatcher.ResponseData, maxBytes: number): Promise<Buffer> {
  const { body, headers } = response;
  try {
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity')
      throw new OutboundHttpError('network', 'the answer is compressed although that was not asked for');
    if (Number(headers['content-length'] ?? 0) > maxBytes) throw new OutboundHttpError('too-large');
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) throw new OutboundHttpError('too-large');
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, size);
  } finally {
    body.destroy();
  }
}

/** Cookies are left out: whatever another server wants us to remember, we do not. */
function flattenHeaders(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined || name === 'set-cookie'
      ? []
      : [[name, Array.isArray(value) ? value.join(', ') : value] as const],
  );
  return Object.fromEntries(entries);
}
