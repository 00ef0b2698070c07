import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Answer, ApiClient } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectStatus, putDossier, registerOrganisation, type Organisation } from '../support/network.js';
import { runs } from '../support/properties.js';
import {
  approveAs,
  ask,
  foundSharing,
  OFFICERS,
  readData,
  releasedIn,
  SHARED_DOSSIER,
  withdraw,
} from '../support/sharing.js';

/**
 * The running service, driven by sequences of what people may do. The test keeps books of its own, of what was answered, and after every step
 * each partner tries to read under every grant.
 */

const DAY = 86_400;
const FIELDS = [
  '/officers',
  '/officers/0/fullName',
  '/officers/1/role',
  '/capacity',
  '/legalIdentity/legalName',
];
const DELEGATES = 3;

let t: TestApp;
beforeAll(async () => {
  t = await startApp();
});
afterAll(() => t.close());

/** Who stays signed in, however far the clock goes. */
interface Person {
  readonly email: string;
  readonly password: string;
  readonly memberId?: string;
  api: ApiClient;
}

interface Request {
  readonly id: string;
  readonly partner: number;
  readonly fields: readonly string[];
  readonly needed: number;
  readonly expiresAt: Date;
  isOpen: boolean;
  /** Who has approved what stands there now, as a delegate ever since. */
  yes: Set<number>;
}

interface Grant {
  readonly id: string;
  readonly partner: number;
  readonly fields: readonly string[];
  readonly expiresAt: Date;
  readonly dossier: typeof SHARED_DOSSIER;
  isEnded: boolean;
}

class World {
  readonly requests: Request[] = [];
  readonly grants: Grant[] = [];
  readonly delegates = new Set<number>([0, 1, 2]);
  version = 1;
  dossier = SHARED_DOSSIER;

  constructor(
    readonly coop: Organisation & Person,
    readonly people: readonly Person[],
    readonly partners: readonly (Organisation & Person)[],
  ) {}

  async signIn(): Promise<void> {
    for (const person of [this.coop, ...this.people, ...this.partners]) {
      const { email, password } = person;
      const { body } = expectStatus(await t.api.post('/v1/sessions', { email, password }), 201);
      person.api = t.api.as(body.accessToken);
    }
  }
}

type Step = (world: World) => Promise<void>;
const index = fc.nat({ max: 3 });
const person = fc.nat({ max: DELEGATES - 1 });
const partner = fc.nat({ max: 1 });

const anyStep: fc.Arbitrary<{ name: string; run: Step }> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .record({ by: partner, fields: fc.subarray(FIELDS, { minLength: 1, maxLength: 2 }) })
      .map(({ by, fields }) => ({
        name: `ask ${by} ${fields.join()}`,
        run: (world: World) => askAs(world, by, fields),
      })),
  },
  {
    weight: 9,
    arbitrary: fc
      .tuple(person, index)
      .map(([by, at]) => ({ name: `approve ${by} ${at}`, run: (world: World) => approve(world, by, at) })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(person, index).map(([by, at]) => ({
      name: `refuse ${by} ${at}`,
      run: (world: World) =>
        settle(world, at, ({ id }) =>
          world.people[by]!.api.post(`/v1/access-requests/${id}/refuse`, { reason: 'No' }),
        ),
    })),
  },
  {
    weight: 1,
    arbitrary: index.map((at) => ({
      name: `take back ${at}`,
      run: (world: World) =>
        settle(world, at, ({ id, partner: by }) =>
          world.partners[by]!.api.post(`/v1/access-requests/${id}/withdraw`, {}),
        ),
    })),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(index, fc.boolean()).map(([at, byCoop]) => ({
      name: `end ${at} ${byCoop ? 'by the co-op' : 'by the partner'}`,
      run: async (world: World) => {
        const grant = world.grants.at(-1 - at);
        if (!grant) return;
        const by = byCoop ? world.coop : world.partners[grant.partner]!;
        expectStatus(await withdraw(by, grant.id), 200);
        grant.isEnded = true;
      },
    })),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 60 }).map((days) => ({
      name: `wait ${days} days`,
      run: async (world: World) => {
        t.clock.advance(days * DAY);
        await world.signIn();
      },
    })),
  },
  {
    weight: 2,
    arbitrary: person.map((who) => ({ name: `role ${who}`, run: (world: World) => turn(world, who) })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('Zoe New', 'Yan New').map((name) => ({
      name: `save ${name}`,
      run: (world: World) => save(world, name),
    })),
  },
);

