import { ApiPromise, WsProvider } from '@polkadot/api';
import type { ApiOptions, QueryableStorageEntry } from '@polkadot/api/types';

import { CrusadesError, crusadesError } from '../errors/index.js';
import type { Logger } from '../telemetry/index.js';
import { quietConsole } from './quiet-console.js';

export interface ConnectionOptions {
  /** ws:// or wss:// */
  readonly endpoint: string;
  /** Per call, reconnecting included. Default 30. */
  readonly deadlineSeconds?: number;
  /** For the first connection. Default: the deadline of a call. */
  readonly connectSeconds?: number;
  readonly logger?: Logger;
}

/** A websocket to one node, and the metadata of its runtime. Reconnects by itself. */
export interface Connection {
  readonly endpoint: string;
  readonly api: ApiPromise;
  readonly deadlineSeconds: number;
  /**
   * Runs a read. While the connection is down it waits for the next one, and repeats what the break cut off.
   *
   * @param name what is read, for the error
   * @throws `chain_unreachable`, `chain_timeout`, `chain_state_discarded`
   */
  read<T>(name: string, act: () => Promise<T>): Promise<T>;
  /** Waits until the connection stands. @throws `chain_unreachable` */
  connected(): Promise<void>;
  /** A raw JSON-RPC call, as a {@link Connection.read}. */
  rpc(method: string, params?: readonly unknown[]): Promise<unknown>;
  /** A storage item by its names in the runtime, looked up in live metadata. @throws `chain_unsupported` */
  storage(pallet: string, item: string): QueryableStorageEntry<'promise'>;
  close(): Promise<void>;
}

/** Between two tries to connect. */
const RETRY_MS = 500;

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

/** @throws `chain_unreachable` when the node does not answer within `connectSeconds` */
export const openConnection = async ({
  endpoint,
  deadlineSeconds = 30,
  connectSeconds = deadlineSeconds,
  logger,
}: ConnectionOptions): Promise<Connection> => {
  quietConsole(logger);
  const provider = new WsProvider(endpoint, RETRY_MS, {}, deadlineSeconds * 1000);
  const state = { lastError: 'the node did not answer', closed: false };
  watch(provider, state, endpoint, logger);
  const api = new ApiPromise({
    // The library's own types disagree about optional members, not about what there is.
    provider: provider as NonNullable<ApiOptions['provider']>,
    noInitWarn: true,
    signedExtensions: Object.fromEntries(
      EMPTY_EXTENSIONS.map((name) => [name, { extrinsic: {}, payload: {} }]),
    ),
  });
  // It rejects with the first error; whoever waits for `isReady` is told by the deadline.
  api.isReadyOrError.catch(() => undefined);
  api.on('error', (error: unknown) => (state.lastError = messageOf(error) || state.lastError));
  const unreachable = () => crusadesError('chain_unreachable', { endpoint, reason: state.lastError });

  const connected = (seconds = deadlineSeconds): Promise<void> =>
    within(seconds, unreachable, async () => {
      await api.isReady;
      while (!provider.isConnected) {
        if (state.closed) throw unreachable();
        await pause(RETRY_MS / 5);
      }
    });

  const read = async <T>(name: string, act: () => Promise<T>): Promise<T> => {
    const until = Date.now() + deadlineSeconds * 1000;
    for (;;) {
      await connected();
      try {
        const left = Math.max((until - Date.now()) / 1000, 0.001);
        return await within(
          left,
          () => crusadesError('chain_timeout', timeoutOf(name, deadlineSeconds)),
          act,
        );
      } catch (error) {
        if (error instanceof CrusadesError) throw error;
        if (isBroken(error) && Date.now() < until && !state.closed) continue;
        throw readError(error, endpoint, name);
      }
    }
  };

  const connection: Connection = {
    ...{ endpoint, api, deadlineSeconds, read, connected: () => connected() },
    rpc: (method, params = []) => read(method, () => provider.send<unknown>(method, [...params])),
    storage(pallet, item) {
      const entry = api.query[camel(pallet)]?.[camel(item)];
      if (!entry) throw crusadesError('chain_unsupported', { endpoint, item: `storage ${pallet}.${item}` });
      return entry;
    },
    async close() {
      state.closed = true;
      await api.disconnect().catch(() => undefined);
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

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resume) => setTimeout(resume, milliseconds));

/** Gives up on `act` after so many seconds; what it still does then is ignored. */
export const within = async <T>(
  seconds: number,
  late: () => CrusadesError,
  act: () => Promise<T>,
): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(late()), seconds * 1000);
  });
  try {
    return await Promise.race([act(), deadline]);
  } finally {
    clearTimeout(timer);
  }
};

const watch = (
  provider: WsProvider,
  state: { lastError: string; closed: boolean },
  endpoint: string,
  logger: Logger | undefined,
): void => {
  provider.on('error', (event: { readonly message?: string } | undefined) => {
    if (event?.message) state.lastError = event.message;
  });
  provider.on('disconnected', () => {
    if (!state.closed) logger?.warn({ endpoint }, 'the connection to the chain broke; connecting again');
  });
  provider.on('connected', () => logger?.info({ endpoint }, 'connected to the chain'));
};

const timeoutOf = (call: string, seconds: number) => ({ call, seconds });

/** Errors of the websocket are events, which are no `Error`. */
const messageOf = (error: unknown): string => {
  const { message } = (error ?? {}) as { readonly message?: unknown };
  return typeof message === 'string' ? message : String(error);
};

/** The connection broke before an answer came; a read may simply be made again. */
const isBroken = (error: unknown): boolean =>
  /^disconnected from|WebSocket is not connected/.test(messageOf(error));

const readError = (error: unknown, endpoint: string, name: string): CrusadesError => {
  const reason = messageOf(error);
  const block = /(?:State already discarded for |UnknownBlock|unknown Block)[^0]*(0x[0-9a-f]+)?/i.exec(
    reason,
  );
  if (block) {
    return crusadesError(
      'chain_state_discarded',
      { endpoint, block: block[1] ?? 'in question' },
      { cause: error },
    );
  }
  if (isBroken(error)) return crusadesError('chain_unreachable', { endpoint, reason }, { cause: error });
  return crusadesError('chain_call_refused', { call: name, reason: reason.slice(0, 300) }, { cause: error });
};
