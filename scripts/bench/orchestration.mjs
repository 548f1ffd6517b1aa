import { createHash } from 'node:crypto';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ROOT } from '../setup/project.mjs';

const built = (path) => import(pathToFileURL(join(ROOT, 'dist', path)).href);

const AT_ONCE = 200;
const WAITING = 1000;
const GPUS = 4;
const QUEUED = 8;
const ATTEMPT_MS = 300;
const DEADLINE_MS = 400_000;
/** Waiting is a state, not its beginning: what starting 1,000 workflows left behind has been collected by then. */
const SETTLE_MS = 20_000;
/** Two hours: what waits for its reveal waits beyond the bench. */
const ROUNDS_AHEAD = 2_400;

/**
 * What it costs to take a submission through its workflow: real Temporal, Postgres, control worker, devnet and
 * web server; only the referee is simulated, so that no evaluation is in the figures.
 */
export async function benchOrchestration() {
  const world = await startWorld();
  try {
    return [
      ...(await workerStart(world)),
      ...(await alone(world)),
      ...(await manyAtOnce(world)),
      ...(await gpuIdle(world)),
      ...(await memoryOfWaiting(world)),
    ];
  } finally {
    await world.stop();
  }
}

async function workerStart(world) {
  const began = performance.now();
  world.control = await world.startControl();
  return [row('control worker, start to first task', seconds(began), 's', 5)];
}

async function alone(world) {
  const gpus = await simulatedGpus(world, 1, 0);
  await settleAll(world, 1);
  const times = [];
  for (let run = 0; run < 5; run += 1) times.push(await settleAll(world, 1));
  await gpus.stop();
  return [row('one submission alone', median(times), 's', 1.5)];
}

async function manyAtOnce(world) {
  const gpus = await simulatedGpus(world, GPUS, 0);
  const total = await settleAll(world, AT_ONCE);
  await gpus.stop();
  return [
    row(`${AT_ONCE} at once on ${GPUS} simulated GPUs, each`, total / AT_ONCE, 's', 1),
    row(`${AT_ONCE} at once, all`, total, 's'),
  ];
}

/** From the end of a submission's last attempt to the start of the next one's first on the same GPU. */
async function gpuIdle(world) {
  const gpus = await simulatedGpus(world, 1, ATTEMPT_MS);
  await settleAll(world, QUEUED);
  const ran = await gpus.ran();
  await gpus.stop();
  const gaps = ran.slice(1).flatMap((attempt, index) => {
    const before = ran[index];
    return before.submission === attempt.submission ? [] : [(attempt.start - before.end) / 1000];
  });
  return [
    row('GPU idle between two submissions, median', median(gaps), 's', 0.5),
    row('GPU idle between two submissions, longest', Math.max(...gaps), 's'),
  ];
}

async function memoryOfWaiting(world) {
  await commit(world, WAITING, 'sealed');
  await until(async () => (await counted(world, 'awaiting_reveal')) >= WAITING, 'all wait');
  await sleep(SETTLE_MS);
  return [row(`memory of the control worker, ${WAITING} waiting`, residentMB(world.control.pid), 'MB', 500)];
}

