import type { KeyringPair } from '@polkadot/keyring/types';
import { hexToU8a, u8aEq } from '@polkadot/util';
import { decodeAddress, mnemonicValidate } from '@polkadot/util-crypto';

import { KeyfileError } from './encryption/index.js';
import { keyFromMnemonic, keyFromPrivateKey, keyFromSeed, SS58_FORMAT, type KeyType } from './keys.js';

/** The keyfile is sound, but its address is written as another network writes it. */
export class ForeignAddress extends Error {
  override readonly name = 'ForeignAddress';
  constructor(readonly address: string) {
    super(`The address ${address} is not of format ${SS58_FORMAT}.`);
  }
}

/**
 * The key in an official keyfile that is not encrypted: JSON, a bare mnemonic, or a bare seed or private key in
 * hex.
 *
 * Of several secrets the first of `secretPhrase`, `secretSeed`, `privateKey` counts, as in the official
 * loader; a stored `ss58Address` must be the key's own, other public fields are not compared.
 *
 * @throws KeyfileError, ForeignAddress
 */
export const readKeyfile = (bytes: Uint8Array): KeyringPair => {
  const text = textIn(bytes).trim();
  const fields = parseFields(text);
  const pair = fields ? pairFromFields(fields) : pairFromBareText(text);
  const address = fields && addressIn(fields);
  if (address === undefined || address === pair.address) return pair;
  if (isAnotherFormOf(address, pair)) throw new ForeignAddress(address);
  throw new KeyfileError(`its ss58Address ${address} is not the address of its secret, ${pair.address}`);
};

/** The address in a public keyfile (`coldkeypub.txt`, `…pub.txt`), or in one that holds a secret. @throws KeyfileError */
export const readAddress = (bytes: Uint8Array): string => {
  const fields = parseFields(textIn(bytes).trim());
  const address = fields && addressIn(fields);
  if (address === undefined) throw new KeyfileError('it holds no ss58Address');
  try {
    decodeAddress(address, false, SS58_FORMAT);
    return address;
  } catch {
    throw new KeyfileError(`its ss58Address ${address} is not one of format ${SS58_FORMAT}`);
  }
};

/** Read in place: a copy of the bytes would stay behind when these are zeroed. */
const textIn = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');

const isAnotherFormOf = (address: string, { publicKey }: KeyringPair): boolean => {
  try {
    return u8aEq(decodeAddress(address), publicKey);
  } catch {
    return false;
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
  if (seed !== undefined) return fromHex(seed, 32, 'secretSeed', (bytes) => keyFromSeed(bytes, type));
  const privateKey = textOf(fields, 'privateKey');
  if (privateKey !== undefined) return pairFromPrivateKey(privateKey, type);
  if (addressIn(fields) !== undefined)
    throw new KeyfileError('it holds an address only, no secret to sign with');
  throw new KeyfileError('it holds none of secretPhrase, secretSeed and privateKey');
};

const pairFromBareText = (text: string): KeyringPair => {
  const digits = text.replace(/^0x/, '');
  if (/^[0-9a-f]{64}$/i.test(digits)) return fromHex(digits, 32, 'seed', (bytes) => keyFromSeed(bytes));
  if (/^[0-9a-f]{128}$/i.test(digits)) return fromHex(digits, 64, 'private key', keyFromPrivateKey);
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
    ? fromHex(text, 32, 'privateKey', (bytes) => keyFromSeed(bytes, type))
    : fromHex(text, 64, 'privateKey', keyFromPrivateKey);

/** Very old files wrote the key with a space before it. */
const addressIn = (fields: Fields): string | undefined =>
  textOf(fields, 'ss58Address') ?? textOf(fields, ' ss58Address');

const textOf = (fields: Fields, key: string): string | undefined => {
  const value = fields[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

/** The bytes are zeroed once `use` has made a key of them. */
const fromHex = (
  text: string,
  length: number,
  what: string,
  use: (bytes: Uint8Array) => KeyringPair,
): KeyringPair => {
  const digits = text.replace(/^0x/, '');
  if (digits.length !== length * 2 || !/^[0-9a-f]*$/i.test(digits)) {
    throw new KeyfileError(`its ${what} is not ${length} bytes in hex`);
  }
  const bytes = hexToU8a(digits);
  try {
    return use(bytes);
  } finally {
    bytes.fill(0);
  }
};
