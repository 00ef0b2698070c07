import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { connectPostgres, connectUnconfined } from '../../src/adapters/database/connect.js';
import { requireConfinedUser } from '../../src/adapters/database/serviceUser.js';
import { confirmInstallation } from '../../src/adapters/database/settings.js';
import { readConfig } from '../../src/config.js';
import { migrateDatabaseOf, openInstallation } from '../../src/start.js';
import { silentLogger, TEST_KEY_ENCRYPTION_KEY } from '../support/app.js';
import { onPostgres, openTestDatabase, type TestDatabase } from '../support/database.js';
import { findFreePort, startProcess } from '../support/serviceProcess.js';
import { databaseUrl, onServer } from '../support/template.js';

/** As whom the service agrees to serve. Users are the server's: those that are made here go at the end. */
describe.skipIf(!onPostgres)('the user of DATABASE_URL', () => {
  const template = inject('postgresTemplate') ?? { url: '', name: '', owner: {}, service: {} };
  const suffix = randomBytes(4).toString('hex');
  const users: string[] = [];
  const databases: string[] = [];
  let database: TestDatabase;
  let name: string;

  beforeAll(async () => {
    database = await openTestDatabase();
    name = new URL(database.connectionString ?? '').pathname.slice(1);
  });
  afterAll(async () => {
    await database?.close();
    for (const one of databases) await onServer(template.url, `drop database if exists ${one} with (force)`);
    for (const user of users) await onServer(template.url, `drop role if exists ${user}`);
  });

  /** An address of the database for a new user. */
  async function createUser(attributes: string, ...grants: string[]): Promise<string> {
    const user = `coop_passport_test_${suffix}_${users.length}`;
    const password = randomBytes(16).toString('hex');
    users.push(user);
    await onServer(template.url, `create role ${user} login ${attributes} password '${password}'`);
    for (const grant of grants) await onServer(template.url, `grant ${grant} to ${user}`);
    return databaseUrl(template.url, name, { user, password });
  }

  async function judge(url: string): Promise<void> {
    const connection = connectPostgres(url, { poolSize: 1 });
    await requireConfinedUser(connection).finally(connection.close);
  }

  const isSuperuser = async (): Promise<boolean> => {
    const { rows } = await onServer(
      template.url,
      'select rolsuper from pg_roles where rolname = current_user',
    );
    return (rows as { rolsuper: boolean }[])[0]?.rolsuper === true;
  };

  test('is good as it was admitted', async () => {
    await expect(judge(database.connectionString ?? '')).resolves.toBeUndefined();
  });

  test('is not the owner, nor who may become the owner', async () => {
    await expect(judge(database.ownerUrl ?? '')).rejects.toThrow(
      /who owns the tables .* MIGRATION_DATABASE_URL/,
    );
    const member = await createUser('noinherit', 'coop_passport_test_owner');
    await expect(judge(member)).rejects.toThrow(/who owns the tables/);
  });

  test('is no superuser, and has no BYPASSRLS', async ({ skip }) => {
    if (!(await isSuperuser())) skip();
    for (const attribute of ['superuser', 'bypassrls'])
      await expect(judge(await createUser(attribute)), attribute).rejects.toThrow(
        /row-level security does not stop/,
      );
  });

  test('may become the roles of the service', async () => {
    await expect(judge(await createUser('noinherit', 'coop_passport_member'))).rejects.toThrow(
      /may not become coop_passport_operator, coop_passport_accounts/,
    );
  });

  test('is none of them at once, and not the one that sees what functions answer from', async () => {
    const all = [
      'coop_passport_public, coop_passport_member, coop_passport_operator, coop_passport_accounts, coop_passport_issuance',
      'coop_passport_idempotency, coop_passport_upkeep, coop_passport_sealing, coop_passport_watch, coop_passport_retention',
      'coop_passport_registers, coop_passport_counterpart, coop_passport_telling, coop_passport_digests, coop_passport_statistics',
    ];
    await expect(judge(await createUser('inherit', ...all))).rejects.toThrow(/alter role \w+ noinherit/);
    await expect(judge(await createUser('noinherit', ...all, 'coop_passport_facts'))).rejects.toThrow(
      /without becoming one of the service's roles/,
    );
  });

  test('sees nothing by itself', async () => {
    const { db, close } = connectUnconfined(database.connectionString ?? '', { poolSize: 1 });
    try {
      for (const table of ['organisations', 'dossier_versions', 'people', 'signing_keys'] as const)
        await expect(db.selectFrom(table).selectAll().execute(), table).rejects.toMatchObject({
          code: '42501',
        });
    } finally {
      await close();
    }
  });

  test('is admitted by the migration, which its own service may not do', { timeout: 120_000 }, async () => {
    const fresh = `coop_passport_test_${suffix}`;
    databases.push(fresh);
    await onServer(template.url, `create database ${fresh} owner coop_passport_test_owner`);
    const user = new URL(await createUser('inherit'));
    user.pathname = fresh;
    const folder = await mkdtemp(join(tmpdir(), 'coop-passport-user-'));
    const environment = {
      PUBLIC_URL: 'https://passport.test',
      DATABASE_URL: user.href,
      DATA_DIR: folder,
      KEY_ENCRYPTION_KEY: TEST_KEY_ENCRYPTION_KEY.toString('base64'),
    };
    const open = (more: Record<string, string> = {}) =>
      openInstallation(readConfig({ ...environment, ...more }), silentLogger, confirmInstallation);
    const owner = databaseUrl(template.url, fresh, template.owner);
    const both = readConfig({ ...environment, MIGRATION_DATABASE_URL: owner });
    try {
      await expect(open()).rejects.toThrow('was never migrated. Set MIGRATION_DATABASE_URL');
      await expect(migrateDatabaseOf(readConfig(environment), silentLogger)).rejects.toThrow(
        'Set MIGRATION_DATABASE_URL',
      );
      expect(await migrateDatabaseOf(both, silentLogger)).toContain('0020_isolation');
      expect(await migrateDatabaseOf(both, silentLogger)).toEqual([]);
      await (await open()).close();
      const asOwner = await startProcess(await findFreePort(), { ...environment, DATABASE_URL: owner });
      expect(asOwner).toMatchObject({
        code: 1,
        output: expect.stringMatching(/^DATABASE_URL signs in as \w+, who owns the tables .*\n$/) as string,
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('of another version does not serve', async () => {
    await database.db
      .insertInto('kysely_migration' as never)
      .values({ name: '9999_from_the_future', timestamp: '2027' })
      .execute();
    await expect(judge(database.connectionString ?? '')).rejects.toThrow(
      /newer version, which applied 9999_from_the_future/,
    );
    await database.db
      .deleteFrom('kysely_migration' as never)
      .where('name' as never, 'in', ['9999_from_the_future', '0020_isolation'] as never)
      .execute();
    await expect(judge(database.connectionString ?? '')).rejects.toThrow(/lacks 0020_isolation/);
  });
});
