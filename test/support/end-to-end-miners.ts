import { createHash } from 'node:crypto';
import type { ApiPromise } from '@polkadot/api';
import type { SubmittableExtrinsic } from '@polkadot/api/types';
import type { KeyringPair } from '@polkadot/keyring/types';
import { submissionIdOf } from '../../lib/admission/index.js';
import { sealCommitment } from '../../lib/chain/index.js';
import { isFinal, submissionWorkflowId } from '../../lib/progress/index.js';
import type { SubmissionDetail } from '../../lib/store/index.js';
import { developmentKey } from '../../lib/devnet/index.js';
import { clientOf, tx } from '../lib/devnet/connected.js';
import type { EndToEnd } from './end-to-end.js';
import { until } from './end-to-end-process.js';

export interface Committed {
  readonly submissionId: string;
  readonly workflowId: string;
  readonly hotkey: string;
  readonly commitBlock: number;
}

export const minerKey = (name: string): KeyringPair => developmentKey(`//end-to-end//${name}`);

/** Registers all of them in one block. */
export const registerMiners = (stack: EndToEnd, names: readonly string[]): Promise<void> =>
  withApi(stack, (api) =>
    inBlock(
      tx(
        api,
        'utility',
        'batchAll',
        names.map((name) =>
          tx(api, 'subtensorModule', 'burnedRegister', stack.subnet.netuid, minerKey(name).address),
        ),
      ),
      developmentKey('//Charlie'),
    ),
  );

/** What a miner commits to for a file behind a URL. */
export const textFor = (code: string, url: string): string =>
  `${createHash('sha256').update(code).digest('hex').slice(0, 32)}:${url}`;

/**
 * Seals any text as a miner would and commits it.
 *
 * @param terms.ciphertext instead of the sealed text
 */
export async function commit(
  { chain, subnet, settings }: EndToEnd,
  name: string,
  text: string,
  terms: { readonly blocksAhead?: number; readonly ciphertext?: Uint8Array } = {},
): Promise<Committed> {
  const signer = minerKey(name);
  const sealed = sealCommitment(text, {
    blocksAhead: terms.blocksAhead ?? settings.hparams.reveal_blocks,
    blockSeconds: await chain.blockTimeSeconds(),
    beacon: await chain.beacon(),
    now: Date.now() / 1000,
  });
  const { ciphertext = sealed.ciphertext } = terms;
  const { block } = await chain.setCommitment(signer, subnet.netuid, { ...sealed, ciphertext });
  const key = { ...subnet, hotkey: signer.address, commitBlock: block };
  return {
    submissionId: submissionIdOf(key),
    workflowId: submissionWorkflowId(key),
    hotkey: signer.address,
    commitBlock: block,
  };
}

/** Waits until intake has taken notice of a commitment. */
export const noticed = ({ ledger }: EndToEnd, { submissionId }: Committed): Promise<SubmissionDetail> =>
  until(`submission ${submissionId} in the ledger`, 60, () => ledger.submissionStatus(submissionId));

/** Waits until a submission has ended. */
export const settled = (
  { ledger }: EndToEnd,
  { submissionId }: Committed,
  seconds: number,
): Promise<SubmissionDetail> =>
  until(`the end of submission ${submissionId}`, seconds, async () => {
    const detail = await ledger.submissionStatus(submissionId);
    return detail !== null && isFinal(detail.stage) && detail;
  });

/**
 * Takes a miner's place away, as a full subnet does when somebody else registers: the chain replaces the oldest
 * neuron that is not immune. Everybody else on the subnet is made immune first.
 */
export const replaceMiner = (stack: EndToEnd, name: string, successor: string): Promise<void> =>
  withApi(stack, async (api) => {
    const { netuid } = stack.subnet;
    const neurons = await stack.chain.neurons(netuid);
    const victim = minerKey(name).address;
    const key = (item: string, ...args: number[]): string =>
      api.query['subtensorModule']?.[item]?.key(...args) ?? '';
    const write = (items: readonly (readonly [string, string])[]): Promise<void> =>
      inBlock(tx(api, 'sudo', 'sudo', tx(api, 'system', 'setStorage', items)), developmentKey('//Alice'));
    const others = neurons.filter(({ hotkey }) => hotkey !== victim).map(({ uid }) => uid);
    const before = await api.query['subtensorModule']?.['maxAllowedUids']?.(netuid);
    await write([
      ...others.map((uid) => [key('blockAtRegistration', netuid, uid), u64(1e9)] as const),
      [key('immunityPeriod', netuid), u16(0)],
      [key('maxAllowedUids', netuid), u16(neurons.length)],
    ]);
    const { address } = minerKey(successor);
    await inBlock(tx(api, 'subtensorModule', 'burnedRegister', netuid, address), developmentKey('//Charlie'));
    await write([[key('maxAllowedUids', netuid), u16(Number(before?.toString() ?? 256))]]);
  });

const u16 = (value: number): string => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return `0x${bytes.toString('hex')}`;
};

const u64 = (value: number): string => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return `0x${bytes.toString('hex')}`;
};

async function withApi<T>(
  { chain: { endpoint } }: EndToEnd,
  use: (api: ApiPromise) => Promise<T>,
): Promise<T> {
  const api = await clientOf(endpoint);
  try {
    return await use(api);
  } finally {
    await api.disconnect();
  }
}

const INCLUSION_TIMEOUT_MS = 60_000;

/** Sends a call and waits until a block holds it. */
const inBlock = (call: SubmittableExtrinsic<'promise'>, signer: KeyringPair): Promise<void> =>
  new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('no block took the call')), INCLUSION_TIMEOUT_MS);
    const end = (error?: Error): void => {
      clearTimeout(late);
      if (error) reject(error);
      else resolve();
    };
    call
      .signAndSend(signer, ({ status, dispatchError }) => {
        if (dispatchError) end(new Error(`the chain refused the call: ${dispatchError.toString()}`));
        else if (status.isInBlock) end();
      })
      .catch((error: unknown) => end(error instanceof Error ? error : new Error(String(error))));
  });
