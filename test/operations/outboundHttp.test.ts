import { once } from 'node:events';
import http from 'node:http';
import type { RequestListener, Server } from 'node:http';
import https from 'node:https';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { createOutboundHttp } from '../../src/adapters/outboundHttp.js';
import type {
  OutboundHttp,
  OutboundHttpConfig,
  OutboundHttpReason,
} from '../../src/adapters/outboundHttp.js';
import { asciiUrl, TRICK_HOSTS } from '../support/trickHosts.js';
import { LOCALHOST_CERTIFICATE, LOCALHOST_PRIVATE_KEY } from '../support/localhostCertificate.js';

const BOUNDS = { accept: 'application/json', maxBytes: 1_000, timeoutMs: 2_000 };
const open: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

function createClient(config: Partial<OutboundHttpConfig> = {}): OutboundHttp {
  const client = createOutboundHttp({ allowLoopback: true, ...config });
  open.push(() => client.close());
  return client;
}

async function listen(server: net.Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(() => {
    (server as Partial<Server>).closeAllConnections?.();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function startServer(listener: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listen(http.createServer(listener))}`;
}

async function startTlsServer(listener: RequestListener): Promise<number> {
  const options = { key: LOCALHOST_PRIVATE_KEY, cert: LOCALHOST_CERTIFICATE };
  return await listen(https.createServer(options, listener));
}

const resolvesTo =
  (...addresses: string[]) =>
  (): Promise<readonly string[]> =>
    Promise.resolve(addresses);

async function expectRefused(asking: Promise<unknown>, reason: OutboundHttpReason): Promise<void> {
  await expect(asking).rejects.toMatchObject({ name: 'OutboundHttpError', reason });
}

/** Proves that a limit of 100 or 200 ms was what ended it. */
async function expectTimeoutSoon(asking: Promise<unknown>): Promise<void> {
  const startedAt = performance.now();
  await expectRefused(asking, 'timeout');
  expect(performance.now() - startedAt).toBeLessThan(1_500);
}

describe('an answer', () => {
  it('has status, headers, content type and body', async () => {
    const origin = await startServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', etag: '"1"' }).end('{"a":1}');
    });
    const answer = await createClient().get(`${origin}/path?query=1`, BOUNDS);
    expect(answer).toMatchObject({ status: 200, contentType: 'application/json', headers: { etag: '"1"' } });
    expect(answer.body.toString()).toBe('{"a":1}');
  });

  it('is asked for by GET, with its path and query, uncompressed, and with what the caller accepts', async () => {
    let seen: Record<string, unknown> = {};
    const origin = await startServer(({ method, url, headers }, response) => {
      seen = { method, url, accept: headers.accept, encoding: headers['accept-encoding'] };
      response.end();
    });
    await createClient().get(`${origin}/path?query=1#fragment`, BOUNDS);
    const accept = 'application/json';
    expect(seen).toEqual({ method: 'GET', url: '/path?query=1', accept, encoding: 'identity' });
  });

  it('may be of any status', async () => {
    const origin = await startServer((_request, response) => response.writeHead(404).end('none'));
    expect(await createClient().get(origin, BOUNDS)).toMatchObject({ status: 404, contentType: '' });
  });

  it.each([301, 302, 303, 307, 308])('of status %i is not followed', async (status) => {
    const paths: unknown[] = [];
    const origin = await startServer((request, response) => {
      paths.push(request.url);
      response.writeHead(status, { location: '/elsewhere' }).end();
    });
    expect(await createClient().get(`${origin}/start`, BOUNDS)).toMatchObject({ status });
    expect(paths).toEqual(['/start']);
  });

  it('leaves no cookie behind', async () => {
    const cookies: unknown[] = [];
    const origin = await startServer((request, response) => {
      cookies.push(request.headers.cookie);
      response.setHeader('set-cookie', 'id=1').end();
    });
    const client = createClient();
    const first = await client.get(origin, BOUNDS);
    await client.get(origin, BOUNDS);
    expect(first.headers).not.toHaveProperty('set-cookie');
    expect(cookies).toEqual([undefined, undefined]);
  });

  it('may have exactly the size that is allowed', async () => {
    const origin = await startServer((_request, response) => response.end('x'.repeat(1_000)));
    expect((await createClient().get(origin, BOUNDS)).body).toHaveLength(1_000);
  });
});

