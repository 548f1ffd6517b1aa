import { setTimeout as sleep } from 'node:timers/promises';

import { ApiPromise } from '@polkadot/api';
import type { QueryableStorageEntry } from '@polkadot/api/types';
import type { Registry } from '@polkadot/types/types';

import { CrusadesError, crusadesError } from '../errors/index.js';
import type { Logger } from '../telemetry/index.js';
import { within } from '../deadline/within.js';
import type { Obstacle } from './endpoint-pool.js';
import { FailoverProvider } from './failover-provider.js';
import { quietConsole } from './quiet-console.js';
import { discardedBlock, isBroken, messageOf, restAskedFor } from './rpc-answers.js';

export interface ConnectionOptions {
  /** ws:// or wss://; the first choice. */
  readonly endpoint: string;
  /** Used, in this order, while those before them are away, behind or refuse traffic. */
  readonly fallbacks?: readonly string[];
  /** Endpoint of a node that keeps old state; asked only for what the others have discarded. */
  readonly archive?: string | null;
  /** Hash that block 0 must have, `0x` and hex. Default: that of the first endpoint that answers. */
  readonly genesisHash?: string | null;
  /** Per call, reconnecting included. Default 30. */
  readonly deadlineSeconds?: number;
  /** For the first connection. Default: the deadline of a call. */
  readonly connectSeconds?: number;
  /** Between two looks at the health of the endpoints. Default 12, a block. */
  readonly healthSeconds?: number;
  /** Age of the best block from which an endpoint counts as behind. Default 120, ten blocks. */
  readonly staleSeconds?: number;
  readonly logger?: Logger;
}

/** Names and types of one runtime's storage. */
export interface Layout {
  readonly specVersion: number;
  readonly registry: Registry;
  /** A storage item by its names in the runtime. @throws `chain_unsupported` */
  storage(pallet: string, item: string): QueryableStorageEntry<'promise'>;
}

/** A websocket to one of several nodes, and the metadata of the chain's runtime. Repairs itself. */
export interface Connection {
  /** The endpoint in use; the first of the list while there is none. */
  readonly endpoint: string;
  readonly api: ApiPromise;
  readonly deadlineSeconds: number;
  /**
   * Runs a read. While the connection is down it waits for the next one, and repeats what the break cut off.
   *
   * @param name what is read, for the error
   * @throws `chain_unreachable`, `chain_timeout`, `chain_state_discarded`, `chain_rate_limited`,
   *   `chain_wrong_genesis`
   */
  read<T>(name: string, act: () => Promise<T>): Promise<T>;
  /** Waits until the connection stands. @throws `chain_unreachable`, `chain_rate_limited`, `chain_wrong_genesis` */
  connected(): Promise<void>;
  /** A raw JSON-RPC call, as a {@link Connection.read}. */
  rpc(method: string, params?: readonly unknown[]): Promise<unknown>;
  /** Of the runtime that is in force now, as far as it is known. */
  layout(): Layout;
  /** Of the runtime that made the state of a block; costs up to four requests when it is another one. */
  layoutAt(blockHash: string): Promise<Layout>;
  /** The connection to the archive endpoint, made when it is first needed; null where none is configured. */
  archive(): Promise<Connection | null>;
  close(): Promise<void>;
}

/** Between two looks whether the connection stands. */
const CONNECTED_POLL_MS = 50;
/** With other endpoints at hand, one that is silent gets this part of a call's deadline, at least so many seconds. */
const SHARE_OF_DEADLINE = 3;
const SHORTEST_SHARE_SECONDS = 2;

/**
 * Transaction extensions of the runtime that polkadot-js does not know. All of them are empty on the wire;
 * naming them keeps it from warning of each.
 */
const EMPTY_EXTENSIONS = [
  'SudoTransactionExtension',
  'CheckShieldedTxValidity',
  'SubtensorTransactionExtension',
  'DrandPriority',
];

