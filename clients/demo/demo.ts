import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectChain } from '../../lib/chain/index.js';
import type { ChainReader, ChainWriter, WeightEntry } from '../../lib/chain/types.js';
import { GENESIS_NEURONS } from '../../lib/devnet/index.js';
import { crusadesError } from '../../lib/errors/index.js';
import type { Subnet } from '../../lib/progress/index.js';
import { loadSettings, packaged } from '../../lib/settings/index.js';
import { startMachine, stateLayout, type RunningMachine } from '../../lib/stack/index.js';
import { openLedger, type Ledger, type Leaderboard } from '../../lib/store/index.js';
import { createLogger } from '../../lib/telemetry/index.js';
import { keyFromUri } from '../../lib/wallet/index.js';
import { followUntilSettled } from './follow.js';
import { hostFiles } from './host.js';
import { commit, minersOf, minersOfFolder, register, type Committed, type Miner } from './miners.js';
import { reportOf, type DemoOutcome } from './report.js';

export interface DemoOptions {
  /** Every `.py` of this folder, one miner each; default: the four programs of {@link CAST}. */
  readonly submissions: string | null;
  /** File for the report as JSON. */
  readonly report: string | null;
  /** Seconds that set-up took before. */
  readonly provisionSeconds: number;
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Who takes part unless a folder is named: two honest programs, a cheat, and one that the scanner refuses. */
const CAST = [
  'test/honest/baseline.py',
  'test/honest/faster.py',
  'test/adversaries/skip_last_step.py',
  'test/refused/imports_os.py',
] as const;

const NETWORK = 'devnet';
const BLOCK_SECONDS = 1;
const SETTLE_DEADLINE_SECONDS = 900;
const WEIGHTS_DEADLINE_SECONDS = 120;
/** Any funded account of the devnet pays for the registrations. */
const PAYER = '//Charlie';

/**
 * The main job from end to end on this machine: miners commit real programs through the timelock, a validator
 * evaluates them and sets weights, which are read back from the chain.
 *
 * @param whenDone called with the outcome while everything still runs
 */
export async function runDemo(
  options: DemoOptions,
  whenDone: (outcome: DemoOutcome) => Promise<void>,
): Promise<DemoOutcome> {
  const { tell, signal } = options;
  const miners = await (options.submissions === null
    ? minersOf(CAST.map((file) => packaged(file)))
    : minersOfFolder(options.submissions));
  const hparamsPath = packaged('hparams/local.json');
  const { hparams } = loadSettings({ hparamsPath, env: {} });
  const subnet: Subnet = { network: NETWORK, netuid: hparams.netuid };

  const began = performance.now();
  tell('starting Postgres, Temporal, the devnet, the control worker and one GPU worker (class cpu) …');
  const machine = await startDemoMachine(hparamsPath, options);
  const closing: (() => Promise<unknown>)[] = [() => machine.stop()];
  try {
    const { addresses } = machine;
    const startSeconds = secondsSince(began);
    tell(`everything runs after ${startSeconds.toFixed(1)} s; Temporal UI: ${addresses.temporalUi}`);
    const logger = createLogger('demo');
    logger.level = 'warn';
    const chain = await connectChain({ endpoint: addresses.endpoint, logger });
    closing.unshift(() => chain.close());
    const ledger = openLedger({ connectionString: addresses.databaseUrl });
    closing.unshift(() => ledger.close());
    const host = await hostFiles(miners);
    closing.unshift(() => host.close());

    const committing = performance.now();
    const committed = await commitAll(chain, miners, (miner) => commit(chain, host, subnet, hparams, miner), {
      subnet,
      options,
    });
    const width = Math.max(...committed.map(({ file }) => file.length));
    const settled = await followUntilSettled(
      ledger,
      committed,
      (file, news) => tell(`${clock()}  ${file.padEnd(width)}  ${news}`),
      { deadlineSeconds: SETTLE_DEADLINE_SECONDS, signal },
    );
    const { number: block } = await chain.head();
    const competition = { ...subnet, competitionVersion: hparams.competition_version };
    const leaderboard = await ledger.leaderboard(competition, block);
    tell('waiting for the weights on chain …');
    const weights = await weightsOnChain(chain, ledger, subnet, leaderboard, signal);
    const outcome: DemoOutcome = {
      committed,
      settled,
      leaderboard,
      weights,
      temporal: { address: addresses.temporal, ui: addresses.temporalUi },
      seconds: {
        provision: options.provisionSeconds,
        start: startSeconds,
        settle: secondsSince(committing),
      },
    };
    if (options.report !== null) {
      await writeFile(options.report, `${JSON.stringify(reportOf(outcome), null, 2)}\n`);
    }
    await whenDone(outcome);
    return outcome;
  } finally {
    for (const close of closing) await close().catch(() => undefined);
  }
}

/** Each demo begins with an empty ledger, an empty history and a new chain. */
async function startDemoMachine(hparams: string, { signal, tell }: DemoOptions): Promise<RunningMachine> {
  return startMachine({
    layout: stateLayout('demo'),
    fresh: true,
    command: 'crusades demo',
    network: NETWORK,
    databaseUrl: null,
    temporal: { address: null, namespace: 'default' },
    endpoint: null,
    devnetBlockSeconds: BLOCK_SECONDS,
    gpu: { workers: 1, class: 'cpu' },
    hparams,
    env: { CRUSADES_HOTKEY_URI: GENESIS_NEURONS.validator.hotkeyPath },
    onEvent: (event) => {
      if (event.kind === 'ended')
        tell(`${event.name} ended (${event.status}) and is started again; see ${event.log}`);
    },
    signal,
  });
}

async function commitAll(
  chain: ChainReader & ChainWriter,
  miners: readonly Miner[],
  commitOne: (miner: Miner) => Promise<Committed>,
  { subnet, options: { tell, signal } }: { subnet: Subnet; options: DemoOptions },
): Promise<readonly Committed[]> {
  const payer = keyFromUri(PAYER);
  tell(`registering ${miners.length} miners on netuid ${subnet.netuid} …`);
  for (const miner of miners) {
    signal.throwIfAborted();
    await register(chain, payer, subnet, miner);
  }
  const committed: Committed[] = [];
  for (const miner of miners) {
    signal.throwIfAborted();
    const made = await commitOne(miner);
    committed.push(made);
    tell(
      `${clock()}  ${made.file}: committed at block ${made.commitBlock}, sealed until round ${made.revealRound}`,
    );
  }
  return committed;
}

/** Waits until the chain shows what the leaderboard demands, and reads it back. */
async function weightsOnChain(
  chain: ChainReader,
  ledger: Ledger,
  subnet: Subnet,
  { standing }: Leaderboard,
  signal: AbortSignal,
): Promise<readonly WeightEntry[]> {
  const until = Date.now() + WEIGHTS_DEADLINE_SECONDS * 1000;
  const validator = keyFromUri(GENESIS_NEURONS.validator.hotkeyPath).address;
  for (;;) {
    const [last] = await ledger.weightHistory(subnet, 1);
    const uid = await chain.uidOf(subnet.netuid, validator);
    const weights = uid === null ? [] : await chain.weightsOf(subnet.netuid, uid);
    const leaderUid = standing.leader?.uid;
    const paid = leaderUid == null || weights.some((entry) => entry.uid === leaderUid && entry.value > 0);
    if (last?.outcome === 'confirmed' && weights.length > 0 && paid) return weights;
    if (Date.now() > until) {
      throw crusadesError('weights_not_confirmed', { block: (await chain.head()).number });
    }
    await sleep(500, undefined, { signal });
  }
}

const secondsSince = (began: number): number => (performance.now() - began) / 1000;

const clock = (): string => new Date().toTimeString().slice(0, 8);
