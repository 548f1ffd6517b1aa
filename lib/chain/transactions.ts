import type { EventRecord, Extrinsic } from '@polkadot/types/interfaces';
import type { Registry } from '@polkadot/types/types';
import { unwrapStorageType } from '@polkadot/types/util';
import { bnToU8a, hexToU8a, isHex, stringUpperFirst, u8aToBigInt, u8aToHex } from '@polkadot/util';
import { blake2AsHex } from '@polkadot/util-crypto';

import { CrusadesError, crusadesError } from '../errors/index.js';
import type { Connection, Layout } from './connection.js';
import { plainBigInt } from './plain.js';
import { messageOf } from './rpc-answers.js';
import { atArchiveIfDiscarded, malformed, readOne, type StorageKey } from './storage.js';
import type { ChainEvent, Transaction, TransactionReader, WantedTransaction } from './transaction-types.js';

/** The reads of {@link TransactionReader} over one connection. */
export const createTransactionReader = (connection: Connection): TransactionReader => ({
  async transactionAt(block, extrinsicIndex) {
    const hash = await hashOf(connection, block);
    return hash === null
      ? null
      : atArchiveIfDiscarded(connection, (from) => readTransaction(from, { block, hash, extrinsicIndex }));
  },

  async findTransaction(wanted, from, to) {
    for (let block = from; block <= to; block += 1) {
      const hash = await hashOf(connection, block);
      if (hash === null) return null;
      const { extrinsics } = await readBody(connection, hash);
      const extrinsicIndex = await positionOf(connection, wanted, hash, extrinsics);
      if (extrinsicIndex >= 0) return { block, extrinsicIndex };
    }
    return null;
  },

  async ownerOf(hotkey, at) {
    const key: StorageKey = ['SubtensorModule', 'Owner', hotkey];
    const owner = await readOne(connection, at, key);
    return typeof owner === 'string' && owner !== NOBODY ? owner : null;
  },

  async alphaFor(netuid, rao, at) {
    const input = new Uint8Array([...bnToU8a(netuid, { bitLength: 16 }), ...bnToU8a(rao, { bitLength: 64 })]);
    const call = 'SwapRuntimeApi_sim_swap_tao_for_alpha';
    const quote = await runtimeCall(connection, at.hash, call, input);
    const amount = quote.subarray(...ALPHA_AMOUNT);
    if (amount.length < ALPHA_BYTES) throw malformed(connection, call, `it has ${quote.length} bytes`);
    const alpha = u8aToBigInt(amount);
    return alpha > 0n ? alpha : null;
  },

  async stakeOf(netuid, hotkey, coldkey) {
    await connection.connected();
    const name = 'StakeInfoRuntimeApi.get_stake_info_for_hotkey_coldkey_netuid';
    const ask = connection.api.call['stakeInfoRuntimeApi']?.['getStakeInfoForHotkeyColdkeyNetuid'];
    if (!ask) throw unsupported(connection, name);
    const info = (await connection.read(name, () => ask(hotkey, coldkey, netuid))).toJSON();
    return info === null ? 0n : plainBigInt((info as { readonly stake: unknown }).stake);
  },
});

/** Bytes of the answer's second field; it begins with `tao_amount`, `alpha_amount`, both u64. */
const ALPHA_AMOUNT = [8, 16] as const;
const ALPHA_BYTES = 8;

/** The account of all zeros, which the runtime gives for what nobody owns. */
const NOBODY = '5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM';

const hashOf = async (connection: Connection, block: number): Promise<string | null> => {
  const hash = await connection.rpc('chain_getBlockHash', [block]);
  return typeof hash === 'string' ? hash : null;
};

interface Body {
  readonly parentHash: string;
  readonly extrinsics: readonly string[];
}

/** Nodes that prune bodies as well answer null: for whoever needs the block that is as if its state were gone. */
const readBody = async (connection: Connection, hash: string): Promise<Body> => {
  const answer = await connection.rpc('chain_getBlock', [hash]);
  if (answer === null) {
    throw crusadesError('chain_state_discarded', { endpoint: connection.endpoint, block: hash });
  }
  const { block } = answer as {
    readonly block?: {
      readonly header?: { readonly parentHash?: unknown };
      readonly extrinsics?: readonly unknown[];
    };
  };
  const { parentHash } = block?.header ?? {};
  const extrinsics = block?.extrinsics;
  if (typeof parentHash === 'string' && Array.isArray(extrinsics) && extrinsics.every(isHexText)) {
    return { parentHash, extrinsics };
  }
  throw malformed(connection, 'chain_getBlock', 'it holds no list of extrinsics');
};

const isHexText = (value: unknown): value is string => typeof value === 'string' && isHex(value);

