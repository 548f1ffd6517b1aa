import type { Devnet } from '../devnet.js';
import { invalidParams, RpcError, type Method, type Methods, type Params } from './protocol.js';

/** What tests in any language may ask for. Times are seconds. */
export type Controls = Pick<
  Devnet,
  | 'advance'
  | 'delay'
  | 'dropConnections'
  | 'reorganise'
  | 'restore'
  | 'skipTime'
  | 'snapshot'
  | 'stallFinality'
  | 'upgradeRuntime'
>;

/**
 * `devnet_…`: time, faults and snapshots over JSON-RPC. No real node has them, so `rpc_methods` does not list them.
 * Methods that make blocks answer once these are made.
 */
export const controlMethods = (controls: Controls): Methods => {
  const number = (params: Params, position: number, name: string, fallback: number) =>
    params.optionalNumber(position, name) ?? fallback;
  const flag = (params: Params): boolean => {
    const value = params.raw(0) ?? true;
    if (typeof value !== 'boolean') throw invalidParams('true or false is needed');
    return value;
  };
  return {
    devnet_advance: (params) => controls.advance(number(params, 0, 'blocks', 1)),
    devnet_skipTime: (params) => controls.skipTime(number(params, 0, 'seconds', 0)),
    devnet_delay: (params) => controls.delay(number(params, 0, 'milliseconds', 0)),
    devnet_dropConnections: () => void setImmediate(() => controls.dropConnections()),
    devnet_stallFinality: (params) => controls.stallFinality(flag(params)),
    devnet_upgradeRuntime: refusing((params) => controls.upgradeRuntime(number(params, 0, 'specVersion', 0))),
    devnet_reorganise: refusing((params) => controls.reorganise(number(params, 0, 'blocks', 1))),
    devnet_snapshot: () => controls.snapshot(),
    devnet_restore: refusing((params) => controls.restore(number(params, 0, 'snapshot', 0))),
  };
};

/** What cannot be done is the caller's mistake. */
const refusing =
  (method: Method): Method =>
  async (params, caller) => {
    try {
      return await method(params, caller);
    } catch (error) {
      if (error instanceof RangeError) throw new RpcError(-32602, 'Invalid params', error.message);
      throw error;
    }
  };
