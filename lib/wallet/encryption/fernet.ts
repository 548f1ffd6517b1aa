import { createDecipheriv, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

import { KeyfileError, WrongPassword } from './errors.js';

const derive = promisify(pbkdf2);

/** How the first official wallets made a Fernet key of a password. */
const SALT = 'Iguesscyborgslikemyselfhaveatendencytobeparanoidaboutourorigins';
const ROUNDS = 10_000_000;

/** Version, time, then the vector; the authentication is at the end. */
const VECTOR_AT = 9;
const TEXT_AT = 25;
const MAC_BYTES = 32;
const VERSION = 0x80;

/**
 * Opens a Fernet token, the oldest form of an encrypted keyfile: AES-128-CBC and HMAC-SHA256 in base64.
 * Its age is not asked: a key does not expire.
 *
 * @throws KeyfileError, WrongPassword
 */
export const openFernet = async (file: Uint8Array, password: Uint8Array): Promise<Uint8Array> => {
  const token = Buffer.from(Buffer.from(file).toString('latin1').trim(), 'base64url');
  if (token[0] !== VERSION || token.length < TEXT_AT + 16 + MAC_BYTES)
    throw new KeyfileError('it is cut off');
  const key = await derive(password, SALT, ROUNDS, 32, 'sha256');
  try {
    const signed = token.subarray(0, -MAC_BYTES);
    const expected = createHmac('sha256', key.subarray(0, 16)).update(signed).digest();
    if (!timingSafeEqual(expected, token.subarray(-MAC_BYTES))) throw new WrongPassword();
    const vector = token.subarray(VECTOR_AT, TEXT_AT);
    const cipher = createDecipheriv('aes-128-cbc', key.subarray(16), vector);
    return Buffer.concat([cipher.update(signed.subarray(TEXT_AT)), cipher.final()]);
  } finally {
    key.fill(0);
  }
};
