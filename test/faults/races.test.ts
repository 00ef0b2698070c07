import { gunzipSync, inflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeJwt } from 'jose';
import type { Answer } from '../support/api.js';
import { OPERATOR, type TestApp } from '../support/app.js';
import { onPostgres } from '../support/database.js';
import {
  copyApplication,
  expectOneStory,
  expectPlacesDistinct,
  readState,
} from '../support/issuanceRecords.js';
import {
  accredit,
  ALL_TYPES,
  apply,
  approve,
  dossierNumbered,
  DOSSIER,
  expectStatus,
  foundNetwork,
  IDENTITY_FIELDS,
  putDossier,
  recordChecks,
  registerOrganisation,
  STATUS_FIELDS,
  type Organisation,
  type Registered,
} from '../support/network.js';
import { startPair, type ProcessPair } from '../support/twoProcesses.js';

const BOTH_FIELDS = [...new Set([...IDENTITY_FIELDS, ...STATUS_FIELDS])];

describe.skipIf(!onPostgres)('at the same moment', { timeout: 60_000 }, () => {
  let pair: ProcessPair;
  let network: Registered;
  /** In review with all checks, never decided itself. */
  let template: string;

  beforeAll(async () => {
    pair = await startPair();
    network = await foundNetwork(pair.one);
    await putDossier(network.coop, dossierNumbered('TEMPLATE'));
    template = await apply(network.coop, network.registrar, ALL_TYPES);
    await recordChecks(network.registrar, template, BOTH_FIELDS);
  });
  afterAll(() => pair.close());

  const as = async ({ email, password }: Organisation, app: TestApp) => {
    const answer = await app.api.post('/v1/sessions', { email, password });
    return app.api.as(expectStatus(answer, 201).body.accessToken);
  };
  const decide = async (app: TestApp, id: string, outcome = 'approved', by = network.registrar) => {
    const client = await as(by, app);
    const reason = outcome === 'approved' ? {} : { reason: 'not convincing' };
    return () => client.post(`/v1/applications/${id}/decision`, { outcome, ...reason });
  };
  const together = <T>(acts: readonly (() => Promise<T>)[]) => Promise.all(acts.map((act) => act()));
  const copy = (name: string) => copyApplication(pair.database.db, template, name);

  describe.each([
    ['in one process', () => [pair.one, pair.one]],
    ['in two processes', () => [pair.one, pair.two]],
  ])('%s', (where, processes) => {
    it.each([
      ['approved', 'approved'],
      ['approved', 'refused'],
    ])('two reviewers who decide %s and %s: one wins', async (left, right) => {
      const [first, second] = processes() as [TestApp, TestApp];
      for (let round = 0; round < 5; round += 1) {
        const id = await copy(`${where} ${left} ${right} ${round}`);
        const answers = await together([await decide(first, id, left), await decide(second, id, right)]);
        expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
        expect(answers.find(({ status }) => status === 409)?.body.code).toBe('applications/already-decided');
        const { status, credentials } = await readState(pair.database.db, id);
        expect(['issued', 'refused']).toContain(status);
        const issued = credentials.map(({ type }) => type).sort();
        expect(issued).toEqual(status === 'issued' ? [...ALL_TYPES].sort() : []);
        if (status === 'issued') await expectOneStory(pair.database.db, id);
      }
    });
  });

  it('twenty approvals of one issuer take distinct places in its three lists', async () => {
    const founded = await foundNetwork(pair.one);
    await putDossier(founded.coop, dossierNumbered('HERD'));
    const first = await apply(founded.coop, founded.registrar, ALL_TYPES);
    await recordChecks(founded.registrar, first, BOTH_FIELDS);
    const ids = [first];
    for (let n = 1; n < 20; n += 1) {
      ids.push(await copyApplication(pair.database.db, first, `HERD ${n}`));
    }
    const acts = await Promise.all(
      ids.map((id, n) => decide(n % 2 ? pair.one : pair.two, id, 'approved', founded.registrar)),
    );
    const answers = await together(acts);
    for (const answer of answers) expect(expectStatus(answer, 200).body.status).toBe('issued');
    await expectPlacesDistinct(pair.database.db);
    const lists = await pair.database.db
      .selectFrom('status_lists')
      .select(['id', 'kind', 'taken'])
      .where('issuer_id', '=', founded.registrar.id as never)
      .execute();
    expect(lists.map(({ kind, taken }) => [kind, taken]).sort()).toEqual([
      ['revocation', 160],
      ['suspension', 160],
      ['token', 40],
    ]);

    const credentials: string[] = answers.flatMap(({ body }) =>
      body.credentials.map(({ id }: { id: string }) => id),
    );
    const [registrarOne, registrarTwo] = [
      await as(founded.registrar, pair.one),
      await as(founded.registrar, pair.two),
    ];
    const revoked = credentials.slice(0, 6);
    const suspended = credentials.slice(6, 12);
    await Promise.all([
      ...revoked.map((id, n) =>
        (n % 2 ? registrarOne : registrarTwo).post(`/v1/credentials/${id}/revoke`, { reason: 'x' }),
      ),
      ...suspended.map((id, n) =>
        (n % 2 ? registrarOne : registrarTwo).post(`/v1/credentials/${id}/suspend`, { reason: 'x' }),
      ),
    ]);
    for (const { id, kind } of lists) {
      const isRevoking = await placesOf(id, kind === 'suspension' ? [] : revoked, 1);
      const isSuspending = await placesOf(
        id,
        kind === 'revocation' ? [] : suspended,
        kind === 'token' ? 2 : 1,
      );
      const expected = [...isRevoking, ...isSuspending].sort((a, b) => a.index - b.index);
      for (const app of [pair.one, pair.two]) {
        await expect.poll(() => readEntries(app, id), { timeout: 1_000 }).toEqual(expected);
      }
    }
  });

  async function placesOf(listId: string, credentialIds: string[], value: number) {
    if (credentialIds.length === 0) return [];
    const rows = await pair.database.db
      .selectFrom('status_entries')
      .select('index')
      .where('list_id', '=', listId as never)
      .where('credential_id', 'in', credentialIds as never[])
      .orderBy('index')
      .execute();
    return rows.map(({ index }) => ({ index, value }));
  }

  /** The entries of a list that are not 0, as a process serves it. */
  async function readEntries(app: TestApp, listId: string) {
    const { text } = expectStatus(await app.api.get(`/status/${listId}`), 200);
    const { credentialSubject, status_list: tokenList } = decodeJwt<{
      credentialSubject?: { encodedList: string };
      status_list?: { lst: string };
    }>(text);
    const read = (bytes: Buffer, bits: number, shiftOf: (n: number) => number) =>
      [...bytes].flatMap((byte, at) =>
        Array.from({ length: 8 / bits }, (_, n) => ({
          index: (at * 8) / bits + n,
          value: (byte >> shiftOf(n)) & (2 ** bits - 1),
        })).filter(({ value }) => value !== 0),
      );
    return tokenList
      ? read(inflateSync(Buffer.from(tokenList.lst, 'base64url')), 2, (n) => 2 * n)
      : read(
          gunzipSync(Buffer.from(credentialSubject?.encodedList.slice(1) ?? '', 'base64url')),
          1,
          (n) => 7 - n,
        );
  }

  it.each([
    [ALL_TYPES, ALL_TYPES],
    [ALL_TYPES, [...ALL_TYPES].reverse()],
    [ALL_TYPES, ['CoopStatusCredential']],
  ])('two co-ops under one registration number, for %j and %j: one wins', async (left, right) => {
    for (let round = 0; round < 4; round += 1) {
      const dossier = dossierNumbered(`TWIN ${left.length} ${right.join()} ${round}`);
      const ids: string[] = [];
      for (const types of [left, right]) {
        const coop = await registerOrganisation(pair.one.api, 'Twin Co-operative');
        await putDossier(coop, dossier);
        const id = await apply(coop, network.registrar, types);
        await recordChecks(network.registrar, id, BOTH_FIELDS);
        ids.push(id);
      }
      const acts = [await decide(pair.one, ids[0] ?? ''), await decide(pair.two, ids[1] ?? '')];
      const answers = await together(acts);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
      expect(answers.find(({ status }) => status === 409)?.body.code).toBe('credentials/duplicate');
    }
  });

  it('two registrars under one registration number: one wins', async () => {
    const other = await registerOrganisation(pair.one.api, 'Second Federation');
    await accredit(network.operator, other);
    const ids: string[] = [];
    for (const registrar of [network.registrar, other]) {
      const coop = await registerOrganisation(pair.one.api, 'Courted Co-operative');
      await putDossier(coop, dossierNumbered('COURTED'));
      const id = await apply(coop, registrar, ALL_TYPES);
      await recordChecks(registrar, id, BOTH_FIELDS);
      ids.push(id);
    }
    const answers = await together([
      await decide(pair.one, ids[0] ?? ''),
      await decide(pair.two, ids[1] ?? '', 'approved', other),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  it('suspensions, reinstatements and a revocation leave the bits as the state says', async () => {
    const id = await copy('CHANGED');
    const answer = expectStatus(await (await decide(pair.one, id))(), 200);
    const credentialId: string = answer.body.credentials[0].id;
    const clients = [await as(network.registrar, pair.one), await as(network.registrar, pair.two)];
    const change = (action: string, n: number) => () =>
      clients[n % 2]!.post(`/v1/credentials/${credentialId}/${action}`, { reason: 'r' });
    const changes = ['suspend', 'reinstate', 'suspend', 'suspend', 'reinstate', 'reinstate', 'suspend'];
    const rounds = [changes, changes, [...changes, 'revoke', 'revoke', 'suspend', 'reinstate']];
    for (const round of rounds) {
      const answers: Answer[] = await together(round.map((action, n) => change(action, n)));
      for (const { status } of answers) expect([200, 409]).toContain(status);
    }
    const { state, suspended_at, revoked_at } = await pair.database.db
      .selectFrom('credentials')
      .selectAll()
      .where('id', '=', credentialId as never)
      .executeTakeFirstOrThrow();
    expect(state).toBe('issued');
    expect(revoked_at).not.toBeNull();
    const bits = await pair.database.db
      .selectFrom('status_entries')
      .innerJoin('status_lists', 'status_lists.id', 'status_entries.list_id')
      .select(['kind', 'value'])
      .where('credential_id', '=', credentialId as never)
      .execute();
    expect(bits).toHaveLength(9);
    expect(new Set(bits.map(({ kind, value }) => `${kind} ${value}`)).size).toBe(3);
    expect(Object.fromEntries(bits.map(({ kind, value }) => [kind, value]))).toEqual({
      revocation: 1,
      suspension: suspended_at === null ? 0 : 1,
      token: 1,
    });
    const history = await pair.database.db
      .selectFrom('status_changes')
      .select('change')
      .where('credential_id', '=', credentialId as never)
      .orderBy('id')
      .execute();
    const count = (change: string) => history.filter((row) => row.change === change).length;
    expect(count('revoked')).toBe(1);
    expect(count('suspended') - count('reinstated')).toBe(suspended_at === null ? 0 : 1);
  });

  it('organisations of one name get slugs and DIDs of their own', async () => {
    const names = Array.from({ length: 8 }, () => 'Namesake Housing Co-operative');
    const organisations = await Promise.all(
      names.map((name, n) => registerOrganisation((n % 2 ? pair.one : pair.two).api, name)),
    );
    expect(new Set(organisations.map(({ slug }) => slug)).size).toBe(8);
    for (const { slug, did } of organisations) {
      const { body } = expectStatus(await pair.one.api.get(`/orgs/${slug}/did.json`), 200);
      expect(body.id).toBe(did);
    }
  });

  it('two dossiers on one If-Match: one is saved', async () => {
    const coop = await registerOrganisation(pair.one.api, 'Edited Co-operative');
    const other = await as(coop, pair.two);
    const url = `/v1/organisations/${coop.id}/dossier`;
    for (const headers of [{}, { 'if-match': '"1"' }, { 'if-match': '"2"' }]) {
      const answers = await Promise.all([
        coop.api.put(url, dossierNumbered('ONE'), { headers }),
        other.put(url, dossierNumbered('TWO'), { headers }),
      ]);
      const [saved, refused] = answers.map(({ status }) => status).sort();
      expect(saved).toBe(200);
      // Who comes when the first version is there already, and names none, is told to name it.
      expect('if-match' in headers ? [412] : [412, 428]).toContain(refused);
    }
    expect((await coop.api.get(url)).body.version).toBe(3);
  });

  it('the same application twice: one is there', async () => {
    const coop = await registerOrganisation(pair.one.api, 'Impatient Co-operative');
    await putDossier(coop, DOSSIER);
    const clients = [coop.api, await as(coop, pair.two), coop.api, await as(coop, pair.two)];
    const answers = await Promise.all(
      clients.map((client) =>
        client.post('/v1/applications', { registrarId: network.registrar.id, credentialTypes: ALL_TYPES }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
    expect((await coop.api.get('/v1/applications')).body.items).toHaveLength(1);
  });

  it('keys rotated while credentials are issued: all are issued, and accepted', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 6; n += 1) ids.push(await copy(`ROTATED ${n}`));
    const rotating = await as(network.registrar, pair.one);
    const rotations = async () => {
      for (let n = 0; n < 6; n += 1) {
        const url = `/v1/organisations/${network.registrar.id}/keys`;
        expectStatus(await rotating.post(url, { algorithm: 'ES256' }), 201);
      }
    };
    const decisions = await Promise.all(ids.map((id, n) => decide(n % 2 ? pair.one : pair.two, id)));
    const [, ...answers] = await Promise.all([rotations(), ...decisions.map((act) => act())]);
    for (const answer of answers) expect(expectStatus(answer, 200).body.status).toBe('issued');
    for (const id of ids) {
      const { credentials } = await readState(pair.database.db, id);
      for (const { token } of credentials) {
        for (const app of [pair.one, pair.two]) expect(await verdictOf(app, token)).toBe('accepted');
      }
    }
  });

  it('a key that is rotated between its choice and its use is replaced at once', async () => {
    const id = await copy('ROTATED BETWEEN');
    const act = await decide(pair.two, id);
    const sealed = pair.wires.two.pauseBefore(/select "id", "did", "algorithm", "public_jwk"/);
    const deciding = act();
    const resume = await sealed;
    const url = `/v1/organisations/${network.registrar.id}/keys`;
    const registrar = await as(network.registrar, pair.one);
    expectStatus(await registrar.post(url, { algorithm: 'ES256' }), 201);
    resume();
    expect(expectStatus(await deciding, 200).body.status).toBe('issued');
  });

  it('a key that is revoked between signing a list and storing it leaves no list of its own', async () => {
    const founded = await foundNetwork(pair.one);
    await putDossier(founded.coop, dossierNumbered('REVOKED KEY'));
    const applicationId = await apply(founded.coop, founded.registrar, ALL_TYPES);
    await recordChecks(founded.registrar, applicationId, BOTH_FIELDS);
    const [credential] = await approve(founded.registrar, applicationId);
    const { credentials } = await readState(pair.database.db, applicationId);
    const registrar = await as(founded.registrar, pair.one);
    const keys = `/v1/organisations/${founded.registrar.id}/keys`;
    const { items } = (await registrar.get(keys)).body;
    const active = items.find((key: { algorithm: string }) => key.algorithm === 'ES256');
    const other = await as(founded.registrar, pair.two);
    // The list is signed; it is stored after the key was revoked and before the lists are signed again.
    const storing = pair.wires.two.pauseBefore(
      /insert into "status_publications"|select "id" from "signing_keys"/,
    );
    const suspending = other.post(`/v1/credentials/${credential?.id}/suspend`, { reason: 'r' });
    const store = await storing;
    pair.clock.advance(1);
    const renewing = pair.wires.one.pauseBefore(/select "id" from "status_lists"/);
    const compromisedAt = pair.clock.now().toISOString();
    const revocation = registrar.post(`${keys}/${active.id}/revoke`, { compromisedAt, reason: 'stolen' });
    const renew = await renewing;
    store();
    expectStatus(await suspending, 200);
    renew();
    expectStatus(await revocation, 200);
    const held = credentials.find(({ id }) => id !== credential?.id);
    for (const app of [pair.one, pair.two]) {
      await expect.poll(() => verdictOf(app, held?.token), { timeout: 1_000 }).toBe('accepted');
    }
  });

  async function verdictOf(app: TestApp, token: unknown): Promise<string> {
    const { body } = expectStatus(await app.api.post('/v1/verifications', { credential: token }), 200);
    return body.verdict;
  }

  it('an accreditation that ends while a decision is made: what is issued is accredited', async () => {
    for (let round = 0; round < 6; round += 1) {
      const registrar = await registerOrganisation(pair.one.api, 'Ending Federation');
      const accreditationId = await accredit(network.operator, registrar);
      const coop = await registerOrganisation(pair.one.api, 'Surprised Co-operative');
      await putDossier(coop, dossierNumbered(`ENDING ${round}`));
      const id = await apply(coop, registrar, ALL_TYPES);
      await recordChecks(registrar, id, BOTH_FIELDS);
      const act = await decide(pair.two, id, 'approved', registrar);
      // Time goes on while they meet, so that an order of events can be told from the instants.
      const ticking = setInterval(() => pair.clock.advance(0.001), 1);
      const [answer] = await Promise.all([
        act(),
        new Promise((done) => setTimeout(done, round * 12)).then(() =>
          network.operator.delete(`/v1/accreditations/${accreditationId}`),
        ),
      ]);
      clearInterval(ticking);
      expect([200, 403]).toContain(answer.status);
      const { status, credentials } = await readState(pair.database.db, id);
      expect(['in_review', 'issued', 'issuance_failed']).toContain(status);
      for (const { state, token } of credentials) {
        if (state !== 'issued') continue;
        expect(await verdictOf(pair.one, token)).toBe('accepted');
      }
    }
  });

  it('an accreditation never ends before what it allowed', async () => {
    const registrar = await registerOrganisation(pair.one.api, 'Slowly Ending Federation');
    const accreditationId = await accredit(network.operator, registrar);
    const coop = await registerOrganisation(pair.one.api, 'Patient Co-operative');
    await putDossier(coop, dossierNumbered('SLOWLY'));
    const id = await apply(coop, registrar, ALL_TYPES);
    await recordChecks(registrar, id, BOTH_FIELDS);
    const operator = await as({ ...network.registrar, ...OPERATOR }, pair.two);
    const locking = pair.wires.two.pauseBefore(/from "accreditations".*for update/);
    const ending = operator.delete(`/v1/accreditations/${accreditationId}`);
    const resume = await locking;
    pair.clock.advance(1);
    const [credential] = await approve(registrar, id);
    pair.clock.advance(1);
    resume();
    expectStatus(await ending, 204);
    const { credentials } = await readState(pair.database.db, id);
    const token = credentials.find((row) => row.id === credential?.id)?.token;
    expect(await verdictOf(pair.two, token)).toBe('accepted');
  });
});
