import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createClamdScanner } from '../../src/adapters/clamd.js';
import { importJwk, toMultikey } from '../../src/credentials/keys.js';
import { signVouch, vouchForValue, type Vouch } from '../../src/credentials/evidence/vouch.js';
import { newId, type EvidenceId, type OrganisationId } from '../../src/kernel/ids.js';
import type { ApiClient } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import { EICAR, startClamd, type FakeClamd } from '../support/clamd.js';
import { createKey, signer } from '../support/issuer.js';
import { addEvidence, filePart, METADATA, metadataPart, PDF_FILE, upload } from '../support/multipart.js';
import {
  apply,
  approve,
  checkOf,
  DOSSIER,
  expectStatus,
  foundNetwork,
  IDENTITY_FIELDS,
  putDossier,
  registerOrganisation,
  type Organisation,
  type Registered,
} from '../support/network.js';
import { createMachine, joinAs, refusalOf } from '../support/people.js';

/** What becomes of evidence: scanned, described, kept, deleted, and vouched for. */
let clamd: FakeClamd;
let t: TestApp;
let network: Registered;

beforeAll(async () => {
  clamd = await startClamd();
  // Only where it is to be waited for in vain is the time short.
  const startScan = () =>
    createClamdScanner(clamd.address, clamd.behaviour === 'silent' ? 200 : 20_000).startScan();
  t = await startApp({ scanner: { startScan } });
  network = await foundNetwork(t);
});
beforeEach(() => {
  clamd.behaviour = 'honest';
});
afterAll(async () => {
  await t.close();
  await clamd.close();
});

