import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { KeyringPair } from '@polkadot/keyring/types';
import { u8aToHex } from '@polkadot/util';
import { mnemonicGenerate, mnemonicToMiniSecret } from '@polkadot/util-crypto';

import { within } from '../deadline/within.js';
import { CrusadesError, crusadesError } from '../errors/index.js';
import {
  encryptionOf,
  KeyfileError,
  OpeningFailed,
  openInThread,
  WrongPassword,
  type Encryption,
} from './encryption/index.js';
import { ForeignAddress, readAddress, readKeyfile } from './keyfile.js';
import { keyFromMnemonic } from './keys.js';
import { filesOf, type WalletLocation } from './location.js';
import { requireNetwork } from './network.js';
import { lockedDetails, passwordFromEnvironment, type AskPassword, type FoundPassword } from './password.js';
import { requirePrivate, requirePrivateFolders } from './permissions.js';

/** How a key may be used, and how it is opened when it is encrypted. */
export interface LoadOptions {
  /** Where the key is to sign; left out, everything is allowed. */
  readonly network?: string;
  /** Asked when no variable holds the password; left out, nobody is asked. */
  readonly ask?: AskPassword;
}

/**
 * The hotkey of a wallet, ready to sign.
 *
 * @throws `wallet_unusable`, `wallet_exposed`, `wallet_replaceable`, `wallet_malformed`, `wallet_locked`, `wallet_password_wrong`,
 *   `wallet_wrong_network`
 */
export const loadHotkey = async (
  location: WalletLocation = {},
  options: LoadOptions = {},
): Promise<KeyringPair> => loadKey(filesOf(location).hotkey, options);

/** The coldkey of a wallet, ready to sign. @throws as {@link loadHotkey} */
export const loadColdkey = async (
  location: WalletLocation = {},
  options: LoadOptions = {},
): Promise<KeyringPair> => loadKey(filesOf(location).coldkey, options);

/** Address of a wallet's coldkey, for which no password is needed. @throws `wallet_unusable`, `wallet_malformed` */
export const coldkeyAddress = async (location: WalletLocation = {}): Promise<string> => {
  const file = filesOf(location).coldkeyPublic;
  try {
    return readAddress(await readFile(file, { signal: AbortSignal.timeout(FILE_MS) }));
  } catch (cause) {
    throw walletError(file, cause);
  }
};

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
  const files = filesOf(location);
  const coldkey = await writeKey(files.coldkey, files.coldkeyPublic, phrases.coldkey ?? mnemonicGenerate(12));
  const hotkey = await writeKey(files.hotkey, files.hotkeyPublic, phrases.hotkey ?? mnemonicGenerate(12));
  return { hotkey, coldkey };
};

/** A wallet may lie on a network drive that hangs. */
const FILE_MS = 10_000;
/** No keyfile comes near it; what is larger is something else. */
const MOST_BYTES = 64 * 1024;
/** Somebody who mistypes gets another chance; what a variable holds does not change. */
const TRIES = 3;

const loadKey = async (file: string, { network, ask }: LoadOptions): Promise<KeyringPair> => {
  const bytes = await readPrivate(file);
  try {
    const encryption = encryptionOf(bytes);
    const pair = encryption ? await unlock(file, encryption, bytes, ask) : readKeyfile(bytes);
    if (network !== undefined) requireNetwork(file, pair.address, network);
    return pair;
  } catch (cause) {
    throw walletError(file, cause);
  } finally {
    bytes.fill(0);
    forgetLastMatch();
  }
};

/** V8 keeps the last text that any regular expression was tried on, and a mnemonic may be that text. */
const forgetLastMatch = (): void => void /^/.test('');

const readPrivate = async (file: string): Promise<Uint8Array> => {
  const late = () => Object.assign(new Error('too late'), { code: 'ABORT_ERR' });
  try {
    return await within(FILE_MS / 1000, late, () => readChecked(file));
  } catch (cause) {
    throw walletError(file, cause);
  }
};

/** Mode and content come from one open file: what is checked is what is read. */
const readChecked = async (file: string): Promise<Uint8Array> => {
  const handle = await open(file);
  try {
    const stats = await handle.stat();
    if (stats.isFile()) requirePrivate(file, stats);
    await requirePrivateFolders(file, stats);
    if (stats.size > MOST_BYTES) throw new KeyfileError(`it has ${stats.size} bytes, more than any keyfile`);
    return await handle.readFile({ signal: AbortSignal.timeout(FILE_MS) });
  } finally {
    await handle.close();
  }
};

const unlock = async (
  file: string,
  encryption: Encryption,
  bytes: Uint8Array,
  ask: AskPassword | undefined,
): Promise<KeyringPair> => {
  const known = await passwordFromEnvironment(file);
  for (let tries = 1; ; tries += 1) {
    const password = known ?? (await typed(file, tries, ask));
    try {
      const plain = await openInThread(encryption, bytes, password.bytes);
      try {
        return readKeyfile(plain);
      } finally {
        plain.fill(0);
      }
    } catch (error) {
      if (!(error instanceof WrongPassword)) throw error;
      if (known === null && tries < TRIES) continue;
      throw crusadesError('wallet_password_wrong', { path: file, source: known?.source ?? 'the terminal' });
    } finally {
      password.bytes.fill(0);
    }
  }
};

const typed = async (file: string, tries: number, ask: AskPassword | undefined): Promise<FoundPassword> => {
  const password = await ask?.(file, tries);
  if (typeof password === 'string') return { bytes: new TextEncoder().encode(password), source: null };
  const reason = 'there is no terminal to ask for it';
  throw crusadesError('wallet_locked', { ...lockedDetails(file), reason });
};

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
    throw walletError(file, cause);
  }
};

/** Library errors may quote key material; only errors of ours and of the file system are repeated, or even kept. */
const walletError = (file: string, cause: unknown): CrusadesError => {
  if (cause instanceof CrusadesError) return cause;
  if (cause instanceof KeyfileError) {
    return crusadesError('wallet_malformed', { path: file, reason: cause.message });
  }
  if (cause instanceof ForeignAddress) {
    const reason = `its address ${cause.address} is written for another network than Bittensor`;
    return crusadesError('wallet_wrong_network', { path: file, reason });
  }
  if (cause instanceof OpeningFailed) {
    const reason = `opening it, which takes 512 MB of memory, failed (${cause.message})`;
    return crusadesError('wallet_unusable', { path: file, reason });
  }
  const { code } = cause as NodeJS.ErrnoException;
  if (code === undefined) return crusadesError('wallet_malformed', { path: file, reason: 'it holds no key' });
  return crusadesError('wallet_unusable', { path: file, reason: FILE_FAULTS[code] ?? code });
};

const FILE_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'it may not be read by this user',
  EISDIR: 'it is a directory',
  EEXIST: 'it exists already and is not replaced',
  ABORT_ERR: `it could not be read within ${FILE_MS / 1000} s`,
};
