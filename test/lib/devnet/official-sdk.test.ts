import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CrusadesError } from '../../../lib/errors/index.js';
import { startDevnet, type Devnet } from '../../../lib/devnet/index.js';
import { provision } from '../../../lib/provision/index.js';
import { skip } from '../../support/skip.js';

const SCRIPT = fileURLToPath(new URL('./official-sdk/steps.py', import.meta.url));
const INSTALL_SECONDS = 600;
const STEPS_SECONDS = 240;

interface Outcome {
  readonly step: string;
  readonly ok: boolean;
  readonly detail: unknown;
}

/** The steps as the script names them, so that each is a test of its own. */
const stepNames = (): string[] =>
  [...readFileSync(SCRIPT, 'utf8').matchAll(/^@step\("(.+)"\)$/gm)].map(([, name]) => name ?? '');

describe('the official SDK on a devnet, unmodified', () => {
  const outcomes = new Map<string, Outcome>();
  let devnet: Devnet | undefined;

  before(async function () {
    this.timeout((INSTALL_SECONDS + STEPS_SECONDS) * 1000);
    const python = await sdkPython().catch((error: unknown) => {
      if (!(error instanceof CrusadesError)) throw error;
      return skip(this, `the package bittensor could not be installed: ${error.message}`);
    });
    devnet = await startDevnet({
      port: 0,
      blockTimeSeconds: 0.25,
      genesis: { tempo: 20, weightsRateLimit: 5 },
    });
    for (const outcome of await runSteps(python, devnet.url)) outcomes.set(outcome.step, outcome);
  });

  after(() => devnet?.stop());

  for (const name of stepNames()) {
    it(name, () => {
      const outcome = outcomes.get(name);
      assert.ok(outcome, 'it was not reached');
      assert.ok(outcome.ok, JSON.stringify(outcome.detail));
    });
  }
});

const sdkPython = async (): Promise<string> => {
  const { officialSdkPython } = await provision(['official-sdk']);
  assert.ok(officialSdkPython);
  return officialSdkPython;
};

/** Runs the script with caches of its own: the package keeps metadata by genesis and version. */
const runSteps = async (python: string, url: string): Promise<Outcome[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'official-sdk-'));
  const child = spawn(python, ['-B', SCRIPT, url], {
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: STEPS_SECONDS * 1000,
    env: {
      ...process.env,
      HOME: folder,
      BITTENSOR_RUNTIME_CACHE_DIR: folder,
      BTCLI_TOKEN_SYMBOLS_CACHE: join(folder, 'symbols.json'),
    },
  });
  try {
    const outcomes: Outcome[] = [];
    for await (const line of createInterface({ input: child.stdout }))
      outcomes.push(JSON.parse(line) as Outcome);
    return outcomes;
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
};
