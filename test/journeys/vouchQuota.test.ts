import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import {
  DOSSIER,
  expectStatus,
  putDossier,
  registerOrganisation,
  type Organisation,
} from '../support/network.js';
import { refusalOf, signInAgain } from '../support/people.js';

/** How often, and how many at once, an organisation may ask others to vouch for it. */

const DAY = 86_400;
let t: TestApp;
let coop: Organisation;
let vouchers: Organisation[];

beforeAll(async () => {
  t = await startApp();
  coop = await registerOrganisation(t.api, 'Asking Co-op');
  await putDossier(coop, DOSSIER);
  vouchers = [];
  for (let n = 0; n < 5; n += 1) vouchers.push(await registerOrganisation(t.api, `Voucher ${n}`));
});
afterAll(() => t.close());

const ask = (voucher: Organisation | undefined, by = coop) =>
  by.api.post(`/v1/organisations/${by.id}/vouch-requests`, {
    voucherId: voucher?.id,
    fields: ['/legalIdentity/legalName'],
  });
const end = async (id: string) =>
  expectStatus(await coop.api.delete(`/v1/organisations/${coop.id}/vouch-requests/${id}`), 204);

describe('the same organisation', () => {
  test('is asked five times a day, whatever becomes of the requests', async () => {
    for (let n = 0; n < 5; n += 1) {
      await end(expectStatus(await ask(vouchers[0]), 201).body.id);
      t.clock.advance(60);
    }
    const refused = await ask(vouchers[0]);
    expect(refusalOf(refused)).toBe('429 vouches/asked-too-often');
    expect(refused.headers['retry-after'], 'until the first one is a day ago').toBe(String(DAY - 300));
    expectStatus(await ask(vouchers[1]), 201);
    const other = await registerOrganisation(t.api, 'Other Co-op');
    await putDossier(other, {
      ...DOSSIER,
      legalIdentity: { ...DOSSIER.legalIdentity, registrationNumber: 'O1' },
    });
    expectStatus(await ask(vouchers[0], other), 201);
  });

  test('is asked again once a day has passed', async () => {
    t.clock.advance(DAY - 301);
    coop = await signInAgain(t, coop);
    expect((await ask(vouchers[0])).headers['retry-after']).toBe('1');
    t.clock.advance(1);
    await end(expectStatus(await ask(vouchers[0]), 201).body.id);
    expect(refusalOf(await ask(vouchers[0]))).toBe('429 vouches/asked-too-often');
  });
});

describe('an organisation', () => {
  test('has twenty requests open at once, also when it asks for several at the same moment', async () => {
    const { items } = expectStatus(
      await coop.api.get(`/v1/organisations/${coop.id}/vouch-requests?limit=100`),
      200,
    ).body;
    const states = items.map(({ status }: { status: string }) => status);
    expect(states.filter((status: string) => status === 'open')).toHaveLength(1);
    // No voucher is asked more often in a day than it may be.
    for (let open = 1; open < 18;) {
      t.clock.advance(DAY);
      coop = await signInAgain(t, coop);
      for (let n = 0; open < 18 && n < 20; n += 1, open += 1)
        expectStatus(await ask(vouchers[1 + (n % 4)]), 201);
    }
    t.clock.advance(DAY);
    coop = await signInAgain(t, coop);
    const answers = await Promise.all(vouchers.slice(1).map((voucher) => ask(voucher)));
    const outcomes = answers.map((answer) => (answer.status === 201 ? '201' : refusalOf(answer))).sort();
    expect(outcomes).toEqual(['201', '201', '409 vouches/too-many-open', '409 vouches/too-many-open']);
    const granted = answers.find(({ status }) => status === 201);
    await end(granted?.body.id);
    expectStatus(await ask(vouchers[2]), 201);
    expect(refusalOf(await ask(vouchers[2]))).toBe('409 vouches/too-many-open');
  });
});