describe('a hostile answer', () => {
  it('is refused by its announced size', async () => {
    const origin = await startServer((_request, response) => response.end('x'.repeat(1_001)));
    await expectRefused(createClient().get(origin, BOUNDS), 'too-large');
  });

  it('is refused by its real size when it announces none', async () => {
    const origin = await startServer((_request, response) => {
      response.write('x'.repeat(900));
      response.end('x'.repeat(101));
    });
    await expectRefused(createClient().get(origin, BOUNDS), 'too-large');
  });

  it('is cut off when it never ends', async () => {
    let sent = 0;
    const origin = await startServer((_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(10_000))) sent += 10_000;
      };
      response.on('drain', more);
      more();
    });
    await expectRefused(createClient().get(origin, BOUNDS), 'too-large');
    expect(sent).toBeLessThan(20_000_000);
  });

  it.each(['gzip', 'br', 'deflate', 'gzip, identity'])(
    'is refused when it is encoded as %s',
    async (encoding) => {
      const origin = await startServer((_request, response) => {
        response.setHeader('content-encoding', encoding).end(gzipSync('x'.repeat(100_000)));
      });
      await expectRefused(createClient().get(origin, BOUNDS), 'network');
    },
  );

  it('is refused when it drips for longer than allowed', async () => {
    const origin = await startServer((_request, response) => {
      const drip = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(drip));
    });
    await expectTimeoutSoon(createClient().get(origin, { ...BOUNDS, timeoutMs: 200 }));
  });

  it('is refused when its headers drip', async () => {
    const port = await listen(
      net.createServer((socket) => {
        socket.write('HTTP/1.1 200 OK\r\n');
        const drip = setInterval(() => socket.write('x-a: b\r\n'), 20);
        socket.on('close', () => clearInterval(drip)).on('error', () => undefined);
      }),
    );
    const asking = createClient().get(`http://127.0.0.1:${port}`, { ...BOUNDS, timeoutMs: 200 });
    await expectTimeoutSoon(asking);
  });

  it('is refused when it never comes', async () => {
    const origin = await startServer(() => undefined);
    await expectTimeoutSoon(createClient().get(origin, { ...BOUNDS, timeoutMs: 100 }));
  });

  it('is refused when its headers are too large', async () => {
    const origin = await startServer((_request, response) => {
      response.setHeader('x-large', 'x'.repeat(20_000)).end();
    });
    await expectRefused(createClient().get(origin, BOUNDS), 'network');
  });

  it('is refused when it breaks off', async () => {
    const origin = await startServer((_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half', () => response.destroy());
    });
    await expectRefused(createClient().get(origin, BOUNDS), 'network');
  });

  it('is refused when it is not HTTP, and the error quotes nothing of it', async () => {
    const port = await listen(
      net.createServer((socket) => {
        socket.on('error', () => undefined).end('SECRET-BANNER\r\n\r\n');
      }),
    );
    const asking = createClient().get(`http://127.0.0.1:${port}`, BOUNDS);
    await expectRefused(asking, 'network');
    await expect(asking).rejects.not.toThrow(/SECRET/);
  });

  it('does not spoil the next one', async () => {
    const origin = await startServer((request, response) => {
      response.end('x'.repeat(request.url === '/large' ? 5_000 : 5));
    });
    const client = createClient();
    await expectRefused(client.get(`${origin}/large`, BOUNDS), 'too-large');
    expect((await client.get(origin, BOUNDS)).body.toString()).toBe('xxxxx');
  });
});

