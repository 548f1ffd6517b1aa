export { keyFromUri, SS58_FORMAT } from './keys.js';
export { createWallet, loadColdkey, loadHotkey, type CreatedWallet, type WalletLocation } from './wallet.js';
