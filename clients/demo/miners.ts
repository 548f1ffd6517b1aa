import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { KeyringPair } from '@polkadot/keyring/types';
import { formatCommitmentText } from '../../lib/chain/commitment-text.js';
import type { ChainReader, ChainWriter } from '../../lib/chain/types.js';
import { crusadesError } from '../../lib/errors/index.js';
import type { Subnet } from '../../lib/progress/index.js';
import type { Hparams } from '../../lib/settings/index.js';
import { keyFromUri } from '../../lib/wallet/index.js';
import { commit as submitCommitment, type Committed as SubmittedCommitment } from '../cli/submit/commit.js';
import type { CodeHost, HostedFile } from './host.js';

/** A miner of the demo: one file, one hotkey. */
export interface Miner extends HostedFile {
  readonly hotkey: KeyringPair;
}

/** A commitment that a miner of the demo has made. */
export interface Committed extends SubmittedCommitment {
  readonly file: string;
}

/** Every `.py` of a folder is a miner. @throws `file_unreadable` when there is none */
export async function minersOfFolder(folder: string): Promise<readonly Miner[]> {
  const names = await readdir(folder).catch((error: Error) => unreadable(folder, error.message));
  const files = names.filter((name) => name.endsWith('.py')).sort();
  if (files.length === 0) return unreadable(folder, 'it holds no .py file');
  return minersOf(files.map((name) => path.join(folder, name)));
}

export const minersOf = (files: readonly string[]): Promise<readonly Miner[]> =>
  Promise.all(
    files.map(async (file) => {
      const name = path.basename(file);
      const text = await readFile(file, 'utf8').catch((error: Error) => unreadable(file, error.message));
      return { name, text, hotkey: keyFromUri(`//crusades-demo//${name}`) };
    }),
  );

/** Registers a miner's hotkey, paid by a funded coldkey of the devnet. */
export async function register(
  chain: ChainReader & ChainWriter,
  coldkey: KeyringPair,
  { netuid }: Subnet,
  { hotkey }: Miner,
): Promise<void> {
  if ((await chain.uidOf(netuid, hotkey.address)) !== null) return;
  await chain.burnedRegister(coldkey, netuid, hotkey.address);
}

/** Commits a miner's hosted file, as `crusades submit` does once its checks have passed. */
export async function commit(
  chain: ChainReader & ChainWriter,
  host: CodeHost,
  subnet: Subnet,
  hparams: Hparams,
  { name, text, hotkey }: Miner,
): Promise<Committed> {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 32);
  const made = await submitCommitment(chain, {
    text: formatCommitmentText({ hash, url: host.urlOf(name) }),
    signer: hotkey,
    subnet,
    revealBlocks: hparams.reveal_blocks,
  });
  return { file: name, ...made };
}

const unreadable = (file: string, reason: string): never => {
  throw crusadesError('file_unreadable', { path: file, reason });
};
