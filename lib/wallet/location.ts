import { homedir } from 'node:os';
import path from 'node:path';

import { crusadesError } from '../errors/index.js';

/** Where a wallet lies, in the official layout `<path>/<name>/hotkeys/<hotkey>`. */
export interface WalletLocation {
  /** Null or left out: `~/.bittensor/wallets`. A leading `~` is the home directory. */
  readonly path?: string | null;
  /** Default: `default`. */
  readonly name?: string;
  /** Default: `default`. */
  readonly hotkey?: string;
}

/** The files of a wallet. */
export interface WalletFiles {
  readonly coldkey: string;
  readonly coldkeyPublic: string;
  readonly hotkey: string;
  readonly hotkeyPublic: string;
}

/** @throws `wallet_unusable` for a name that would lead out of its directory */
export const filesOf = ({
  path: base,
  name = 'default',
  hotkey = 'default',
}: WalletLocation): WalletFiles => {
  const home = homedir();
  const root = base ? base.replace(/^~(?=$|\/)/, home) : path.join(home, '.bittensor', 'wallets');
  const wallet = path.join(root, plainName(root, name));
  const key = plainName(root, hotkey);
  return {
    coldkey: path.join(wallet, 'coldkey'),
    coldkeyPublic: path.join(wallet, 'coldkeypub.txt'),
    hotkey: path.join(wallet, 'hotkeys', key),
    hotkeyPublic: path.join(wallet, 'hotkeys', `${key}pub.txt`),
  };
};

/** A name is one step below its directory: not `..`, and without a separator. */
const plainName = (root: string, name: string): string => {
  if (name === '' || name === '.' || name === '..' || /[/\\\0]/.test(name)) {
    throw crusadesError('wallet_unusable', {
      path: root,
      reason: `"${name}" is not a name of a wallet or key`,
    });
  }
  return name;
};
