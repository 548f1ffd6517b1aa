import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { KeyringPair } from '@polkadot/keyring/types';
import { submissionIdOf } from '../../lib/admission/index.js';
import { formatCommitmentText } from '../../lib/chain/commitment-text.js';
import { sealCommitment } from '../../lib/chain/index.js';
import type { ChainReader, ChainWriter } from '../../lib/chain/types.js';
import { crusadesError } from '../../lib/errors/index.js';
import { submissionWorkflowId, type Subnet } from '../../lib/progress/index.js';
import type { Hparams } from '../../lib/settings/index.js';
import { keyFromUri } from '../../lib/wallet/index.js';
import type { CodeHost, HostedFile } from './host.js';

/** A miner of the demo: one file, one hotkey. */
export interface Miner extends HostedFile {
  readonly hotkey: KeyringPair;
}

/** A commitment that a miner has made. */
export interface Committed {
  readonly file: string;
  readonly hotkey: string;
  readonly submissionId: string;
  readonly workflowId: string;
  readonly commitBlock: number;
  readonly revealRound: number;
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

/** What `crusades submit` does once its checks have passed: seal `<hash>:<url>` and commit it. */
export async function commit(
  chain: ChainReader & ChainWriter,
  host: CodeHost,
  subnet: Subnet,
  hparams: Hparams,
  { name, text, hotkey }: Miner,
): Promise<Committed> {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 32);
  const commitment = formatCommitmentText({ hash, url: host.urlOf(name) });
  const beacon = await chain.beacon();
  const sealed = sealCommitment(commitment, {
    blocksAhead: hparams.reveal_blocks,
    blockSeconds: await chain.blockTimeSeconds(),
    beacon,
    now: Date.now() / 1000,
  });
  const { block } = await chain.setCommitment(hotkey, subnet.netuid, sealed);
  const key = { ...subnet, hotkey: hotkey.address, commitBlock: block };
  return {
    file: name,
    hotkey: hotkey.address,
    submissionId: submissionIdOf(key),
    workflowId: submissionWorkflowId(key),
    commitBlock: block,
    revealRound: sealed.revealRound,
  };
}

const unreadable = (file: string, reason: string): never => {
  throw crusadesError('file_unreadable', { path: file, reason });
};
