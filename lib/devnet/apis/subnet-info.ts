import { count64, option, u16, vec } from '../scale/index.js';
import { api, method } from '../runtime/api.js';
import { mechId, netUid } from '../runtime/types.js';
import { nextEpochBlock } from '../pallets/subtensor/epochs.js';
import { metagraph, metagraphOf, selectFrom, selectiveMetagraph } from './metagraph.js';

export const subnetInfoApi = api('SubnetInfoRuntimeApi', 2, [
  method('get_metagraph', { netuid: netUid }, option(metagraph), (view, { netuid }) =>
    metagraphOf(view, netuid),
  ),
  method('get_mechagraph', { netuid: netUid, mecid: mechId }, option(metagraph), (view, { netuid }) =>
    metagraphOf(view, netuid),
  ),
  method(
    'get_selective_metagraph',
    { netuid: netUid, metagraph_indexes: vec(u16) },
    option(selectiveMetagraph),
    (view, { netuid, metagraph_indexes }) => selectFrom(view, netuid, metagraph_indexes),
  ),
  method('get_next_epoch_start_block', { netuid: netUid }, option(count64), ({ state, block }, { netuid }) =>
    nextEpochBlock(state, netuid, block),
  ),
]);
