import { cryptoWaitReady } from '@polkadot/util-crypto';
import { CrusadesError } from '../errors/index.js';
import { DEFAULT_GENESIS, type GenesisOptions } from './genesis.js';
import { Beacon } from './node/beacon.js';
import { Chain } from './node/chain.js';
import { LastStoredRound } from './pallets/drand.js';
import { RpcServer } from './rpc/server.js';
import type { Context } from './runtime/context.js';
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
  await cryptoWaitReady();
  const node = new Node(options);
  try {
    return await node.start();
  } catch (error) {
    await node.stop();
    throw error;
  }
};

class Node {
  readonly #blockTimeMs: number;
  readonly #chain: Chain;
  readonly #beacon: Beacon;
  readonly #server: RpcServer;
  readonly #injections: ((context: Context) => void)[] = [];
  #skippedMs = 0;
  #blockTimer: NodeJS.Timeout | undefined;
  #beaconTimer: NodeJS.Timeout | undefined;
  #listens = false;
  #stopped = false;
  #unwritten = false;

  constructor(private readonly options: DevnetOptions) {
    this.#blockTimeMs = Math.round(options.blockTimeSeconds * 1000);
    this.#chain = Chain.start(createRuntime(this.#blockTimeMs), {
      genesis: { ...DEFAULT_GENESIS, ...options.genesis },
      nowMs: this.#now(),
      seed: options.seed === undefined ? undefined : new TextEncoder().encode(options.seed),
      statePath: options.statePath,
      finalityLag: options.finalityLag ?? 1,
    });
    const chain = this.#chain;
    this.#beacon = new Beacon(chain.beaconSecret, LastStoredRound.get(chain.state), () => chain.state);
    this.#server = new RpcServer(chain);
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
      advance: (blocks = 1) => this.#advance(blocks),
      skipTime: (seconds) => {
        this.#skippedMs += seconds * 1000;
      },
      inject: (change) => {
        this.#injections.push(change);
      },
      dropConnections: () => this.#server.dropConnections(),
      stop: () => this.stop(),
    };
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

  #now(): number {
    return Date.now() + this.#skippedMs;
  }

  #run(): void {
    const look = () => void this.#beacon.catchUp(this.#now());
    look();
    this.#beaconTimer = setInterval(look, BEACON_INTERVAL_MS);
    this.#scheduleBlock();
  }

  /** Blocks come at multiples of the block time, as Aura's slots do; slots that the machine slept through stay empty. */
  #scheduleBlock(): void {
    if (this.#stopped) return;
    const untilNextSlot = this.#blockTimeMs - (Date.now() % this.#blockTimeMs);
    this.#blockTimer = setTimeout(() => {
      this.#produceOrWait();
      this.#scheduleBlock();
    }, untilNextSlot);
  }

  async #advance(blocks: number): Promise<void> {
    for (let i = 0; i < blocks && !this.#stopped; i++) {
      await this.#beacon.catchUp(this.#now());
      this.#produce();
    }
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
      this.#chain.advance(this.#now(), pulses, this.#injections);
      this.#injections.length = 0;
    } catch (error) {
      this.#beacon.giveBack(pulses);
      throw error;
    }
  }
}
