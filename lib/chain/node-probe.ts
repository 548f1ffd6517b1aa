import { WsProvider } from '@polkadot/api';

import { within } from '../deadline/within.js';
import { probedHead, TIMESTAMP_NOW, type ProbedHead } from './head-age.js';
import { messageOf } from './rpc-answers.js';

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

/** Hash of block 0. @throws Error when the node does not answer within `seconds`, or with nonsense */
export const genesisOf = async (node: WsProvider, seconds: number): Promise<string> => {
  const hash = await answerOf(node, seconds, 'chain_getBlockHash', [0]);
  if (typeof hash === 'string' && /^0x[0-9a-f]{64}$/i.test(hash)) return hash;
  throw new Error('its block 0 has no hash');
};

/** The node's best block and its age. @throws Error when it does not answer within `seconds`, or with nonsense */
export const probeHead = async (node: WsProvider, seconds: number): Promise<ProbedHead> => {
  const [header, now] = await Promise.all([
    answerOf(node, seconds, 'chain_getHeader', []),
    answerOf(node, seconds, 'state_getStorage', [TIMESTAMP_NOW]),
  ]);
  return probedHead(header, now);
};

const answerOf = (node: WsProvider, seconds: number, method: string, params: unknown[]): Promise<unknown> =>
  within(
    seconds,
    () => new Error(`no answer to ${method} within ${seconds} s`),
    () => node.send<unknown>(method, params),
  );
