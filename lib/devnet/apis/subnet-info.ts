import { count64, option, u16, vec } from '../scale/index.js';
import { api, method, type View } from '../runtime/api.js';
import { mechId, netUid, taoBalance } from '../runtime/types.js';
import { nextEpochBlock } from '../pallets/subtensor/epochs.js';
import { networkCost } from '../pallets/subtensor/networks.js';
import * as store from '../pallets/subtensor/storage.js';
import { dynamicInfoMethods } from './dynamic-info.js';
import { hyperparameterMethods } from './hyperparameters.js';
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
  method(
    'get_selective_mechagraph',
    { netuid: netUid, subid: mechId, metagraph_indexes: vec(u16) },
    option(selectiveMetagraph),
    (view, { netuid, metagraph_indexes }) => selectFrom(view, netuid, metagraph_indexes),
  ),
  method('get_all_metagraphs', {}, vec(option(metagraph)), (view) =>
    netuidsOf(view).map((netuid) => metagraphOf(view, netuid)),
  ),
  ...dynamicInfoMethods,
  ...hyperparameterMethods,
  method('get_next_epoch_start_block', { netuid: netUid }, option(count64), ({ state, block }, { netuid }) =>
    nextEpochBlock(state, netuid, block),
  ),
]);

const netuidsOf = ({ state }: View): number[] =>
  store.NetworksAdded.entries(state)
    .map(({ key: [netuid] }) => netuid)
    .sort((a, b) => a - b);

export const subnetRegistrationApi = api('SubnetRegistrationRuntimeApi', 1, [
  method('get_network_registration_cost', {}, taoBalance, ({ state, block }) => networkCost(state, block)),
]);