/** @throws `chain_unreachable` and the like when no endpoint is usable within `connectSeconds` */
export const openConnection = async (options: ConnectionOptions): Promise<Connection> => {
  const { fallbacks = [], deadlineSeconds = 30, connectSeconds = deadlineSeconds, logger } = options;
  quietConsole(logger);
  const endpoints = [...new Set([options.endpoint, ...fallbacks])];
  const provider = new FailoverProvider({
    endpoints,
    genesisHash: options.genesisHash ?? undefined,
    requestSeconds: deadlineSeconds,
    healthSeconds: options.healthSeconds ?? 12,
    staleSeconds: options.staleSeconds ?? 120,
    logger,
  });
  let closed = false;
  const api = new ApiPromise({
    provider,
    noInitWarn: true,
    signedExtensions: Object.fromEntries(
      EMPTY_EXTENSIONS.map((name) => [name, { extrinsic: {}, payload: {} }]),
    ),
  });
  // It rejects with the first error; whoever waits for `isReady` is told by the deadline.
  api.isReadyOrError.catch(() => undefined);
  let isReady = false;
  void api.isReady.then(() => (isReady = true));
  let lastError: string | undefined;
  let unreadable: string | undefined;
  api.on('error', (error: unknown) => {
    lastError = messageOf(error) || lastError;
    // Its start failed half-way, on a connection that stands: it begins again with the next one.
    const [, fatal] = /Unable to initialize the API: (.*)/s.exec(messageOf(error)) ?? [];
    if (fatal === undefined) return;
    unreadable = isBroken({ message: fatal }) ? undefined : fatal;
    provider.giveUp(fatal);
  });

  const failure = (): CrusadesError =>
    unreadable === undefined || isReady
      ? obstacleError(provider.obstacle, provider.endpoint, lastError)
      : metadataError(provider.endpoint, unreadable);

  const connected = (seconds = deadlineSeconds): Promise<void> =>
    within(seconds, failure, async () => {
      for (;;) {
        if (isReady && provider.isConnected) return;
        // Nothing that may come back by itself stands in the way: waiting is of no use.
        if (closed || provider.obstacle?.kind === 'wrong_genesis') throw failure();
        await sleep(CONNECTED_POLL_MS);
      }
    });

  const read = async <T>(name: string, act: () => Promise<T>): Promise<T> => {
    const until = Date.now() + deadlineSeconds * 1000;
    const late = () => crusadesError('chain_timeout', timeoutOf(name, deadlineSeconds));
    const left = () => Math.max((until - Date.now()) / 1000, 0.001);
    for (;;) {
      await connected(left());
      const share = Math.max(SHORTEST_SHARE_SECONDS, deadlineSeconds / SHARE_OF_DEADLINE);
      const patience = endpoints.length > 1 ? Math.min(share, left()) : left();
      const asked = provider.endpoint;
      try {
        return await within(patience, late, act);
      } catch (error) {
        if (error instanceof CrusadesError) {
          if (error.code !== 'chain_timeout' || left() <= 0.001 || endpoints.length === 1) throw error;
          // Somebody else may have given it up already; the next one is not to blame.
          if (provider.endpoint === asked)
            provider.giveUp(`no answer to ${name} within ${Math.round(patience)} s`);
          continue;
        }
        const passes = isBroken(error) || restAskedFor(error) !== null;
        if (passes && left() > 0.001 && !closed) {
          await sleep(CONNECTED_POLL_MS);
          continue;
        }
        throw readError(error, provider.endpoint, name);
      }
    }
  };

  const layoutOf = (
    query: ApiPromise['query'],
    { specVersion, registry }: Pick<Layout, 'specVersion' | 'registry'>,
  ): Layout => ({
    ...{ specVersion, registry },
    storage(pallet, item) {
      const entry = query[camel(pallet)]?.[camel(item)];
      if (entry) return entry;
      throw crusadesError('chain_unsupported', {
        endpoint: provider.endpoint,
        item: `storage ${pallet}.${item}`,
      });
    },
  });

  let archive: Promise<Connection> | undefined;
  const openArchive = async (endpoint: string): Promise<Connection> => {
    await connected();
    const genesisHash = api.genesisHash.toHex();
    return openConnection({ endpoint, genesisHash, deadlineSeconds, ...(logger && { logger }) });
  };

  const connection: Connection = {
    ...{ api, deadlineSeconds, read, connected: () => connected() },
    get endpoint() {
      return provider.endpoint;
    },
    rpc: (method, params = []) => read(method, () => provider.send<unknown>(method, [...params])),
    layout: () =>
      layoutOf(api.query, {
        specVersion: api.runtimeVersion.specVersion.toNumber(),
        registry: api.registry,
      }),
    async layoutAt(blockHash) {
      const at = await read('the runtime of a block', () => api.at(blockHash));
      return layoutOf(at.query, {
        specVersion: at.runtimeVersion.specVersion.toNumber(),
        registry: at.registry,
      });
    },
    async archive() {
      if (!options.archive) return null;
      archive ??= openArchive(options.archive);
      try {
        return await archive;
      } catch (error) {
        archive = undefined;
        throw error;
      }
    },
    async close() {
      closed = true;
      await api.disconnect().catch(() => undefined);
      await provider.disconnect();
      await archive?.then(
        (opened) => opened.close(),
        () => undefined,
      );
    },
  };
  try {
    await connected(connectSeconds);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
};

/** `set_weights` and `SubnetTAO` as polkadot-js writes them. */
export const camel = (name: string): string =>
  name
    .replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
    .replace(/^[A-Z]/, (letter) => letter.toLowerCase());

const timeoutOf = (call: string, seconds: number) => ({ call, seconds });

const metadataError = (endpoint: string, reason: string): CrusadesError =>
  crusadesError('chain_answer_malformed', { endpoint, call: 'metadata', reason: reason.slice(0, 200) });

const obstacleError = (
  obstacle: Obstacle | null,
  inUse: string,
  lastError = 'the node did not answer',
): CrusadesError => {
  const { kind, endpoint, reason, restSeconds } = obstacle ?? {
    ...{ kind: 'unreachable', endpoint: inUse, reason: lastError, restSeconds: 0 },
  };
  if (kind === 'wrong_genesis') return crusadesError('chain_wrong_genesis', { endpoint, genesis: reason });
  if (kind === 'rate_limited') {
    return crusadesError('chain_rate_limited', { endpoint, reason, retryAfterSeconds: restSeconds });
  }
  return crusadesError('chain_unreachable', { endpoint, reason });
};

const readError = (error: unknown, endpoint: string, name: string): CrusadesError => {
  const reason = messageOf(error);
  const cause = { cause: error };
  const block = discardedBlock(error);
  if (block !== null) return crusadesError('chain_state_discarded', { endpoint, block }, cause);
  const rest = restAskedFor(error);
  if (rest !== null)
    return crusadesError('chain_rate_limited', { endpoint, reason, retryAfterSeconds: rest }, cause);
  if (isBroken(error)) return crusadesError('chain_unreachable', { endpoint, reason }, cause);
  return crusadesError('chain_call_refused', { call: name, reason: reason.slice(0, 300) }, cause);
};
