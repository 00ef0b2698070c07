import { once } from 'node:events';
import http from 'node:http';
import type { IncomingMessage, RequestListener } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createOutboundHttp,
  type OutboundHttp,
  type OutboundHttpConfig,
} from '../../src/adapters/outboundHttp.js';
import { LOCALHOST_CERTIFICATE, LOCALHOST_PRIVATE_KEY } from '../support/localhostCertificate.js';
import { asciiUrl, TRICK_HOSTS } from '../support/trickHosts.js';

/** Sending to addresses that somebody else chose. */
const MESSAGE = { headers: { 'content-type': 'application/json' }, body: '{"a":1}', timeoutMs: 2_000 };
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
    (server as Partial<http.Server>).closeAllConnections?.();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const startServer = async (listener: RequestListener): Promise<string> =>
  `http://127.0.0.1:${await listen(http.createServer(listener))}`;

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

describe('a message', () => {
  it('arrives as it was given, with its path and query, and says of us nothing but the name', async () => {
    let seen: object = {};
    const origin = await startServer((request, response) => {
      const { method, url, headers } = request;
      void readAll(request).then((body) => {
        seen = { method, url, body, headers: { ...headers, host: undefined, connection: undefined } };
        response.setHeader('set-cookie', 'id=1').writeHead(202).end('thanks');
      });
    });
    const client = createClient();
    for (let time = 0; time < 2; time += 1)
      expect(await client.post(`${origin}/hook?a=b#c`, MESSAGE)).toEqual({ status: 202 });
    const headers = {
      'content-type': 'application/json',
      'content-length': '7',
      'user-agent': 'coop-passport',
      host: undefined,
      connection: undefined,
    };
    expect(seen).toEqual({ method: 'POST', url: '/hook?a=b', body: '{"a":1}', headers });
  });

  it.each([200, 204, 400, 410, 500, 503])('is answered with %i, whatever that means', async (status) => {
    const origin = await startServer((_request, response) => response.writeHead(status).end());
    expect(await createClient().post(origin, MESSAGE)).toEqual({ status });
  });

  it.each([301, 302, 303, 307, 308])('does not follow a redirect (%i)', async (status) => {
    const paths: unknown[] = [];
    const origin = await startServer((request, response) => {
      paths.push(request.url);
      response.writeHead(status, { location: 'http://169.254.169.254/latest/meta-data' }).end();
    });
    expect(await createClient().post(`${origin}/start`, MESSAGE)).toEqual({ status });
    expect(paths).toEqual(['/start']);
  });
});

describe('an answer that is none', () => {
  const soon = { ...MESSAGE, timeoutMs: 150 };

  it('never comes: a timeout', async () => {
    const origin = await startServer(() => undefined);
    expect(await createClient().post(origin, soon)).toEqual({ problem: 'timeout' });
  });

  it('is hung up on: a problem of the network', async () => {
    const origin = await startServer((request) => request.socket.destroy());
    expect(await createClient().post(origin, MESSAGE)).toEqual({ problem: 'network' });
  });

  it('never ends: its status counts, and it is not read on', async () => {
    let sent = 0;
    const origin = await startServer((_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(10_000))) sent += 10_000;
      };
      response.on('drain', more);
      more();
    });
    expect(await createClient().post(origin, MESSAGE)).toEqual({ status: 200 });
    expect(sent).toBeLessThan(20_000_000);
  });

  it('comes from nobody whose certificate can be trusted: refused', async () => {
    const options = { key: LOCALHOST_PRIVATE_KEY, cert: LOCALHOST_CERTIFICATE };
    const port = await listen(https.createServer(options, (_request, response) => response.end()));
    expect(await createClient().post(`https://localhost:${port}`, MESSAGE)).toEqual({ problem: 'tls' });
    const trusting = createClient({ certificateAuthorities: LOCALHOST_CERTIFICATE });
    expect(await trusting.post(`https://localhost:${port}`, MESSAGE)).toEqual({ status: 200 });
  });

  it('comes from nobody at all: a problem of the network', async () => {
    const server = net.createServer();
    const port = await listen(server);
    server.close();
    expect(await createClient().post(`http://127.0.0.1:${port}`, MESSAGE)).toEqual({ problem: 'network' });
  });
});

