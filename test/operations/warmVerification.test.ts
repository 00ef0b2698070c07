import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import {
  dossierNumbered,
  expectStatus,
  foundNetwork,
  issueLegalIdentity,
  registerOrganisation,
  type Registered,
} from '../support/network.js';

describe('an anonymous verification', () => {
  let t: TestApp;
  let network: Registered;
  let issued: { credentialId: string; token: string };
  let queries = 0;

  beforeAll(async () => {
    t = await startApp({ onQuery: () => void (queries += 1) });
    network = await foundNetwork(t);
    issued = await issueLegalIdentity(network.coop, network.registrar);
  });
  afterAll(() => t.close());
  beforeEach(() => verify());

  async function verify(token = issued.token, verdict = 'accepted'): Promise<void> {
    const { body } = expectStatus(await t.api.post('/v1/verifications', { credential: token }), 200);
    expect(body.verdict).toBe(verdict);
  }

  /** The statements that something took. */
  async function queriesOf(act: () => Promise<unknown>): Promise<number> {
    const before = queries;
    await act();
    return queries - before;
  }

  const change = async (action: string) => {
    const url = `/v1/credentials/${issued.credentialId}/${action}`;
    expectStatus(await network.registrar.api.post(url, { reason: 'a reason' }), 200);
  };

  it('asks the database nothing once it is warm', async () => {
    for (let n = 0; n < 3; n += 1) expect(await queriesOf(verify)).toBe(0);
  });

  it('nor after another credential was issued', async () => {
    const coop = await registerOrganisation(t.api, 'Second Housing Co-operative');
    const second = await issueLegalIdentity(coop, network.registrar, dossierNumbered('C2'));
    expect(await queriesOf(verify)).toBe(0);
    // Of the other one it needs the record of its issuance, and what is contested of it, once; list, document and accreditation are known.
    expect(await queriesOf(() => verify(second.token))).toBeLessThanOrEqual(3);
    expect(await queriesOf(() => verify(second.token))).toBe(0);
  });

  it('asks again after a change, and only once', async () => {
    await change('suspend');
    expect(await queriesOf(() => verify(issued.token, 'rejected'))).toBeGreaterThanOrEqual(0);
    expect(await queriesOf(() => verify(issued.token, 'rejected'))).toBe(0);
    await change('reinstate');
    await verify();
    expect(await queriesOf(verify)).toBe(0);
  });

  it('asks again for each kind of fact that another process has changed, and only once', async () => {
    const { db } = t.connection;
    const list = await db.selectFrom('status_lists').select('id').where('kind', '=', 'revocation').execute();
    for (const { kind, id } of [
      { kind: 'did', id: network.registrar.did },
      { kind: 'status-list', id: String(list[0]?.id) },
      { kind: 'accreditation', id: network.registrar.did },
      { kind: 'organisation', id: network.registrar.id },
      { kind: 'contest', id: issued.credentialId },
    ] as const) {
      t.app.changes.onChange({ kind, id });
      expect(await queriesOf(verify), kind).toBeGreaterThan(0);
      expect(await queriesOf(verify), kind).toBe(0);
    }
  });

  it('shares what it asks with those at the same time', async () => {
    const cold = () => {
      t.app.changes.onLost();
      t.app.changes.onRestored();
    };
    cold();
    const alone = await queriesOf(verify);
    cold();
    const together = await queriesOf(() => Promise.all(Array.from({ length: 10 }, () => verify())));
    expect(alone).toBeGreaterThan(0);
    expect(together).toBe(alone);
  });

  it('asks each time while the changes of other processes are not heard', async () => {
    t.app.changes.onLost();
    const deaf = [await queriesOf(verify), await queriesOf(verify)];
    expect(deaf[0]).toBeGreaterThan(0);
    expect(deaf[1]).toBe(deaf[0]);
    t.app.changes.onRestored();
    await verify();
    expect(await queriesOf(verify)).toBe(0);
  });

  it('notices what is over by the clock alone', async () => {
    t.clock.advance(61);
    expect(await queriesOf(verify)).toBeGreaterThan(0);
    expect(await queriesOf(verify)).toBe(0);
  });
});
