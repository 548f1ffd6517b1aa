export {
  CRUSADES_NETUID,
  developmentAccount,
  developmentKey,
  FUNDED_ACCOUNTS,
  GENESIS_NEURONS,
  SUDO_PATH,
} from './accounts.js';
export { startDevnet, type Devnet, type DevnetOptions } from './devnet.js';
export { DEFAULT_GENESIS, type GenesisOptions } from './genesis.js';
