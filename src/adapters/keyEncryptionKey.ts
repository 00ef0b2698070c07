import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError, type Config } from '../config.js';

const KEY_BYTES = 32;

/**
 * The 32 bytes under which all keys are wrapped: from KEY_ENCRYPTION_KEY, from the file that KEY_ENCRYPTION_KEY_FILE names, or, with the
 * embedded database only, from DATA_DIR, where the first start makes them. Losing them loses every private key.
 */
export async function loadKeyEncryptionKey(config: Config): Promise<Buffer> {
  if (config.keyEncryptionKey !== undefined) return decodeKey(config.keyEncryptionKey, 'KEY_ENCRYPTION_KEY');
  if (config.keyEncryptionKeyFile !== undefined) {
    return decodeKey(await readKeyFile(config.keyEncryptionKeyFile), 'KEY_ENCRYPTION_KEY_FILE');
  }
  if (config.databaseUrl !== undefined) {
    throw new ConfigError(
      'Set KEY_ENCRYPTION_KEY or KEY_ENCRYPTION_KEY_FILE: 32 random bytes, for example from `openssl rand -base64 32`.',
    );
  }
  return loadOrCreate(config.dataDir);
}

async function readKeyFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    throw new ConfigError('The file that KEY_ENCRYPTION_KEY_FILE names cannot be read.');
  }
}

async function loadOrCreate(dataDir: string): Promise<Buffer> {
  const path = join(dataDir, 'key-encryption-key');
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  try {
    // `wx`: of two first starts one writes, and a key that is there is never replaced.
    await writeFile(path, `${randomBytes(KEY_BYTES).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return decodeKey(await readFile(path, 'utf8'), path);
}

function decodeKey(text: string, source: string): Buffer {
  const trimmed = text.trim();
  const key = /^[0-9a-f]{64}$/i.test(trimmed) ? Buffer.from(trimmed, 'hex') : Buffer.from(trimmed, 'base64');
  if (key.length !== KEY_BYTES)
    throw new ConfigError(`${source} must hold 32 bytes, in Base64 or as 64 hexadecimal digits.`);
  return key;
}
