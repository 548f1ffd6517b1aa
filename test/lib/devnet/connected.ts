import { ApiPromise, WsProvider } from '@polkadot/api';
import type { ProviderInterface } from '@polkadot/rpc-provider/types';
import type { SubmittableExtrinsic } from '@polkadot/api/types';
import type { KeyringPair } from '@polkadot/keyring/types';
import type { AnyTuple, Codec } from '@polkadot/types/types';
import {
  CRUSADES_NETUID,
  developmentKey,
  GENESIS_NEURONS,
  startDevnet,
  type Devnet,
  type DevnetOptions,
} from '../../../lib/devnet/index.js';
import { encodeCommitmentText, encryptToRound, latestRoundAt } from '../../../lib/timelock/index.js';

export const NETUID = CRUSADES_NETUID;
export const ALICE = developmentKey('//Alice');
export const VALIDATOR = developmentKey(GENESIS_NEURONS.validator.hotkeyPath);
export const OWNER_HOTKEY = developmentKey(GENESIS_NEURONS.owner.hotkeyPath);

/** A devnet that makes blocks only when told to, and a polkadot-js client of it. */
export interface Connected {
  readonly devnet: Devnet;
  readonly api: ApiPromise;
  /** A raw call, around what polkadot-js checks itself. */
  readonly send: (method: string, ...params: unknown[]) => Promise<unknown>;
  close(): Promise<void>;
}

export const connect = async (options: Partial<DevnetOptions> = {}): Promise<Connected> => {
  const devnet = await startDevnet({ port: 0, blockTimeSeconds: 1, manual: true, ...options });
  const provider = new WsProvider(devnet.url);
  const api = await clientOver(provider);
  const send = (method: string, ...params: unknown[]): Promise<unknown> => provider.send(method, params);
  const close = async (): Promise<void> => {
    await api.disconnect();
    await devnet.stop();
  };
  return { devnet, api, send, close };
};

export const clientOf = (url: string): Promise<ApiPromise> => clientOver(new WsProvider(url));

// polkadot-js declares fields that may be absent without `undefined`.
const clientOver = (provider: WsProvider): Promise<ApiPromise> =>
  ApiPromise.create({ provider: provider as ProviderInterface, noInitWarn: true });

export type Call = SubmittableExtrinsic<'promise'>;

/** A call by its names, as polkadot-js decorates it. */
export const tx = (api: ApiPromise, pallet: string, name: string, ...args: unknown[]): Call => {
  const call = api.tx[pallet]?.[name];
  if (!call) throw new Error(`no call ${pallet}.${name}`);
  return call(...args);
};

export const query = async (
  api: ApiPromise,
  pallet: string,
  item: string,
  ...args: unknown[]
): Promise<Codec> => {
  const entry = api.query[pallet]?.[item];
  if (!entry) throw new Error(`no storage ${pallet}.${item}`);
  return entry(...args);
};

export const constant = (api: ApiPromise, pallet: string, name: string): Codec => {
  const value = api.consts[pallet]?.[name];
  if (!value) throw new Error(`no constant ${pallet}.${name}`);
  return value;
};

export const runtimeApi = async (
  api: ApiPromise,
  name: string,
  method: string,
  ...args: unknown[]
): Promise<Codec> => {
  const call = api.call[name]?.[method];
  if (!call) throw new Error(`no runtime API ${name}.${method}`);
  return call(...args);
};

/** What the chain did with a transaction, in words: `ok`, or the name of what failed, and its events. */
export interface Verdict {
  readonly outcome: string;
  readonly events: readonly string[];
}

/** Submits, makes a block, and reads the verdict from it. A refusal by the pool rejects with the node's words. */
export const submit = async (
  { devnet, api }: Connected,
  call: Call,
  signer: KeyringPair,
  options: Parameters<Call['signAsync']>[1] = {},
): Promise<Verdict> => {
  const signed = await call.signAsync(signer, options);
  const hash = (await api.rpc.author.submitExtrinsic(signed)).toHex();
  await devnet.advance();
  return verdictOf(api, hash);
};

export const verdictOf = async (api: ApiPromise, extrinsicHash: string): Promise<Verdict> => {
  const { block } = await api.rpc.chain.getBlock();
  const index = block.extrinsics.findIndex((each) => each.hash.toHex() === extrinsicHash);
  if (index < 0) return { outcome: 'not included', events: [] };
  const records = (await eventsOf(api)).filter(
    ({ phase }) => phase.isApplyExtrinsic && phase.asApplyExtrinsic.eqn(index),
  );
  const failed = records.find(({ event }) => event.method === 'ExtrinsicFailed');
  return {
    outcome: failed ? errorName(api, failed.event.data) : 'ok',
    events: records.map(({ event }) => `${event.section}.${event.method}`),
  };
};

interface Records {
  readonly phase: {
    readonly isApplyExtrinsic: boolean;
    readonly asApplyExtrinsic: { eqn(n: number): boolean };
  };
  readonly event: {
    readonly section: string;
    readonly method: string;
    readonly data: AnyTuple & { toJSON(): unknown };
  };
}

/** Events of the newest block. */
export const eventsOf = async (api: ApiPromise): Promise<readonly Records[]> =>
  (await query(api, 'system', 'events')) as unknown as readonly Records[];

const errorName = (api: ApiPromise, [error]: AnyTuple): string => {
  const dispatch = error as unknown as {
    readonly isModule: boolean;
    readonly asModule: Parameters<typeof api.registry.findMetaError>[0];
    toJSON(): unknown;
  };
  if (!dispatch.isModule) return JSON.stringify(dispatch.toJSON());
  const { section, name } = api.registry.findMetaError(dispatch.asModule);
  return `${section}.${name}`;
};

export const now = (): number => latestRoundAt(Date.now() / 1000);

/** `setCommitment` with one timelock field of the devnet's own beacon. */
export const sealedCommitment = ({ devnet, api }: Connected, text: string, round: number): Call => {
  const key = Buffer.from(devnet.beaconPublicKey, 'hex');
  return commitmentOf(api, encryptToRound(encodeCommitmentText(text), round, key), round);
};

export const commitmentOf = (api: ApiPromise, encrypted: Uint8Array, round: number): Call =>
  tx(api, 'commitments', 'setCommitment', NETUID, {
    fields: [
      { TimelockEncrypted: { encrypted: `0x${Buffer.from(encrypted).toString('hex')}`, revealRound: round } },
    ],
  });

/** Revealed texts of a hotkey as hex, oldest first. */
export const revealedBy = async (api: ApiPromise, hotkey: string): Promise<string[]> => {
  const value = (await query(api, 'commitments', 'revealedCommitments', NETUID, hotkey)).toJSON();
  return ((value ?? []) as [string, number][]).map(([bytes]) => bytes);
};

/** Advances past a round: skips the clock there and makes two blocks, the pulse's and the one that opens. */
export const passRound = async ({ devnet }: Connected, seconds: number): Promise<void> => {
  devnet.skipTime(seconds);
  await devnet.advance(2);
};
