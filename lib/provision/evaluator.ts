import { cpSync, existsSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { crusadesError } from '../errors/index.js';
import { install, isInstalled } from './install.js';
import { contentHash, filesBeneath, isOpenToAll, isRoot, projectRoot } from './locations.js';
import { findPython } from './python.js';
import { runCommand } from './run.js';

/**
 * `run` is where contestants run; `dev` has the tools that check the evaluator besides; `corpus`, without PyTorch, what
 * reads data sets; `sdk` holds the official Bittensor package, which tests drive the devnet with.
 */
export type EnvironmentKind = 'run' | 'dev' | 'corpus' | 'sdk';

interface Environment {
  /** What its folder's name begins with. */
  readonly name: string;
  /** The locked requirements, each with its hashes. */
  readonly lock: string;
  /** What is imported once it is installed. */
  readonly imports: string;
  readonly size: string;
  readonly freeDisk: string;
}

const WITH_TORCH = { imports: 'torch, transformers', size: 'several GB', freeDisk: '10 GB' };

const ENVIRONMENTS: Readonly<Record<EnvironmentKind, Environment>> = {
  run: { name: 'evaluator-run', lock: 'evaluator/requirements.lock', ...WITH_TORCH },
  dev: { name: 'evaluator-dev', lock: 'evaluator/requirements-dev.lock', ...WITH_TORCH },
  corpus: {
    name: 'evaluator-corpus',
    lock: 'evaluator/requirements-corpus.lock',
    imports: 'datasets, tokenizers',
    size: '0.3 GB',
    freeDisk: '1 GB',
  },
  sdk: {
    name: 'official-sdk',
    lock: 'test/lib/devnet/official-sdk/requirements.lock',
    imports: 'bittensor',
    size: '0.1 GB',
    freeDisk: '0.5 GB',
  },
};

const VENV_TIMEOUT_SECONDS = 120;
/** 4.5 GB with CUDA's libraries, which the wheel from the index needs even for CPU use. */
const INSTALL_TIMEOUT_SECONDS = 1_800;
const IMPORT_TIMEOUT_SECONDS = 300;

/** Named after the locked requirements, so that a change of them makes a new environment. */
export const environmentFolder = (cache: string, kind: EnvironmentKind): string =>
  join(cache, `${ENVIRONMENTS[kind].name}-${contentHash([join(projectRoot(), ENVIRONMENTS[kind].lock)])}`);

export const environmentPython = (cache: string, kind: EnvironmentKind): string =>
  join(environmentFolder(cache, kind), 'bin/python');

/** False also where there is no lock: what serves tests is not published. */
export const environmentIsReady = (cache: string, kind: EnvironmentKind): boolean =>
  existsSync(join(projectRoot(), ENVIRONMENTS[kind].lock)) &&
  isInstalled(environmentFolder(cache, kind)) &&
  existsSync(environmentPython(cache, kind));

/**
 * Installs the locked requirements, every one checked by hash, and imports them once: that shows that they work,
 * and compiles them, which a contestant's user could not.
 *
 * @throws provision_failed
 */
export const installEnvironment = async (
  kind: EnvironmentKind,
  {
    uv,
    cache,
    item,
    note,
    signal,
    env = process.env,
  }: {
    readonly uv: string;
    readonly cache: string;
    readonly item: string;
    readonly note: (text: string) => void;
    readonly signal?: AbortSignal | undefined;
    readonly env?: NodeJS.ProcessEnv;
  },
): Promise<void> => {
  const python = await findPython({ signal, env });
  const { imports, size, freeDisk, lock } = ENVIRONMENTS[kind];
  const uvEnv = uvEnvironment(env);
  await install(environmentFolder(cache, kind), async (draft) => {
    const interpreter = join(draft, 'bin/python');
    const steps = [
      {
        note: `Python ${python.version}`,
        command: [
          uv,
          'venv',
          '--quiet',
          '--relocatable',
          '--no-python-downloads',
          '--clear',
          '--python',
          python.command,
          draft,
        ],
        timeoutSeconds: VENV_TIMEOUT_SECONDS,
        next: 'Check that this Python is complete, or name another one in CRUSADES_PYTHON.',
      },
      {
        note: `installing the locked packages, ${size}`,
        command: [
          uv,
          'pip',
          'install',
          '--quiet',
          '--python',
          interpreter,
          '--require-hashes',
          '--requirements',
          join(projectRoot(), lock),
        ],
        timeoutSeconds: INSTALL_TIMEOUT_SECONDS,
        next:
          'Check the network, the package index (UV_DEFAULT_INDEX or PIP_INDEX_URL), a proxy (HTTPS_PROXY) and about ' +
          `${freeDisk} of free disk space, then run it again: what was downloaded is kept.`,
      },
      {
        note: `importing ${imports}`,
        command: [interpreter, '-c', `import ${imports}`],
        timeoutSeconds: IMPORT_TIMEOUT_SECONDS,
        next: 'Check that this platform is one that the packages support: Linux x86-64 or arm64, or macOS.',
      },
    ];
    for (const step of steps) {
      note(step.note);
      const [command = '', ...args] = step.command;
      const { code, output } = await runCommand(command, args, {
        timeoutSeconds: step.timeoutSeconds,
        env: uvEnv,
        signal,
      });
      if (code === 0) continue;
      throw crusadesError('provision_failed', {
        item,
        tried: `${step.note} with ${python.command} (${lastLines(output)})`,
        next: step.next,
      });
    }
    // mkdtemp makes it for the owner alone; contestants read it under another user.
    await chmod(draft, 0o755);
    return { python: python.command, version: python.version };
  });
};

/** The evaluator's own source, where other users can read it. */
export const evaluatorSource = (cache: string): string => {
  const source = join(projectRoot(), 'evaluator/src');
  if (!isRoot() || isOpenToAll(source)) return source;
  return join(cache, `evaluator-source-${contentHash(filesBeneath(source))}`);
};

export const sourceIsReady = (cache: string): boolean => {
  const source = join(projectRoot(), 'evaluator/src');
  return evaluatorSource(cache) === source || isInstalled(evaluatorSource(cache));
};

export const copySource = async (cache: string): Promise<void> => {
  await mkdir(cache, { recursive: true, mode: 0o755 });
  await install(evaluatorSource(cache), async (draft) => {
    cpSync(join(projectRoot(), 'evaluator/src'), draft, { recursive: true });
    await chmod(draft, 0o755);
    return {};
  });
};

/** uv reads none of pip's settings: an index or certificate that is set for pip is meant for it, too. */
const uvEnvironment = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...(env['PIP_INDEX_URL'] && { UV_DEFAULT_INDEX: env['PIP_INDEX_URL'] }),
  ...(env['PIP_CERT'] && { SSL_CERT_FILE: env['PIP_CERT'] }),
  UV_HTTP_TIMEOUT: '120',
  ...env,
  UV_NO_CONFIG: '1',
});

const lastLines = (output: string): string => output.split('\n').slice(-5).join(' ').trim();
