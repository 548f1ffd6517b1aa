import { openAnsibleVault } from './ansible-vault.js';
import { openFernet } from './fernet.js';
import { openSecretbox } from './secretbox.js';

/** Every way in which official tools have encrypted keyfiles, by how such a file begins. */
const SCHEMES = {
  $NACL: openSecretbox,
  $ANSIBLE_VAULT: openAnsibleVault,
  gAAAAA: openFernet,
} as const;

/** How a keyfile is encrypted. */
export type Encryption = keyof typeof SCHEMES;

/** Null: it is plain. */
export const encryptionOf = (file: Uint8Array): Encryption | null => {
  const start = Buffer.from(file.subarray(0, 16)).toString('latin1');
  return (Object.keys(SCHEMES) as Encryption[]).find((prefix) => start.startsWith(prefix)) ?? null;
};

/**
 * The plain keyfile in an encrypted one.
 *
 * @param password UTF-8
 * @throws KeyfileError when it can't be opened with any password, WrongPassword
 */
export const openKeyfile = (
  encryption: Encryption,
  file: Uint8Array,
  password: Uint8Array,
): Promise<Uint8Array> => SCHEMES[encryption](file, password);
