import type { Block } from '../node/block.js';
import type { Chain } from '../node/chain.js';
import { blake256 } from '../runtime/hashing.js';
import type { StoredState } from '../node/versioned-state.js';
import { RUNTIME_VERSION } from '../runtime/settings.js';
import type { StateReader } from '../runtime/state.js';
import { hex, unhex } from '../runtime/types.js';
import { ScaleError } from '../scale/index.js';
import { RpcError, type Methods, type Params } from './protocol.js';

const CLIENT_ERROR = 4003;
const MOST_KEYS_A_PAGE = 1000;

/** `state_…`: storage, runtime calls, metadata and versions. */
export const stateMethods = (chain: Chain): Methods => {
  /** The state at a block hash, by default the newest. */
  const viewAt = (hash: string | null): { readonly block: Block; readonly state: StoredState } => {
    const block = hash === null ? chain.head : chain.blockOf(hash);
    if (!block)
      throw new RpcError(
        CLIENT_ERROR,
        `Client error: UnknownBlock: Header was not found in the database: 0x${hash}`,
      );
    const state = chain.stateAfter(block);
    if (!state)
      throw new RpcError(
        CLIENT_ERROR,
        `Client error: UnknownBlock: State already discarded for 0x${block.hash}`,
      );
    return { block, state };
  };

  const valueJson = (state: StateReader, key: string): string | null => {
    const value = state.get(key);
    return value ? `0x${hex(value)}` : null;
  };

  const getStorage = (params: Params) =>
    valueJson(viewAt(params.optionalHex(1, 'hash')).state, params.hex(0, 'key'));

  const queryStorageAt = (params: Params) => {
    const keys = params.hexList(0, 'keys');
    const { block, state } = viewAt(params.optionalHex(1, 'hash'));
    return [{ block: `0x${block.hash}`, changes: keys.map((key) => [`0x${key}`, valueJson(state, key)]) }];
  };

  const call = (params: Params) => {
    const name = params.string(0, 'method');
    const { block, state } = viewAt(params.optionalHex(2, 'hash'));
    const method = chain.runtime.apis
      .flatMap((api) => api.methods.map((each) => ({ ...each, called: `${api.name}_${each.name}` })))
      .find(({ called }) => called === name);
    if (!method) {
      throw new RpcError(
        CLIENT_ERROR,
        `Client error: Execution failed: Other: Exported method ${name} is not found`,
      );
    }
    try {
      return `0x${hex(method.run({ state, block: block.header.number }, unhex(params.hex(1, 'data'))))}`;
    } catch (error) {
      if (!(error instanceof ScaleError)) throw error;
      throw new RpcError(
        CLIENT_ERROR,
        `Client error: Execution failed: Bad input data provided to ${name}: ${error.message}`,
      );
    }
  };

  const keysPaged = (params: Params) => {
    const prefix = params.optionalHex(0, 'prefix') ?? '';
    const count = params.optionalNumber(1, 'count') ?? MOST_KEYS_A_PAGE;
    const after = params.optionalHex(2, 'startKey');
    if (count > MOST_KEYS_A_PAGE) {
      throw new RpcError(4002, `count exceeds maximum value. value: ${count}, max: ${MOST_KEYS_A_PAGE}`);
    }
    const { state } = viewAt(params.optionalHex(3, 'hash'));
    return state.page(prefix, after, count).map((key) => `0x${key}`);
  };

  const runtimeVersion = (params: Params) =>
    versionJson(chain, headerOf(chain, params.optionalHex(0, 'hash')));

  return {
    state_getStorage: getStorage,
    state_getStorageAt: getStorage,
    state_getStorageHash: (params) => {
      const value = viewAt(params.optionalHex(1, 'hash')).state.get(params.hex(0, 'key'));
      return value ? `0x${hex(blake256(value))}` : null;
    },
    state_getStorageSize: (params) =>
      viewAt(params.optionalHex(1, 'hash')).state.get(params.hex(0, 'key'))?.length ?? null,
    state_queryStorageAt: queryStorageAt,
    state_getKeysPaged: keysPaged,
    state_getKeysPagedAt: keysPaged,
    state_call: call,
    state_callAt: call,
    state_getMetadata: (params) => {
      const specVersion = chain.specVersionAt(headerOf(chain, params.optionalHex(0, 'hash')));
      return `0x${hex(chain.runtime.metadata(14, specVersion) ?? new Uint8Array())}`;
    },
    state_getRuntimeVersion: runtimeVersion,
    chain_getRuntimeVersion: runtimeVersion,
    state_subscribeRuntimeVersion: (_params, caller) =>
      caller.subscribe('state_runtimeVersion', (notify) => {
        let told = chain.specVersionAt(chain.head);
        notify(versionJson(chain, chain.head));
        return chain.onNewHead((block) => {
          const now = chain.specVersionAt(block);
          if (now !== told) notify(versionJson(chain, block));
          told = now;
        });
      }),
    state_unsubscribeRuntimeVersion: (params, caller) => caller.unsubscribe(params.raw(0)),
    state_subscribeStorage: (params, caller) => {
      const keys = params.hexList(0, 'keys');
      return caller.subscribe('state_storage', (notify) => {
        let before = keys.map((key) => valueJson(chain.state, key));
        notify({
          block: `0x${chain.head.hash}`,
          changes: keys.map((key, i) => [`0x${key}`, before[i] ?? null]),
        });
        return chain.onNewHead((block) => {
          const now = keys.map((key) => valueJson(chain.state, key));
          const changed = keys.flatMap((key, i) =>
            now[i] === before[i] ? [] : [[`0x${key}`, now[i] ?? null]],
          );
          before = now;
          if (changed.length > 0) notify({ block: `0x${block.hash}`, changes: changed });
        });
      });
    },
    state_unsubscribeStorage: (params, caller) => caller.unsubscribe(params.raw(0)),
  };
};

/** Versions are asked for by hash also where the state is long gone; the block must exist all the same. */
const headerOf = (chain: Chain, hash: string | null): Block => {
  const block = hash === null ? chain.head : chain.blockOf(hash);
  if (block) return block;
  throw new RpcError(
    CLIENT_ERROR,
    `Client error: UnknownBlock: Header was not found in the database: 0x${hash}`,
  );
};

const versionJson = (chain: Chain, block: Block): unknown => ({
  ...RUNTIME_VERSION,
  specVersion: chain.specVersionAt(block),
  stateVersion: RUNTIME_VERSION.systemVersion,
  apis: chain.runtime.settings.apis.map(([id, version]) => [`0x${hex(id)}`, version]),
});
