import type { Command } from 'commander';
import type { Environment } from '../../lib/settings/index.js';
import type { WalletLocation } from '../../lib/wallet/index.js';

/** Which wallet signs, named as the official tools name it; the rest comes from the environment. */
export interface WalletOptions {
  readonly 'wallet.name'?: string;
  readonly 'wallet.hotkey'?: string;
  readonly 'wallet.path'?: string;
}

/** Adds what every command has that signs with a miner's keys. */
export const withWalletOptions = (command: Command): Command =>
  command
    .option(
      '--wallet.name <name>',
      'wallet (default: CRUSADES_WALLET_NAME, BT_WALLET_NAME or BT_WALLET, else `default`)',
    )
    .option(
      '--wallet.hotkey <name>',
      'its hotkey (default: CRUSADES_WALLET_HOTKEY or BT_WALLET_HOTKEY, else `default`)',
    )
    .option(
      '--wallet.path <dir>',
      'folder of the wallets (default: CRUSADES_WALLET_PATH or BT_WALLET_PATH, else ~/.bittensor/wallets)',
    );

/** The wallet that the options and the environment name. */
export const chosenWallet = (
  options: WalletOptions,
  { wallet }: Pick<Environment, 'wallet'>,
): Required<WalletLocation> => ({
  path: options['wallet.path'] ?? wallet.path,
  name: options['wallet.name'] ?? wallet.name,
  hotkey: options['wallet.hotkey'] ?? wallet.hotkey,
});
