import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiClient } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { onPostgres } from '../support/database.js';
import { copyApplication } from '../support/issuanceRecords.js';
import {
  apply,
  dossierNumbered,
  expectStatus,
  foundNetwork,
  putDossier,
  recordChecks,
  type Registered,
} from '../support/network.js';
import { joinAs, refusalOf, type Colleague } from '../support/people.js';

describe.skipIf(!onPostgres)('at a registrar’s desk, at the same moment', { timeout: 60_000 }, () => {
  let t: TestApp;
  let network: Registered;
  let reviewers: Colleague[];
  /** Submitted, with nobody’s name on it. */
  let template: string;

  beforeAll(async () => {
    t = await startApp();
    network = await foundNetwork(t);
    await putDossier(network.coop, dossierNumbered('DESK'));
    template = await apply(network.coop, network.registrar);
    reviewers = [];
    for (let n = 0; n < 20; n += 1) reviewers.push(await joinAs(t, network.registrar, 'reviewer'));
  });
  afterAll(() => t.close());

  async function copies(count: number): Promise<string[]> {
    const ids: string[] = [];
    for (let n = 0; n < count; n += 1)
      ids.push(await copyApplication(t.connection.db, template, `DESK ${count} ${n}`));
    return ids;
  }
  const together = <T>(act: (api: ApiClient, n: number) => Promise<T>) =>
    Promise.all(reviewers.map(({ api }, n) => act(api, n)));

  it('twenty reviewers ask for the next of twenty applications: each gets one, and none is given twice', async () => {
    await copies(19);
    const answers = await together((api) => api.post('/v1/applications/claims', {}));
    const claimed: string[] = answers.map((answer) => expectStatus(answer, 200).body.id);
    expect(new Set(claimed).size).toBe(20);
    expect(answers.map(({ body }) => body.assigneeId)).toEqual(reviewers.map(({ id }) => id));
    expect((await reviewers[0]!.api.post('/v1/applications/claims', {})).status).toBe(204);
  });

  it('twenty reviewers take on the same one: one has it, and the others are told who', async () => {
    const [id] = await copies(1);
    await t.connection.db
      .updateTable('applications')
      .set({ assignee_id: null })
      .where('id', '=', id as never)
      .execute();
    const answers = await together((api) => api.post(`/v1/applications/${id}/assignee`, {}));
    const winner = answers.find(({ status }) => status === 200)!.body.assigneeId;
    const others = answers.filter(({ status }) => status !== 200);
    expect(others.map((answer) => [refusalOf(answer), answer.body.assigneeId])).toEqual(
      Array.from({ length: 19 }, () => ['409 applications/already-claimed', winner]),
    );
  });

  it('of twenty second reviewers one decides, once', async () => {
    const settings = { fourEyes: ['CoopLegalIdentityCredential'] };
    const { registrar } = network;
    expectStatus(await registrar.api.put(`/v1/organisations/${registrar.id}/review-settings`, settings), 200);
    const [id] = await copies(2);
    await recordChecks(registrar, id!);
    const url = `/v1/applications/${id}/decision`;
    const { body } = expectStatus(await registrar.api.post(url, { outcome: 'approved' }), 200);
    const answers = await together((api, n) =>
      n % 2
        ? api.post(url, { outcome: 'approved' })
        : api.post(`${url}/confirmation`, { proposalId: body.proposal.id }),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(new Set(answers.filter(({ status }) => status !== 200).map(refusalOf))).toEqual(
      new Set(['409 applications/already-decided']),
    );
    const credentials = await t.connection.db
      .selectFrom('credentials')
      .select('id')
      .where('application_id', '=', id as never)
      .execute();
    expect(credentials).toHaveLength(1);
  });
});
