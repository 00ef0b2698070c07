import { ConfigError } from '../../config.js';
import type { Envelope } from '../envelope.js';
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
  const known = await remember(db, 'public_url', publicUrl);
  if (known !== publicUrl) {
    throw new ConfigError(
      `PUBLIC_URL is ${publicUrl}, but this installation was first started as ${known}, and its DIDs contain that.`,
    );
  }
  const sealed = await remember(
    db,
    'key_check',
    envelope.seal(Buffer.from(publicUrl), 'key-check').toString('base64'),
  );
  try {
    envelope.open(Buffer.from(sealed, 'base64'), 'key-check');
  } catch {
    throw new ConfigError('KEY_ENCRYPTION_KEY is not the one that this installation was first started with.');
  }
}

/** Keeps the first value under a name, and returns the one that is kept. */
async function remember(db: Executor, name: string, value: string): Promise<string> {
  await db
    .insertInto('settings')
    .values({ name, value })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = await db
    .selectFrom('settings')
    .select('value')
    .where('name', '=', name)
    .executeTakeFirstOrThrow();
  return row.value;
}