async function askAs(world: World, by: number, fields: readonly string[]): Promise<void> {
  const answer = await ask(world.partners[by]!, world.coop, { fields, grantFor: 'P20D' });
  if (answer.status !== 201) {
    expect([409, 429]).toContain(answer.status);
    return;
  }
  const isPersonal = fields.some((field) => field.startsWith('/officers'));
  world.requests.push({
    id: answer.body.id,
    partner: by,
    fields,
    needed: isPersonal && world.delegates.size >= 2 ? 2 : 1,
    expiresAt: new Date(answer.body.expiresAt),
    isOpen: true,
    yes: new Set(),
  });
}

async function approve(world: World, by: number, at: number): Promise<void> {
  const request = world.requests.at(-1 - at);
  if (!request) return;
  const answer = await approveAs(world.people[by]!, request.id);
  const isOpen = request.isOpen && t.clock.now() < request.expiresAt;
  const maySay = world.delegates.has(by) && isOpen && !request.yes.has(by);
  expect(answer.status === 201, 'who may approve').toBe(maySay);
  if (!maySay) return;
  request.yes.add(by);
  const isGranted = request.yes.size >= request.needed;
  expect(answer.body.state).toBe(isGranted ? 'granted' : 'open');
  if (!isGranted) return;
  request.isOpen = false;
  const { partner: to, fields } = request;
  const expiresAt = new Date(t.clock.now().getTime() + 20 * DAY * 1000);
  world.grants.push({
    id: answer.body.grantId,
    partner: to,
    fields,
    expiresAt,
    dossier: world.dossier,
    isEnded: false,
  });
}

async function settle(world: World, at: number, act: (request: Request) => Promise<Answer>): Promise<void> {
  const request = world.requests.at(-1 - at);
  if (!request) return;
  const { status } = await act(request);
  if (status === 200) request.isOpen = false;
  else expect([403, 409]).toContain(status);
}

/** From delegate to viewer, or back. */
async function turn(world: World, who: number): Promise<void> {
  const isOne = world.delegates.has(who);
  const path = `/v1/organisations/${world.coop.id}/members/${world.people[who]!.memberId}`;
  expectStatus(await world.coop.api.patch(path, { role: isOne ? 'viewer' : 'delegate' }), 200);
  if (!isOne) return void world.delegates.add(who);
  world.delegates.delete(who);
  for (const request of world.requests) request.yes.delete(who);
}

/** Another name for the first officer. */
async function save(world: World, fullName: string): Promise<void> {
  const [first, second] = OFFICERS;
  const before = world.dossier.officers[0]!.fullName;
  world.dossier = { ...SHARED_DOSSIER, officers: [{ ...first!, fullName }, second!] };
  await putDossier(world.coop, world.dossier, `"${world.version}"`);
  world.version += 1;
  if (before === fullName) return;
  for (const request of world.requests)
    if (request.fields.some((field) => ['/officers', '/officers/0/fullName'].includes(field)))
      request.yes.clear();
}

async function readAll(world: World): Promise<void> {
  for (const grant of world.grants) {
    for (const [number, reader] of world.partners.entries()) {
      const answer = await readData(reader, grant.id);
      const isLive = !grant.isEnded && t.clock.now() < grant.expiresAt;
      expect(answer.status).toBe(number !== grant.partner ? 404 : isLive ? 200 : 410);
      if (answer.status !== 200) continue;
      for (const [pointer, value] of Object.entries(releasedIn(answer))) {
        expect(grant.fields.some((field) => pointer === field || pointer.startsWith(`${field}/`))).toBe(true);
        if (pointer === '/officers/0/fullName') expect(value).toBe(grant.dossier.officers[0]!.fullName);
      }
    }
  }
}

test('no sequence of steps releases a field outside a live grant', { timeout: 600_000 }, async () => {
  let granted = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 12, maxLength: 30 }), async (sequence) => {
      const { coop, partner: first, delegates } = await foundSharing(t, DELEGATES);
      const second = await registerOrganisation(t.api, 'Second Partner');
      const people = delegates.map(({ id, email, password, api }) => ({
        memberId: id,
        email,
        password,
        api,
      }));
      const world = new World({ ...coop }, people, [{ ...first }, { ...second }]);
      for (const { run } of sequence) {
        await run(world);
        await readAll(world);
      }
      granted += world.grants.length;
    }),
    { ...runs(8), seed: 7 },
  );
  expect(granted, 'or nothing was tried').toBeGreaterThan(5);
});
