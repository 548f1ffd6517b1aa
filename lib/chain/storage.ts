import type { QueryableStorageEntry } from '@polkadot/api/types';
import { unwrapStorageType } from '@polkadot/types/util';
import { hexToU8a } from '@polkadot/util';
import { encodeAddress } from '@polkadot/util-crypto';

import type { Connection } from './connection.js';
import type { ChainHead } from './types.js';

/** A storage entry to be read: pallet, item and keys, by their names in the runtime. */
export type StorageKey = readonly [pallet: string, item: string, ...keys: readonly (string | number)[]];

/** Entries that one page of a paged read may hold: a node refuses more. */
const PAGE = 1000;

/** The best block. */
export const readHead = async (connection: Connection, hash?: unknown): Promise<ChainHead> => {
  const at = hash ?? (await connection.rpc('chain_getBlockHash'));
  const header = (await connection.rpc('chain_getHeader', [at])) as { readonly number: string };
  return { number: Number(header.number), hash: String(at) };
};

/**
 * Reads several entries at one block in one round trip. Values come as plain JSON, as polkadot-js writes
 * them; what is not there is the item's default, or null for an optional one.
 */
export const readMany = async (
  connection: Connection,
  head: ChainHead,
  keys: readonly StorageKey[],
): Promise<readonly unknown[]> => {
  const entries = keys.map(([pallet, item, ...rest]) => {
    const entry = connection.storage(pallet, item);
    return { entry, key: entry.key(...rest) };
  });
  const values = await readValues(
    connection,
    head,
    entries.map(({ key }) => key),
  );
  return entries.map(({ entry, key }) => decode(connection, entry, values.get(key) ?? null));
};

export const readOne = async (connection: Connection, head: ChainHead, key: StorageKey): Promise<unknown> =>
  (await readMany(connection, head, [key]))[0];

/** Reads all entries below a prefix at one block, in the order of their keys. */
export const readAll = async (
  connection: Connection,
  head: ChainHead,
  [pallet, item, ...prefix]: StorageKey,
): Promise<readonly { readonly key: string; readonly value: unknown }[]> => {
  const entry = connection.storage(pallet, item);
  const start = entry.keyPrefix(...prefix);
  const found: { key: string; value: unknown }[] = [];
  let after = start;
  for (;;) {
    const params = [start, PAGE, after, head.hash];
    const keys = (await connection.rpc('state_getKeysPaged', params)) as readonly string[];
    const values =
      keys.length > 0 ? await readValues(connection, head, keys) : new Map<string, string | null>();
    for (const key of keys) found.push({ key, value: decode(connection, entry, values.get(key) ?? null) });
    const last = keys.at(-1);
    if (keys.length < PAGE || last === undefined) return found;
    after = last;
  }
};

/** The account at the end of a storage key whose hasher keeps it (`…Concat`, `Identity`). */
export const accountOf = (key: string): string => encodeAddress(hexToU8a(`0x${key.slice(-64)}`), 42);

/** The little-endian u16 at the end of a storage key. */
export const u16Of = (key: string): number => Buffer.from(key.slice(-4), 'hex').readUInt16LE();

const readValues = async (
  connection: Connection,
  head: ChainHead,
  keys: readonly string[],
): Promise<ReadonlyMap<string, string | null>> => {
  const answer = await connection.rpc('state_queryStorageAt', [keys, head.hash]);
  const [set] = answer as readonly { readonly changes: readonly [string, string | null][] }[];
  return new Map(set?.changes ?? []);
};

const decode = (
  { api }: Connection,
  { creator: { meta } }: QueryableStorageEntry<'promise'>,
  hex: string | null,
): unknown => {
  if (hex === null && meta.modifier.isOptional) return null;
  const bytes = hex === null ? meta.fallback.toU8a(true) : hexToU8a(hex);
  const type = unwrapStorageType(api.registry, meta.type);
  return api.registry.createTypeUnsafe(type, [bytes]).toJSON();
};
