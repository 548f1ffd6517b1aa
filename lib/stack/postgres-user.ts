import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { crusadesError } from '../errors/index.js';

const run = promisify(execFile);
const TIMEOUT_MS = 20_000;

/** The user that Postgres runs as. */
export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const NAME = 'postgres';

/**
 * Postgres refuses to run as root: under root it runs as the user `postgres`, who is made when missing.
 *
 * @returns null when not root: then it runs as whoever asks
 * @throws provision_failed when the user is missing and cannot be made
 */
export const postgresUser = async (): Promise<SystemUser | null> => {
  if (process.getuid?.() !== 0) return null;
  const present = await lookUp();
  if (present !== null) return present;
  try {
    await run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/bin/false', NAME], {
      timeout: TIMEOUT_MS,
    });
  } catch (error) {
    throw unusable(`making it with useradd (${String(error).split('\n')[0]})`, error);
  }
  const made = await lookUp();
  if (made === null) throw unusable('making it with useradd (without effect)');
  return made;
};

const lookUp = async (): Promise<SystemUser | null> => {
  try {
    const [uid, gid] = await Promise.all(['-u', '-g'].map(idOf));
    return uid === undefined || gid === undefined ? null : { name: NAME, uid, gid };
  } catch {
    return null;
  }
};

const idOf = async (flag: string): Promise<number> =>
  Number((await run('id', [flag, NAME], { timeout: TIMEOUT_MS })).stdout);

const unusable = (tried: string, cause?: unknown) =>
  crusadesError(
    'provision_failed',
    {
      item: `the user ${NAME}, whom Postgres needs under root`,
      tried,
      next: `Make the user ${NAME}, run this as an ordinary user, or set DATABASE_URL to a Postgres of your own.`,
    },
    { cause },
  );
