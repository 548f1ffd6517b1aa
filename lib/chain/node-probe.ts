import { WsProvider } from '@polkadot/api';

import { within } from './deadline.js';
import { messageOf } from './rpc-answers.js';

/** twox128 of `Timestamp` and of `Now`: the same on every Substrate chain. */
const TIMESTAMP_NOW = '0xf0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb';

export interface ProbedHead {
  readonly number: number;
  /** Seconds since the head's own timestamp by this machine's clock; negative when the chain is ahead of it. */
  readonly ageSeconds: number;
}

/**
 * Opens a websocket that does not reconnect by itself.
 *
 * @throws Error with the reason, also when the endpoint is silent for `seconds`
 */
export const openNode = async (url: string, seconds: number, requestSeconds: number): Promise<WsProvider> => {
  const node = new WsProvider(url, false, {}, requestSeconds * 1000);
  let reason = 'the node did not answer';
  try {
    const opened = (): Promise<void> =>
      new Promise((settle, fail) => {
        node.on('connected', () => settle());
        node.on('error', (error: unknown) => (reason = messageOf(error) || reason));
        node.on('disconnected', () => fail(new Error(reason)));
        node.connect().catch(fail);
      });
    await within(seconds, () => new Error(reason), opened);
    return node;
  } catch (error) {
    await node.disconnect().catch(() => undefined);
    throw error;
  }
};

export const genesisOf = async (node: WsProvider, seconds: number): Promise<string> =>
  String(await answerOf(node, seconds, 'chain_getBlockHash', [0]));

/** The node's best block and its age. @throws Error when it does not answer within `seconds` */
export const probeHead = async (node: WsProvider, seconds: number): Promise<ProbedHead> => {
  const [header, now] = await Promise.all([
    answerOf(node, seconds, 'chain_getHeader', []),
    answerOf(node, seconds, 'state_getStorage', [TIMESTAMP_NOW]),
  ]);
  const { number } = header as { readonly number: string };
  const milliseconds =
    typeof now === 'string' ? Number(Buffer.from(now.slice(2), 'hex').readBigUInt64LE()) : 0;
  return { number: Number(number), ageSeconds: (Date.now() - milliseconds) / 1000 };
};

const answerOf = (node: WsProvider, seconds: number, method: string, params: unknown[]): Promise<unknown> =>
  within(
    seconds,
    () => new Error(`no answer to ${method} within ${seconds} s`),
    () => node.send<unknown>(method, params),
  );