describe('an unreachable host', () => {
  it('is a network error when nothing listens', async () => {
    const server = net.createServer();
    const port = await listen(server);
    server.close();
    await expectRefused(createClient().get(`http://127.0.0.1:${port}`, BOUNDS), 'network');
  });

  it('is a network error when its name is unknown', async () => {
    const resolveHost = (): Promise<never> => Promise.reject(new Error('ENOTFOUND'));
    await expectRefused(createClient({ resolveHost }).get('https://unknown.test', BOUNDS), 'network');
  });

  it('is a network error when its name has no address', async () => {
    const client = createClient({ resolveHost: resolvesTo() });
    await expectRefused(client.get('https://empty.test', BOUNDS), 'network');
  });

  it('is a timeout when its name takes too long', async () => {
    const client = createClient({ resolveHost: () => new Promise(() => undefined) });
    const asking = client.get('https://slow.test', { ...BOUNDS, timeoutMs: 100 });
    await expectTimeoutSoon(asking);
  });
});

describe('an address that is not public', () => {
  it.each(TRICK_HOSTS)('is refused as https://%s', async (host) => {
    const asking = createClient({ allowLoopback: false }).get(asciiUrl(`https://${host}/`), BOUNDS);
    await expectRefused(asking, 'forbidden-address');
  });

  const otherThanLoopback = TRICK_HOSTS.filter(
    (host) => !/127|2130706433|0x7f|0177|①|localhost|::1\]$|:0:1\]/.test(host),
  );
  it.each(otherThanLoopback)('is refused as https://%s also where loopback is allowed', async (host) => {
    await expectRefused(createClient().get(asciiUrl(`https://${host}/`), BOUNDS), 'forbidden-address');
  });

  it.each([
    '127.0.0.1',
    '::1',
    '10.0.0.1',
    '169.254.169.254',
    '::ffff:127.0.0.1',
    'fe80::1%eth0',
    'nonsense',
  ])('is refused when a name resolves to %s', async (address) => {
    const client = createClient({ allowLoopback: false, resolveHost: resolvesTo(address) });
    await expectRefused(client.get('https://name.test', BOUNDS), 'forbidden-address');
  });

  it('is refused when it is one of several that a name resolves to', async () => {
    const client = createClient({ resolveHost: resolvesTo('127.0.0.1', '10.0.0.1') });
    await expectRefused(client.get('https://name.test', BOUNDS), 'forbidden-address');
  });

  it('is refused without a connection being opened', async () => {
    let connections = 0;
    const port = await listen(net.createServer(() => (connections += 1)));
    const client = createClient({ allowLoopback: false });
    await expectRefused(client.get(`https://127.0.0.1:${port}`, BOUNDS), 'forbidden-address');
    expect(connections).toBe(0);
  });
});

describe('a name', () => {
  it('is looked up once for a connection, so the address that was checked is the one dialled', async () => {
    let lookUps = 0;
    const resolveHost = (): Promise<string[]> => {
      lookUps += 1;
      return Promise.resolve([lookUps === 1 ? '127.0.0.1' : '10.0.0.1']);
    };
    const origin = await startServer((_request, response) => response.end('ours'));
    const answer = await createClient({ resolveHost }).get(
      origin.replace('127.0.0.1', 'rebinding.test'),
      BOUNDS,
    );
    expect(answer.body.toString()).toBe('ours');
    expect(lookUps).toBe(1);
  });

  it('is dialled at its next address when the first does not answer', async () => {
    const origin = await startServer((_request, response) => response.end('second'));
    const client = createClient({ resolveHost: resolvesTo('127.0.0.2', '127.0.0.1') });
    const answer = await client.get(origin.replace('127.0.0.1', 'two.test'), BOUNDS);
    expect(answer.body.toString()).toBe('second');
  });
});

