import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import {
  accredit,
  apply,
  expectStatus,
  putDossier,
  registerOrganisation,
  signInOperator,
  type Organisation,
} from '../support/network.js';
import {
  addEvidence,
  encodeMultipart,
  filePart,
  METADATA,
  metadataPart,
  PDF_FILE,
  TEXT_FILE,
  upload,
  type Part,
} from '../support/multipart.js';
import { createMachine, joinAs, refusalOf } from '../support/people.js';

const MAX_BYTES = 100_000;
let t: TestApp;
let coop: Organisation;

beforeAll(async () => {
  t = await startApp({ environment: { EVIDENCE_MAX_BYTES: String(MAX_BYTES), BODY_MAX_BYTES: '20000' } });
  coop = await registerOrganisation(t.api, 'Evidence Co-op');
  await putDossier(coop);
});
afterAll(() => t.close());

const urlOf = (owner: Organisation, id = '') => `/v1/organisations/${owner.id}/evidence${id && `/${id}`}`;

async function listBlobs(): Promise<string[]> {
  const entries = await readdir(t.blobFolder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

const countRows = async () =>
  Number(
    (
      await t.connection.db
        .selectFrom('evidence')
        .select((eb) => eb.fn.countAll().as('rows'))
        .executeTakeFirstOrThrow()
    ).rows,
  );

/** What it takes to leave nothing behind: no blob, no draft of one, no row. */
async function expectNothingKept(attempt: () => Promise<unknown>): Promise<void> {
  const before = { blobs: await listBlobs(), rows: await countRows() };
  await attempt();
  expect({ blobs: await listBlobs(), rows: await countRows() }).toEqual(before);
}

const attachmentOf = (id: string, owner = coop) => ({
  desc: METADATA.title,
  content_type: 'application/pdf',
  url: `${t.config.publicUrl}${urlOf(owner, id)}`,
  digest: { alg: 'sha-256', value: createHash('sha256').update(PDF_FILE).digest('base64') },
});

describe('handing in', () => {
  test.each<[string, Part[]]>([
    ['metadata first', [metadataPart(), filePart()]],
    ['the file first', [filePart(), metadataPart()]],
    ['metadata as a plain field', [{ name: 'metadata', content: JSON.stringify(METADATA) }, filePart()]],
    ['metadata as a file part', [{ ...metadataPart(), filename: 'metadata.json' }, filePart()]],
    ['the file first, metadata as a file part', [filePart(), { ...metadataPart(), filename: 'blob' }]],
  ])('%s', async (_order, parts) => {
    const { body, headers } = expectStatus(await upload(coop, parts), 201);
    expect(body).toEqual({
      id: expect.any(String),
      digest: `sha256-${createHash('sha256').update(PDF_FILE).digest('base64')}`,
      mediaType: 'application/pdf',
      size: PDF_FILE.length,
      ...METADATA,
      attachment: attachmentOf(body.id),
      createdAt: t.clock.now().toISOString(),
      retainUntil: '2033-11-20T09:00:00.000Z',
    });
    expect(headers['location']).toBe(urlOf(coop, body.id));
  });

  test('what kind of file it is, is seen and not believed', async () => {
    const text = await upload(coop, [metadataPart(), filePart(TEXT_FILE, 'application/pdf')]);
    expect(text.body.mediaType).toBe('text/plain');
    const pdf = await upload(coop, [metadataPart(), filePart(PDF_FILE, 'text/html')]);
    expect(pdf.body.mediaType).toBe('application/pdf');
  });

  test('a file of exactly the largest size is taken', async () => {
    const content = Buffer.alloc(MAX_BYTES, 'a');
    const { body } = expectStatus(await upload(coop, [metadataPart(), filePart(content)]), 201);
    expect(body.size).toBe(MAX_BYTES);
  });

  test('the list gives all of it, a page at a time', async () => {
    const owner = await registerOrganisation(t.api, 'Listing Co-op');
    const ids = [await addEvidence(owner), await addEvidence(owner), await addEvidence(owner)];
    const first = expectStatus(await owner.api.get(`${urlOf(owner)}?limit=2`), 200).body;
    const second = expectStatus(await owner.api.get(`${urlOf(owner)}?limit=2&after=${first.next}`), 200).body;
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids);
    expect(second).not.toHaveProperty('next');
  });
});

describe('what is refused leaves nothing behind', () => {
  const ZIP = Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(200)]);
  const EXE = Buffer.concat([Buffer.from('MZ'), Buffer.alloc(200)]);

  test.each<[string, string | Buffer]>([
    ['HTML', '<!doctype html><script>alert(1)</script>'],
    ['HTML after blanks', '\n\n  <html><body>hello</body></html>'],
    ['HTML after a byte order mark', '\ufeff<script>alert(1)</script>'],
    ['SVG', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'],
    ['XML', '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['a program', EXE],
    ['an archive', ZIP],
    ['nothing', ''],
    ['blanks', '  \n '],
    ['unknown bytes', Buffer.from([0, 1, 2, 3, 255, 254])],
  ])('%s', async (_kind, content) => {
    await expectNothingKept(async () => {
      const answer = await upload(coop, [metadataPart(), filePart(content, 'application/pdf')]);
      expect(refusalOf(answer)).toBe('415 evidence/type-not-allowed');
    });
  });

  test.each([1, 50_000])('%s bytes too many', async (more) => {
    await expectNothingKept(async () => {
      const content = Buffer.alloc(MAX_BYTES + more, 'a');
      const answer = await upload(coop, [metadataPart(), filePart(content)]);
      expect(refusalOf(answer)).toBe('413 evidence/too-large');
    });
  });

  const field = (name: string, content = 'x'): Part => ({ name, content });

  test.each<[string, Part[], string, string?]>([
    ['no parts', [], '400 request/invalid'],
    ['no file', [metadataPart()], '400 request/invalid', '/file'],
    ['no metadata', [filePart()], '400 request/invalid', '/metadata'],
    ['the file as a field', [metadataPart(), field('file')], '400 request/invalid', '/file'],
    ['a part of another name', [field('other'), filePart()], '400 request/invalid', '/parts'],
    ['metadata twice', [metadataPart(), metadataPart(), filePart()], '400 request/invalid', '/parts'],
    ['two files', [filePart(), filePart()], '400 request/invalid', '/file'],
    ['three parts', [filePart(), metadataPart(), filePart()], '413 request/too-large'],
    ['metadata that are no JSON', [field('metadata', '{'), filePart()], '400 request/malformed-json'],
    [
      'metadata of no type',
      [metadataPart({ title: 'x' }), filePart()],
      '400 request/invalid',
      '/metadata/type',
    ],
    [
      'metadata of an unknown type',
      [metadataPart({ ...METADATA, type: 'rumour' }), filePart()],
      '400 request/invalid',
      '/metadata/type',
    ],
    [
      'an unknown member after the file',
      [filePart(), metadataPart({ ...METADATA, secret: 1 })],
      '400 request/invalid',
      '/metadata/secret',
    ],
    [
      'a title with NUL',
      [metadataPart({ ...METADATA, title: 'a\0b' }), filePart()],
      '400 request/invalid',
      '/metadata/title',
    ],
    [
      'a title with half a character',
      [
        { name: 'metadata', content: '{"type":"document","title":"\\ud800"}', type: 'application/json' },
        filePart(),
      ],
      '400 request/invalid',
      '/metadata/title',
    ],
    [
      'metadata that are not UTF-8',
      [
        {
          ...metadataPart(),
          filename: 'm',
          content: Buffer.from('{"type":"document","title":"\xff"}', 'latin1'),
        },
        filePart(),
      ],
      '400 request/malformed-json',
    ],
    ['metadata that are a list', [metadataPart([]), filePart()], '400 request/invalid'],
    [
      'metadata of 70 KB',
      [metadataPart({ ...METADATA, title: 'x'.repeat(70_000) }), filePart()],
      '413 request/too-large',
    ],
  ])('%s', async (_what, parts, refusal, pointer) => {
    await expectNothingKept(async () => {
      const answer = await upload(coop, parts);
      expect(refusalOf(answer)).toBe(refusal);
      if (pointer !== undefined)
        expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
    });
  });

  test('JSON instead of parts', async () => {
    const answer = await coop.api.post(urlOf(coop), METADATA);
    expect(refusalOf(answer)).toBe('415 request/unsupported-media-type');
  });

  test('no body at all', async () => {
    const answer = await coop.api.post(urlOf(coop));
    expect(answer.status).toBe(415);
  });

  test.each(['multipart/form-data', 'multipart/form-data; boundary=', 'multipart/form-data; boundary=other'])(
    'a body under %s, which is not its boundary',
    async (contentType) => {
      await expectNothingKept(async () => {
        const { raw } = encodeMultipart([metadataPart(), filePart()]);
        const answer = await coop.api.post(urlOf(coop), undefined, {
          headers: { 'content-type': contentType },
          raw,
        });
        expect(answer.status).toBeGreaterThanOrEqual(400);
        expect(answer.status).toBeLessThan(500);
      });
    },
  );

  test('a body that ends in the middle of the file', async () => {
    await expectNothingKept(async () => {
      const { contentType, raw } = encodeMultipart([metadataPart(), filePart(Buffer.alloc(50_000, 'a'))]);
      const answer = await coop.api.post(urlOf(coop), undefined, {
        headers: { 'content-type': contentType },
        raw: raw.subarray(0, raw.length - 1000),
      });
      expect(answer.status).toBe(400);
    });
  });

  test('a connection that is cut in the middle of the file', async () => {
    await t.app.server.listen({ port: 0, host: '127.0.0.1' });
    await expectNothingKept(async () => {
      const content = Buffer.concat([PDF_FILE, Buffer.alloc(90_000, 'a')]);
      const { contentType, raw } = encodeMultipart([metadataPart(), filePart(content)]);
      const { body } = expectStatus(
        await t.api.post('/v1/sessions', { email: coop.email, password: coop.password }),
        201,
      );
      const socket = connect((t.app.server.server.address() as AddressInfo).port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write(
        `POST ${urlOf(coop)} HTTP/1.1\r\nhost: passport.test\r\nauthorization: Bearer ${body.accessToken}\r\n` +
          `content-type: ${contentType}\r\ncontent-length: ${raw.length}\r\n\r\n`,
      );
      socket.write(raw.subarray(0, 60_000));
      await untilThereIsADraft();
      socket.destroy();
      await untilThereIsNoDraft();
    });
  });

  const drafts = async () => readdir(join(t.blobFolder, 'tmp'));
  const untilThereIsADraft = () => expect.poll(drafts, { timeout: 5_000 }).toHaveLength(1);
  const untilThereIsNoDraft = () => expect.poll(drafts, { timeout: 5_000 }).toHaveLength(0);
});

test('at rest a file is encrypted', async () => {
  const secret = 'the members of Evidence Co-op met in secret';
  const before = await listBlobs();
  await addEvidence(coop, [metadataPart(), filePart(secret.repeat(50), 'text/plain')]);
  const [blob, ...others] = (await listBlobs()).filter((path) => !before.includes(path));
  expect(others).toEqual([]);
  const bytes = await readFile(blob ?? '');
  expect(bytes.includes('members')).toBe(false);
});

describe('getting it back', () => {
  test('gives the same bytes, to be saved and not to be run', async () => {
    const id = await addEvidence(coop);
    const { text, headers } = expectStatus(await coop.api.get(urlOf(coop, id)), 200);
    expect(text).toBe(PDF_FILE.toString());
    expect(headers).toMatchObject({
      'content-type': 'application/pdf',
      'content-disposition': 'attachment; filename="rules-of-the-society.pdf"',
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-store',
      'content-length': String(PDF_FILE.length),
    });
  });

  test('a file of many pieces comes back whole', async () => {
    const content = Buffer.concat([PDF_FILE, Buffer.alloc(90_000, 'abcdefg')]);
    const id = await addEvidence(coop, [filePart(content), metadataPart()]);
    expect((await coop.api.get(urlOf(coop, id))).text).toBe(content.toString());
  });

  test('every member of the organisation reads it, a viewer too', async () => {
    const id = await addEvidence(coop);
    const { api } = await joinAs(t, coop, 'viewer');
    expectStatus(await api.get(urlOf(coop, id)), 200);
    const added = await upload({ ...coop, api });
    expect(refusalOf(added)).toBe('403 auth/forbidden');
  });

  test('a machine needs the scope "dossier"', async () => {
    const id = await addEvidence(coop);
    const without = await createMachine(t, coop, ['verify']);
    expect(refusalOf(await without.get(urlOf(coop, id)))).toBe('403 auth/forbidden');
    expectStatus(await (await createMachine(t, coop, ['dossier'])).get(urlOf(coop, id)), 200);
  });

  test('under the address of another organisation it is not there', async () => {
    const id = await addEvidence(coop);
    const other = await registerOrganisation(t.api, 'Other');
    expect(refusalOf(await other.api.get(urlOf(other, id)))).toBe('404 resource/not-found');
    expect(refusalOf(await other.api.get(urlOf(coop, id)))).toBe('404 resource/not-found');
    expect(refusalOf(await t.api.get(urlOf(coop, id)))).toBe('401 auth/required');
  });
});

describe('a registrar', () => {
  async function meet() {
    const applicant = await registerOrganisation(t.api, 'Applicant');
    const registrar = await registerOrganisation(t.api, 'Registrar');
    await putDossier(applicant);
    const see = async (id: string) => (await registrar.api.get(urlOf(applicant, id))).status;
    return { applicant, registrar, see };
  }

  test('sees what was handed in before the application, from the application on', async () => {
    const { applicant, registrar, see } = await meet();
    const id = await addEvidence(applicant);
    expect(await see(id)).toBe(404);
    const applicationId = await apply(applicant, registrar);
    expect(await see(id)).toBe(200);
    const { body } = await registrar.api.get(`/v1/applications/${applicationId}`);
    expect(body.evidence).toEqual([
      {
        id,
        ...METADATA,
        mediaType: 'application/pdf',
        size: PDF_FILE.length,
        attachment: attachmentOf(id, applicant),
      },
    ]);
  });

  test('does not see what came after it, until the co-op hands it in as well', async () => {
    const { applicant, registrar, see } = await meet();
    const applicationId = await apply(applicant, registrar);
    t.clock.advance(1);
    const id = await addEvidence(applicant);
    expect(await see(id)).toBe(404);
    const { body } = await registrar.api.get(`/v1/applications/${applicationId}`);
    expect(body.evidence).toEqual([]);
    expectStatus(await registrar.api.post(`/v1/applications/${applicationId}/assignee`, {}), 200);
    await accreditAndAsk(registrar, applicationId);
    expectStatus(await applicant.api.post(`/v1/applications/${applicationId}/resubmit`, {}), 200);
    expect(await see(id)).toBe(200);
  });

  test('sees nothing any more once the application is withdrawn', async () => {
    const { applicant, registrar, see } = await meet();
    const id = await addEvidence(applicant);
    const applicationId = await apply(applicant, registrar);
    expect(await see(id)).toBe(200);
    expectStatus(await applicant.api.post(`/v1/applications/${applicationId}/withdraw`, {}), 200);
    expect(await see(id)).toBe(404);
  });

  test('shows it to its reviewers, and to no machine without the scope "review"', async () => {
    const { applicant, registrar } = await meet();
    const id = await addEvidence(applicant);
    await apply(applicant, registrar);
    const reviewer = await joinAs(t, registrar, 'reviewer');
    expectStatus(await reviewer.api.get(urlOf(applicant, id)), 200);
    const machine = await createMachine(t, registrar, ['dossier', 'applications']);
    expect(refusalOf(await machine.get(urlOf(applicant, id)))).toBe('403 auth/forbidden');
  });

  async function accreditAndAsk(registrar: Organisation, applicationId: string): Promise<void> {
    await accredit(await signInOperator(t.api), registrar);
    const decision = { outcome: 'information_requested', reason: 'Send the rules.' };
    expectStatus(await registrar.api.post(`/v1/applications/${applicationId}/decision`, decision), 200);
  }
});
