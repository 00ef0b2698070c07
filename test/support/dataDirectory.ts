import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';

/** Puts the migrated embedded database into a DATA_DIR, which spares a process some seconds; where there is none, it makes its own. */
export async function seedDataDir(dataDir: string): Promise<void> {
  const migrated = inject('embeddedDirectory');
  if (migrated !== '') await cp(migrated, join(dataDir, 'database'), { recursive: true });
}
