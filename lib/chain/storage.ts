import type { QueryableStorageEntry } from '@polkadot/api/types';
import { unwrapStorageType } from '@polkadot/types/util';
import { compactFromU8a, hexToU8a } from '@polkadot/util';
import { encodeAddress } from '@polkadot/util-crypto';

import { CrusadesError, crusadesError } from '../errors/index.js';
import type { Connection, Layout } from './connection.js';
import { plainList } from './plain.js';
import { messageOf } from './rpc-answers.js';
import type { ChainHead } from './types.js';

/** A storage entry to be read: pallet, item and keys, by their names in the runtime. */
export type StorageKey = readonly [pallet: string, item: string, ...keys: readonly (string | number)[]];

/** Entries that one page of a paged read may hold: a node refuses more. */
const PAGE = 1000;

/** The best block, or the one of that hash. @throws `chain_answer_malformed` */
export const readHead = async (connection: Connection, hash?: unknown): Promise<ChainHead> => {
  const at = hash ?? (await connection.rpc('chain_getBlockHash'));
  const header = await connection.rpc('chain_getHeader', [at]);
  const stated = (header as { readonly number?: unknown } | null)?.number;
  const number = typeof stated === 'string' ? Number(stated) : NaN;
  if (typeof at !== 'string' || !Number.isSafeInteger(number)) {
    throw malformed(connection, 'chain_getHeader', `it is ${JSON.stringify(header)?.slice(0, 60)}`);
  }
  return { number, hash: at };
};

/** An entry to be read, by its item and its whole key. */
export interface StorageEntry {
  readonly entry: QueryableStorageEntry<'promise'>;
  /** `0x` and hex. */
  readonly key: string;
}

/**
 * Reads several entries at one block in one round trip. Values come as plain JSON, as polkadot-js writes
 * them; what is not there is the item's default, or null for an optional one. What the node has discarded is
 * asked of the archive, where one is configured.
 */
export const readMany = (
  connection: Connection,
  head: Pick<ChainHead, 'hash'>,
  keys: readonly StorageKey[],
): Promise<readonly unknown[]> =>
  readEntries(connection, head, (layout) => keys.map((key) => entryOf(layout, key)));

export const entryOf = (layout: Layout, [pallet, item, ...keys]: StorageKey): StorageEntry => {
  const entry = layout.storage(pallet, item);
  return { entry, key: entry.key(...keys) };
};

/** As {@link readMany}, of entries whose keys are made from a layout. */
export const readEntries = (
  connection: Connection,
  head: Pick<ChainHead, 'hash'>,
  entriesIn: (layout: Layout) => readonly StorageEntry[],
): Promise<readonly unknown[]> =>
  atArchiveIfDiscarded(connection, (from) =>
    inLayoutOf(from, head, async (layout) => {
      const entries = entriesIn(layout);
      const wanted = entries.map(({ key }) => key);
      const { values, specVersion } = await readValues(from, head, wanted);
      const decoded = () =>
        entries.map(({ entry, key }) => decode(from, layout, entry, values.get(key) ?? null));
      return { specVersion, decoded };
    }),
  );

export const readOne = async (
  connection: Connection,
  head: Pick<ChainHead, 'hash'>,
  key: StorageKey,
): Promise<unknown> => (await readMany(connection, head, [key]))[0];

/** Reads all entries below a prefix at one block, in the order of their keys. */
export const readAll = async (
  connection: Connection,
  head: Pick<ChainHead, 'hash'>,
  [pallet, item, ...prefix]: StorageKey,
): Promise<readonly { readonly key: string; readonly value: unknown }[]> =>
  inLayoutOf(connection, head, async (layout) => {
    const entry = layout.storage(pallet, item);
    const keys = await keysBelow(connection, head, entry.keyPrefix(...prefix));
    const { values, specVersion } = await readValues(connection, head, keys);
    const decoded = () =>
      keys.map((key) => ({ key, value: decode(connection, layout, entry, values.get(key) ?? null) }));
    return { specVersion, decoded };
  });

/** All keys below a prefix at one block, in their order; one request for each thousand. */
export const keysBelow = async (
  connection: Connection,
  head: Pick<ChainHead, 'hash'>,
  prefix: string,
): Promise<readonly string[]> => {
  const found: string[] = [];
  let after = prefix;
  for (;;) {
    const params = [prefix, PAGE, after, head.hash];
    const keys = pageOf(connection, await connection.rpc('state_getKeysPaged', params), prefix, after);
    found.push(...keys);
    const last = keys.at(-1);
    if (keys.length < PAGE || last === undefined) return found;
    after = last;
  }
};

/** Keys that do not come after those before would be asked for without end. */
const pageOf = (
  connection: Connection,
  answer: unknown,
  prefix: string,
  after: string,
): readonly string[] => {
  let last = after;
  const isNext = (key: unknown): boolean => {
    const comes = typeof key === 'string' && HEX.test(key) && key.startsWith(prefix) && key > last;
    if (comes) last = key;
    return comes;
  };
  if (Array.isArray(answer) && answer.every(isNext)) return answer as readonly string[];
  throw malformed(connection, 'state_getKeysPaged', 'it is no list of keys in their order');
};

