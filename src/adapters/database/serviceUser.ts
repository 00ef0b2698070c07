import { sql } from 'kysely';
import pg from 'pg';
import { ConfigError } from '../../config.js';
import { connectUnconfined, type DatabaseConnection } from './connect.js';
import { DATABASE_ROLES } from './context.js';
import { compareSchema } from './migrate.js';
import type { Executor } from './schema.js';

/** The user that DATABASE_URL names: it may become the roles of the service, and is nobody by itself. */

/** Lets a user become the roles, and be none of them at once: as the owner, who made them. */
export async function admitServiceUser(owner: Executor, databaseUrl: string): Promise<void> {
  const { user = '' } = new pg.Client({ connectionString: databaseUrl });
  const { rows } = await sql<{ version: number; missing: string[]; inherits: boolean }>`
    select current_setting('server_version_num')::int as version,
      array(select role from unnest(${DATABASE_ROLES}::text[]) role where not pg_has_role(rolname, role, 'member')) as missing,
      rolinherit and not rolsuper as inherits
    from pg_roles where rolname = ${user}`.execute(owner);
  const [found] = rows;
  if (!found) throw new ConfigError(`DATABASE_URL names the user ${user}, whom the database does not know.`);
  const isPerGrant = found.version >= 160_000;
  for (const role of found.missing) {
    const options = isPerGrant ? sql` with inherit false, set true` : sql``;
    await sql`grant ${sql.id(role)} to ${sql.id(user)}${options}`.execute(owner);
  }
  // Before PostgreSQL 16 a user inherits all roles or none.
  if (!isPerGrant && found.inherits) await sql`alter role ${sql.id(user)} noinherit`.execute(owner);
}

interface Standing {
  readonly user: string;
  /** A superuser, somebody with BYPASSRLS, or who may become one. */
  readonly isUnstoppable: boolean;
  readonly isOwner: boolean;
  readonly isMigrated: boolean;
  /** Roles of the service that it may not become. */
  readonly missing: string[];
  readonly seesByItself: boolean;
}

/**
 * Throws {@link ConfigError} where row-level security would not hold: nobody serves as somebody whom no policy stops. Also where the schema
 * is not that of this version, since the service may not mend that.
 */
export async function requireConfinedUser(connection: DatabaseConnection): Promise<void> {
  const fault = findFault(await readStanding(connection.connectionString ?? ''));
  if (fault !== undefined) throw new ConfigError(fault);
  const { pending, unknown } = await compareSchema(connection.db);
  if (unknown.length > 0) {
    throw new ConfigError(`The database is of a newer version, which applied ${unknown.join(', ')}.`);
  }
  if (pending.length > 0) throw new ConfigError(`The database lacks ${pending.join(', ')}. ${MIGRATE}`);
}

async function readStanding(databaseUrl: string): Promise<Standing> {
  const { db, close } = connectUnconfined(databaseUrl, { poolSize: 1 });
  try {
    const { rows } = await sql<Standing>`
      with roles as (
        select name, oid from unnest(${DATABASE_ROLES}::text[]) name left join pg_roles on rolname = name
      ), tables as (
        select pg_class.oid, relowner from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
      )
      select session_user as user,
        exists (select from pg_roles where (rolsuper or rolbypassrls) and pg_has_role(oid, 'member')) as "isUnstoppable",
        exists (select from tables where pg_has_role(relowner, 'member')) as "isOwner",
        not exists (select from roles where oid is null) and to_regprocedure('coop_passport_organisation()') is not null as "isMigrated",
        array(select name from roles where not pg_has_role(oid, 'member')) as missing,
        exists (
          select from tables where has_any_column_privilege(oid, 'select, insert, update') or has_table_privilege(oid, 'delete, truncate')
        ) or exists (select from pg_roles where rolname = 'coop_passport_facts' and pg_has_role(oid, 'member')) as "seesByItself"`.execute(
      db,
    );
    const [standing] = rows;
    if (!standing) throw new Error('the database does not say who asks it');
    return standing;
  } finally {
    await close();
  }
}

const MIGRATE =
  'Set MIGRATION_DATABASE_URL to the owner of the database, and run "coop-passport migrate" or start the service with it.';

function findFault(standing: Standing): string | undefined {
  const { user, missing } = standing;
  const another = 'Create a user who is neither, with: create role coop_passport login noinherit password …';
  if (standing.isUnstoppable) {
    return `DATABASE_URL signs in as ${user}, a superuser or somebody with BYPASSRLS, whom row-level security does not stop. ${another}`;
  }
  if (standing.isOwner) {
    return `DATABASE_URL signs in as ${user}, who owns the tables and could lift row-level security. Name the owner in MIGRATION_DATABASE_URL. ${another}`;
  }
  if (!standing.isMigrated) return `The database was never migrated. ${MIGRATE}`;
  if (missing.length > 0)
    return `DATABASE_URL signs in as ${user}, who may not become ${missing.join(', ')}. ${MIGRATE}`;
  if (standing.seesByItself) {
    return `DATABASE_URL signs in as ${user}, who may read or change tables without becoming one of the service's roles. Use: alter role ${user} noinherit, and revoke what was granted to it.`;
  }
  return undefined;
}