const urlOf = (owner: Organisation, id: string) => `/v1/organisations/${owner.id}/evidence/${id}`;
const listBlobs = async () =>
  (await readdir(t.blobFolder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

/** Sessions last minutes, and evidence years. */
async function signInAgain({ email, password }: Organisation): Promise<ApiClient> {
  return t.api.as(expectStatus(await t.api.post('/v1/sessions', { email, password }), 201).body.accessToken);
}

async function newCoop(name: string): Promise<Organisation> {
  const coop = await registerOrganisation(t.api, name);
  const registrationNumber = `N${newId()}`;
  await putDossier(coop, { ...DOSSIER, legalIdentity: { ...DOSSIER.legalIdentity, registrationNumber } });
  return coop;
}

describe('the virus scanner', () => {
  let coop: Organisation;
  beforeAll(async () => {
    coop = await newCoop('Scanned Co-op');
  });

  test('sees every byte before a file is taken', async () => {
    const content = Buffer.concat([PDF_FILE, Buffer.alloc(200_000, 'x')]);
    await addEvidence(coop, [metadataPart(), filePart(content)]);
    expect(clamd.scanned.at(-1)).toBe(content.length);
  });

  test.each([
    ['finds something', 'honest', EICAR, '422 evidence/infected'],
    ['hangs', 'silent', '', '503 evidence/scanner-unavailable'],
    ['hangs up', 'hangsUp', '', '503 evidence/scanner-unavailable'],
    ['cannot say', { answers: 'stream: lstat() failed. ERROR\0' }, '', '503 evidence/scanner-unavailable'],
  ] as const)('that %s leaves nothing of the file', async (_what, behaviour, tail, refusal) => {
    clamd.behaviour = behaviour;
    const before = await listBlobs();
    const content = Buffer.concat([PDF_FILE, Buffer.alloc(100_000, 'x'), Buffer.from(tail)]);
    for (const parts of [
      [metadataPart(), filePart(content)],
      [filePart(content), metadataPart()],
    ])
      expect(refusalOf(await upload(coop, parts))).toBe(refusal);
    expect(await listBlobs()).toEqual(before);
    const { body } = await coop.api.get(`/v1/organisations/${coop.id}/evidence`);
    expect(body.items).toHaveLength(1);
  });
});

describe('what a piece of evidence is', () => {
  let coop: Organisation;
  beforeAll(async () => {
    coop = await newCoop('Described Co-op');
  });
  const add = (metadata: object) => upload(coop, [metadataPart({ ...METADATA, ...metadata }), filePart()]);

  test('is said in the members of OpenID Identity Assurance, with its fields and its period', async () => {
    const front = expectStatus(await add({}), 201).body;
    const metadata = {
      fields: ['/legalIdentity/legalName', '/representation'],
      details: {
        type: 'document',
        check_details: [{ check_method: 'vri', time: '2026-11-01T10:30Z' }],
        document_details: {
          type: 'bylaws',
          issuer: { name: 'The society', country_code: 'GBR' },
          date_of_issuance: '2020-02-29',
        },
        attachments: [front.attachment],
      },
      retention: 'P3Y',
    };
    const { body } = expectStatus(await add(metadata), 201);
    const { retention: _said, ...shown } = metadata;
    expect(body).toMatchObject({ ...shown, retainUntil: '2029-11-20T09:00:00.000Z' });
    const { body: list } = await coop.api.get(`/v1/organisations/${coop.id}/evidence`);
    expect(list.items.at(-1)).toEqual(body);
  });

  test.each([
    [{ details: { type: 'vouch' } }, '/metadata/details/type'],
    [{ details: { type: 'document', document_details: {} } }, '/metadata/details/document_details/type'],
    [{ details: { type: 'document', derived_claims: {} } }, '/metadata/details/derived_claims'],
    [{ type: 'electronic_signature', details: { type: 'electronic_signature' } }, '/metadata/details/issuer'],
    [
      { details: { type: 'document', document_details: { type: 'x', date_of_issuance: '2021-02-29' } } },
      '/metadata/details/document_details/date_of_issuance',
    ],
    [{ fields: ['legalIdentity'] }, '/metadata/fields/0'],
    [{ retention: 'P99Y' }, '/metadata/retention'],
    [{ retention: 'P1Y', retainUntil: '2029-01-01T00:00:00Z' }, '/metadata/retention'],
    [{ retainUntil: '2020-01-01T00:00:00Z' }, '/metadata/retainUntil'],
    [{ retainUntil: 'tomorrow' }, '/metadata/retainUntil'],
  ])('%j is refused by its pointer', async (metadata, pointer) => {
    const answer = await add(metadata);
    expect(refusalOf(answer)).toBe('400 request/invalid');
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
  });

  test('is no file of another’s, and no other file than it says', async () => {
    const own = expectStatus(await add({}), 201).body.attachment;
    const stranger = await newCoop('Stranger Co-op');
    const { body } = await upload(stranger, [metadataPart(), filePart('Something else', 'text/plain')]);
    const attached = (attachment: object) =>
      add({ details: { type: 'document', attachments: [attachment] } });
    for (const [attachment, pointer] of [
      [body.attachment, 'url'],
      [{ ...own, url: 'https://elsewhere.example/file' }, 'url'],
      [{ ...own, url: `${own.url}/hold` }, 'url'],
      [{ ...own, digest: body.attachment.digest }, 'digest/value'],
    ]) {
      const answer = await attached(attachment);
      expect(answer.body.errors[0].pointer).toBe(`/metadata/details/attachments/0/${pointer}`);
    }
  });
});

describe('a check', () => {
  test('names files of the application by digest; the bare type is enough as it ever was', async () => {
    const { registrar } = network;
    const coop = await newCoop('Checked Co-op');
    const { body: file } = await upload(coop);
    const id = await apply(coop, registrar);
    const check = (changes: object) =>
      registrar.api.post(`/v1/applications/${id}/checks`, checkOf('/legalIdentity/legalName', changes));
    for (const type of ['document', 'electronic_record', 'vouch', 'electronic_signature'])
      expectStatus(await check({ evidence: { type } }), 201);
    const { body } = expectStatus(await registrar.api.get(`/v1/applications/${id}`), 200);
    const { attachment } = body.evidence[0];
    const attached = (value: object) => check({ evidence: { type: 'document', attachments: [value] } });
    expectStatus(await attached(attachment), 201);
    const other = { alg: 'sha-256', value: `${'A'.repeat(43)}=` };
    const wrong = await attached({ ...attachment, digest: other });
    expect(wrong.body.errors[0].pointer).toBe('/evidence/attachments/0/digest/value');
    const stranger = await upload(await newCoop('Other Co-op'));
    const foreign = await attached(stranger.body.attachment);
    expect(foreign.body.errors[0].pointer).toBe('/evidence/attachments/0');
    expect(file.id).toBe(body.evidence[0].id);
  });
});

describe('a retention period', () => {
  const brief = () => [metadataPart({ ...METADATA, retention: 'PT1M' }), filePart()];
  const round = () => t.app.deleteExpiredEvidence();
  const isKept = async (id: string) => (await listBlobs()).includes(id);

  test('ends with the file and its key, and leaves the record', async () => {
    const coop = await newCoop('Forgetful Co-op');
    const id = await addEvidence(coop, brief());
    t.clock.advance(59);
    await round();
    expect(await isKept(id)).toBe(true);
    t.clock.advance(1);
    await Promise.all([round(), round()]);
    expect(await isKept(id)).toBe(false);
    expect(refusalOf(await coop.api.get(urlOf(coop, id)))).toBe('410 evidence/deleted');
    const { body } = await coop.api.get(`/v1/organisations/${coop.id}/evidence`);
    const [{ attachment, ...record }] = body.items;
    expect(attachment).toBeUndefined();
    expect(record).toMatchObject({
      id,
      ...METADATA,
      digest: expect.stringMatching(/^sha256-/),
      deletedAt: t.clock.now().toISOString(),
    });
    const row = await t.connection.db
      .selectFrom('evidence')
      .selectAll()
      .where('id', '=', id as EvidenceId)
      .executeTakeFirstOrThrow();
    expect(row.wrapped_key).toBeNull();
    const audits = await t.connection.db
      .selectFrom('audit_entries')
      .select('action')
      .where('subject_id', '=', id)
      .orderBy('id')
      .execute();
    expect(audits.map(({ action }) => action)).toEqual(['evidence.added', 'evidence.deleted']);
    // Its process ended after the key was gone and before the file was.
    await t.connection.db
      .updateTable('evidence')
      .set({ blob_deleted_at: null })
      .where('id', '=', row.id)
      .execute();
    await round();
    const after = await t.connection.db
      .selectFrom('evidence')
      .select('blob_deleted_at')
      .where('id', '=', row.id)
      .executeTakeFirstOrThrow();
    expect(after.blob_deleted_at).not.toBeNull();
  });

  test('does not end under a hold, which somebody who sees the file puts on it and lifts', async () => {
    const { registrar, partner } = network;
    const coop = await newCoop('Held Co-op');
    const id = await addEvidence(coop, brief());
    const hold = { until: '2029-01-01T00:00:00Z', reason: 'Money laundering regulations' };
    const put = (api: ApiClient, body: object = hold) => api.put(`${urlOf(coop, id)}/hold`, body);
    expect(refusalOf(await put(partner.api))).toBe('404 resource/not-found');
    expect(refusalOf(await put((await joinAs(t, coop, 'viewer')).api))).toBe('403 auth/forbidden');
    const application = await apply(coop, registrar);
    expect(refusalOf(await put(registrar.api, { ...hold, until: '2026-01-01T00:00:00Z' }))).toBe(
      '400 request/invalid',
    );
    const { body } = expectStatus(await put(registrar.api), 200);
    expect(body.holds).toEqual([
      { organisationId: registrar.id, ...hold, until: '2029-01-01T00:00:00.000Z' },
    ]);
    expect((await coop.api.get(`/v1/organisations/${coop.id}/evidence`)).body.items[0].holds).toEqual(
      body.holds,
    );
    expectStatus(await registrar.api.post(`/v1/applications/${application}/assignee`, {}), 200);
    const refused = { outcome: 'refused', reason: 'Not this time' };
    expectStatus(await registrar.api.post(`/v1/applications/${application}/decision`, refused), 200);
    t.clock.advance(60);
    await round();
    expect(await isKept(id)).toBe(true);
    expectStatus(await registrar.api.delete(`${urlOf(coop, id)}/hold`), 204);
    t.clock.advance(86_400);
    await round();
    expect(await isKept(id)).toBe(false);
    const late = await signInAgain(registrar);
    expect(refusalOf(await put(late))).toBe('410 evidence/deleted');
  });

  test('is not held by whoever was merely applied to, nor for longer than ten years by another', async () => {
    const { partner } = network;
    const registrar = await signInAgain(network.registrar);
    const coop = await newCoop('Coop of Nobody');
    const id = await addEvidence(coop, brief());
    const hold = { until: '2029-01-01T00:00:00Z', reason: 'No duty at all' };
    const asPartner = await signInAgain(partner);
    await apply(coop, partner);
    expectStatus(await asPartner.get(urlOf(coop, id)), 200);
    expect(refusalOf(await asPartner.put(`${urlOf(coop, id)}/hold`, hold))).toBe(
      '403 applications/not-accredited',
    );
    await apply(coop, network.registrar);
    const long = { ...hold, until: '2040-01-01T00:00:00Z' };
    expect(refusalOf(await registrar.put(`${urlOf(coop, id)}/hold`, long))).toBe('400 request/invalid');
    expectStatus(await coop.api.put(`${urlOf(coop, id)}/hold`, long), 200);
  });

  test('does not end while a review is open, nor while a credential lives that rests on the file', async () => {
    const registrar = { ...network.registrar, api: await signInAgain(network.registrar) };
    const coop = await newCoop('Examined Co-op');
    const id = await addEvidence(coop, brief());
    const other = await addEvidence(coop, brief());
    const application = await apply(coop, registrar);
    t.clock.advance(60);
    await round();
    expect([await isKept(id), await isKept(other)]).toEqual([true, true]);
    for (const field of IDENTITY_FIELDS) {
      const check = checkOf(field, { evidenceId: id });
      expectStatus(await registrar.api.post(`/v1/applications/${application}/checks`, check), 201);
    }
    const [credential] = await approve(registrar, application);
    t.clock.advance(86_400);
    await round();
    expect([await isKept(id), await isKept(other)]).toEqual([true, false]);
    const api = await signInAgain(registrar);
    expectStatus(await api.post(`/v1/credentials/${credential!.id}/revoke`, { reason: 'An error' }), 200);
    t.clock.advance(86_400);
    await round();
    expect(await isKept(id)).toBe(false);
    const late = await signInAgain(registrar);
    expect(refusalOf(await late.get(urlOf(coop, id)))).toBe('410 evidence/deleted');
    const { body } = expectStatus(await late.get(`/v1/applications/${application}`), 200);
    expect(body.evidence.map((piece: { deletedAt?: string }) => typeof piece.deletedAt)).toEqual([
      'string',
      'string',
    ]);
    expect(body.checks.every((check: { evidenceId?: string }) => check.evidenceId === id)).toBe(true);
  });
});

describe('a signed vouch', () => {
  const FIELD = '/legalIdentity/legalName';
  let coop: Organisation;
  let federation: Organisation;
  let registrar: Organisation;
  beforeAll(async () => {
    coop = await newCoop('Vouched Co-op');
    federation = await registerOrganisation(t.api, 'Federation of Co-ops');
    registrar = { ...network.registrar, api: await signInAgain(network.registrar) };
  });
  const requests = (owner: Organisation, id = '') =>
    `/v1/organisations/${owner.id}/vouch-requests${id && `/${id}`}`;
  const ask = async (fields = [FIELD]) =>
    expectStatus(await coop.api.post(requests(coop), { voucherId: federation.id, fields }), 201).body;
  const give = (api: ApiClient, requestId: string) =>
    api.post(`/v1/organisations/${federation.id}/vouches`, { requestId, statement: 'A member since 1987.' });
  const pieces = async () => (await coop.api.get(`/v1/organisations/${coop.id}/evidence`)).body.items;

  test('is asked for, given in person, and stands in the dossier of who asked; the registrar may rest a check on it', async () => {
    const asked = await ask();
    const shown = expectStatus(await federation.api.get(requests(federation, asked.id)), 200).body;
    expect(shown.fields).toEqual([{ pointer: FIELD, value: DOSSIER.legalIdentity.legalName }]);
    expect(shown).toMatchObject({ subject: { did: coop.did }, status: 'open', dossierVersion: 1 });
    const strangers = await newCoop('Curious Co-op');
    expect(refusalOf(await strangers.api.get(requests(strangers, asked.id)))).toBe('404 resource/not-found');
    expect(
      refusalOf(
        await coop.api.post(`/v1/organisations/${coop.id}/vouches`, {
          requestId: asked.id,
          statement: 'We say so.',
        }),
      ),
    ).toBe('403 auth/forbidden');
    const machine = await createMachine(t, federation, ['dossier']);
    expect(refusalOf(await give(machine, asked.id))).toBe('403 auth/forbidden');
    const { body: given } = expectStatus(
      await give((await joinAs(t, federation, 'delegate')).api, asked.id),
      201,
    );
    expect(refusalOf(await give(federation.api, asked.id))).toBe('409 vouches/settled');

    const [piece] = await pieces();
    expect(piece).toMatchObject({
      type: 'vouch',
      fields: [FIELD],
      details: { type: 'vouch', attestation: { voucher: { organization: federation.name } } },
      vouch: {
        voucher: { did: federation.did, name: federation.name },
        outcome: 'pass',
        code: 'signature/valid',
        expiresAt: given.expiresAt,
      },
    });
    expect((await coop.api.get(urlOf(coop, piece.id))).text).toBe(given.token);
    const listed = (await federation.api.get(`${requests(federation)}?role=voucher`)).body.items;
    expect(listed).toMatchObject([{ status: 'given', evidenceId: piece.id, fields: [{ pointer: FIELD }] }]);
    expect(listed[0].fields[0]).not.toHaveProperty('value');

    const application = await apply(coop, registrar);
    const seen = expectStatus(await registrar.api.get(`/v1/applications/${application}`), 200).body;
    expect(seen.evidence[0].vouch).toEqual(piece.vouch);
    const check = (field: string) =>
      registrar.api.post(
        `/v1/applications/${application}/checks`,
        checkOf(field, { method: 'vouch', evidence: { type: 'vouch' }, evidenceId: piece.id }),
      );
    expectStatus(await check(FIELD), 201);
    expect((await check('/legalIdentity/jurisdiction')).body.errors[0].pointer).toBe('/evidenceId');

    // Its key turns out to be stolen.
    const keys = (await federation.api.get(`/v1/organisations/${federation.id}/keys`)).body.items;
    const { id: keyId } = keys.find(({ algorithm }: { algorithm: string }) => algorithm === 'EdDSA');
    const stolen = { compromisedAt: '2026-11-01T00:00:00Z', reason: 'Stolen' };
    expectStatus(
      await federation.api.post(`/v1/organisations/${federation.id}/keys/${keyId}/revoke`, stolen),
      200,
    );
    const recheck = `${urlOf(coop, piece.id)}/vouch-check`;
    expect(refusalOf(await strangers.api.post(recheck))).toBe('404 resource/not-found');
    expect(expectStatus(await registrar.api.post(recheck), 200).body.vouch).toMatchObject({
      outcome: 'fail',
      code: 'key/revoked',
    });
    expect((await check(FIELD)).body.errors[0].pointer).toBe('/evidenceId');
  });

  test('is not asked for about people, nor about what is not there, nor of oneself', async () => {
    const asking = (body: object) =>
      coop.api.post(requests(coop), { voucherId: federation.id, fields: [FIELD], ...body });
    for (const [body, pointer] of [
      [{ fields: ['/officers'] }, '/fields/0'],
      [{ fields: ['/legalIdentity/status'] }, '/fields/0'],
      [{ voucherId: coop.id }, '/voucherId'],
      [{ voucherId: newId<'organisation'>() satisfies OrganisationId }, '/voucherId'],
    ] as const)
      expect((await asking(body)).body.errors[0].pointer).toBe(pointer);
  });

  test('is declined or withdrawn once', async () => {
    for (const [owner, status] of [
      [federation, 'declined'],
      [coop, 'withdrawn'],
    ] as const) {
      const { id } = await ask();
      expectStatus(await owner.api.delete(requests(owner, id)), 204);
      expect(refusalOf(await owner.api.delete(requests(owner, id)))).toBe('409 vouches/settled');
      expect(refusalOf(await give(federation.api, id))).toBe('409 vouches/settled');
      expect((await coop.api.get(requests(coop, id))).body).toMatchObject({
        status,
        fields: [{ pointer: FIELD }],
      });
    }
  });

  test('from elsewhere is verified under its own DID, or undetermined, or not taken', async () => {
    const paste = (token: string) =>
      coop.api.post(`/v1/organisations/${coop.id}/evidence/vouches`, { token });
    const made = createKey('did:key:unknown', 'EdDSA');
    const multikey = toMultikey(importJwk(made.jwk)!);
    const did = `did:key:${multikey}`;
    const key = { ...made, did, kid: `${did}#${multikey}` };
    const vouch: Vouch = {
      voucherDid: did,
      subjectDid: coop.did,
      id: 'urn:uuid:1',
      statement: 'They bank with us.',
      fields: [vouchForValue(FIELD, DOSSIER.legalIdentity.legalName)],
      issuedAt: t.clock.now(),
      expiresAt: new Date(t.clock.now().getTime() + 3_600_000),
    };
    const token = await signVouch(vouch, key, signer);
    const { body } = expectStatus(await paste(token), 201);
    expect(body).toMatchObject({ type: 'vouch', vouch: { voucher: { did }, outcome: 'pass' } });
    expect(body.vouch.voucher).not.toHaveProperty('name');

    const far = createKey('did:web:nobody.invalid', 'EdDSA');
    const unreachable = await paste(await signVouch({ ...vouch, voucherDid: far.did }, far, signer));
    expect(expectStatus(unreachable, 201).body.vouch).toMatchObject({ outcome: 'undetermined' });

    const before = await listBlobs();
    const about = await signVouch({ ...vouch, subjectDid: federation.did }, key, signer);
    for (const bad of [about, token.replace(/.{6}$/, 'AAAAAA'), 'garbage'])
      expect(refusalOf(await paste(bad))).toBe('422 vouches/invalid');
    expect(await listBlobs()).toEqual(before);

    const application = await apply(coop, registrar, ['CoopStatusCredential']);
    const check = checkOf(FIELD, {
      method: 'vouch',
      evidence: { type: 'vouch' },
      evidenceId: unreachable.body.id,
    });
    const answer = await registrar.api.post(`/v1/applications/${application}/checks`, check);
    expect(answer.body.errors[0].pointer).toBe('/evidenceId');
  });

  test('about people leaves, once they are erased, no digest to try their data against', async () => {
    const owner = await registerOrganisation(t.api, 'Erased Co-op');
    const far = createKey('did:web:nobody.invalid', 'EdDSA');
    const vouch: Vouch = {
      voucherDid: far.did,
      subjectDid: owner.did,
      id: 'urn:uuid:2',
      statement: 'Ada was born that day.',
      fields: [vouchForValue('/officers/0/birthDate', '1961-02-28')],
      issuedAt: t.clock.now(),
      expiresAt: new Date(t.clock.now().getTime() + 3_600_000),
    };
    const url = `/v1/organisations/${owner.id}`;
    const token = await signVouch(vouch, far, signer);
    const { id } = expectStatus(await owner.api.post(`${url}/evidence/vouches`, { token }), 201).body;
    expectStatus(await owner.api.post(`${url}/dossier/erasure`, { confirm: owner.slug }), 200);
    const row = await t.connection.db
      .selectFrom('vouches')
      .select(['statement', 'fields'])
      .where('evidence_id', '=', id)
      .executeTakeFirstOrThrow();
    expect(row).toEqual({ statement: '', fields: [] });
  });
});

describe('memory', () => {
  const MIB = 1024 * 1024;
  const SIZE = 25 * MIB;

  test('of a 25 MB upload less than 40 MB is used', { timeout: 60_000 }, async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const inUse = async () => {
      collect();
      // What buffers held is given back in the background.
      await setImmediate();
      collect();
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    const coop = await registerOrganisation(t.api, 'Large Co-op');
    await addEvidence(coop);
    await t.app.server.listen({ port: 0, host: '127.0.0.1' });
    const { body: session } = await t.api.post('/v1/sessions', {
      email: coop.email,
      password: coop.password,
    });
    const [head, tail] = [
      `--b\r\ncontent-disposition: form-data; name="metadata"\r\n\r\n${JSON.stringify(METADATA)}\r\n--b\r\n` +
        'content-disposition: form-data; name="file"; filename="f"\r\n\r\n%PDF-1.7\n',
      '\r\n--b--\r\n',
    ];
    const sending = request({
      port: (t.app.server.server.address() as AddressInfo).port,
      path: `/v1/organisations/${coop.id}/evidence`,
      method: 'POST',
      headers: {
        authorization: `Bearer ${session.accessToken}`,
        'content-type': 'multipart/form-data; boundary=b',
        'content-length': head.length + SIZE - 9 + tail.length,
      },
    });
    const answered = once(sending, 'response');
    // The same piece again and again, so that what is sent takes no memory of its own.
    const piece = Buffer.alloc(64 * 1024, 'x');
    const before = { inUse: await inUse(), rss: process.memoryUsage().rss };
    const peak = { ...before };
    sending.write(head);
    for (let left = SIZE - 9, count = 0; left > 0; left -= piece.length, count += 1) {
      if (!sending.write(piece.subarray(0, Math.min(left, piece.length))))
        await Promise.race([once(sending, 'drain'), answered]);
      if (count % 128 !== 0) continue;
      peak.inUse = Math.max(peak.inUse, await inUse());
      peak.rss = Math.max(peak.rss, process.memoryUsage().rss);
    }
    sending.end(tail);
    const [response] = await answered;
    peak.inUse = Math.max(peak.inUse, await inUse());
    expect(response.statusCode).toBe(201);
    response.resume();
    // What is in use after garbage is collected, and what the process as a whole has taken from the machine.
    expect((peak.inUse - before.inUse) / MIB).toBeLessThan(15);
    expect((peak.rss - before.rss) / MIB).toBeLessThan(40);
  });
});
