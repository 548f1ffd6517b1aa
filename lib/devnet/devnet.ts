import { CrusadesError } from '../errors/index.js';
import { DEFAULT_GENESIS, type GenesisOptions } from './genesis.js';
import { Beacon } from './node/beacon.js';
import { Chain } from './node/chain.js';
import { blockClock, wallClock, type Clock } from './node/clock.js';
import { loadSignatures } from './node/signatures.js';
import { LastStoredRound } from './pallets/drand.js';
import { upgradeTo } from './pallets/system.js';
import { controlMethods } from './rpc/control-methods.js';
import { RpcServer } from './rpc/server.js';
import type { Context } from './runtime/context.js';
import { loadHashing } from './runtime/hashing.js';
import { createRuntime } from './runtime/runtime.js';
import { hex } from './runtime/types.js';

export interface DevnetOptions {
  /** 0: the system chooses one. */
  readonly port: number;
  /** Address to listen on; default 127.0.0.1. */
  readonly host?: string;
  /** Seconds between blocks; 0.25 is the shortest that makes sense. */
  readonly blockTimeSeconds: number;
  /** File that the chain is kept in; without one it is gone when the devnet stops. */
  readonly statePath?: string;
  /** Makes the beacon's key the same every time; default random. */
  readonly seed?: string;
  /** Differences from {@link DEFAULT_GENESIS}; they matter when a chain begins. */
  readonly genesis?: Partial<GenesisOptions>;
  /** Blocks by which finality trails the head; default 1. */
  readonly finalityLag?: number;
  /** No blocks of its own accord: only {@link Devnet.advance} makes them. For tests. */
  readonly manual?: boolean;
  /**
   * Unix milliseconds at which the chain begins. Time then passes by blocks and skips alone: with `manual`, `seed` and the
   * same calls, the same blocks come again, hash for hash. Default: the machine's clock.
   */
  readonly startTimeMs?: number;
}

/** A running devnet. */
export interface Devnet {
  /** `ws://…`; the same port speaks JSON-RPC over HTTP. */
  readonly url: string;
  readonly port: number;
  /** `0x` and hex. */
  readonly genesisHash: string;
  /** Compressed G2 point, hex without `0x`: what commitments to this chain are sealed to. */
  readonly beaconPublicKey: string;
  head(): { readonly number: number; readonly hash: string };
  /** Makes blocks at once, one after the other, with the pulses that are due. */
  advance(blocks?: number): Promise<void>;
  /** Sets the devnet's clock forward: timestamps and beacon rounds follow from the next block on. */
  skipTime(seconds: number): void;
  /**
   * Gives the newest blocks up and makes as many and one more without them, of another branch; what the old ones held
   * waits in the pool again.
   *
   * @throws RangeError for blocks that are final
   */
  reorganise(blocks?: number): Promise<void>;
  /** Whether finality stands still from now on while blocks go on. */
  stallFinality(stands?: boolean): void;
  /** Goes over to another spec version with the next block. */
  upgradeRuntime(specVersion: number): void;
  /** Every answer and notification comes so much later from now on. */
  delay(milliseconds: number): void;
  /** Whether connections are taken at all; those that there are, are cut when it is turned off. */
  setReachable(reachable: boolean): void;
  /** Remembers where the chain is, for {@link restore} within the next 256 blocks. */
  snapshot(): number;
  /**
   * Goes back to a snapshot, finality too. Connections are cut, as clients may take the head to rise only.
   *
   * @throws RangeError for one that is too old or never was
   */
  restore(snapshot: number): void;
  /** Writes the whole chain to a file that `statePath` of a later start may name. @throws devnet_state_unwritable */
  saveTo(path: string): void;
  /** Changes the state or deposits events at the start of the next block, as nothing on a real chain could. */
  inject(change: (context: Context) => void): void;
  /** Cuts every client's connection once. */
  dropConnections(): void;
  stop(): Promise<void>;
}

/** How often the beacon looks at the clock. */
const BEACON_INTERVAL_MS = 250;

/**
 * Starts a chain of one node.
 *
 * @throws port_taken, file_unreadable (the state file holds something else), devnet_state_unwritable
 */
export const startDevnet = async (options: DevnetOptions): Promise<Devnet> => {
  await loadHashing();
  // Where blocks come on demand, there is no pause between them to do it in.
  if (options.manual === true) await loadSignatures();
  const node = new Node(options);
  try {
    return await node.start();
  } catch (error) {
    await node.stop();
    throw error;
  }
};

/** What tells a branch from the one that was given up: something in the state outside of every pallet. */
const branchOff = ({ state }: Context): void => {
  const before = state.get(BRANCH_KEY)?.[0] ?? 0;
  state.put(BRANCH_KEY, Uint8Array.of((before + 1) & 255));
};

const BRANCH_KEY = hex(new TextEncoder().encode(':crusades:branch'));

class Node {
  readonly #blockTimeMs: number;
  readonly #chain: Chain;
  readonly #beacon: Beacon;
  readonly #server: RpcServer;
  readonly #injections: ((context: Context) => void)[] = [];
  readonly #clock: Clock;
  #blockTimer: NodeJS.Timeout | undefined;
  #beaconTimer: NodeJS.Timeout | undefined;
  #listens = false;
  #stopped = false;
  #unwritten = false;

