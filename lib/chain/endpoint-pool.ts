import type { WsProvider } from '@polkadot/api';

import type { Logger } from '../telemetry/index.js';
import { chooseEndpoint } from './endpoint-choice.js';
import type { ProbedHead } from './head-age.js';
import { genesisOf, openNode, probeHead } from './node-probe.js';
import { messageOf, restAskedFor } from './rpc-answers.js';

export interface PoolOptions {
  /** In the order of preference. */
  readonly endpoints: readonly string[];
  /** Hash that block 0 must have; without one, that of the first endpoint that answers. */
  readonly genesisHash?: string | undefined;
  /** For one request. */
  readonly requestSeconds: number;
  /** Age of the head from which an endpoint counts as behind. */
  readonly staleSeconds: number;
  readonly logger?: Logger | undefined;
}

/** Why no endpoint is in use. */
export interface Obstacle {
  readonly kind: 'unreachable' | 'rate_limited' | 'wrong_genesis';
  readonly endpoint: string;
  readonly reason: string;
  /** Seconds until it is asked again. */
  readonly restSeconds: number;
}

interface Endpoint {
  readonly url: string;
  head: ProbedHead | null;
  /** Not asked before, Unix milliseconds. */
  restsUntil: number;
  obstacle: Obstacle;
}

/** A node may take long to answer a handshake behind a proxy; another endpoint is tried after so long. */
const OPEN_SECONDS = 5;
const PROBE_SECONDS = 5;
/** An endpoint of another chain is looked at again after so long: it may have been corrected. */
const WRONG_GENESIS_REST_SECONDS = 60;

/** The endpoints that there are, what is known of each, and which of them is good to use. */
export class EndpointPool {
  readonly #endpoints: readonly Endpoint[];
  #genesisHash: string | undefined;

  constructor(private readonly options: PoolOptions) {
    this.#genesisHash = options.genesisHash?.toLowerCase();
    this.#endpoints = options.endpoints.map((url) => ({
      ...{ url, head: null, restsUntil: 0 },
      obstacle: { kind: 'unreachable', endpoint: url, reason: 'the node did not answer', restSeconds: 0 },
    }));
  }

  get urls(): readonly string[] {
    return this.#endpoints.map(({ url }) => url);
  }

  /** What stands in the way of the endpoint that comes closest to being usable. */
  get obstacle(): Obstacle | null {
    const obstacles = this.#endpoints.map(({ obstacle, restsUntil }) => ({
      ...obstacle,
      restSeconds: Math.max(0, Math.ceil((restsUntil - Date.now()) / 1000)),
    }));
    // One that is merely away may come back at any moment; one of another chain will not.
    const order = ['unreachable', 'rate_limited', 'wrong_genesis'] as const;
    const nearest = obstacles.sort(
      (a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || a.restSeconds - b.restSeconds,
    );
    return nearest[0] ?? null;
  }

  isYoung(url: string): boolean {
    return (this.#find(url)?.head?.ageSeconds ?? Infinity) <= this.options.staleSeconds;
  }

  isResting(url: string): boolean {
    return (this.#find(url)?.restsUntil ?? 0) > Date.now();
  }

  /** The best of these, as {@link chooseEndpoint} tells. */
  choose(among: ReadonlyMap<string, WsProvider>, active: string | null): string | null {
    const standings = this.#endpoints.filter(({ url }) => among.has(url));
    return chooseEndpoint(standings, active, this.options.staleSeconds, Date.now());
  }

  /** Connects to an endpoint and asks it for its chain and head. @returns null when it cannot be used */
  async examine(url: string): Promise<WsProvider | null> {
    let node: WsProvider | undefined;
    try {
      node = await openNode(url, OPEN_SECONDS, this.options.requestSeconds);
      const genesis = (await genesisOf(node, PROBE_SECONDS)).toLowerCase();
      this.#genesisHash ??= genesis;
      if (genesis === this.#genesisHash) {
        await this.probe(url, node);
        return node;
      }
      this.options.logger?.error({ endpoint: url, genesis, expected: this.#genesisHash }, 'another chain');
      this.rest(url, 'wrong_genesis', genesis, WRONG_GENESIS_REST_SECONDS);
    } catch (error) {
      const rest = restAskedFor(error);
      this.rest(url, rest === null ? 'unreachable' : 'rate_limited', messageOf(error), rest ?? 0);
    }
    await node?.disconnect().catch(() => undefined);
    return null;
  }

  /** Asks a node for its head. @throws Error when it does not answer */
  async probe(url: string, node: WsProvider): Promise<void> {
    const endpoint = this.#find(url);
    const head = await probeHead(node, PROBE_SECONDS);
    if (endpoint) endpoint.head = head;
  }

  /** From now on nothing but a lost connection can be said of an endpoint that is in use. */
  use(url: string): void {
    const endpoint = this.#find(url);
    if (!endpoint) return;
    const reason = 'the node closed the connection';
    endpoint.obstacle = { kind: 'unreachable', endpoint: url, reason, restSeconds: 0 };
  }

  /** Keeps why an endpoint is not used, and for how long it is left alone. */
  rest(url: string, kind: Obstacle['kind'], reason: string, seconds: number): void {
    const endpoint = this.#find(url);
    if (!endpoint) return;
    endpoint.head = null;
    endpoint.restsUntil = Math.max(endpoint.restsUntil, Date.now() + seconds * 1000);
    endpoint.obstacle = { kind, endpoint: url, reason: reason.slice(0, 300), restSeconds: seconds };
  }

  #find(url: string): Endpoint | undefined {
    return this.#endpoints.find((each) => each.url === url);
  }
}
