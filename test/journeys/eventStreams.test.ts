import { Agent, fetch, type Response } from 'undici';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import {
  expectStatus,
  foundNetwork,
  issueLegalIdentity,
  rely,
  type Organisation,
  type Registered,
} from '../support/network.js';
import { createMachine, joinAs } from '../support/people.js';

let t: TestApp;
let network: Registered;
let credentialId: string;
let origin: string;
let isSuspended = false;
const open: Reader[] = [];
/** Opens a connection anew where one was left, which nobody uses and a server waits for. */
const agent = new Agent();

beforeAll(async () => {
  t = await startApp();
  network = await foundNetwork(t);
  const issued = await issueLegalIdentity(network.coop, network.registrar);
  ({ credentialId } = issued);
  await rely(network.partner, issued.token);
  await change();
  await change();
  origin = await t.app.server.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(async () => {
  for (const reader of open.splice(0)) await reader.leave();
});
afterAll(async () => {
  await agent.destroy();
  await t.close();
});

/** Suspends or reinstates: something new to tell, which is of this type. */
async function change(): Promise<string> {
  const [action, type] = isSuspended ? ['reinstate', 'reinstated'] : ['suspend', 'suspended'];
  isSuspended = !isSuspended;
  const url = `/v1/credentials/${credentialId}/${action}`;
  expectStatus(await network.registrar.api.post(url, { reason: 'A reason' }), 200);
  return `credential.${type}`;
}

interface Frame {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

interface Reader {
  readonly answer: Response;
  /** The next event; `undefined` once the stream has ended. */
  next(): Promise<Frame | undefined>;
  leave(): Promise<void>;
}

async function signIn({ email, password }: Pick<Organisation, 'email' | 'password'>): Promise<string> {
  return expectStatus(await t.api.post('/v1/sessions', { email, password }), 201).body.accessToken;
}

async function listen(token: string, headers: Record<string, string> = {}, query = ''): Promise<Reader> {
  const leaving = new AbortController();
  const answer = await fetch(`${origin}/v1/events${query}`, {
    headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream', ...headers },
    signal: leaving.signal,
    dispatcher: agent,
  });
  const chunks = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const reader: Reader = {
    answer,
    async next() {
      for (;;) {
        const end = text.indexOf('\n\n');
        if (end < 0) {
          const { done, value } = await chunks.read();
          if (done) return undefined;
          text += value;
          continue;
        }
        const fields = text
          .slice(0, end)
          .split('\n')
          .map((line) => /^(\w*): ?(.*)$/.exec(line) ?? []);
        text = text.slice(end + 2);
        const frame = Object.fromEntries(fields.map(([, name, value]) => [name, value]));
        if (frame['data'] !== undefined) return frame;
      }
    },
    async leave() {
      leaving.abort();
      await chunks.cancel().catch(() => undefined);
    },
  };
  open.push(reader);
  return reader;
}

describe('a stream of events', () => {
  test('brings what there is and then what happens, each as it stands in the list', async () => {
    const { headers, status } = (await listen(await signIn(network.partner))).answer;
    expect([status, headers.get('content-type'), headers.get('cache-control')]).toEqual([
      200,
      'text/event-stream',
      'private, no-store',
    ]);
    const reader = open[0]!;
    const frames = [await reader.next(), await reader.next()];
    const happening = await change();
    frames.push(await reader.next());
    expect(frames.map((frame) => frame?.event)).toEqual([
      'credential.suspended',
      'credential.reinstated',
      happening,
    ]);
    const { items } = expectStatus(await network.partner.api.get('/v1/events'), 200).body;
    expect(frames.map((frame) => JSON.parse(frame!.data))).toEqual(items);
    expect(frames.map((frame) => frame!.id)).toEqual(items.map(({ id }: { id: string }) => id));
  });

  test('goes on behind what its reader has seen', async () => {
    const token = await signIn(network.partner);
    await change();
    const { items } = expectStatus(await network.partner.api.get('/v1/events?limit=100'), 200).body;
    const [seen, expected] = items.slice(-2);
    for (const reader of [
      await listen(token, { 'last-event-id': seen.id }),
      await listen(token, {}, `?after=${seen.id}`),
      await listen(token, { 'last-event-id': seen.id }, `?after=${items[0].id}`),
    ])
      expect((await reader.next())?.id).toBe(expected.id);
  });

  test.each([
    ['no id', 400, 'request/invalid'],
    [crypto.randomUUID(), 410, 'events/cursor-unknown'],
  ])('does not begin behind %s', async (id, status, code) => {
    const { answer } = await listen(await signIn(network.partner), { 'last-event-id': id });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      status,
      expect.stringContaining('application/problem+json'),
    ]);
    expect(await fetchCode(id)).toBe(code);
  });

  async function fetchCode(id: string): Promise<string> {
    const headers = { accept: 'text/event-stream', 'last-event-id': id };
    return (await network.partner.api.get('/v1/events', headers)).body.code;
  }

  test('shows nothing of others', async () => {
    const stranger = await listen(await signIn(network.registrar));
    const reader = await listen(await signIn(network.partner));
    await change();
    expect(await reader.next()).toBeDefined();
    const answer = await network.registrar.api.get('/v1/events');
    expect(answer.body).toEqual({ items: [] });
    const next = stranger.next();
    await stranger.leave();
    expect(await next).toBeUndefined();
  });

  test.each<[string, () => Promise<{ token: string; end: () => Promise<unknown> }>]>([
    [
      'a member who signs out',
      async () => {
        const token = await signIn(await joinAs(t, network.partner, 'viewer'));
        return { token, end: () => t.api.as(token).delete('/v1/sessions/current') };
      },
    ],
    [
      'a member who is removed',
      async () => {
        const colleague = await joinAs(t, network.partner, 'viewer');
        const members = `/v1/organisations/${network.partner.id}/members`;
        const token = await signIn(colleague);
        return { token, end: () => network.partner.api.delete(`${members}/${colleague.id}`) };
      },
    ],
    [
      'whose access token is over',
      async () => {
        const token = await signIn(network.partner);
        const again = async () => {
          t.clock.advance(901);
          const registrar = t.api.as(await signIn(network.registrar));
          const partner = t.api.as(await signIn(network.partner));
          network = {
            ...network,
            registrar: { ...network.registrar, api: registrar },
            partner: { ...network.partner, api: partner },
          };
        };
        return { token, end: again };
      },
    ],
  ])('ends for %s, before anything more is told', async (_name, prepare) => {
    const { items } = expectStatus(await network.partner.api.get('/v1/events?limit=100'), 200).body;
    const { token, end } = await prepare();
    const reader = await listen(token, { 'last-event-id': items.at(-1).id });
    await change();
    expect(await reader.next()).toBeDefined();
    await end();
    await change();
    expect(await reader.next()).toBeUndefined();
  });

  test('ends without news too, within moments', async () => {
    const colleague = await joinAs(t, network.partner, 'viewer');
    const token = await signIn(colleague);
    const { items } = expectStatus(await network.partner.api.get('/v1/events?limit=100'), 200).body;
    const reader = await listen(token, { 'last-event-id': items.at(-1).id });
    expectStatus(await t.api.as(token).delete('/v1/sessions/current'), 204);
    expect(await reader.next()).toBeUndefined();
  });

  test('is for whoever may read what is shared', async () => {
    const url = '/v1/events';
    const accept = { accept: 'text/event-stream' };
    expect((await t.api.get(url, accept)).status).toBe(401);
    const machine = await createMachine(t, network.partner, ['verify']);
    expect((await machine.get(url, accept)).status).toBe(403);
    expect((await network.partner.api.get(url, { accept: 'text/html' })).status).toBe(406);
  });

  test('is one of five that an organisation has, and leaves its place to the next', async () => {
    const token = await signIn(network.partner);
    const readers = [];
    for (let count = 0; count < 5; count += 1) readers.push(await listen(token));
    const sixth = await listen(token);
    expect([sixth.answer.status, sixth.answer.headers.get('retry-after')]).toEqual([429, '30']);
    expect((await listen(await signIn(network.coop))).answer.status).toBe(200);
    await readers[0]!.leave();
    for (;;) {
      const next = await listen(token);
      if (next.answer.status === 200) break;
      expect(next.answer.status).toBe(429);
    }
  });
});

test('the service closes with streams open', async () => {
  const other = await startApp();
  const { partner } = await foundNetwork(other);
  const address = await other.app.server.listen({ port: 0, host: '127.0.0.1' });
  const { email, password } = partner;
  const session = expectStatus(await other.api.post('/v1/sessions', { email, password }), 201).body;
  const answer = await fetch(`${address}/v1/events`, {
    headers: { authorization: `Bearer ${session.accessToken}`, accept: 'text/event-stream' },
    dispatcher: agent,
  });
  expect(answer.status).toBe(200);
  await other.close();
  expect(await answer.text()).toMatch(/^retry: 3000\n\n/);
});
