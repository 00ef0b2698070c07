import { ConfigError } from '../../config.js';
import type { Envelope } from '../envelope.js';
import { inWork } from './context.js';
import type { Executor } from './schema.js';

/**
 * What the first start decides for good: the public URL, because DIDs contain it, and the key-encryption key, because nothing opens
 * without it. Throws {@link ConfigError} when a later start comes with others.
 */
export async function confirmInstallation(
  db: Executor,
  publicUrl: string,
  envelope: Envelope,
): Promise<void> {
  await inWork('upkeep', async () => {
    await remember(db, 'public_url', publicUrl);
    await remember(db, 'key_check', envelope.seal(Buffer.from(publicUrl), 'key-check').toString('base64'));
  });
  await requireInstallation(db, publicUrl, envelope);
}

/** The same for whoever must not be the first: throws {@link ConfigError} also where the service was never started. */
export async function requireInstallation(
  db: Executor,
  publicUrl: string,
  envelope: Envelope,
): Promise<void> {
  const [known, sealed] = await inWork('upkeep', async () => [
    await recall(db, 'public_url'),
    await recall(db, 'key_check'),
  ]);
  if (known === undefined || sealed === undefined) {
    throw new ConfigError(
      'The service was never started on this database: start it first, or name another DATABASE_URL or DATA_DIR.',
    );
  }
  if (known !== publicUrl) {
    throw new ConfigError(
      `PUBLIC_URL is ${publicUrl}, but this installation was first started as ${known}, and its DIDs contain that.`,
    );
  }
  try {
    envelope.open(Buffer.from(sealed, 'base64'), 'key-check');
  } catch {
    throw new ConfigError('KEY_ENCRYPTION_KEY is not the one that this installation was first started with.');
  }
}

/** Keeps the first value under a name. */
async function remember(db: Executor, name: string, value: string): Promise<void> {
  await db
    .insertInto('settings')
    .values({ name, value })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function recall(db: Executor, name: string): Promise<string | undefined> {
  const row = await db.selectFrom('settings').select('value').where('name', '=', name).executeTakeFirst();
  return row?.value;
}