const positionOf = async (
  connection: Connection,
  wanted: WantedTransaction,
  hash: string,
  extrinsics: readonly string[],
): Promise<number> => {
  if ('extrinsicHash' in wanted) {
    return extrinsics.findIndex((each) => hashOfExtrinsic(each) === wanted.extrinsicHash);
  }
  const { registry } = await connection.layoutAt(hash);
  return extrinsics.findIndex((hex) => {
    const extrinsic = extrinsicIn(registry, hex);
    return (
      extrinsic?.isSigned === true &&
      extrinsic.signer.toString() === wanted.signer &&
      callOf(extrinsic).name === wanted.call
    );
  });
};

/** Null for one of a kind that polkadot-js does not know: other people's, as ours are made with it. */
const extrinsicIn = (registry: Registry, hex: string): Extrinsic | null => {
  try {
    return registry.createType<Extrinsic>('Extrinsic', hex);
  } catch {
    return null;
  }
};

const hashOfExtrinsic = (hex: string): string => blake2AsHex(hexToU8a(hex), 256);

/** Decoded with the runtime of its own block: indices of calls and events move between versions. */
const readTransaction = async (
  connection: Connection,
  { block, hash, extrinsicIndex }: { block: number; hash: string; extrinsicIndex: number },
): Promise<Transaction | null> => {
  const { parentHash, extrinsics } = await readBody(connection, hash);
  const hex = extrinsics[extrinsicIndex];
  if (hex === undefined) return null;
  const layout = await connection.layoutAt(hash);
  const extrinsic = extrinsicIn(layout.registry, hex);
  if (!extrinsic)
    throw malformed(connection, `extrinsic ${block}:${extrinsicIndex}`, 'it is of an unknown kind');
  return {
    ...{ block, blockHash: hash, parentHash, extrinsicIndex },
    extrinsicHash: hashOfExtrinsic(hex),
    signer: extrinsic.isSigned ? extrinsic.signer.toString() : null,
    call: callOf(extrinsic),
    events: await readEvents(connection, layout, hash, extrinsicIndex),
  };
};

const callOf = ({ method }: Extrinsic): Transaction['call'] => ({
  name: `${stringUpperFirst(method.section)}.${method.meta.name.toString()}`,
  args: Object.fromEntries(
    method.meta.fields.map(({ name }, index) => [name.unwrapOr('').toString(), method.args[index]?.toJSON()]),
  ),
});

const readEvents = async (
  connection: Connection,
  layout: Layout,
  hash: string,
  extrinsicIndex: number,
): Promise<readonly ChainEvent[]> => {
  const entry = layout.storage('System', 'Events');
  const hex = await connection.rpc('state_getStorage', [entry.key(), hash]);
  // Every block has some: without them nothing is known of what a transaction did.
  if (!isHexText(hex)) throw malformed(connection, 'storage System.Events', `it is ${JSON.stringify(hex)}`);
  return recordsIn(connection, layout, entry, hex)
    .filter(({ phase }) => phase.isApplyExtrinsic && phase.asApplyExtrinsic.eqn(extrinsicIndex))
    .map(({ event }) => ({
      pallet: stringUpperFirst(event.section),
      name: event.method,
      values: event.data.map((value) => value.toJSON()),
    }));
};

const recordsIn = (
  connection: Connection,
  { registry }: Layout,
  { creator }: ReturnType<Layout['storage']>,
  hex: string,
): readonly EventRecord[] => {
  const bytes = hexToU8a(hex);
  try {
    const records = registry.createTypeUnsafe(unwrapStorageType(registry, creator.meta.type), [bytes]);
    if (records.encodedLength === bytes.length) return records as unknown as readonly EventRecord[];
    throw new Error('it is cut short or longer than it says');
  } catch (error) {
    throw malformed(connection, 'storage System.Events', messageOf(error).slice(0, 200));
  }
};

/**
 * A call into the runtime of a block, in bytes: for blocks before an upgrade polkadot-js knows no runtime APIs, as they
 * are not in the metadata that it asks for then. @throws `chain_unsupported`
 */
const runtimeCall = (
  connection: Connection,
  hash: string,
  method: string,
  input: Uint8Array,
): Promise<Uint8Array> =>
  atArchiveIfDiscarded(connection, async (from) => {
    try {
      const answer = await from.rpc('state_call', [method, u8aToHex(input), hash]);
      if (isHexText(answer)) return hexToU8a(answer);
      throw malformed(from, method, `it is ${JSON.stringify(answer)?.slice(0, 60)}`);
    } catch (error) {
      const isAbsent = error instanceof CrusadesError && /is not found/.test(String(error.details['reason']));
      throw isAbsent ? unsupported(from, method) : error;
    }
  });

const unsupported = ({ endpoint }: Connection, api: string) =>
  crusadesError('chain_unsupported', { endpoint, item: `runtime API ${api}` });
