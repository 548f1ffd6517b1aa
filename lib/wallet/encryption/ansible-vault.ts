import { createDecipheriv, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

import { KeyfileError, WrongPassword } from './errors.js';

const derive = promisify(pbkdf2);

/** As Ansible derives them: one key for the cipher, one for the authentication, and the first counter block. */
const ROUNDS = 10_000;
const KEY_BYTES = 32;
const COUNTER_BYTES = 16;

/**
 * Opens an Ansible Vault of format 1.1 or 1.2, which the official tools wrote before `$NACL`:
 * PBKDF2-SHA256, AES-256-CTR, HMAC-SHA256 over the ciphertext, all of it in hex, twice.
 *
 * @throws KeyfileError, WrongPassword
 */
export const openAnsibleVault = async (file: Uint8Array, password: Uint8Array): Promise<Uint8Array> => {
  const { salt, mac, ciphertext } = parse(Buffer.from(file).toString('latin1'));
  const keys = await derive(password, salt, ROUNDS, 2 * KEY_BYTES + COUNTER_BYTES, 'sha256');
  try {
    const macKey = keys.subarray(KEY_BYTES, 2 * KEY_BYTES);
    const expected = createHmac('sha256', macKey).update(ciphertext).digest();
    if (!timingSafeEqual(expected, mac)) throw new WrongPassword();
    const cipher = createDecipheriv('aes-256-ctr', keys.subarray(0, KEY_BYTES), keys.subarray(2 * KEY_BYTES));
    return withoutPadding(Buffer.concat([cipher.update(ciphertext), cipher.final()]));
  } finally {
    keys.fill(0);
  }
};

const HEADER = /^\$ANSIBLE_VAULT;1\.[12];AES256(;[^\r\n]*)?\r?\n/;

const parse = (text: string) => {
  const header = HEADER.exec(text);
  if (!header) throw new KeyfileError('its vault is of another format than 1.1 or 1.2 with AES256');
  const inner = unhex(text.slice(header[0].length).replace(/\s/g, '')).toString('latin1');
  const [salt = '', mac = '', ciphertext = '', ...more] = inner.split('\n');
  if (salt === '' || mac.length !== 64 || ciphertext === '' || more.length > 0) {
    throw new KeyfileError('its vault does not hold salt, authentication and ciphertext');
  }
  return { salt: unhex(salt), mac: unhex(mac), ciphertext: unhex(ciphertext) };
};

const unhex = (digits: string): Buffer => {
  if (digits.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(digits))
    throw new KeyfileError('its vault is cut off or not hex');
  return Buffer.from(digits, 'hex');
};

/** PKCS#7 to 16 bytes; it is inside what has been authenticated. */
const withoutPadding = (padded: Buffer): Buffer => {
  const count = padded.at(-1) ?? 0;
  if (count < 1 || count > 16 || count > padded.length)
    throw new KeyfileError('the end of its vault is damaged');
  return padded.subarray(0, padded.length - count);
};