async function startWorld() {
  const [
    { startTemporal, startPostgres, startControlWorker },
    { startDevnet },
    { openLedger },
    { loadSettings },
  ] = await Promise.all([
    built('lib/stack/index.js'),
    built('lib/devnet/index.js'),
    built('lib/store/index.js'),
    built('lib/settings/index.js'),
  ]);
  const { hostFiles } = await built('clients/demo/host.js');
  const { GENESIS_NEURONS, CRUSADES_NETUID } = await built('lib/devnet/index.js');
  const subtensor = await built('lib/devnet/pallets/subtensor/storage.js');
  const commitments = await built('lib/devnet/pallets/commitments/index.js');
  const { encodeCommitmentText, latestRoundAt } = await built('lib/timelock/index.js');

  const dir = mkdtempSync(join(tmpdir(), 'crusades-bench-'));
  // The user that Postgres runs as must get to its own directory.
  chmodSync(dir, 0o755);
  const log = (name) => join(dir, `${name}.log`);
  const { hparams } = loadSettings({ hparamsPath: join(ROOT, 'hparams/local.json'), env: {} });
  const files = Array.from({ length: AT_ONCE + 20 }, (_, index) => trainFile(index));
  const [temporal, postgres, devnet, host] = await Promise.all([
    startTemporal({ dbFile: join(dir, 'temporal.db'), namespace: 'default', logFile: log('temporal') }),
    startPostgres({ dataDir: join(dir, 'postgres'), logFile: log('postgres') }),
    // Intake reads finalised blocks: what finality takes is the chain's, and none of these figures.
    startDevnet({ port: 0, blockTimeSeconds: 1, finalityLag: 0 }),
    hostFiles(files),
  ]);
  const ledger = openLedger({ connectionString: postgres.connectionString });
  const env = {
    DATABASE_URL: postgres.connectionString,
    TEMPORAL_ADDRESS: temporal.address,
    CRUSADES_NETWORK: 'bench',
    CRUSADES_ENDPOINT: devnet.url,
    CRUSADES_HPARAMS: join(ROOT, 'hparams/local.json'),
    CRUSADES_HOTKEY_URI: GENESIS_NEURONS.validator.hotkeyPath,
    CRUSADES_LOG_LEVEL: 'warn',
  };
  const world = {
    ...{ temporal, devnet, host, files, ledger, hparams, subtensor, commitments, encodeCommitmentText },
    netuid: CRUSADES_NETUID,
    farRound: latestRoundAt(Date.now() / 1000) + ROUNDS_AHEAD,
    next: 0,
    nextUid: 10,
    control: undefined,
    startControl: () => startControlWorker({ env, logFile: log('control') }),
    async stop() {
      await world.control?.stop();
      await ledger.close();
      await Promise.all([host.close(), devnet.stop(), temporal.process.stop(), postgres.process.stop()]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
  return world;
}

/** Each a work of its own, so that none is a copy. */
const trainFile = (index) => ({
  name: `${index}.py`,
  text: `"""Number ${index}."""


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    scale = ${index}
    for _ in range(num_steps):
        batch = next(data_iterator).to(device)
        loss = model(batch, labels=batch).loss + scale
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return loss
`,
});

/** Commits so many files and waits until the ledger has a score for each. @returns seconds from the block on */
async function settleAll(world, count) {
  const before = await counted(world, 'scored');
  await commit(world, count, 'revealed');
  const began = performance.now();
  await until(async () => (await counted(world, 'scored')) >= before + count, `${count} are scored`);
  return seconds(began);
}

/** Puts commitments into the chain's next block, by miners that are registered in the same block. */
async function commit(world, count, kind) {
  const { devnet, netuid, subtensor, commitments } = world;
  const block = devnet.head().number + 1;
  const made = Array.from({ length: count }, () => {
    const index = world.next++;
    return { index, account: createHash('sha256').update(`miner ${index}`).digest('hex') };
  });
  devnet.inject(({ state }) => {
    for (const { index, account } of made) {
      // A chain reveals what an earlier block committed, never what its own block did.
      commitments.LastCommitment.put(state, netuid, account, kind === 'sealed' ? block : block - 1);
      if (kind === 'sealed') {
        const round = world.farRound + index;
        const fields = [
          { kind: 'TimelockEncrypted', encrypted: new Uint8Array(374), reveal_round: BigInt(round) },
        ];
        commitments.CommitmentOf.put(state, netuid, account, { deposit: 0n, block, info: { fields } });
      } else {
        subtensor.Uids.put(state, netuid, account, world.nextUid++);
        const text = textOf(world, index);
        commitments.RevealedCommitments.put(state, netuid, account, [
          [world.encodeCommitmentText(text), BigInt(block)],
        ]);
      }
    }
  });
  await until(async () => devnet.head().number >= block, 'the block is made');
}

function textOf({ files, host }, index) {
  const { name, text } = files[index % files.length];
  return `${createHash('sha256').update(text).digest('hex').slice(0, 32)}:${host.urlOf(name)}`;
}

const counted = async ({ ledger }, stage) =>
  (await ledger.recentSubmissions({ network: 'bench', limit: 100_000 })).filter((one) => one.stage === stage)
    .length;

async function simulatedGpus({ temporal }, count, attemptMs) {
  const file = fileURLToPath(new URL('./simulated-gpus.mjs', import.meta.url));
  const child = fork(file, [JSON.stringify({ address: temporal.address, count, attemptMs })], {
    stdio: 'inherit',
  });
  await once(child, 'message');
  return {
    async ran() {
      child.send('ran');
      return (await once(child, 'message'))[0];
    },
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

async function until(condition, what) {
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`gave up waiting until ${what}`);
    await sleep(25);
  }
}

const residentMB = (pid) =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) * 1.024e-3;

const row = (name, value, unit, target) => ({ name, value, unit, ...(target !== undefined && { target }) });
const seconds = (began) => (performance.now() - began) / 1000;
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
