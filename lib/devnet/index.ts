export {
  CRUSADES_NETUID,
  developmentAccount,
  FUNDED_ACCOUNTS,
  GENESIS_NEURONS,
  SUDO_PATH,
} from './accounts.js';
export { developmentKey } from './development-keys.js';
export { startDevnet, type Devnet, type DevnetOptions } from './devnet.js';
export { DEFAULT_GENESIS, type GenesisOptions } from './genesis.js';
export { devnetMetadata } from './runtime/runtime.js';
