import { RUNTIME_VERSION, SS58_PREFIX } from '../runtime/settings.js';
import type { Methods } from './protocol.js';

/** `system_…`: who the node says it is. */
export const systemMethods: Methods = {
  system_chain: () => 'Crusades devnet',
  system_chainType: () => 'Development',
  system_name: () => RUNTIME_VERSION.specName,
  system_version: () => `crusades-devnet-${RUNTIME_VERSION.specVersion}`,
  system_properties: () => ({
    ss58Format: SS58_PREFIX,
    tokenDecimals: 9,
    tokenSymbol: 'TAO',
    isEthereum: false,
  }),
  system_health: () => ({ peers: 0, isSyncing: false, shouldHavePeers: false }),
  system_nodeRoles: () => ['Authority'],
  system_peers: () => [],
  system_localPeerId: () => '12D3KooWCrusadesDevnet',
  system_localListenAddresses: () => [],
};

/**
 * Names that only some clients use and polkadot-js does not know: answered, but not listed, as it warns of every method
 * that it cannot decorate.
 */
export const UNLISTED = new Set([
  'account_nextIndex',
  'chain_getFinalisedHead',
  'chain_getHead',
  'chain_getRuntimeVersion',
  'chain_subscribeFinalisedHeads',
  'chain_subscribeNewHead',
  'chain_unsubscribeFinalisedHeads',
  'chain_unsubscribeNewHead',
  'state_callAt',
  'state_getKeysPagedAt',
  'state_getStorageAt',
  'subscribe_newHead',
  'unsubscribe_newHead',
]);
