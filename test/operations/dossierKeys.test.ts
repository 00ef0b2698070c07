import { appendFile, cp, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDossierKeys } from '../../src/adapters/dossierKeys.js';
import { createEnvelope } from '../../src/adapters/envelope.js';
import { parseErasureList } from '../../src/adapters/erasureList.js';
import { newId } from '../../src/kernel/ids.js';
import type { DossierKeys, DossierRef } from '../../src/kernel/ports.js';
import { createTestClock } from '../support/clock.js';

const clock = createTestClock();
const envelope = createEnvelope(Buffer.alloc(32, 7));
const SECRET = Buffer.from('Ada Lovelace, born on 10 December 1815');
const CONTEXT = 'dossier-version:1';
let directory: string;
let keys: DossierKeys;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'coop-passport-keys-'));
  keys = await reopen();
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const newDossier = (generation = 1): DossierRef => ({ organisationId: newId<'organisation'>(), generation });
const fileOf = ({ organisationId, generation }: DossierRef) =>
  join(directory, 'keys', organisationId.slice(-2), `${organisationId}.${generation}`);
/** Another process on the same directory. */
const reopen = () =>
  openDossierKeys({ directory, erasureList: join(directory, 'erasures.ndjson') }, envelope, clock);
const create = async (dossier: DossierRef, store = keys) => {
  const sealer = await store.create(dossier);
  if (!sealer) throw new Error('the dossier was erased');
  return sealer;
};

describe('the key of a dossier', () => {
  it('opens in every process what one has sealed, and in no other dossier', async () => {
    const dossier = newDossier();
    const sealed = (await create(dossier)).seal(SECRET, CONTEXT);
    const elsewhere = await (await reopen()).find(dossier);
    expect(elsewhere?.open(sealed, CONTEXT)).toEqual(SECRET);
    const other = await create(newDossier());
    expect(() => other.open(sealed, CONTEXT)).toThrow('cannot be opened');
    const next = await create({ ...dossier, generation: 2 });
    expect(() => next.open(sealed, CONTEXT)).toThrow('cannot be opened');
  });

  it('is one, however many make it at once', async () => {
    const dossier = newDossier();
    const stores = await Promise.all([reopen(), reopen(), reopen()]);
    const sealers = await Promise.all([...stores, ...stores].map((store) => create(dossier, store)));
    const sealed = sealers.map((sealer) => sealer.seal(SECRET, CONTEXT));
    for (const one of sealed) expect(sealers[0]?.open(one, CONTEXT)).toEqual(SECRET);
  });

  it('lies in a file for this user only, wrapped, with no draft left behind', async () => {
    const dossier = newDossier();
    await create(dossier);
    const { mode } = await stat(fileOf(dossier));
    expect(mode & 0o777).toBe(0o600);
    expect((await stat(join(directory, 'keys'))).mode & 0o777).toBe(0o700);
    // Version, nonce, tag and 32 bytes under the key-encryption key, as the envelope has it.
    expect((await readFile(fileOf(dossier))).length).toBe(61);
    expect(await readdir(join(directory, 'tmp'))).toEqual([]);
  });

  it('does not open in the place of another one', async () => {
    const [one, other] = [newDossier(), newDossier()];
    await create(one);
    await create(other);
    await cp(fileOf(one), fileOf(other));
    await expect(keys.find(other)).rejects.toThrow('cannot be opened');
  });

  it('that is neither there nor destroyed is missing, and is not made anew by looking', async () => {
    const dossier = newDossier();
    await expect(keys.find(dossier)).rejects.toMatchObject({ code: 'dossiers/key-missing' });
    await expect(keys.find(dossier)).rejects.toMatchObject({ code: 'dossiers/key-missing' });
  });
});

describe('a destroyed key', () => {
  it('is on the list and gone for every process, and is never made again', async () => {
    const dossier = newDossier();
    const other = await reopen();
    await create(dossier, other);
    await keys.destroy(dossier, clock.now());
    await expect(stat(fileOf(dossier))).rejects.toMatchObject({ code: 'ENOENT' });
    for (const store of [keys, other, await reopen()]) {
      expect(await store.find(dossier)).toBeUndefined();
      expect(await store.create(dossier)).toBeUndefined();
    }
    expect(await keys.listErased()).toContainEqual({ ...dossier, at: clock.now() });
    expect(await create({ ...dossier, generation: 2 })).toBeDefined();
  });

  it('does not open anything when a backup of its file is put back, and goes again with the next destroy', async () => {
    const dossier = newDossier();
    const sealed = (await create(dossier)).seal(SECRET, CONTEXT);
    const backup = await readFile(fileOf(dossier));
    await keys.destroy(dossier, clock.now());
    await appendFile(fileOf(dossier), backup);
    expect(await keys.find(dossier)).toBeUndefined();
    expect(await keys.create(dossier)).toBeUndefined();
    await keys.destroy(dossier, clock.now());
    await expect(stat(fileOf(dossier))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(sealed.includes(SECRET)).toBe(false);
    const listed = (await keys.listErased()).filter((one) => one.organisationId === dossier.organisationId);
    expect(listed).toHaveLength(1);
  });

  it('that was never made can be destroyed all the same', async () => {
    const dossier = newDossier(7);
    await keys.destroy(dossier, clock.now());
    expect(await keys.create(dossier)).toBeUndefined();
  });
});

describe('the erasure list', () => {
  const line = (generation: unknown, at = '2026-11-20T09:00:00.000Z') =>
    JSON.stringify({ organisationId: '0198c0de-0000-7000-8000-000000000001', generation, at });

  it('is read to its end past what a crash has cut, and past what is no erasure', () => {
    const text = [
      line(1),
      line(2).slice(0, 50),
      '',
      line(0),
      line(1.5),
      line('3'),
      line(4, 'soon'),
      'null',
      line(5),
    ];
    expect(parseErasureList(text.join('\n')).map(({ generation }) => generation)).toEqual([1, 5]);
  });

  it('takes the next erasure on a line of its own after a cut one', async () => {
    const dossier = newDossier();
    await appendFile(join(directory, 'erasures.ndjson'), line(9).slice(0, 40));
    await keys.destroy(dossier, clock.now());
    expect((await (await reopen()).listErased()).at(-1)).toEqual({ ...dossier, at: clock.now() });
  });
});
