import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import type { WsProvider } from '@polkadot/api';
import type {
  ProviderInterface,
  ProviderInterfaceCallback,
  ProviderInterfaceEmitCb,
  ProviderInterfaceEmitted,
} from '@polkadot/rpc-provider/types';

import { EndpointPool, type Obstacle, type PoolOptions } from './endpoint-pool.js';
import { isBroken, messageOf, restAskedFor } from './rpc-answers.js';
import { Subscriptions } from './subscriptions.js';

export interface FailoverOptions extends PoolOptions {
  /** Between two looks at the endpoints. */
  readonly healthSeconds: number;
}

interface Active {
  readonly url: string;
  readonly node: WsProvider;
}

/** Between two rounds over all endpoints while none answers; doubled up to the longest. */
const SHORTEST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
/** An endpoint that fell silent; another one is used meanwhile. */
const SILENT_REST_SECONDS = 15;
/** What still runs on an endpoint that is left for a better one has so long to end. */
const DRAIN_MS = 15_000;

/**
 * One connection over several endpoints, for polkadot-js: the first endpoint that is of the right chain and up to
 * date is used, the next one when it fails, falls behind or refuses traffic, and the first again once it is well.
 * Subscriptions follow, except submissions: what became of a transaction has to be read.
 */
export class FailoverProvider implements ProviderInterface {
  readonly hasSubscriptions = true;
  readonly isClonable = false;
  readonly #events = new EventEmitter().setMaxListeners(0);
  readonly #pool: EndpointPool;
  readonly #subscriptions = new Subscriptions();
  readonly #timer: NodeJS.Timeout;
  #active: Active | null = null;
  #activeSince = 0;
  #closed = false;
  #connecting = false;
  #looking = false;
  /** Ends every rest. */
  readonly #closing = new AbortController();

  constructor(private readonly options: FailoverOptions) {
    this.#pool = new EndpointPool(options);
    this.#timer = setInterval(() => void this.#look(), options.healthSeconds * 1000).unref();
    void this.connect();
  }

  get isConnected(): boolean {
    return this.#active?.node.isConnected === true;
  }

  /** The endpoint in use; the first of the list while there is none. */
  get endpoint(): string {
    return this.#active?.url ?? this.#pool.urls[0] ?? '';
  }

  /** Why no endpoint is in use; null while one is. */
  get obstacle(): Obstacle | null {
    return this.#active ? null : this.#pool.obstacle;
  }

  clone(): ProviderInterface {
    return new FailoverProvider(this.options);
  }

