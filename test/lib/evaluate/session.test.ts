import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEvaluatorSession, type EvaluatorSession } from '../../../lib/evaluate/session.js';
import { specOf } from '../../../lib/evaluate/spec.js';
import { loadSettings } from '../../../lib/settings/index.js';
import { createLogger } from '../../../lib/telemetry/index.js';
import { withEnvironment } from '../../support/environment.js';
import { holdsWithin, isRunning } from '../../support/wait.js';

/** A referee as far as its interface goes, in a few lines of shell; what it does is a test's business. */
function referee(script: string): { python: string; dir: string } {
  const dir = mkdtempSync(path.join(tmpdir(), 'crusades-session-'));
  const python = path.join(dir, 'python');
  writeFileSync(python, `#!/bin/sh\n${script}\n`);
  chmodSync(python, 0o755);
  return { python, dir };
}

const READY = `echo '{"event":"ready","device":"cpu","name":"x","uuid":"x","driver":null,"python":"3","torch":"2","transformers":"5","threads":1}' >&3`;
const { hparams } = loadSettings({ hparamsPath: 'hparams/local.json', env: {} });
const SPEC = specOf({
  submissionId: 's',
  number: 1,
  code: '',
  codeSha256: '',
  seed: null,
  settings: hparams,
  device: 'cpu',
  threads: 1,
  peak: { flops: 1, source: 'measured' },
});

describe('startEvaluatorSession', () => {
  const open: { session?: EvaluatorSession; dir: string }[] = [];
  afterEach(async () => {
    for (const { session, dir } of open.splice(0)) {
      await session?.close();
      rmSync(dir, { recursive: true, force: true });
    }
  });

  async function start(
    script: string,
    readyTimeoutSeconds = 10,
  ): Promise<{ session: EvaluatorSession; dir: string }> {
    const { python, dir } = referee(script);
    open.push({ dir });
    const logger = createLogger('test');
    logger.level = 'silent';
    const session = await startEvaluatorSession({
      ...{ python, sourceDir: dir, device: 'cpu', threads: 1, exchangeDir: dir },
      readyTimeoutSeconds,
      logger,
    });
    open.push({ session, dir });
    return { session, dir };
  }

  it('says what the referee said when it does not start', async () => {
    const script = `echo '{"event":"fault","code":"gpu_busy","message":"another referee holds cpu"}' >&3; sleep 60`;
    await assert.rejects(start(script), {
      code: 'gpu_busy',
      message: 'another referee holds cpu',
    });
  });

  it('gives up on a referee that never gets ready, and leaves no process', async () => {
    const { python, dir } = referee('echo $$ > "$(dirname "$0")/pid"; sleep 60');
    open.push({ dir });
    const options = { python, sourceDir: dir, device: 'cpu', threads: 1, exchangeDir: dir };
    const logger = createLogger('test');
    await assert.rejects(startEvaluatorSession({ ...options, readyTimeoutSeconds: 1, logger }), {
      code: 'evaluator_failed',
    });
    const pid = Number(readFileSync(path.join(dir, 'pid'), 'utf8'));
    assert.ok(await holdsWithin(5, () => !isRunning(pid)));
  });

  it('gives up at once when the caller does, and leaves no process', async () => {
    const { python, dir } = referee('echo $$ > "$(dirname "$0")/pid"; sleep 60');
    open.push({ dir });
    const controller = new AbortController();
    const pidFile = path.join(dir, 'pid');
    const starting = startEvaluatorSession({
      ...{ python, sourceDir: dir, device: 'cpu', threads: 1, exchangeDir: dir },
      ...{ readyTimeoutSeconds: 600, logger: createLogger('test'), signal: controller.signal },
    });
    const refused = assert.rejects(starting, { code: 'evaluator_failed' });
    assert.ok(await holdsWithin(10, () => existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== ''));
    controller.abort();
    await refused;
    const pid = Number(readFileSync(pidFile, 'utf8'));
    assert.ok(await holdsWithin(5, () => !isRunning(pid)));
  });

  it('tells the referee where corpora are, and none of the program’s secrets', async () => {
    const variables = { CRUSADES_CORPORA: '/the/corpora', HF_TOKEN: 'hf_x', DATABASE_URL: 'secret' };
    await withEnvironment(variables, async () => {
      const { dir } = await start(`env > "$(dirname "$0")/env"; ${READY}; read line`);
      const env = readFileSync(path.join(dir, 'env'), 'utf8');
      assert.match(env, /^CRUSADES_CORPORA=\/the\/corpora$/m);
      assert.doesNotMatch(env, /HF_TOKEN|DATABASE_URL/);
    });
  });

  it('throws when the referee dies in the middle of an attempt, and is not alive any more', async () => {
    const { session } = await start(`${READY}; read line; exit 9`);
    await assert.rejects(
      session.run(SPEC, () => undefined, AbortSignal.timeout(5_000)),
      { code: 'evaluator_failed' },
    );
    assert.equal(session.alive(), false);
  });

  it('refuses a result that does not fit the interface', async () => {
    const script = `${READY}; read line; result=$(echo "$line" | sed 's/.*"result":"\\([^"]*\\)".*/\\1/')
echo '{"version":1,"mfu":99}' > "$result"
echo "{\\"event\\":\\"done\\",\\"submission\\":\\"s\\",\\"attempt\\":1,\\"result\\":\\"$result\\"}" >&3; read line`;
    const { session } = await start(script);
    await assert.rejects(
      session.run(SPEC, () => undefined, AbortSignal.timeout(5_000)),
      { code: 'evaluator_failed', message: /does not fit the interface/ },
    );
  });

  it('asks the referee to cancel, and throws the caller’s reason', async () => {
    const script = `${READY}; read line; result=$(echo "$line" | sed 's/.*"result":"\\([^"]*\\)".*/\\1/'); read cancel
echo "{\\"event\\":\\"done\\",\\"submission\\":\\"s\\",\\"attempt\\":1,\\"result\\":\\"$result\\"}" >&3; read line`;
    const { session } = await start(script);
    const cancelled = new AbortController();
    const running = session.run(SPEC, () => undefined, cancelled.signal);
    setTimeout(() => cancelled.abort(new Error('an operator')), 100);
    await assert.rejects(running, /an operator/);
    assert.equal(session.alive(), true);
  });

  it('leaves no file of an attempt behind', async () => {
    const { session, dir } = await start(`${READY}; read line; exit 1`);
    await session.run(SPEC, () => undefined, AbortSignal.timeout(5_000)).catch(() => undefined);
    await session.close();
    assert.deepEqual(
      readdirSync(dir).filter((name) => name.startsWith('session-')),
      [],
    );
  });
});
