import { CrusadesError } from '../errors/index.js';
import { commitmentsOfHotkey, registrationOf, sealedFieldsOf } from './commitments.js';
import type { Connection, Layout } from './connection.js';
import { plainNumber } from './plain.js';
import {
  accountOf,
  entryOf,
  keysBelow,
  readEntries,
  readMany,
  readOne,
  type StorageEntry,
  type StorageKey,
} from './storage.js';
import type { ChainHead, CommitmentsAt } from './types.js';

/** The order in which the items of one hotkey are read. */
const ITEMS = ['CommitmentOf', 'RevealedCommitments', 'LastCommitment'] as const;

/**
 * Every commitment of a subnet at the finalised head, in three requests: the head, the hotkeys, the values.
 *
 * `LastCommitment` names every hotkey that has committed: `set_commitment` writes it beside the commitment, and the
 * runtime removes it only together with commitment and reveals (`purge_neuron` of the pallet).
 */
export const readCommitments = async (connection: Connection, netuid: number): Promise<CommitmentsAt> => {
  const hash = String(await connection.rpc('chain_getFinalizedHead'));
  const prefix = connection.layout().storage('Commitments', 'LastCommitment').keyPrefix(netuid);
  const found = await keysBelow(connection, { hash }, prefix);
  const [number, ...values] = await readEntries(connection, { hash }, (layout) => [
    entryOf(layout, ['System', 'Number']),
    ...entriesOfAll(layout, netuid, prefix, found),
  ]);
  const commitments = found.flatMap((key, index) => {
    const [pending, revealed, last] = values.slice(index * ITEMS.length, (index + 1) * ITEMS.length);
    const lastCommitment = optionalNumber(last);
    return commitmentsOfHotkey({ hotkey: accountOf(key), pending, revealed, lastCommitment });
  });
  return { head: { number: plainNumber(number), hash }, commitments };
};

/**
 * The entries of all hotkeys, in the order of {@link ITEMS} for each. The three items have the same keys behind
 * their prefixes, which saves hashing 15,000 of them; where a runtime has changed that, they are hashed.
 */
const entriesOfAll = (
  layout: Layout,
  netuid: number,
  prefix: string,
  keys: readonly string[],
): readonly StorageEntry[] => {
  const items = ITEMS.map((item) => {
    const entry = layout.storage('Commitments', item);
    return { item, entry, itemPrefix: entry.keyPrefix(netuid), hashers: hashersOf(entry) };
  });
  const isUniform = items.every(({ hashers }) => hashers === items[0]?.hashers);
  return keys.flatMap((key) =>
    items.map(({ item, entry, itemPrefix }) =>
      isUniform
        ? { entry, key: itemPrefix + key.slice(prefix.length) }
        : entryOf(layout, ['Commitments', item, netuid, accountOf(key)]),
    ),
  );
};

const hashersOf = ({ creator }: StorageEntry['entry']): string =>
  creator.meta.type.isMap ? creator.meta.type.asMap.hashers.toString() : '';

export const readCommitmentsOf = async (
  connection: Connection,
  head: ChainHead,
  netuid: number,
  hotkey: string,
): Promise<CommitmentsAt> => {
  const [pending, revealed, last] = await readMany(connection, head, keysOf(netuid, hotkey));
  const lastCommitment = optionalNumber(last);
  return { head, commitments: commitmentsOfHotkey({ hotkey, pending, revealed, lastCommitment }) };
};

/** The block of the commitment that was opened at `revealBlock`, read from the state just before it. */
export const readCommitBlock = async (
  connection: Connection,
  netuid: number,
  hotkey: string,
  revealBlock: number,
): Promise<number | null> => {
  const hash = await connection.rpc('chain_getBlockHash', [revealBlock - 1]);
  if (typeof hash !== 'string') return null;
  try {
    const value = await readOne(connection, { hash }, ['Commitments', 'CommitmentOf', netuid, hotkey]);
    return registrationOf(value)?.block ?? null;
  } catch (error) {
    if (error instanceof CrusadesError && error.code === 'chain_state_discarded') return null;
    throw error;
  }
};

/** The ciphertext that decides about a commitment: the first one that waits for its round. */
export const readSealedBytes = async (
  connection: Connection,
  head: ChainHead,
  netuid: number,
  hotkey: string,
  commitBlock: number,
): Promise<Uint8Array | null> => {
  const value = await readOne(connection, head, ['Commitments', 'CommitmentOf', netuid, hotkey]);
  const registration = registrationOf(value);
  if (registration?.block !== commitBlock) return null;
  return sealedFieldsOf(registration.fields)[0]?.encrypted ?? null;
};

const keysOf = (netuid: number, hotkey: string): StorageKey[] =>
  ITEMS.map((item): StorageKey => ['Commitments', item, netuid, hotkey]);

const optionalNumber = (value: unknown): number | null =>
  value === null || value === undefined ? null : plainNumber(value);
