import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { onPostgres } from '../support/database.js';
import {
  apply,
  dossierNumbered,
  expectStatus,
  foundNetwork,
  IDENTITY_FIELDS,
  putDossier,
  recordChecks,
  registerOrganisation,
  type Organisation,
  type Registered,
} from '../support/network.js';
import { joinAs, refusalOf } from '../support/people.js';

/** Who acts for the co-op, while everything happens at once. */
describe.skipIf(!onPostgres)('at the same moment', () => {
  let t: TestApp;
  let network: Registered;
  beforeAll(async () => {
    t = await startApp();
    network = await foundNetwork(t);
  });
  afterAll(() => t.close());

  let numbers = 0;
  async function open(): Promise<{ coop: Organisation; id: string; url: string }> {
    const coop = await registerOrganisation(t.api, 'Racing Co-op');
    await putDossier(coop, dossierNumbered(`RACE${(numbers += 1)}`));
    const id = await apply(coop, network.registrar);
    return { coop, id, url: `/v1/applications/${id}/representation` };
  }
  const letterOf = async (url: string) =>
    expectStatus(await network.registrar.api.post(`${url}/letter`, { register: 'Register' }), 201).body.code;

  test('many guesses are no more than one after the other', async () => {
    const { coop, url } = await open();
    await letterOf(url);
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => coop.api.post(`${url}/code`, { code: 'AAAA-AAAA-AAAA' })),
    );
    const refusals = answers.map(refusalOf).sort();
    expect(refusals.filter((text) => text === '400 representation/code-wrong')).toHaveLength(3);
    expect(refusals.filter((text) => text === '429 representation/throttled')).toHaveLength(9);
  });

  test('a code entered twice shows it once', async () => {
    const { coop, id, url } = await open();
    const code = await letterOf(url);
    const answers = await Promise.all([1, 2].map(() => coop.api.post(`${url}/code`, { code })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const { body } = await network.registrar.api.get(`/v1/applications/${id}`);
    expect(body.checks).toHaveLength(1);
  });

  test('a removal and an approval: what is approved stood, and what lapsed is on record', async () => {
    for (let round = 0; round < 8; round += 1) {
      const { coop, id } = await open();
      await recordChecks(network.registrar, id, IDENTITY_FIELDS);
      const second = await joinAs(t, coop, 'admin');
      const members = `/v1/organisations/${coop.id}/members`;
      const [first] = (await coop.api.get(members)).body.items;
      const [removed, decided] = await Promise.all([
        second.api.delete(`${members}/${first.id}`),
        network.registrar.api.post(`/v1/applications/${id}/decision`, { outcome: 'approved' }),
      ]);
      expect(removed.status).toBe(204);
      expect([200, 409]).toContain(decided.status);
      if (decided.status === 409) expect(refusalOf(decided)).toBe('409 applications/checks-missing');
      const { standing } = (await second.api.get(`/v1/applications/${id}/representation`)).body;
      expect(standing).toMatchObject({ status: 'lapsed', reason: 'left' });
    }
  });

  test('a removal and a check: nobody stays bound who is not there any more', async () => {
    for (let round = 0; round < 8; round += 1) {
      const { coop, id, url } = await open();
      const second = await joinAs(t, coop, 'admin');
      const members = `/v1/organisations/${coop.id}/members`;
      const [first] = (await coop.api.get(members)).body.items;
      const call = { register: 'Register', contact: '1', result: 'confirmed' };
      const [removed, checked] = await Promise.all([
        second.api.delete(`${members}/${first.id}`),
        network.registrar.api.post(`${url}/callback`, call),
      ]);
      expect([removed.status, checked.status]).toEqual([204, 201]);
      const rows = await t.connection.db
        .selectFrom('representations')
        .select(['lapse_reason', 'membership_id'])
        .where('application_id', '=', id as never)
        .execute();
      expect(rows).toEqual([{ lapse_reason: 'left', membership_id: first.id }]);
    }
  });
});
