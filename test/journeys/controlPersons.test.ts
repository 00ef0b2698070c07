import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer } from '../support/api.js';
import { startApp, type TestApp } from '../support/app.js';
import {
  CONTROL_DECLARATION,
  CONTROL_STATEMENTS,
  DOSSIER,
  expectStatus,
  putDossier,
  registerOrganisation,
  type Organisation,
} from '../support/network.js';
import { createMachine, joinAs, refusalOf } from '../support/people.js';

/** Who controls a co-op, and what the dossier says of public lists: by HTTP, as a volunteer administrator does it. */
let t: TestApp;
beforeAll(async () => (t = await startApp()));
afterAll(() => t.close());

const newCoop = () => registerOrganisation(t.api, 'Control Co-op');
const at = (coop: Organisation, part: string) => `/v1/organisations/${coop.id}/dossier${part}`;
const match = (tag: string) => ({ headers: { 'if-match': tag } });
const pointersOf = ({ body }: Answer) => body.errors.map(({ pointer }: { pointer: string }) => pointer);

describe('a co-op without a beneficial owner', () => {
  let coop: Organisation;
  beforeAll(async () => (coop = await newCoop()));

  test('cannot say so before it says who it is', async () => {
    const answer = await coop.api.post(at(coop, '/control-persons'), CONTROL_DECLARATION);
    expect(refusalOf(answer)).toBe('409 dossiers/identity-missing');
  });

  test('says so in one call, which saves a new version and answers nothing of the person', async () => {
    await putDossier(coop);
    const forgotten = await coop.api.post(at(coop, '/control-persons'), CONTROL_DECLARATION);
    expect(refusalOf(forgotten)).toBe('428 dossiers/version-required');
    const stale = await coop.api.post(at(coop, '/control-persons'), CONTROL_DECLARATION, match('"7"'));
    expect(refusalOf(stale)).toBe('412 dossiers/version-stale');
    const saved = await coop.api.post(at(coop, '/control-persons'), CONTROL_DECLARATION, match('"1"'));
    expect(expectStatus(saved, 200).body).toEqual({ version: 2 });
    expect(saved.headers['etag']).toBe('"2"');
  });

  test('reads who manages it, and why there is no owner', async () => {
    const { body } = expectStatus(await coop.api.get(at(coop, '/control-persons')), 200);
    expect(body.declaresNoBeneficialOwner).toBe(true);
    expect(body.seniorManagingOfficials[0]).toMatchObject({ name: 'Ada Example', kind: 'person' });
    expect(body.unspecified[0].description).toBe(CONTROL_DECLARATION.noBeneficialOwner.description);
  });

  test('keeps the other blocks, has nothing to be warned of, and takes its own file back', async () => {
    const dossier = expectStatus(await coop.api.get(at(coop, '')), 200).body;
    expect(dossier).toMatchObject(DOSSIER);
    expect(dossier).not.toHaveProperty('warnings');
    const file = expectStatus(await coop.api.get(at(coop, '/bods')), 200);
    expect(file.headers['content-disposition']).toBe('attachment; filename="bods.json"');
    expect(file.headers['content-type']).toContain('application/json');
    expect(file.body).toEqual(dossier.controlPersons);
    expectStatus(await coop.api.put(at(coop, '/bods'), file.body, match('"2"')), 200);
    expect((await coop.api.get(at(coop, '/bods'))).body).toEqual(file.body);
  });

  test('leaves no name in the audit trail', async () => {
    const rows = await t.connection.db.selectFrom('audit_entries').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain('Ada Example');
  });
});

