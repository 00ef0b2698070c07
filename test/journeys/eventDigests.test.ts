import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createDigests } from '../../src/features/notifications/digests/service.js';
import { newId, type OrganisationId } from '../../src/kernel/ids.js';
import type { Mail } from '../../src/kernel/ports.js';
import type { ApiClient } from '../support/api.js';
import { PUBLIC_URL, silentLogger, startApp, type TestApp } from '../support/app.js';
import { onPostgres, serviceOf } from '../support/database.js';
import {
  expectStatus,
  foundNetwork,
  issueLegalIdentity,
  registerOrganisation,
  rely,
  type Organisation,
  type Registered,
} from '../support/network.js';
import { createMachine, joinAs, refusalOf, signInAgain, type Colleague } from '../support/people.js';

const DAY = 86_400;
const mails: Mail[] = [];
/** Accounts are opened here at once, since it sends no mail; the one beside it does. */
let silent: TestApp;
let t: TestApp;
let network: Registered;
let partner: Organisation;
let credentialId: string;
let token: string;
let isSuspended = false;

beforeAll(async () => {
  silent = await startApp();
  const { connection, clock } = silent;
  t = await startApp({ connection, clock, mailer: { send: async (mail) => void mails.push(mail) } });
  network = await foundNetwork(silent);
  ({ credentialId, token } = await issueLegalIdentity(network.coop, network.registrar));
});
beforeEach(async () => {
  network = { ...network, registrar: await signInAgain(silent, network.registrar) };
  if (isSuspended) await change();
  partner = await registerOrganisation(silent.api, 'A Partner');
  await rely(partner, token);
});
afterEach(async () => {
  // So that a test is about its own partner.
  await partnerEnds();
  await runDigests();
  mails.splice(0);
});
afterAll(async () => {
  await t.close();
  await silent.close();
});

async function partnerEnds(): Promise<void> {
  partner = await signInAgain(silent, partner);
  await partner.api.delete(`/v1/organisations/${partner.id}`);
}

async function change(): Promise<void> {
  const url = `/v1/credentials/${credentialId}/${isSuspended ? 'reinstate' : 'suspend'}`;
  isSuspended = !isSuspended;
  expectStatus(await network.registrar.api.post(url, { reason: 'A reason' }), 200);
}

/** The next day, with everybody signed in again. */
async function nextDay(): Promise<void> {
  silent.clock.advance(DAY);
  partner = await signInAgain(silent, partner);
  network = { ...network, registrar: await signInAgain(silent, network.registrar) };
}

async function runDigests(app = t): Promise<void> {
  while ((await app.app.digests.mailDigests()) > 0);
  while (((await t.app.mails?.deliverDueMails()) ?? 0) > 0);
}

/** What came by mail to these, by now. */
async function mailsTo(...people: readonly { readonly email: string }[]): Promise<Mail[]> {
  await runDigests();
  return mails.filter(({ to }) => people.some(({ email }) => email === to));
}

/** As the app that sends mail answers. */
const throughMail = async ({ email, password }: Pick<Colleague, 'email' | 'password'>, of = partner) => {
  const body = { email, password, organisationId: of.id };
  return t.api.as(expectStatus(await t.api.post('/v1/sessions', body), 201).body.accessToken);
};
const choose = async (api: ApiClient, choice: string) =>
  expectStatus(await api.put('/v1/me/event-digest', { choice }), 200).body;
const countsIn = ({ text }: Mail) =>
  [...text.matchAll(/^ +(\d+) {2}([a-z_.]+): /gm)].map(([, count, type]) => `${count} ${type}`);

