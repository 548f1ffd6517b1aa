import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';

import { crusadesError } from '../errors/index.js';

/** Asks a person for the password of a keyfile; null when nobody is there to be asked. */
export type AskPassword = (file: string, tries: number) => Promise<string | null>;

type Env = Record<string, string | undefined>;

const ANY_KEY = 'BT_WALLET_PASSWORD';
const IN_A_FILE = 'BT_WALLET_PASSWORD_FILE';

/** A password, as UTF-8, and where it came from. Whoever uses it zeroes it. */
export interface FoundPassword {
  readonly bytes: Uint8Array;
  /** A variable's name; null: a person typed it. */
  readonly source: string | null;
}

/**
 * The password of a keyfile from the variables of the official tools: the one that names this very file, then
 * BT_WALLET_PASSWORD, then the file that BT_WALLET_PASSWORD_FILE names. Null: none is set.
 *
 * @throws `wallet_locked` when the file of the password can't be read
 */
export const passwordFromEnvironment = async (
  keyfile: string,
  env: Env = process.env,
): Promise<FoundPassword | null> => {
  const own = passwordVariable(keyfile);
  const obfuscated = env[own];
  if (obfuscated) return { bytes: revealed(own, obfuscated), source: own };
  const plain = env[ANY_KEY];
  if (plain) return { bytes: new TextEncoder().encode(plain), source: ANY_KEY };
  const named = env[IN_A_FILE];
  return named ? { bytes: await passwordIn(named, keyfile), source: IN_A_FILE } : null;
};

/** Name of the variable for one keyfile: its path, with `/` and `.` as `_`, in capitals. */
export const passwordVariable = (keyfile: string): string =>
  `BT_PW_${keyfile.replace(/[/.]/g, '_').toUpperCase()}`;

/** Takes all passwords out of the environment: child processes and diagnostic reports need none of them. */
export const forgetPasswords = (env: Env = process.env): void => {
  for (const name of Object.keys(env)) if (isPasswordVariable(name)) delete env[name];
};

/** The environment of a process that opens no keys. */
export const withoutPasswords = (env: Env): Env =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !isPasswordVariable(name)));

/** Whether a variable holds the password of a key, or says where it is. */
const isPasswordVariable = (name: string): boolean =>
  name === ANY_KEY || name === IN_A_FILE || name.startsWith('BT_PW_');

/** The variable's value is base64 of the password, exclusive-or with the variable's own name: no secret, a veil. */
const revealed = (name: string, value: string): Uint8Array =>
  Uint8Array.from(Buffer.from(value, 'base64'), (byte, index) => byte ^ name.charCodeAt(index % name.length));

const passwordIn = async (named: string, keyfile: string): Promise<Uint8Array> => {
  const file = named.replace(/^~(?=$|\/)/, homedir());
  try {
    const content = await readFile(file, { signal: AbortSignal.timeout(10_000) });
    const password = new TextEncoder().encode(content.toString('utf8').trim());
    content.fill(0);
    return password;
  } catch (cause) {
    const reason = `${IN_A_FILE} names ${file}, which cannot be read`;
    throw crusadesError('wallet_locked', { ...lockedDetails(keyfile), reason }, { cause });
  }
};

/** What every `wallet_locked` names. */
export const lockedDetails = (keyfile: string) => ({ path: keyfile, variable: passwordVariable(keyfile) });
