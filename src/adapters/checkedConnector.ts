import { lookup } from 'node:dns/promises';
import net from 'node:net';
import tls from 'node:tls';
import type { buildConnector } from 'undici';
import { classifyAddress } from './addressClass.js';
import { OutboundHttpError } from './outboundHttpError.js';

export interface ConnectorConfig {
  readonly allowLoopback: boolean;
  /** All addresses of a host name; by default the system's resolver. */
  readonly resolveHost?: (hostname: string) => Promise<readonly string[]>;
  /** PEM certificates that are trusted instead of Node's own list. */
  readonly certificateAuthorities?: string;
  /** For the look-up, dialling all addresses and the TLS handshake together. */
  readonly timeoutMs: number;
}

/** More than this and a hostile name server decides how long we try. */
const MAX_ADDRESSES = 4;

/**
 * A connector for undici that looks the host up once, checks every address, and dials an address that it checked: a
 * second look-up with another answer (DNS rebinding) cannot come in between. A custom `lookup` alone would not do,
 * since sockets skip it for literal addresses. What the socket ended up connected to is checked again.
 *
 * One forbidden address among several refuses the host. Plain http goes to loopback only.
 */
export function buildCheckedConnector(config: ConnectorConfig): buildConnector.connector {
  return (options, callback) => {
    connectChecked(config, options).then(
      (socket) => callback(null, socket),
      (error: unknown) =>
        callback(error instanceof OutboundHttpError ? error : OutboundHttpError.from('network', error), null),
    );
  };
}

async function connectChecked(config: ConnectorConfig, options: buildConnector.Options): Promise<net.Socket> {
  const hostname = options.hostname.replace(/^\[(.*)\]$/, '$1');
  const isTls = options.protocol === 'https:';
  const signal = AbortSignal.timeout(config.timeoutMs);
  const addresses = await Promise.race([findAddresses(config, hostname), rejectAtTimeout(signal)]);
  for (const address of addresses) requireAllowed(config, isTls, address);

  const socket = await dialFirst(addresses, Number(options.port) || (isTls ? 443 : 80), signal);
  try {
    requireAllowed(config, isTls, socket.remoteAddress ?? '');
    return isTls ? await secureSocket(config, socket, hostname, signal) : socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function findAddresses(config: ConnectorConfig, hostname: string): Promise<readonly string[]> {
  if (net.isIP(hostname) !== 0) return [hostname];
  const addresses = await (config.resolveHost ?? resolveBySystem)(hostname);
  if (addresses.length === 0) throw new OutboundHttpError('network');
  return addresses;
}

/** The system's look-up cannot be called off, only left. */
function rejectAtTimeout(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new OutboundHttpError('timeout')), { once: true });
  });
}

async function resolveBySystem(hostname: string): Promise<string[]> {
  const answers = await lookup(hostname, { all: true });
  return answers.map(({ address }) => address);
}

function requireAllowed(config: ConnectorConfig, isTls: boolean, address: string): void {
  const found = classifyAddress(address);
  const isAllowed = found === 'public' ? isTls : found === 'loopback' && config.allowLoopback;
  if (!isAllowed) throw new OutboundHttpError('forbidden-address');
}

async function dialFirst(
  addresses: readonly string[],
  port: number,
  signal: AbortSignal,
): Promise<net.Socket> {
  let failure: unknown;
  for (const address of addresses.slice(0, MAX_ADDRESSES)) {
    try {
      return await untilReady(net.connect({ host: address, port, noDelay: true }), 'connect', signal);
    } catch (error) {
      failure = error;
    }
    if (signal.aborted) throw new OutboundHttpError('timeout');
  }
  throw OutboundHttpError.from('network', failure);
}

async function secureSocket(
  config: ConnectorConfig,
  socket: net.Socket,
  hostname: string,
  signal: AbortSignal,
): Promise<tls.TLSSocket> {
  const secured = tls.connect({
    socket,
    // The name that the certificate must carry. SNI takes names only; an address stands in the certificate itself.
    host: hostname,
    ...(net.isIP(hostname) === 0 && { servername: hostname }),
    ALPNProtocols: ['http/1.1'],
    minVersion: 'TLSv1.2',
    // Stated, since otherwise NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment would switch the check off.
    rejectUnauthorized: true,
    ...(config.certificateAuthorities !== undefined && { ca: config.certificateAuthorities }),
  });
  try {
    return await untilReady(secured, 'secureConnect', signal);
  } catch (error) {
    throw signal.aborted ? new OutboundHttpError('timeout') : OutboundHttpError.from('tls', error);
  }
}

/** Resolves at the event; destroys the socket when it errs, ends or is not ready in time. */
function untilReady<S extends net.Socket>(
  socket: S,
  event: 'connect' | 'secureConnect',
  signal: AbortSignal,
): Promise<S> {
  return new Promise((resolve, reject) => {
    const abort = (): void => void socket.destroy(new OutboundHttpError('timeout'));
    const settle = (act: () => void): void => {
      signal.removeEventListener('abort', abort);
      act();
    };
    // The error listener stays: between here and undici's own there must be no moment without one.
    socket.once(event, () => settle(() => resolve(socket)));
    socket.on('error', (error) => settle(() => reject(error)));
    socket.once('close', () => settle(() => reject(new OutboundHttpError('network'))));
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
}
