import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onPostgres } from '../support/database.js';
import { expectStatus, putDossier, type Organisation } from '../support/network.js';
import { joinAs, refusalOf, type Colleague } from '../support/people.js';
import {
  approveAs,
  ask,
  asked,
  foundSharing,
  granted,
  OFFICERS,
  readData,
  releasedIn,
  SHARED_DOSSIER,
  withdraw,
  type SharingNetwork,
} from '../support/sharing.js';
import { startPair, type ProcessPair } from '../support/twoProcesses.js';

/** Sharing while everything happens at once, in two processes on one database. */
describe.skipIf(!onPostgres)('at the same moment', { timeout: 120_000 }, () => {
  let pair: ProcessPair;
  let network: SharingNetwork;

  beforeAll(async () => {
    pair = await startPair();
    network = await foundSharing(pair.one, 3);
  });
  afterAll(() => pair.close());

  /** The same session, at the other process. */
  const atTwo = async ({ email, password }: Pick<Organisation, 'email' | 'password'>) => {
    const answer = await pair.two.api.post('/v1/sessions', { email, password });
    return { api: pair.two.api.as(expectStatus(answer, 201).body.accessToken) };
  };
  let asked24 = 0;
  /** A new partner now and then: each may ask ten times a day. */
  async function refreshed(): Promise<SharingNetwork> {
    if (asked24++ % 8 === 0) network = await foundSharing(pair.one, 3);
    return network;
  }

  test('no reading succeeds that begins after a withdrawal was answered, and what was read is on record', async () => {
    for (let round = 0; round < 16; round += 1) {
      const now = await refreshed();
      const grantId = await granted(now);
      const readers = [now.partner, await atTwo(now.partner)];
      let isAnswered = false;
      const late: number[] = [];
      let succeeded = 0;
      const reading = readers.flatMap((reader) =>
        Array.from({ length: 4 }, async () => {
          for (let times = 0; times < 6; times += 1) {
            const beganAfter = isAnswered;
            const { status } = await readData(reader, grantId);
            if (status === 200) succeeded += 1;
            else expect(status).toBe(410);
            if (beganAfter) late.push(status);
          }
        }),
      );
      const ending = (async () => {
        await new Promise((resolve) => setTimeout(resolve, (round % 8) * 4));
        expectStatus(await withdraw(await atTwo(now.coop), grantId), 200);
        isAnswered = true;
      })();
      await Promise.all([...reading, ending]);
      expect(
        late.filter((status) => status === 200),
        `round ${round}`,
      ).toEqual([]);
      const { items } = (await now.coop.api.get(`/v1/grants/${grantId}/accesses?limit=100`)).body;
      expect(items, 'each reading that succeeded, and no other').toHaveLength(succeeded);
      const grant = (await now.coop.api.get(`/v1/grants/${grantId}`)).body;
      for (const { at } of items) expect(at <= grant.endedAt).toBe(true);
    }
  });

  test('a reading that is under way is on record before the withdrawal is answered', async () => {
    const own = await foundSharing(pair.one, 2);
    const grantId = await granted(own);
    const [second, reader] = [await atTwo(own.coop), own.partner];
    const paused = pair.wires.one.pauseBefore(/insert into "grant_accesses"/);
    const reading = readData(reader, grantId);
    const resume = await paused;
    let isWithdrawn = false;
    const ending = withdraw(second, grantId).then((answer) => {
      isWithdrawn = true;
      return answer;
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(isWithdrawn, 'it waits for who reads').toBe(false);
    resume();
    expectStatus(await reading, 200);
    expectStatus(await ending, 200);
    expect(refusalOf(await readData(reader, grantId))).toBe('410 grants/over');
    expect((await own.coop.api.get(`/v1/grants/${grantId}/accesses`)).body.items).toHaveLength(1);
  });

  test('who leaves an agreement waits for what is being granted by it, and ends that', async () => {
    const own = await foundSharing(pair.one, 1);
    const content = {
      title: 'An agreement',
      text: 'What members tell each other.',
      terms: {
        fields: ['legalIdentity'],
        purposes: ['dpv:CustomerSolvencyMonitoring'],
        longestRetention: 'P1Y',
        longestGrant: 'P90D',
      },
    };
    const { id } = expectStatus(await own.registrar.api.post('/v1/agreements', content), 201).body;
    const bank = await joinAs(pair.one, own.partner, 'delegate');
    const [delegate] = own.delegates as [Colleague];
    for (const { api } of [delegate, bank])
      expectStatus(await api.post(`/v1/agreements/${id}/acceptances`, { version: 1 }), 201);
    const elsewhere = await atTwo(delegate);
    const paused = pair.wires.one.pauseBefore(/insert into "grants"/);
    const asking = ask(own.partner, own.coop, { fields: ['/legalIdentity/legalName'] });
    const resume = await paused;
    let hasLeft = false;
    const leaving = elsewhere.api.post(`/v1/agreements/${id}/leave`, {}).then((answer) => {
      hasLeft = true;
      return answer;
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(hasLeft, 'it waits for who is granted something').toBe(false);
    resume();
    const { state, grantId } = expectStatus(await asking, 201).body;
    expectStatus(await leaving, 200);
    expect(state).toBe('granted');
    expect(refusalOf(await readData(own.partner, grantId))).toBe('410 grants/over');
  });

  test('approvals of all delegates make one grant', async () => {
    for (let round = 0; round < 8; round += 1) {
      const now = await refreshed();
      const id = await asked(now.partner, now.coop);
      const people = [...now.delegates, await atTwo(now.delegates[0]!)];
      const answers = await Promise.all(people.map((person) => approveAs(person, id)));
      const refused = answers.flatMap((answer) => (answer.status === 201 ? [] : [refusalOf(answer)]));
      for (const refusal of refused)
        expect(['409 access-requests/settled', '409 access-requests/already-approved']).toContain(refusal);
      const grants = await pair.database.db
        .selectFrom('grants')
        .select('id')
        .where('request_id', '=', id as never)
        .execute();
      expect(grants).toHaveLength(1);
      const { consent } = (await now.coop.api.get(`/v1/access-requests/${id}`)).body;
      expect(new Set(consent.approvals.map((one: { memberId: string }) => one.memberId)).size).toBe(2);
    }
  });

  test('an approval, a refusal and a withdrawal: one of them', async () => {
    for (let round = 0; round < 8; round += 1) {
      const now = await refreshed();
      const id = await asked(now.partner, now.coop);
      expectStatus(await approveAs(now.delegates[0]!, id), 201);
      const path = `/v1/access-requests/${id}`;
      const refuser = await atTwo(now.delegates[2]!);
      const answers = await Promise.all([
        approveAs(now.delegates[1]!, id),
        refuser.api.post(`${path}/refuse`, { reason: 'No' }),
        now.partner.api.post(`${path}/withdraw`, {}),
      ]);
      const won = answers.flatMap(({ status, body }) => (status < 300 ? [body.state] : []));
      expect(won).toHaveLength(1);
      const { state, grantId } = (await now.coop.api.get(path)).body;
      expect(won).toEqual([state]);
      expect(grantId !== undefined).toBe(state === 'granted');
    }
  });

  test('the role is taken while its holder approves: what is granted, delegates have granted', async () => {
    for (let round = 0; round < 8; round += 1) {
      const now = await foundSharing(pair.one, 2);
      const id = await asked(now.partner, now.coop);
      expectStatus(await approveAs(now.delegates[0]!, id), 201);
      const member = `/v1/organisations/${now.coop.id}/members/${now.delegates[0]!.id}`;
      const second = await atTwo(now.coop);
      const [approved, changed] = await Promise.all([
        approveAs(now.delegates[1]!, id),
        second.api.patch(member, { role: 'viewer' }),
      ]);
      expectStatus(changed, 200);
      const { state, settledAt } = expectStatus(approved, 201).body;
      const { consent } = (await now.coop.api.get(`/v1/access-requests/${id}`)).body;
      const [first] = consent.approvals;
      // The clock stands still, so which was first shows in what became of the first approval.
      expect(first.voidCause).toBe(state === 'granted' ? undefined : 'left');
      expect(settledAt !== undefined).toBe(state === 'granted');
    }
  });

  test('a new version while the last one approves: nothing is granted that nobody looked at', async () => {
    const [ada, ben] = OFFICERS;
    for (let round = 0; round < 10; round += 1) {
      const now = await foundSharing(pair.one, 2);
      const id = await asked(now.partner, now.coop);
      expectStatus(await approveAs(now.delegates[0]!, id), 201);
      const changed = { ...SHARED_DOSSIER, officers: [{ ...ada, fullName: 'Mallory New' }, ben] };
      const second = { ...now.coop, ...(await atTwo(now.coop)) };
      const [approved] = await Promise.all([
        approveAs(now.delegates[1]!, id),
        putDossier(second, changed, '"1"'),
      ]);
      const { state, grantId } = expectStatus(approved, 201).body;
      if (state !== 'granted') continue;
      const released = releasedIn(expectStatus(await readData(now.partner, grantId), 200));
      expect(released['/officers/0/fullName']).toBe('Ada Example');
    }
  });

  test('a partner that asks twenty times at once has five open requests', async () => {
    const own = await foundSharing(pair.one, 1);
    const second = { ...own.partner, ...(await atTwo(own.partner)) };
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_none, n) => ask(n % 2 ? own.partner : second, own.coop)),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
    for (const answer of answers.filter(({ status }) => status !== 201))
      expect(refusalOf(answer)).toBe('409 access-requests/too-many-open');
  });

  test('an erasure while somebody reads: afterwards nobody does', async () => {
    for (let round = 0; round < 6; round += 1) {
      const now = await foundSharing(pair.one, 2);
      const grantId = await granted(now);
      const path = `/v1/organisations/${now.coop.id}/dossier/erasure`;
      const erasing = (await atTwo(now.coop)).api.post(path, { confirm: now.coop.slug, ground: 'request' });
      const reading = Array.from({ length: 8 }, () => readData(now.partner, grantId));
      for (const answer of await Promise.all(reading)) expect([200, 410]).toContain(answer.status);
      expectStatus(await erasing, 200);
      expect(refusalOf(await readData(now.partner, grantId))).toBe('410 grants/over');
    }
  });

  test('an account is closed while its request is approved: no grant lives on', async () => {
    for (let round = 0; round < 6; round += 1) {
      const now = await foundSharing(pair.one, 2);
      const id = await asked(now.partner, now.coop);
      expectStatus(await approveAs(now.delegates[0]!, id), 201);
      const second = await atTwo(now.partner);
      const [approved, closed] = await Promise.all([
        approveAs(now.delegates[1]!, id),
        second.api.delete(`/v1/organisations/${now.partner.id}`),
      ]);
      expectStatus(closed, 204);
      expect([201, 409]).toContain(approved.status);
      const live = await pair.database.db
        .selectFrom('grants')
        .select('id')
        .where('partner_id', '=', now.partner.id as never)
        .where('ended_at', 'is', null)
        .execute();
      expect(live).toEqual([]);
    }
  });
});
