import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBlobStore } from '../../src/adapters/blobStore.js';
import { encryptStream } from '../../src/adapters/chunkedCipher.js';
import { createEnvelope } from '../../src/adapters/envelope.js';
import type { EvidenceId } from '../../src/kernel/ids.js';
import { startApp, TEST_KEY_ENCRYPTION_KEY, type TestApp } from '../support/app.js';
import { addEvidence, filePart, METADATA, metadataPart, PDF_FILE } from '../support/multipart.js';
import { expectStatus, registerOrganisation, type Organisation } from '../support/network.js';
import { refusalOf } from '../support/people.js';

/** Keys of files that were handed in before dossiers had keys of their own: they were wrapped under the installation's. */
let t: TestApp;
let coop: Organisation;
const envelope = createEnvelope(Buffer.from(TEST_KEY_ENCRYPTION_KEY));

beforeAll(async () => {
  t = await startApp();
  coop = await registerOrganisation(t.api, 'Early Co-op');
});
afterAll(() => t.close());

const urlOf = (id: string) => `/v1/organisations/${coop.id}/evidence/${id}`;
const rowOf = (id: string) =>
  t.connection.db
    .selectFrom('evidence')
    .select(['wrapped_key', 'key_generation'])
    .where('id', '=', id as EvidenceId)
    .executeTakeFirstOrThrow();

/** A file as it was stored then. */
async function addEarlyFile(): Promise<string> {
  const id = await addEvidence(coop);
  const { dataKey, wrapped } = envelope.newDataKey(`evidence:${id}`);
  const blobs = await openBlobStore(t.blobFolder, t.clock);
  await blobs.put(id, Readable.from([PDF_FILE]).pipe(encryptStream(dataKey, id)));
  await t.connection.db
    .updateTable('evidence')
    .set({ wrapped_key: wrapped, key_generation: null })
    .where('id', '=', id as EvidenceId)
    .execute();
  return id;
}

async function expectReadable(ids: readonly string[]): Promise<void> {
  for (const id of ids)
    expect(expectStatus(await coop.api.get(urlOf(id)), 200).text).toBe(PDF_FILE.toString());
}

describe('the keys of early files', () => {
  let early: string[];
  let deleted: string;
  let today: string;

  beforeAll(async () => {
    early = [await addEarlyFile(), await addEarlyFile(), await addEarlyFile()];
    today = await addEvidence(coop);
    deleted = await addEvidence(coop, [metadataPart({ ...METADATA, retention: 'PT1M' }), filePart()]);
    t.clock.advance(60);
    await t.app.deleteExpiredEvidence();
  });

  test('open the files as they are', () => expectReadable(early));

  test('are put under the key of the dossier once, whoever is at it, and no others are touched', async () => {
    const before = await Promise.all([today, deleted].map(rowOf));
    const taken = await Promise.all([t.app.rewrapKeys(), t.app.rewrapKeys()]);
    expect(taken.reduce((sum, one) => sum + one)).toBe(early.length);
    expect(await t.app.rewrapKeys()).toBe(0);
    for (const id of early) {
      const { wrapped_key: wrapped, key_generation: generation } = await rowOf(id);
      expect(generation).toBe(1);
      expect(() => envelope.unwrap(wrapped ?? Buffer.alloc(0), `evidence:${id}`)).toThrow('cannot be opened');
    }
    expect(await Promise.all([today, deleted].map(rowOf))).toEqual(before);
    await expectReadable([...early, today]);
  });

  test('go with the dossier from then on, and those that nobody has put under it as well', async () => {
    const late = await addEarlyFile();
    const erasure = { confirm: coop.slug };
    expectStatus(await coop.api.post(`/v1/organisations/${coop.id}/dossier/erasure`, erasure), 200);
    for (const id of [...early, today, late])
      expect(refusalOf(await coop.api.get(urlOf(id)))).toBe('410 evidence/erased');
    expect(refusalOf(await coop.api.get(urlOf(deleted))), 'its time was over before').toBe(
      '410 evidence/deleted',
    );
    expect(await t.app.rewrapKeys()).toBe(0);
  });
});
