import { struct, u64, vec } from '../scale/index.js';
import { api, method } from '../runtime/api.js';
import { alphaBalance, netUid, taoBalance } from '../runtime/types.js';
import { alphaPrice, quoteBuy, quoteSell } from '../pallets/subtensor/pool.js';
import * as store from '../pallets/subtensor/storage.js';

const simulated = struct('pallet_subtensor_swap_runtime_api::SimSwapResult', {
  tao_amount: taoBalance,
  alpha_amount: alphaBalance,
  tao_fee: taoBalance,
  alpha_fee: alphaBalance,
  tao_slippage: taoBalance,
  alpha_slippage: alphaBalance,
});

/** What the runtime answers where the swap would fail. */
const NOTHING = {
  tao_amount: 0n,
  alpha_amount: 0n,
  tao_fee: 0n,
  alpha_fee: 0n,
  tao_slippage: 0n,
  alpha_slippage: 0n,
};

const subnetPrice = struct('pallet_subtensor_swap_runtime_api::SubnetPrice', { netuid: netUid, price: u64 });

export const swapApi = api('SwapRuntimeApi', 1, [
  method('current_alpha_price', { netuid: netUid }, u64, ({ state }, { netuid }) =>
    alphaPrice(state, netuid),
  ),
  method('current_alpha_price_all', {}, vec(subnetPrice), ({ state }) =>
    store.NetworksAdded.entries(state)
      .filter(({ value }) => value)
      .map(({ key: [netuid] }) => ({ netuid, price: alphaPrice(state, netuid) }))
      .sort((a, b) => a.netuid - b.netuid),
  ),
  method(
    'sim_swap_tao_for_alpha',
    { netuid: netUid, tao: taoBalance },
    simulated,
    ({ state }, { netuid, tao }) => {
      const swap = quoteBuy(state, netuid, tao);
      if (!swap) return NOTHING;
      const { paid, received, fee, slippage } = swap;
      return { ...NOTHING, tao_amount: paid, alpha_amount: received, tao_fee: fee, alpha_slippage: slippage };
    },
  ),
  method(
    'sim_swap_alpha_for_tao',
    { netuid: netUid, alpha: alphaBalance },
    simulated,
    ({ state }, { netuid, alpha }) => {
      const swap = quoteSell(state, netuid, alpha);
      if (!swap) return NOTHING;
      const { paid, received, fee, slippage } = swap;
      return { ...NOTHING, tao_amount: received, alpha_amount: paid, alpha_fee: fee, tao_slippage: slippage };
    },
  ),
]);