describe('a digest', () => {
  test('says once a day how many of which kind there were, and nothing of whom', async () => {
    for (let count = 0; count < 3; count += 1) await change();
    expect(await mailsTo(partner), 'the day is not over').toEqual([]);
    await nextDay();
    const [mail, ...others] = await mailsTo(partner);
    expect(others).toEqual([]);
    expect(mail?.subject).toBe('Coop Passport: 3 events');
    expect(countsIn(mail!)).toEqual(['1 credential.reinstated', '2 credential.suspended']);
    expect(mail?.text).toContain(`${PUBLIC_URL}/v1/events`);
    for (const secret of ['Albion', 'Ada', 'A reason', 'did:', credentialId, network.coop.id])
      expect(mail?.text).not.toContain(secret);
    await change();
    expect(await mailsTo(partner), 'one a day').toHaveLength(1);
    await nextDay();
    const [, second] = await mailsTo(partner);
    expect(countsIn(second!)).toEqual(['1 credential.reinstated']);
    await nextDay();
    expect(await mailsTo(partner), 'nothing has happened').toHaveLength(2);
  });

  test('goes to administrators and delegates, and to nobody else who has not chosen', async () => {
    const [delegate, reviewer, viewer] = [
      await joinAs(silent, partner, 'delegate'),
      await joinAs(silent, partner, 'reviewer'),
      await joinAs(silent, partner, 'viewer'),
    ];
    await change();
    await nextDay();
    const sent = await mailsTo(partner, delegate, reviewer, viewer, network.coop, network.registrar);
    expect(sent.map(({ to }) => to).sort()).toEqual([partner.email, delegate.email].sort());
  });

  test('goes to who chose it, in any role, and not to who declined it', async () => {
    const [delegate, viewer] = [
      await joinAs(silent, partner, 'delegate'),
      await joinAs(silent, partner, 'viewer'),
    ];
    const read = async (who: Colleague) =>
      expectStatus(await (await throughMail(who)).get('/v1/me/event-digest'), 200).body;
    expect(await read(delegate)).toEqual({ choice: 'automatic', isOn: true });
    expect(await read(viewer)).toEqual({ choice: 'automatic', isOn: false });
    expect(await choose(await throughMail(delegate), 'never')).toEqual({ choice: 'never', isOn: false });
    expect(await choose(await throughMail(viewer), 'daily')).toEqual({ choice: 'daily', isOn: true });
    expect(await choose(viewer.api, 'daily'), 'where no mail is sent').toMatchObject({ isOn: false });
    await change();
    await nextDay();
    expect((await mailsTo(delegate, viewer)).map(({ to }) => to)).toEqual([viewer.email]);
    // What was declined does not come later.
    await choose(await throughMail(delegate), 'automatic');
    await change();
    await nextDay();
    const [mail] = await mailsTo(delegate);
    expect(countsIn(mail!)).toEqual(['1 credential.reinstated']);
  });

  test('is not needed while a webhook works, and comes once it fails or is gone', async () => {
    const url = 'https://hooks.example/';
    const { id } = expectStatus(await partner.api.post('/v1/webhooks', { url }), 201).body;
    const read = async () => (await (await throughMail(partner)).get('/v1/me/event-digest')).body.isOn;
    expect(await read()).toBe(false);
    await change();
    await nextDay();
    expect(await mailsTo(partner)).toEqual([]);
    const failing = silent.connection.db.updateTable('webhooks').where('id', '=', id);
    await failing.set({ failing_since: silent.clock.now(), failures: 1 }).execute();
    expect(await read()).toBe(true);
    await change();
    await nextDay();
    const [mail] = await mailsTo(partner);
    expect(countsIn(mail!), 'what was delivered by then is not told again').toEqual([
      '1 credential.reinstated',
    ]);
    await failing.set({ failing_since: null, failures: 0 }).execute();
    await partner.api.patch(`/v1/webhooks/${id}`, { isEnabled: false });
    expect(await read()).toBe(true);
  });

  test('comes to no one who has left, is only relied on, or is a machine', async () => {
    const delegate = await joinAs(silent, partner, 'delegate');
    await change();
    expectStatus(await partner.api.delete(`/v1/organisations/${partner.id}/members/${delegate.id}`), 204);
    await nextDay();
    expect(await mailsTo(delegate)).toEqual([]);
    // Nobody begins to rely on what is suspended.
    await change();
    const other = await registerOrganisation(silent.api, 'Another Partner');
    await rely(other, token);
    await nextDay();
    expect(await mailsTo(network.coop), 'it is good to know, and nothing to act on').toEqual([]);
    await choose(await throughMail(network.coop, network.coop), 'daily');
    await rely(await registerOrganisation(silent.api, 'A Third Partner'), token);
    await nextDay();
    const [mail] = await mailsTo(network.coop);
    expect(countsIn(mail!)).toEqual(['1 reliance.recorded']);
    await choose(await throughMail(network.coop, network.coop), 'automatic');
    const machine = await createMachine(silent, partner, ['sharing']);
    expect(refusalOf(await machine.get('/v1/me/event-digest'))).toBe('403 auth/forbidden');
    expect(refusalOf(await machine.put('/v1/me/event-digest', { choice: 'daily' }))).toBe(
      '403 auth/forbidden',
    );
  });

  test('is one mail for all organisations of a person, of which each has a choice of its own', async () => {
    const other = await registerOrganisation(silent.api, 'Another Partner');
    await rely(other, token);
    const delegate = await joinAs(silent, partner, 'delegate');
    await joinAs(silent, other, 'delegate', delegate);
    await change();
    await nextDay();
    const [mail, ...more] = await mailsTo(delegate);
    expect(more).toEqual([]);
    expect(mail?.subject).toBe('Coop Passport: 2 events');
    for (const name of ['A Partner:', 'Another Partner:']) expect(mail?.text).toContain(name);
    await choose(await throughMail(delegate, other), 'never');
    await change();
    await nextDay();
    const [, second] = await mailsTo(delegate);
    expect(countsIn(second!)).toEqual(['1 credential.reinstated']);
    expect(second?.text).not.toContain('Another');
  });
});