describe('an address that is not public', () => {
  it.each(TRICK_HOSTS)('is not sent to as https://%s, and is refused beforehand', async (host) => {
    const client = createClient({ allowLoopback: false });
    const url = asciiUrl(`https://${host}/`);
    expect(client.mayAsk(url)).toBe(false);
    expect(await client.post(url, MESSAGE)).toEqual({ problem: 'forbidden-address' });
  });

  it.each([
    '10.0.0.1',
    '169.254.169.254',
    '[fd00:ec2::254]',
    '[fe80::1]',
    '100.100.100.200',
    '[::ffff:10.0.0.1]',
  ])('is not sent to as https://%s also where loopback is allowed', async (host) => {
    const client = createClient();
    expect(client.mayAsk(`https://${host}/`)).toBe(false);
    expect(await client.post(`https://${host}/`, MESSAGE)).toEqual({ problem: 'forbidden-address' });
  });

  it.each([
    '127.0.0.1',
    '::1',
    '10.0.0.1',
    '169.254.169.254',
    'fe80::1%eth0',
    '::ffff:192.168.0.1',
    'nonsense',
  ])('is not sent to where a name leads to %s', async (address) => {
    const client = createClient({ allowLoopback: false, resolveHost: () => Promise.resolve([address]) });
    expect(client.mayAsk('https://name.test/')).toBe(true);
    expect(await client.post('https://name.test/', MESSAGE)).toEqual({ problem: 'forbidden-address' });
  });

  it('is not sent to once a name leads there, though it led elsewhere before', async () => {
    let address = '127.0.0.1';
    let requests = 0;
    const client = createClient({ resolveHost: () => Promise.resolve([address]) });
    // Closes each time, so that the next one has to be dialled.
    const origin = await startServer((_request, response) => {
      requests += 1;
      response.setHeader('connection', 'close').end();
    });
    const url = origin.replace('127.0.0.1', 'rebinding.test');
    expect(await client.post(url, MESSAGE)).toEqual({ status: 200 });
    for (address of ['169.254.169.254', '10.0.0.1', '::ffff:10.0.0.1'])
      expect(await client.post(url, MESSAGE)).toEqual({ problem: 'forbidden-address' });
    expect(requests).toBe(1);
  });
});

describe('a URL', () => {
  it.each([
    'https://user:password@hooks.test/',
    'ftp://hooks.test/',
    'file:///etc/passwd',
    '//hooks.test/',
    'https://',
    'https://hooks.test/a\nb',
    `https://hooks.test/${'x'.repeat(2_048)}`,
  ])('is refused as %j', async (url) => {
    const client = createClient();
    expect(client.mayAsk(url)).toBe(false);
    expect(await client.post(url, MESSAGE)).toEqual({ problem: 'forbidden-url' });
  });

  it('without TLS is refused but on this machine, where that is configured', async () => {
    const strict = createClient({ allowLoopback: false });
    expect(strict.mayAsk('http://hooks.test/')).toBe(false);
    expect(await strict.post('http://hooks.test/', MESSAGE)).toEqual({ problem: 'forbidden-url' });
    const lenient = createClient({ resolveHost: () => Promise.resolve(['8.8.8.8']) });
    expect(await lenient.post('http://hooks.test/', MESSAGE)).toEqual({ problem: 'forbidden-address' });
    for (const host of ['localhost', 'a.localhost', 'localhost.']) {
      expect(strict.mayAsk(`https://${host}/`), host).toBe(false);
      expect(lenient.mayAsk(`http://${host}/`), host).toBe(true);
    }
  });
});