describe('a BODS file', () => {
  let coop: Organisation;
  beforeAll(async () => {
    coop = await newCoop();
    await putDossier(coop);
  });
  const put = (file: unknown, api = coop.api) => api.put(at(coop, '/bods'), file, match('*'));

  test('of the standard’s worked examples comes back as it was', async () => {
    const examples = JSON.parse(readFileSync('test/vectors/bods/examples.json', 'utf8'));
    for (const name of ['fermcat.json', 'tecido.json', 'nomination.json']) {
      expectStatus(await put(examples[name]), 200);
      expect((await coop.api.get(at(coop, '/bods'))).body).toEqual(examples[name]);
    }
  });

  test('is refused by statement and place, without what stood there, and nothing is saved', async () => {
    const before = (await coop.api.get(at(coop, ''))).body.version;
    const [good] = CONTROL_STATEMENTS;
    const answer = await put([good, { ...good, recordDetails: { personType: 'SECRET' } }]);
    expect(refusalOf(answer)).toBe('400 request/invalid');
    expect(pointersOf(answer)).toEqual(
      expect.arrayContaining(['/1/recordDetails/personType', '/1/recordDetails/isComponent']),
    );
    expect(answer.text).not.toContain('SECRET');
    expect(pointersOf(await put([good, good]))).toEqual(['/1/statementId']);
    const inDossier = await coop.api.put(
      at(coop, ''),
      { ...DOSSIER, controlPersons: [good, good] },
      match('*'),
    );
    expect(pointersOf(inDossier)).toEqual(['/controlPersons/1/statementId']);
    expect((await coop.api.get(at(coop, ''))).body.version).toBe(before);
  });

  test('that is hostile is refused', async () => {
    const [good] = CONTROL_STATEMENTS;
    const raw = (content: string) =>
      coop.api.put(at(coop, '/bods'), undefined, {
        raw: content,
        headers: { 'content-type': 'application/json', 'if-match': '*' },
      });
    const many = await put(Array(2_000).fill(good));
    expect(refusalOf(many)).toBe('413 request/too-large');
    const deep = JSON.stringify(good).slice(0, -1) + `,"x":${'['.repeat(1_000)}${']'.repeat(1_000)}}`;
    expect(refusalOf(await raw(`[${deep}]`))).toBe('400 request/invalid');
    const proto = JSON.stringify(good).replace('"isComponent"', '"__proto__":{"a":1},"isComponent"');
    expect((await raw(`[${proto}]`)).status).toBe(400);
  });

  test('warns in the dossier of what it refers to and does not hold', async () => {
    const [good] = CONTROL_STATEMENTS;
    const relationship = {
      ...good,
      statementId: '5b7273f7-6ca1-40f3-9146-646ce0f8b03e',
      recordId: 'r',
      recordType: 'relationship',
      recordDetails: { isComponent: false, subject: 'elsewhere', interestedParty: 'ada' },
    };
    expectStatus(await put([good, relationship]), 200);
    const { warnings } = (await coop.api.get(at(coop, ''))).body;
    expect(warnings).toMatchObject([
      { pointer: '/controlPersons/1/recordDetails/subject', code: 'control-persons/record-elsewhere' },
    ]);
  });

  test('is for who may see the dossier, and written by who may write it', async () => {
    const other = await newCoop();
    const machine = await createMachine(t, coop, ['applications']);
    const viewer = (await joinAs(t, coop, 'viewer')).api;
    for (const part of ['/bods', '/control-persons']) {
      expect(refusalOf(await other.api.get(at(coop, part)))).toBe('404 resource/not-found');
      expect(refusalOf(await machine.get(at(coop, part)))).toBe('403 auth/forbidden');
      expectStatus(await viewer.get(at(coop, part)), 200);
    }
    expect(refusalOf(await put(CONTROL_STATEMENTS, viewer))).toBe('403 auth/forbidden');
    expect(refusalOf(await put(CONTROL_STATEMENTS, other.api))).toBe('404 resource/not-found');
  });
});

describe('legal forms', () => {
  const list = (query: string) => t.api.get(`/v1/legal-forms?${query}`);

  test('are searched by country and words, by anybody', async () => {
    const { body, headers } = expectStatus(await list('country=PL&q=spoldzielnia'), 200);
    expect(body).toEqual({
      items: [
        {
          code: '8TOF',
          country: 'PL',
          names: [{ name: 'spółdzielnia', language: 'pl' }],
          status: 'active',
          isCooperative: true,
        },
      ],
    });
    expect(headers['cache-control']).toContain('public');
  });

  test('come in pages, each once', async () => {
    const whole = expectStatus(await list('country=FR&cooperative=true&limit=100'), 200).body;
    const codes: string[] = [];
    for (let next = ''; ;) {
      const { body } = expectStatus(await list(`country=FR&cooperative=true&limit=20${next}`), 200);
      codes.push(...body.items.map(({ code }: { code: string }) => code));
      if (body.next === undefined) break;
      next = `&after=${body.next}`;
    }
    expect(codes).toEqual(whole.items.map(({ code }: { code: string }) => code));
    expect(codes.length).toBeGreaterThan(40);
    expect(pointersOf(await list('country=FR&after=XLZV'))).toEqual(['/querystring/after']);
  });

  test('of a dossier must be there and in use; one that is not co-operative is warned of', async () => {
    const coop = await newCoop();
    const stating = (legalForm: string) => ({
      ...DOSSIER,
      legalIdentity: { ...DOSSIER.legalIdentity, legalForm },
    });
    const refused = await coop.api.put(at(coop, ''), stating('FVGZ'));
    expect([refusalOf(refused), pointersOf(refused)]).toEqual([
      '400 request/invalid',
      ['/legalIdentity/legalForm'],
    ]);
    const { body } = await putDossier(coop, stating('H0PO'));
    expect(body.warnings).toMatchObject([
      { pointer: '/legalIdentity/legalForm', code: 'legal-form/not-cooperative' },
    ]);
    expect((await coop.api.get(at(coop, ''))).body.warnings).toEqual(body.warnings);
    expect((await putDossier(coop, stating('Registered society'), '*')).body).not.toHaveProperty('warnings');
  });
});