describe('nothing is lost', () => {
  const countFor = async () => {
    const [mail] = await mailsTo(partner);
    return mail && countsIn(mail);
  };

  test('where the mail could not be written: it is counted with what comes the next day', async () => {
    await change();
    await nextDay();
    const { db } = serviceOf(silent.connection);
    const failing = createDigests({
      db,
      clock: silent.clock,
      logger: silentLogger,
      publicUrl: PUBLIC_URL,
      hour: 6,
      queueMail: () => Promise.reject(new Error('no more room')),
    });
    expect(await failing.mailDigests()).toBeGreaterThan(0);
    expect(await failing.mailDigests(), 'what fails does not keep it busy').toBe(0);
    expect(await countFor()).toEqual(['1 credential.suspended']);
  });

  test('of what was committed after its time', async () => {
    await change();
    await nextDay();
    expect(await countFor()).toEqual(['1 credential.suspended']);
    mails.splice(0);
    await silent.connection.db
      .insertInto('events')
      .values({
        id: newId<'event'>(),
        organisation_id: partner.id as OrganisationId,
        type: 'credential.revoked',
        at: new Date(silent.clock.now().getTime() - 2 * DAY * 1000),
        data: '{}',
      })
      .execute();
    expect(await countFor()).toBeUndefined();
    await nextDay();
    expect(await countFor()).toEqual(['1 credential.revoked']);
  });

  test.runIf(onPostgres)('nor told twice where several are at it', async () => {
    const delegates = [];
    for (let count = 0; count < 5; count += 1) delegates.push(await joinAs(silent, partner, 'delegate'));
    await change();
    await nextDay();
    const { connection, clock } = silent;
    const mailer = { send: async (mail: Mail) => void mails.push(mail) };
    const beside = await startApp({ connection, clock, mailer });
    await Promise.all([t, beside, t, beside].map((one) => one.app.digests.mailDigests()));
    await beside.close();
    expect((await mailsTo(partner, ...delegates)).map(({ to }) => to).sort()).toEqual(
      [partner, ...delegates].map(({ email }) => email).sort(),
    );
  });
});