/**
 * Reads in the layout of the runtime known now, and again in the block's own when the values say that another
 * runtime made them: while an upgrade is under way, and for old blocks.
 */
const inLayoutOf = async <T>(
  connection: Connection,
  head: Pick<ChainHead, 'hash'>,
  read: (layout: Layout) => Promise<{ readonly specVersion: number | null; readonly decoded: () => T }>,
): Promise<T> => {
  await connection.connected();
  const layout = connection.layout();
  const { specVersion, decoded } = await read(layout);
  if (specVersion === null || specVersion === layout.specVersion) return decoded();
  const own = await connection.layoutAt(head.hash);
  return (await read(own)).decoded();
};

/** Reads from the archive, where one is configured, what the node has discarded. */
export const atArchiveIfDiscarded = async <T>(
  connection: Connection,
  read: (from: Connection) => Promise<T>,
): Promise<T> => {
  try {
    return await read(connection);
  } catch (error) {
    if (!(error instanceof CrusadesError) || error.code !== 'chain_state_discarded') throw error;
    const archive = await connection.archive();
    if (!archive) throw error;
    return read(archive);
  }
};

/** The account at the end of a storage key whose hasher keeps it (`…Concat`, `Identity`). */
export const accountOf = (key: string): string => encodeAddress(hexToU8a(`0x${key.slice(-64)}`), 42);

/** The little-endian u16 at the end of a storage key. */
export const u16Of = (key: string): number => Buffer.from(key.slice(-4), 'hex').readUInt16LE();

/** twox128 of `System` and of `LastRuntimeUpgrade`: which runtime made a state, on every Substrate chain. */
const LAST_RUNTIME_UPGRADE = '0x26aa394eea5630e07c48ae0c9558cef7f9cce9c888469bb1a0dceaa129672ef8';

/** Keys that one request may hold: a request of more would exceed what public nodes take. */
const KEYS_A_REQUEST = 4000;

const readValues = async (
  connection: Connection,
  { hash }: Pick<ChainHead, 'hash'>,
  keys: readonly string[],
): Promise<{ readonly values: ReadonlyMap<string, string | null>; readonly specVersion: number | null }> => {
  const values = new Map<string, string | null>();
  for (let from = 0; from === 0 || from < keys.length; from += KEYS_A_REQUEST) {
    const some = [...keys.slice(from, from + KEYS_A_REQUEST), LAST_RUNTIME_UPGRADE];
    const answer = await connection.rpc('state_queryStorageAt', [some, hash]);
    for (const [key, value] of changesOf(connection, answer)) values.set(key, value);
  }
  return { values, specVersion: specVersionOf(connection, values.get(LAST_RUNTIME_UPGRADE) ?? null) };
};

const changesOf = (
  connection: Connection,
  answer: unknown,
): readonly (readonly [string, string | null])[] => {
  const [set] = plainList(answer) as readonly ({ readonly changes?: unknown } | null)[];
  const changes = plainList(set?.changes);
  if (changes.length > 0 && changes.every(isChange)) return changes as readonly [string, string | null][];
  throw malformed(connection, 'state_queryStorageAt', 'it is no list of keys and values');
};

const isChange = (change: unknown): boolean => {
  const [key, value] = plainList(change);
  return typeof key === 'string' && (value === null || (typeof value === 'string' && HEX.test(value)));
};

const HEX = /^0x(?:[0-9a-fA-F]{2})*$/;

export const malformed = ({ endpoint }: Connection, call: string, reason: string) =>
  crusadesError('chain_answer_malformed', { endpoint, call, reason });

/** `LastRuntimeUpgradeInfo` begins with the spec version as a compact number; null where nothing is recorded. */
const specVersionOf = (connection: Connection, hex: string | null): number | null => {
  if (hex === null) return null;
  const bytes = hexToU8a(hex);
  // The first two bits say how many bytes there are; a u32 takes five at most.
  const length = [1, 2, 4, 5][(bytes[0] ?? 0) & 3] ?? 1;
  const [, value] = bytes.length < length ? [0, null] : compactFromU8a(bytes);
  if (value && value.bitLength() <= 32) return value.toNumber();
  throw malformed(connection, 'storage System.LastRuntimeUpgrade', 'it begins with no spec version');
};

const decode = (
  connection: Connection,
  { registry }: Layout,
  { creator: { meta, section, method } }: QueryableStorageEntry<'promise'>,
  hex: string | null,
): unknown => {
  if (hex === null && meta.modifier.isOptional) return null;
  const bytes = hex === null ? meta.fallback.toU8a(true) : hexToU8a(hex);
  const type = unwrapStorageType(registry, meta.type);
  try {
    const value = registry.createTypeUnsafe(type, [bytes]);
    // The library reads zeros where bytes are missing, and ignores those left over.
    const { encodedLength } = value;
    if (encodedLength === bytes.length) return value.toJSON();
    throw new Error(`it has ${bytes.length} bytes where its type has ${encodedLength}`);
  } catch (error) {
    throw malformed(connection, `storage ${section}.${method}`, messageOf(error).slice(0, 200));
  }
};
