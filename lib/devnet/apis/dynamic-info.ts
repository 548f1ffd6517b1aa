import { compact, count64, option, struct, u128, u16, u64, u8, vec } from '../scale/index.js';
import { method, type View } from '../runtime/api.js';
import { accountId, alphaBalance, netUid, taoBalance } from '../runtime/types.js';
import * as store from '../pallets/subtensor/storage.js';
import { metagraphOf } from './metagraph.js';

const text = vec(compact(u8));
const count = compact(count64);
const alpha = compact(alphaBalance);
const tao = compact(taoBalance);

const dynamicInfo = struct(
  'pallet_subtensor::rpc_info::dynamic_info::DynamicInfo',
  {
    netuid: compact(netUid),
    owner_hotkey: accountId,
    owner_coldkey: accountId,
    subnet_name: text,
    token_symbol: text,
    tempo: compact(u16),
    last_step: count,
    blocks_since_last_step: count,
    emission: compact(u64),
    alpha_in: alpha,
    alpha_out: alpha,
    tao_in: tao,
    alpha_out_emission: alpha,
    alpha_in_emission: alpha,
    tao_in_emission: tao,
    pending_alpha_emission: alpha,
    pending_root_emission: tao,
    subnet_volume: compact(u128),
    network_registered_at: count,
    subnet_identity: option(store.subnetIdentity),
    moving_price: store.i96f32,
  },
  [['AccountId', accountId]],
);

/** Methods of `SubnetInfoRuntimeApi` that tell a subnet's pool. */
export const dynamicInfoMethods = [
  method('get_dynamic_info', { netuid: netUid }, option(dynamicInfo), (view, { netuid }) =>
    dynamicInfoOf(view, netuid),
  ),
  method('get_all_dynamic_info', {}, vec(option(dynamicInfo)), (view) =>
    store.NetworksAdded.entries(view.state)
      .map(({ key: [netuid] }) => netuid)
      .sort((a, b) => a - b)
      .map((netuid) => dynamicInfoOf(view, netuid)),
  ),
] as const;

/** The same facts as the metagraph's, under other names in part. */
const dynamicInfoOf = (view: View, netuid: number) => {
  const known = metagraphOf(view, netuid);
  if (!known) return null;
  return {
    ...known,
    subnet_name: known.name,
    token_symbol: known.symbol,
    emission: known.subnet_emission,
    subnet_identity: known.identity,
  };
};
