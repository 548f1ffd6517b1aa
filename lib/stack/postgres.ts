import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { crusadesError, CrusadesError } from '../errors/index.js';
import { isOpenToAll, paths, type PostgresPrograms } from '../provision/index.js';
import { choosePort, LOCAL_HOST } from './ports.js';
import { clearRemains } from './postgres-remains.js';
import { postgresUser, type SystemUser } from './postgres-user.js';
import { startProcess } from './process.js';
import type { ManagedProcess, PostgresOptions, RunningPostgres } from './types.js';

const run = promisify(execFile);

const USUAL_PORT = 5432;
const SUPERUSER = 'crusades';
const DATABASE = 'crusades';
const PASSWORD_FILE = 'crusades-password';
const INIT_TIMEOUT_MS = 120_000;
/** Recovery after a kill replays what was written since the last checkpoint. */
const READY_SECONDS = 120;
const QUERY_TIMEOUT_MS = 15_000;
/** Backends of a killed server notice its end within seconds and let its shared memory go. */
const SHARED_MEMORY_PATIENCE_MS = 20_000;

/**
 * Postgres on this machine, its data kept in `dataDir`, listening on 127.0.0.1 only and behind a password. Starts
 * again after a kill -9 of whatever process: nothing committed is lost.
 *
 * @throws port_taken, provision_failed when it was not provisioned, argument_invalid when the data directory cannot
 *   be reached by Postgres’ user or is in use, process_failed, process_start_timeout
 */
export const startPostgres = async (options: PostgresOptions): Promise<RunningPostgres> => {
  const programs = installedPrograms();
  const port = await choosePort(options.port, { usual: USUAL_PORT, option: '--postgres-port' });
  const user = await postgresUser();
  await initialise(programs, options.dataDir, user);
  await clearRemains(options.dataDir);
  const server = await startWithPatience(() => launch(programs, options, port, user));
  const password = await readFile(join(options.dataDir, PASSWORD_FILE), 'utf8');
  const database = options.database ?? DATABASE;
  const connect = (name: string) => `postgres://${SUPERUSER}:${password}@${LOCAL_HOST}:${port}/${name}`;
  try {
    await createDatabase(connect('postgres'), database);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { connectionString: connect(database), process: server };
};

const installedPrograms = (): PostgresPrograms => {
  const { postgres } = paths();
  if (postgres !== null) return postgres;
  throw crusadesError('provision_failed', {
    item: 'Postgres',
    tried: 'the cache and the npm packages',
    next: 'Run `crusades doctor --fix`, or set DATABASE_URL to a Postgres of your own.',
  });
};

/** Makes the data directory in one step: `initdb` works beside it, and a rename makes it the real one. */
const initialise = async (
  { initdb }: PostgresPrograms,
  dataDir: string,
  user: SystemUser | null,
): Promise<void> => {
  if (existsSync(join(dataDir, PASSWORD_FILE))) return;
  await mkdir(dirname(dataDir), { recursive: true });
  if (user !== null && !isOpenToAll(dirname(dataDir))) {
    throw crusadesError('argument_invalid', {
      argument: dirname(dataDir),
      reason: `Postgres runs as the user ${user.name}, who cannot reach this directory; choose another one with --state`,
    });
  }
  const draft = `${dataDir}.draft`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  const password = randomBytes(18).toString('base64url');
  const passwordFile = `${dataDir}.password`;
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user !== null) {
    await chown(draft, user.uid, user.gid);
    await chown(passwordFile, user.uid, user.gid);
  }
  await run(
    initdb,
    [
      `--pgdata=${draft}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
    ],
    { ...user, cwd: '/', env: postgresEnvironment(), timeout: INIT_TIMEOUT_MS },
  ).catch((error: unknown) => {
    throw crusadesError(
      'process_failed',
      { process: 'initdb', status: lastWords(error), log: dirname(dataDir) },
      { cause: error },
    );
  });
  await rename(passwordFile, join(draft, PASSWORD_FILE));
  await chmod(join(draft, PASSWORD_FILE), 0o600);
  await rename(draft, dataDir);
};

const launch = (
  { postgres }: PostgresPrograms,
  { dataDir, logFile, signal }: PostgresOptions,
  port: number,
  user: SystemUser | null,
): Promise<ManagedProcess> =>
  startProcess({
    name: 'Postgres',
    command: postgres,
    args: [
      '-D',
      dataDir,
      '-p',
      String(port),
      '-c',
      `listen_addresses=${LOCAL_HOST}`,
      '-c',
      'unix_socket_directories=',
    ],
    env: postgresEnvironment(),
    cwd: '/',
    logFile,
    ready: { line: (line) => line.includes('database system is ready to accept connections') },
    readyTimeoutSeconds: READY_SECONDS,
    // Fast shutdown: SIGTERM would wait for every client to go.
    stopSignal: 'SIGINT',
    graceSeconds: 20,
    ...(user !== null && { uid: user.uid, gid: user.gid }),
    ...(signal && { signal }),
  });

const startWithPatience = async (start: () => Promise<ManagedProcess>): Promise<ManagedProcess> => {
  const deadline = Date.now() + SHARED_MEMORY_PATIENCE_MS;
  for (;;) {
    try {
      return await start();
    } catch (error) {
      if (!holdsSharedMemory(error) || Date.now() > deadline) throw error;
      await sleep(500);
    }
  }
};

const holdsSharedMemory = (error: unknown): boolean =>
  error instanceof CrusadesError &&
  JSON.stringify(error.details).includes('pre-existing shared memory block');

const createDatabase = async (connectionString: string, database: string): Promise<void> => {
  const client = new pg.Client({ connectionString, query_timeout: QUERY_TIMEOUT_MS });
  await client.connect();
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [database]);
    if (found.rowCount === 0) await client.query(`create database ${client.escapeIdentifier(database)}`);
  } finally {
    await client.end();
  }
};

/** Its messages are read, so they are asked for in English. */
const postgresEnvironment = (): NodeJS.ProcessEnv => ({ PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' });

const lastWords = (error: unknown): string => {
  const stderr = (error as { stderr?: string }).stderr?.trim();
  return (stderr ?? '').split('\n').at(-1) || String(error);
};
