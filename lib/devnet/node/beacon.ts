import { setImmediate as breathe } from 'node:timers/promises';
import { latestRoundAt, signRound } from '../../timelock/index.js';
import { pulseOf } from '../genesis.js';
import { CommitmentOf, TimelockedIndex } from '../pallets/commitments/index.js';
import type { Pulse } from '../pallets/drand.js';
import { TimelockedWeightCommits } from '../pallets/subtensor/storage.js';
import { openField } from '../runtime/opening.js';
import type { StateReader } from '../runtime/state.js';

/** Rounds missed in one go up to which all are signed; beyond, only those that something waits for, and the last ones. */
const SHORT_GAP = 20;

/** What waits for a round, as far as the beacon is concerned. */
interface Waiting {
  readonly round: bigint;
  readonly encrypted: Uint8Array;
}

/**
 * Signs rounds as they come due, beside the blocks: a signature costs some 5 ms and each seal that it opens 15 ms, so
 * both happen here, a slice at a time, and a block finds them done.
 */
export class Beacon {
  readonly #pulses: Pulse[] = [];
  #working: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(
    private readonly secret: Uint8Array,
    /** Last round that is signed or given up; 0 at the start of a chain. */
    private lastRound: number,
    private readonly state: () => StateReader,
  ) {}

  /** Signs what has come due by `nowMs`; resolves when that is done. Calls queue up. */
  catchUp(nowMs: number): Promise<void> {
    this.#working = this.#working.then(() => this.#sign(latestRoundAt(nowMs / 1000)));
    return this.#working;
  }

  /** The pulses that the next block writes. */
  take(): Pulse[] {
    return this.#pulses.splice(0);
  }

  /** Pulses whose block was not made after all. */
  giveBack(pulses: readonly Pulse[]): void {
    this.#pulses.unshift(...pulses);
  }

  stop(): void {
    this.#stopped = true;
  }

  async #sign(latest: number): Promise<void> {
    if (latest <= this.lastRound) return;
    const waiting = waitingFor(this.state());
    const rounds = dueRounds(this.lastRound, latest, waiting);
    this.lastRound = latest;
    for (const round of rounds) {
      await breathe();
      if (this.#stopped) return;
      const pulse = pulseOf(round, signRound(this.secret, round));
      for (const { encrypted } of waiting.filter((each) => each.round === pulse.round)) {
        await breathe();
        openField(encrypted, pulse.signature);
      }
      this.#pulses.push(pulse);
    }
  }
}

/** The rounds to sign, ascending. A chain begins with the round of its first moment. */
export const dueRounds = (last: number, latest: number, waiting: readonly Waiting[]): number[] => {
  if (last === 0) return [latest];
  const from = latest - last > SHORT_GAP ? latest - SHORT_GAP : last;
  const recent = Array.from({ length: latest - from }, (_, i) => from + 1 + i);
  const awaited = waiting.map(({ round }) => Number(round)).filter((round) => round > last && round <= from);
  return [...new Set([...awaited, ...recent])].sort((a, b) => a - b);
};

const waitingFor = (state: StateReader): Waiting[] => {
  const commitments = TimelockedIndex.get(state).flatMap(([netuid, who]) =>
    (CommitmentOf.get(state, netuid, who)?.info.fields ?? []).flatMap((field) =>
      field.kind === 'TimelockEncrypted' ? [{ round: field.reveal_round, encrypted: field.encrypted }] : [],
    ),
  );
  const weights = TimelockedWeightCommits.entries(state).flatMap(({ value }) =>
    value.map(([, , encrypted, round]) => ({ round, encrypted })),
  );
  return [...commitments, ...weights];
};
