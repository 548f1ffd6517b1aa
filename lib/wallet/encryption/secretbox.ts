import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import { argon2i } from 'hash-wasm';

import { KeyfileError, WrongPassword } from './errors.js';

/** libsodium's `pwhash` with argon2i13 at its sensitive preset: 8 passes over 512 MiB; the salt is the same for all. */
const SALT = Buffer.from('137183dff15a09bc9c90b5518739e9b1', 'hex');
const PASSES = 8;
const MEMORY_KIB = 512 * 1024;

const TAG_BYTES = '$NACL'.length;
const NONCE_BYTES = 24;
const MAC_BYTES = 16;

/**
 * Opens what the official tools write since 2023: `$NACL`, nonce, XSalsa20-Poly1305 box.
 *
 * @throws KeyfileError, WrongPassword
 */
export const openSecretbox = async (file: Uint8Array, password: Uint8Array): Promise<Uint8Array> => {
  if (file.length < TAG_BYTES + NONCE_BYTES + MAC_BYTES) throw new KeyfileError('it is cut off');
  const key = await secretboxKey(password);
  try {
    return openBox(file.subarray(TAG_BYTES), key);
  } finally {
    key.fill(0);
  }
};

/** What a password comes to. Takes seconds and 512 MiB. @param password UTF-8 */
export const secretboxKey = (password: Uint8Array): Promise<Uint8Array> =>
  argon2i({
    password,
    salt: SALT,
    parallelism: 1,
    iterations: PASSES,
    memorySize: MEMORY_KIB,
    hashLength: 32,
    outputType: 'binary',
  });

/** @param box nonce and ciphertext @throws WrongPassword also for a damaged box */
export const openBox = (box: Uint8Array, key: Uint8Array): Uint8Array => {
  try {
    return xsalsa20poly1305(key, box.subarray(0, NONCE_BYTES)).decrypt(box.subarray(NONCE_BYTES));
  } catch {
    throw new WrongPassword();
  }
};