  /** Looks for an endpoint until there is one. */
  async connect(): Promise<void> {
    if (this.#connecting || this.#active || this.#closed) return;
    this.#connecting = true;
    try {
      let pause = SHORTEST_PAUSE_MS;
      // A node that closes each connection at once must not keep us busy.
      if (Date.now() - this.#activeSince < LONGEST_PAUSE_MS) await this.#rest(pause);
      while (!this.#closed && !(await this.#tryAll())) {
        await this.#rest(pause);
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
      }
    } finally {
      this.#connecting = false;
    }
  }

  async disconnect(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#closing.abort();
    const active = this.#active;
    this.#active = null;
    if (active) await close(active.node);
  }

  on(type: ProviderInterfaceEmitted, listener: ProviderInterfaceEmitCb): () => void {
    this.#events.on(type, listener);
    return () => this.#events.off(type, listener);
  }

  async send<T>(method: string, params: unknown[], isCacheable?: boolean): Promise<T> {
    for (;;) {
      try {
        return await this.#noticing((node) => node.send<T>(method, params, isCacheable));
      } catch (error) {
        // polkadot-js asks for it when the runtime is upgraded, and takes a failure for the end of the process.
        if (method !== 'state_getMetadata' || !isPassing(error) || this.#closed) throw error;
        await this.#rest(SHORTEST_PAUSE_MS);
      }
    }
  }

  /** Where there is no connection, a subscription waits for one; a submission is not made then. */
  async subscribe(
    type: string,
    method: string,
    params: unknown[],
    callback: ProviderInterfaceCallback,
  ): Promise<string> {
    const wanted = { type, method, params, callback };
    return this.#subscriptions.begin(
      wanted,
      () => this.#node(),
      (error) => {
        this.#notice(this.#active?.node, error);
        return isPassing(error);
      },
    );
  }

  unsubscribe(_type: string, method: string, id: number | string): Promise<boolean> {
    return this.#subscriptions.end(String(id), method);
  }

  /** Leaves the endpoint in use, which did not do what it should; another one is looked for. */
  giveUp(reason: string): void {
    if (!this.#active) return;
    const { url, node } = this.#active;
    this.#pool.rest(url, 'unreachable', reason, this.#pool.urls.length > 1 ? SILENT_REST_SECONDS : 0);
    this.#leave(node);
  }

  /** A node that has fallen silent does not answer the closing either: the next one is looked for at once. */
  #leave(node: WsProvider): void {
    void close(node);
    this.#lost(node);
  }

  #node(): WsProvider {
    if (!this.#active) throw new Error('WebSocket is not connected');
    return this.#active.node;
  }

  async #noticing<T>(act: (node: WsProvider) => Promise<T>): Promise<T> {
    const node = this.#node();
    try {
      return await act(node);
    } catch (error) {
      this.#notice(node, error);
      throw error;
    }
  }

  /** A refusal of traffic sends us elsewhere; whoever asked decides whether to ask again. */
  #notice(node: WsProvider | undefined, error: unknown): void {
    const seconds = restAskedFor(error);
    if (seconds === null || !this.#active || this.#active.node !== node) return;
    const { url } = this.#active;
    this.#pool.rest(url, 'rate_limited', messageOf(error), seconds);
    this.options.logger?.warn({ endpoint: url, seconds }, 'the endpoint refuses traffic');
    this.#leave(node);
  }

  /** Waits, but no longer than until it is closed. */
  #rest(milliseconds: number): Promise<void> {
    return sleep(milliseconds, undefined, { signal: this.#closing.signal }).catch(() => undefined);
  }

  /** Asks the endpoints in their order, up to the first good one; uses the best of those that answered. */
  async #tryAll(): Promise<boolean> {
    const open = new Map<string, WsProvider>();
    for (const url of this.#pool.urls) {
      if (this.#closed) break;
      const node = this.#pool.isResting(url) ? null : await this.#pool.examine(url);
      if (node) open.set(url, node);
      if (node && this.#pool.isYoung(url)) break;
    }
    const url = this.#closed ? null : this.#pool.choose(open, null);
    const chosen = url === null ? undefined : open.get(url);
    for (const node of open.values()) if (node !== chosen) void close(node);
    if (url === null || !chosen) return false;
    this.#use({ url, node: chosen });
    return true;
  }

  #use(next: Active): void {
    const before = this.#active;
    const { url, node } = next;
    this.#active = next;
    this.#activeSince = Date.now();
    this.#pool.use(url);
    node.on('disconnected', () => this.#lost(node));
    node.on('error', (error: unknown) => this.#tell(node, error));
    this.options.logger?.info({ endpoint: url }, 'connected to the chain');
    if (before) {
      drain(before.node);
      this.#events.emit('disconnected');
    }
    // It may have closed while it was examined: then no event will tell.
    if (!node.isConnected) return this.#lost(node);
    this.#subscriptions.moveTo(node, (error) => this.#notice(node, error));
    this.#events.emit('connected');
  }

  /** Faults of a node that was left are nobody's business any more. */
  #tell(node: WsProvider, error: unknown): void {
    if (this.#active?.node === node && this.#events.listenerCount('error') > 0)
      this.#events.emit('error', error);
  }

  #lost(node: WsProvider): void {
    if (this.#active?.node !== node) return;
    const { url } = this.#active;
    this.#active = null;
    this.options.logger?.warn({ endpoint: url }, 'lost the connection to the chain');
    this.#events.emit('disconnected');
    void this.connect();
  }

  /** Looks at the endpoint in use, and at better ones: those before it, and all when it is behind. */
  async #look(): Promise<void> {
    const active = this.#active;
    if (!active || this.#looking) return;
    this.#looking = true;
    try {
      if (!(await this.#isAlive(active))) return;
      const { urls } = this.#pool;
      const before = urls.slice(0, urls.indexOf(active.url));
      const others = this.#pool.isYoung(active.url) ? before : urls.filter((url) => url !== active.url);
      if (others.length > 0) await this.#moveToBetter(active, others);
    } finally {
      this.#looking = false;
    }
  }

  async #isAlive({ url, node }: Active): Promise<boolean> {
    try {
      await this.#pool.probe(url, node);
      return true;
    } catch (error) {
      this.#notice(node, error);
      const isSilent = restAskedFor(error) === null && this.#active?.node === node;
      // A single endpoint that is slow is still better than none.
      if (isSilent && this.#pool.urls.length > 1) this.giveUp(messageOf(error));
      return false;
    }
  }

  async #moveToBetter(active: Active, candidates: readonly string[]): Promise<void> {
    if (this.#subscriptions.isSubmitting) return;
    const open = new Map([[active.url, active.node]]);
    for (const url of candidates) {
      const node = this.#pool.isResting(url) ? null : await this.#pool.examine(url);
      if (node) open.set(url, node);
    }
    const isUnchanged = this.#active?.node === active.node && !this.#subscriptions.isSubmitting;
    const url = isUnchanged ? this.#pool.choose(open, active.url) : null;
    const chosen = url === null || url === active.url ? undefined : open.get(url);
    for (const node of open.values()) if (node !== active.node && node !== chosen) void close(node);
    if (url !== null && chosen) this.#use({ url, node: chosen });
  }
}

/** Another connection, or the same one later, may do what failed. */
const isPassing = (error: unknown): boolean => isBroken(error) || restAskedFor(error) !== null;

const close = (node: WsProvider): Promise<void> => node.disconnect().catch(() => undefined);

/** Lets what was asked before be answered, then closes. */
const drain = (node: WsProvider): void => {
  const until = Date.now() + DRAIN_MS;
  const look = () => {
    if (node.stats.active.requests > 0 && Date.now() < until) setTimeout(look, 200).unref();
    else void close(node);
  };
  look();
};
