import { digest } from '../pallets/system.js';
import type { Block } from '../node/block.js';
import type { Chain, HeadListener } from '../node/chain.js';
import { hex } from '../runtime/types.js';
import { encodeWith, readCompact, Source } from '../scale/index.js';
import { invalidParams, type Caller, type Methods, type Params } from './protocol.js';

/** `chain_…`: blocks, headers and their subscriptions. */
export const chainMethods = (chain: Chain): Methods => {
  const blockAt = (params: Params): Block | null => {
    const hash = params.optionalHex(0, 'hash');
    return hash === null ? chain.head : chain.blockOf(hash);
  };

  const heads =
    (notification: string, listen: (listener: HeadListener) => () => void, first: () => Block) =>
    (_params: Params, caller: Caller) =>
      caller.subscribe(notification, (notify) => {
        notify(headerJson(first()));
        return listen((block) => notify(headerJson(block)));
      });

  const newHeads = (notification: string) =>
    heads(
      notification,
      (listener) => chain.onNewHead(listener),
      () => chain.head,
    );
  const finalizedHeads = heads(
    'chain_finalizedHead',
    (listener) => chain.onFinalizedHead(listener),
    () => chain.finalizedHead,
  );
  const end = (params: Params, caller: Caller) => caller.unsubscribe(params.raw(0));

  const getBlockHash = (params: Params): unknown => {
    const value = params.raw(0);
    if (Array.isArray(value)) return value.map((each) => hashOfNumber(chain, each));
    return value === undefined || value === null ? `0x${chain.head.hash}` : hashOfNumber(chain, value);
  };
  const getFinalizedHead = () => `0x${chain.finalizedHead.hash}`;

  return {
    chain_getBlockHash: getBlockHash,
    chain_getHead: getBlockHash,
    chain_getFinalizedHead: getFinalizedHead,
    chain_getFinalisedHead: getFinalizedHead,
    chain_getHeader: (params) => {
      const block = blockAt(params);
      return block && headerJson(block);
    },
    chain_getBlock: (params) => {
      const block = blockAt(params);
      return (
        block && {
          block: { header: headerJson(block), extrinsics: block.extrinsics.map((each) => `0x${hex(each)}`) },
          justifications: null,
        }
      );
    },
    chain_subscribeNewHeads: newHeads('chain_newHead'),
    chain_subscribeNewHead: newHeads('chain_newHead'),
    subscribe_newHead: newHeads('chain_newHead'),
    chain_subscribeAllHeads: newHeads('chain_allHead'),
    chain_subscribeFinalizedHeads: finalizedHeads,
    chain_subscribeFinalisedHeads: finalizedHeads,
    chain_unsubscribeNewHeads: end,
    chain_unsubscribeNewHead: end,
    unsubscribe_newHead: end,
    chain_unsubscribeAllHeads: end,
    chain_unsubscribeFinalizedHeads: end,
    chain_unsubscribeFinalisedHeads: end,
  };
};

const hashOfNumber = (chain: Chain, value: unknown): string | null => {
  const number = typeof value === 'number' || typeof value === 'string' ? Number(value) : NaN;
  if (!Number.isSafeInteger(number)) throw invalidParams('a block number is needed');
  const hash = chain.hashOf(number);
  return hash === null ? null : `0x${hash}`;
};

/** A header as JSON-RPC shows it: digest logs one by one in SCALE. */
export const headerJson = ({ header }: Block): unknown => ({
  parentHash: `0x${header.parentHash}`,
  number: `0x${header.number.toString(16)}`,
  stateRoot: `0x${header.stateRoot}`,
  extrinsicsRoot: `0x${header.extrinsicsRoot}`,
  digest: { logs: header.digest.logs.map((log) => `0x${hex(logBytes(log))}`) },
});

const logBytes = (log: Block['header']['digest']['logs'][number]): Uint8Array => {
  const list = encodeWith(digest, { logs: [log] });
  const source = new Source(list);
  readCompact(source);
  return list.subarray(source.position);
};
