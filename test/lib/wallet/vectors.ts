import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { CrusadesError, type ErrorCode } from '../../../lib/errors/index.js';
import type { Encryption } from '../../../lib/wallet/encryption/index.js';

interface Judged {
  readonly ss58?: string;
  readonly error?: string;
}

interface Vectors {
  readonly keyfiles: readonly { name: string; kind: string; ss58: string; file_text: string }[];
  readonly encrypted: readonly {
    name: string;
    kind: 'hotkey' | 'coldkey';
    scheme: Encryption;
    ss58: string;
    password: string;
    file_hex: string;
    official: Judged;
  }[];
  readonly decrypt_failures: readonly { name: string; password: string; official: { error: string } }[];
  readonly loader: readonly { name: string; file_text: string; official: Judged }[];
  readonly password_variable: { keyfile_path: string; name: string; password: string; value: string };
  readonly addresses: readonly { uri: string; ss58: string; public_key: string }[];
}

const fixture = new URL('../../fixtures/wallet/keyfile-vectors.json', import.meta.url);

/** Files of the official packages, and what these make of them; see the fixture's README. */
export const vectors = JSON.parse(readFileSync(fixture, 'utf8')) as Vectors;

/** The encrypted coldkey that `decrypt_failures` are of. */
export const coldkeyBox =
  vectors.encrypted.find(({ name }) => name === 'coldkey, encrypted') ?? assert.fail();

/** What each of `decrypt_failures` does to that coldkey's file before it is opened; those not named, nothing. */
export const damaged: Readonly<Record<string, (file: Buffer) => Buffer>> = {
  'last byte flipped': (file) => Buffer.concat([file.subarray(0, -1), Buffer.from([(file.at(-1) ?? 0) ^ 1])]),
  truncated: (file) => file.subarray(0, -1),
  'tag only': (file) => file.subarray(0, 5),
};

/** A box of that coldkey's password, whole or damaged: one key, derived once, opens or refuses all of these. */
export const isOfOneKey = ({
  name,
  password,
  scheme = '$NACL',
}: {
  readonly name: string;
  readonly password: string;
  readonly scheme?: Encryption;
}): boolean => scheme === '$NACL' && password === coldkeyBox.password && name !== 'tag only';

/** A folder of wallets that goes with the test. */
export const temporaryWallets = () => {
  let root = '';
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'crusades-wallet-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));
  return {
    get path() {
      return root;
    },
    /** Writes a key of the wallet `default`. */
    async write(content: string | Uint8Array, key = 'hotkeys/default', mode = 0o600): Promise<string> {
      const file = path.join(root, 'default', key);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, content, { mode });
      return file;
    },
  };
};

export const refused = (promise: Promise<unknown>, code: ErrorCode, text: RegExp = /./): Promise<void> =>
  assert.rejects(promise, (error: unknown) => {
    assert.ok(error instanceof CrusadesError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, text);
    return true;
  });