  constructor(private readonly options: DevnetOptions) {
    this.#blockTimeMs = Math.round(options.blockTimeSeconds * 1000);
    const { startTimeMs } = options;
    this.#clock = startTimeMs === undefined ? wallClock() : blockClock(startTimeMs, this.#blockTimeMs);
    this.#chain = Chain.start(createRuntime(this.#blockTimeMs), {
      genesis: { ...DEFAULT_GENESIS, ...options.genesis },
      nowMs: this.#clock.now(),
      seed: options.seed === undefined ? undefined : new TextEncoder().encode(options.seed),
      statePath: options.statePath,
      finalityLag: options.finalityLag ?? 1,
    });
    const chain = this.#chain;
    this.#beacon = new Beacon(chain.beaconSecret, LastStoredRound.get(chain.state), () => chain.state);
    this.#server = new RpcServer(chain, controlMethods(this));
  }

  async start(): Promise<Devnet> {
    const host = this.options.host ?? '127.0.0.1';
    const port = await this.#server.listen(this.options.port, host);
    this.#listens = true;
    if (this.options.manual !== true) this.#run();
    const chain = this.#chain;
    return {
      url: `ws://${host}:${port}`,
      port,
      genesisHash: `0x${chain.genesisHash}`,
      beaconPublicKey: hex(chain.beaconPublicKey),
      head: () => ({ number: chain.head.header.number, hash: `0x${chain.head.hash}` }),
      advance: (blocks) => this.advance(blocks),
      skipTime: (seconds) => this.skipTime(seconds),
      inject: (change) => this.inject(change),
      dropConnections: () => this.dropConnections(),
      reorganise: (blocks) => this.reorganise(blocks),
      stallFinality: (stands) => this.stallFinality(stands),
      upgradeRuntime: (specVersion) => this.upgradeRuntime(specVersion),
      delay: (milliseconds) => this.delay(milliseconds),
      setReachable: (reachable) => this.#server.setReachable(reachable),
      snapshot: () => this.snapshot(),
      restore: (snapshot) => this.restore(snapshot),
      saveTo: (path) => chain.saveTo(path),
      stop: () => this.stop(),
    };
  }

  async advance(blocks = 1): Promise<void> {
    for (let i = 0; i < blocks && !this.#stopped; i++) {
      await this.#beacon.catchUp(this.#clock.now());
      this.#produce();
    }
  }

  skipTime(seconds: number): void {
    this.#clock.skip(seconds * 1000);
  }

  inject(change: (context: Context) => void): void {
    this.#injections.push(change);
  }

  dropConnections(): void {
    this.#server.dropConnections();
  }

  async reorganise(blocks = 1): Promise<void> {
    const { head, finalizedHead } = this.#chain;
    const to = head.header.number - blocks;
    if (blocks < 1 || to < finalizedHead.header.number) {
      throw new RangeError(`block ${to + 1} is final: only what is not may be given up`);
    }
    this.#chain.takeBack(to);
    // The branches differ from their first block on, or they would be the same one.
    this.inject(branchOff);
    await this.advance(blocks + 1);
  }

  stallFinality(stands = true): void {
    this.#chain.finalityStands = stands;
  }

  upgradeRuntime(specVersion: number): void {
    if (specVersion < 1) throw new RangeError('a spec version is a positive number');
    this.inject((context) => upgradeTo(context, specVersion));
  }

  delay(milliseconds: number): void {
    this.#server.delay(milliseconds);
  }

  snapshot(): number {
    return this.#chain.head.header.number;
  }

  restore(snapshot: number): void {
    this.#chain.takeBack(snapshot);
    this.#chain.pool.clear();
    this.#injections.length = 0;
    this.dropConnections();
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    clearTimeout(this.#blockTimer);
    clearInterval(this.#beaconTimer);
    this.#beacon.stop();
    if (this.#listens) await this.#server.close();
    this.#chain.close();
  }

  #run(): void {
    // Not at once: the first signature takes 50 ms, which the first client would wait for.
    this.#beaconTimer = setInterval(() => void this.#beacon.catchUp(this.#clock.now()), BEACON_INTERVAL_MS);
    this.#scheduleBlock();
  }

  /** Blocks come at multiples of the block time, as Aura's slots do; slots that the machine slept through stay empty. */
  #scheduleBlock(): void {
    if (this.#stopped) return;
    const untilNextSlot = this.#blockTimeMs - (Date.now() % this.#blockTimeMs);
    this.#blockTimer = setTimeout(() => {
      this.#produceOrWait();
      // In the pause that follows; if it fails, the call that needs it tells.
      loadSignatures().catch(() => undefined);
      this.#scheduleBlock();
    }, untilNextSlot);
  }

  /** A block that cannot be written is not made; what it would have held waits for the next slot. */
  #produceOrWait(): void {
    try {
      this.#produce();
      this.#unwritten = false;
    } catch (error) {
      if (!(error instanceof CrusadesError)) throw error;
      if (!this.#unwritten) process.stderr.write(`${error.message}\n${error.remedy}\n`);
      this.#unwritten = true;
    }
  }

  #produce(): void {
    const pulses = this.#beacon.take();
    try {
      this.#chain.advance(this.#clock.now(), pulses, this.#injections);
      this.#clock.tick();
      this.#injections.length = 0;
    } catch (error) {
      this.#beacon.giveBack(pulses);
      throw error;
    }
  }
}
