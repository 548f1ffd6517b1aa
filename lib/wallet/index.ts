export { keyFromUri, SS58_FORMAT } from './keys.js';
export type { WalletLocation } from './location.js';
export { isRealNetwork, requireNetwork } from './network.js';
export { forgetPasswords, withoutPasswords, type AskPassword } from './password.js';
export {
  coldkeyAddress,
  createWallet,
  loadColdkey,
  loadHotkey,
  type CreatedWallet,
  type LoadOptions,
} from './wallet.js';