describe('plain http', () => {
  it('is refused where loopback is not allowed', async () => {
    const client = createClient({ allowLoopback: false });
    await expectRefused(client.get('http://127.0.0.1', BOUNDS), 'forbidden-url');
  });

  it('is refused to a public address where loopback is allowed', async () => {
    const client = createClient({ resolveHost: resolvesTo('8.8.8.8') });
    await expectRefused(client.get('http://name.test', BOUNDS), 'forbidden-address');
  });
});

describe('a URL', () => {
  it.each([
    'https://user@localhost/',
    'https://user:password@localhost/',
    'https://:password@localhost/',
    'ftp://localhost/',
    'file:///etc/passwd',
    'data:text/plain,x',
    'javascript:alert(1)',
    'ws://localhost/',
    '//localhost/',
    '/path',
    '',
    'https://',
    'https://localhost:99999/',
    'https://local host/',
    'https://localhost/a\nb',
    'https://localhost/a\tb',
    'https://localhost/é',
    ` https://localhost/`,
    `https://localhost/${'x'.repeat(2_048)}`,
  ])('is refused as %j', async (url) => {
    await expectRefused(createClient().get(url, BOUNDS), 'forbidden-url');
  });
});

describe('TLS', () => {
  it('is spoken with a host whose certificate is trusted and carries its name', async () => {
    const port = await startTlsServer((_request, response) => response.end('secured'));
    const client = createClient({ certificateAuthorities: LOCALHOST_CERTIFICATE });
    const answer = await client.get(`https://localhost:${port}`, BOUNDS);
    expect(answer.body.toString()).toBe('secured');
  });

  it('is refused when nobody we trust signed the certificate', async () => {
    const port = await startTlsServer((_request, response) => response.end());
    await expectRefused(createClient().get(`https://localhost:${port}`, BOUNDS), 'tls');
  });

  it.each(['127.0.0.1', 'another.test'])('is refused when the certificate is not for %s', async (host) => {
    const port = await startTlsServer((_request, response) => response.end());
    const client = createClient({
      certificateAuthorities: LOCALHOST_CERTIFICATE,
      resolveHost: resolvesTo('127.0.0.1'),
    });
    await expectRefused(client.get(`https://${host}:${port}`, BOUNDS), 'tls');
  });

  it('is refused when the other side does not speak it', async () => {
    const origin = await startServer((_request, response) => response.end());
    await expectRefused(createClient().get(origin.replace('http:', 'https:'), BOUNDS), 'tls');
  });

  it('is a timeout when the handshake hangs', async () => {
    const port = await listen(net.createServer((socket) => socket.on('error', () => undefined).resume()));
    const asking = createClient().get(`https://127.0.0.1:${port}`, { ...BOUNDS, timeoutMs: 100 });
    await expectTimeoutSoon(asking);
  });
});

describe('connections', () => {
  it('that others occupy do not hold a request for longer than its limit', async () => {
    const origin = await startServer(() => undefined);
    const client = createClient();
    const ask = (): Promise<unknown> => client.get(origin, { ...BOUNDS, timeoutMs: 2_500 });
    const occupied = Promise.allSettled([ask(), ask(), ask(), ask()]);
    await expectTimeoutSoon(client.get(origin, { ...BOUNDS, timeoutMs: 100 }));
    await client.close();
    await occupied;
  });

  it('to one host are at most four at a time', async () => {
    let [now, most] = [0, 0];
    const origin = await startServer((_request, response) => {
      now += 1;
      most = Math.max(most, now);
      setTimeout(() => {
        now -= 1;
        response.end();
      }, 30);
    });
    const client = createClient();
    await Promise.all(Array.from({ length: 12 }, () => client.get(origin, BOUNDS)));
    expect(most).toBe(4);
  });

  it('are gone after close', async () => {
    const origin = await startServer((_request, response) => response.end());
    const client = createOutboundHttp({ allowLoopback: true });
    await client.get(origin, BOUNDS);
    await client.close();
    await expectRefused(client.get(origin, BOUNDS), 'network');
  });
});
