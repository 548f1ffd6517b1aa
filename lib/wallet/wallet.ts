import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';

import type { KeyringPair } from '@polkadot/keyring/types';
import { u8aToHex } from '@polkadot/util';
import { mnemonicGenerate, mnemonicToMiniSecret } from '@polkadot/util-crypto';

import { crusadesError } from '../errors/index.js';
import { KeyfileError, readKeyfile } from './keyfile.js';
import { keyFromMnemonic } from './keys.js';

/** Where a wallet lies, in the official layout `<path>/<name>/hotkeys/<hotkey>`. */
export interface WalletLocation {
  /** Null or left out: `~/.bittensor/wallets`. A leading `~` is the home directory. */
  readonly path?: string | null;
  /** Default: `default`. */
  readonly name?: string;
  /** Default: `default`. */
  readonly hotkey?: string;
}

/**
 * The hotkey of a wallet, ready to sign.
 *
 * @throws `wallet_unusable` when the file is missing, unreadable, encrypted or not a key
 */
export const loadHotkey = async (location: WalletLocation = {}): Promise<KeyringPair> =>
  loadKey(pathsOf(location).hotkey);

/** The coldkey of a wallet, where it is not encrypted. @throws `wallet_unusable` */
export const loadColdkey = async (location: WalletLocation = {}): Promise<KeyringPair> =>
  loadKey(pathsOf(location).coldkey);

export interface CreatedWallet {
  readonly hotkey: KeyringPair;
  readonly coldkey: KeyringPair;
}

/**
 * Writes a new wallet with plain keys, files readable by their owner only. An existing key is never replaced.
 *
 * @param phrases mnemonics to use instead of new ones
 * @throws `wallet_unusable`
 */
export const createWallet = async (
  location: WalletLocation,
  phrases: { readonly hotkey?: string; readonly coldkey?: string } = {},
): Promise<CreatedWallet> => {
  const paths = pathsOf(location);
  const coldkey = await writeKey(paths.coldkey, paths.coldkeyPublic, phrases.coldkey ?? mnemonicGenerate(12));
  const hotkey = await writeKey(paths.hotkey, paths.hotkeyPublic, phrases.hotkey ?? mnemonicGenerate(12));
  return { hotkey, coldkey };
};

const pathsOf = ({ path: base, name = 'default', hotkey = 'default' }: WalletLocation) => {
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

const loadKey = async (file: string): Promise<KeyringPair> => {
  try {
    return readKeyfile(await readFile(file, { signal: AbortSignal.timeout(FILE_MS) }));
  } catch (cause) {
    throw unusable(file, cause);
  }
};

/** A wallet may lie on a network drive that hangs. */
const FILE_MS = 10_000;

const writeKey = async (file: string, publicFile: string, phrase: string): Promise<KeyringPair> => {
  try {
    const pair = keyFromMnemonic(phrase);
    const publicKey = u8aToHex(pair.publicKey);
    const shared = { accountId: publicKey, publicKey, ss58Address: pair.address };
    const secret = { secretPhrase: phrase, secretSeed: u8aToHex(mnemonicToMiniSecret(phrase)) };
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, JSON.stringify({ ...shared, ...secret }), { mode: 0o600, flag: 'wx' });
    await writeFile(publicFile, JSON.stringify(shared), { mode: 0o600 });
    return pair;
  } catch (cause) {
    throw unusable(file, cause);
  }
};

const unusable = (file: string, cause: unknown) =>
  crusadesError('wallet_unusable', { path: file, reason: reasonOf(cause) }, { cause });

/** Library errors may quote key material; only errors of ours and of the file system are repeated. */
const reasonOf = (cause: unknown): string => {
  if (cause instanceof KeyfileError) return cause.message;
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'it does not exist';
  if (code === 'EACCES') return 'it may not be read by this user';
  if (code === 'EISDIR') return 'it is a directory';
  if (code === 'EEXIST') return 'it exists already and is not replaced';
  return code ?? 'its contents are not a key';
};
