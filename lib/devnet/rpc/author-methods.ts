import type { Chain } from '../node/chain.js';
import { decodeExtrinsic, withoutLength } from '../node/extrinsic.js';
import { PoolRefusal, type TransactionStatus } from '../node/pool.js';
import { accountOfAddress, loadSignatures } from '../node/signatures.js';
import { feeOf } from '../pallets/transaction-payment.js';
import { hex, unhex, type AccountId } from '../runtime/types.js';
import { invalidParams, RpcError, type Methods, type Params } from './protocol.js';

/** `author_…` and what a signer asks besides: nonces and fees. */
export const authorMethods = (chain: Chain): Methods => {
  const nextIndex = async (params: Params) => {
    const account = await accountOf(params.string(0, 'account'));
    return chain.pool.nextNonce(account, chain.upcoming);
  };
  return {
    author_submitExtrinsic: async (params) => {
      const bytes = unhex(params.hex(0, 'extrinsic'));
      await loadSignatures();
      return `0x${asRpc(() => chain.pool.submit(bytes, chain.upcoming))}`;
    },
    author_submitAndWatchExtrinsic: async (params, caller) => {
      const bytes = unhex(params.hex(0, 'extrinsic'));
      await loadSignatures();
      return caller.subscribe('author_extrinsicUpdate', (notify) => {
        asRpc(() => chain.pool.submit(bytes, chain.upcoming, (status) => notify(statusJson(status))));
        return () => undefined;
      });
    },
    author_unwatchExtrinsic: (params, caller) => caller.unsubscribe(params.raw(0)),
    author_pendingExtrinsics: () => chain.pool.pending().map((bytes) => `0x${hex(bytes)}`),
    system_accountNextIndex: nextIndex,
    account_nextIndex: nextIndex,
    payment_queryInfo: (params) => {
      const bytes = unhex(params.hex(0, 'extrinsic'));
      const body = withoutLength(bytes);
      const decoded = body && decodeExtrinsic(body).extrinsic;
      if (!decoded) throw new RpcError(4003, 'Client error: the extrinsic does not decode');
      const { weight, pays } = decoded.call;
      return {
        weight: { ref_time: weight, proof_size: 0 },
        class: 'normal',
        partialFee: String(pays ? feeOf(weight, bytes.length) : 0n),
      };
    },
  };
};

const asRpc = <T>(work: () => T): T => {
  try {
    return work();
  } catch (error) {
    if (error instanceof PoolRefusal) throw new RpcError(error.code, error.message, error.data);
    throw error;
  }
};

const statusJson = (status: TransactionStatus): unknown =>
  typeof status === 'string'
    ? status
    : 'inBlock' in status
      ? { inBlock: `0x${status.inBlock}` }
      : 'retracted' in status
        ? { retracted: `0x${status.retracted}` }
        : { finalized: `0x${status.finalized}` };

const accountOf = async (address: string): Promise<AccountId> => {
  await loadSignatures();
  const account = accountOfAddress(address);
  if (account === null) throw invalidParams('account must be an SS58 address');
  return account;
};
