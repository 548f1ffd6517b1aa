import type { KeyringPair } from '@polkadot/keyring/types';
import { mnemonicValidate } from '@polkadot/util-crypto';

import { keyFromMnemonic, keyFromPrivateKey, keyFromSeed, type KeyType } from './keys.js';

/** Why a keyfile is of no use; whoever knows its path makes it a catalogue error. Never holds key material. */
export class KeyfileError extends Error {
  override readonly name = 'KeyfileError';
}

/**
 * The key in an official keyfile: JSON, a bare mnemonic, or a bare seed or private key in hex.
 *
 * Of several secrets the first of `secretPhrase`, `secretSeed`, `privateKey` counts, as in the official
 * loader; a stored `ss58Address` must be the key's own, other public fields are not compared.
 *
 * @throws KeyfileError
 */
export const readKeyfile = (bytes: Uint8Array): KeyringPair => {
  refuseEncrypted(bytes);
  const text = Buffer.from(bytes).toString('utf8').trim();
  const fields = parseFields(text);
  const pair = fields ? pairFromFields(fields) : pairFromBareText(text);
  const address = fields && addressIn(fields);
  if (address !== undefined && address !== pair.address) {
    throw new KeyfileError(`its ss58Address ${address} is not the address of its secret, ${pair.address}`);
  }
  return pair;
};

const ENCRYPTED_PREFIXES = ['$NACL', '$ANSIBLE_VAULT', 'gAAAAA'];

const refuseEncrypted = (bytes: Uint8Array): void => {
  const start = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
  const prefix = ENCRYPTED_PREFIXES.find((known) => start.startsWith(known));
  if (prefix !== undefined) {
    throw new KeyfileError(`it is encrypted (${prefix}), and this version reads plain hotkeys only`);
  }
};

type Fields = Readonly<Record<string, unknown>>;

const parseFields = (text: string): Fields | undefined => {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Fields;
  } catch {
    throw new KeyfileError('it begins like JSON, but is not');
  }
};

const pairFromFields = (fields: Fields): KeyringPair => {
  const type: KeyType = fields['cryptoType'] === 0 ? 'ed25519' : 'sr25519';
  const phrase = textOf(fields, 'secretPhrase');
  if (phrase !== undefined) return pairFromPhrase(phrase, type);
  const seed = textOf(fields, 'secretSeed');
  if (seed !== undefined) return keyFromSeed(hexBytes(seed, 32, 'secretSeed'), type);
  const privateKey = textOf(fields, 'privateKey');
  if (privateKey !== undefined) return pairFromPrivateKey(privateKey, type);
  if (addressIn(fields) !== undefined)
    throw new KeyfileError('it holds an address only, no secret to sign with');
  throw new KeyfileError('it holds none of secretPhrase, secretSeed and privateKey');
};

const pairFromBareText = (text: string): KeyringPair => {
  const digits = text.replace(/^0x/, '');
  if (/^[0-9a-f]{64}$/i.test(digits)) return keyFromSeed(hexBytes(digits, 32, 'seed'));
  if (/^[0-9a-f]{128}$/i.test(digits)) return keyFromPrivateKey(hexBytes(digits, 64, 'private key'));
  return pairFromPhrase(text, 'sr25519');
};

const pairFromPhrase = (phrase: string, type: KeyType): KeyringPair => {
  if (!mnemonicValidate(phrase))
    throw new KeyfileError('it is neither keyfile JSON, nor a hex key, nor a mnemonic');
  return keyFromMnemonic(phrase, type);
};

/** Of an ed25519 key the private key is its seed. */
const pairFromPrivateKey = (text: string, type: KeyType): KeyringPair =>
  type === 'ed25519'
    ? keyFromSeed(hexBytes(text, 32, 'privateKey'), type)
    : keyFromPrivateKey(hexBytes(text, 64, 'privateKey'));

/** Very old files wrote the key with a space before it. */
const addressIn = (fields: Fields): string | undefined =>
  textOf(fields, 'ss58Address') ?? textOf(fields, ' ss58Address');

const textOf = (fields: Fields, key: string): string | undefined => {
  const value = fields[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

const hexBytes = (text: string, length: number, what: string): Uint8Array => {
  const digits = text.replace(/^0x/, '');
  if (digits.length !== length * 2 || !/^[0-9a-f]*$/i.test(digits)) {
    throw new KeyfileError(`its ${what} is not ${length} bytes in hex`);
  }
  return Buffer.from(digits, 'hex');
};
