import { blake2AsHex, decodeAddress } from '@polkadot/util-crypto';
import { hexToU8a, u8aToHex } from '@polkadot/util';

import { crusadesError } from '../errors/index.js';
import { readCommitBlock, readCommitments, readCommitmentsOf, readSealedBytes } from './commitment-reads.js';
import type { Connection } from './connection.js';
import { plainBigInt, plainList, plainNumber } from './plain.js';
import { readAll, readHead, readMany, readOne, u16Of, type StorageKey } from './storage.js';
import type { ChainReader } from './types.js';
import { readWeightRules } from './weight-rules.js';

/** The reads of {@link ChainReader} over one connection. */
export const createReader = (connection: Connection): ChainReader => {
  const { api } = connection;
  const head = () => readHead(connection);
  const finalizedHead = async () => readHead(connection, await connection.rpc('chain_getFinalizedHead'));

  return {
    get endpoint() {
      return connection.endpoint;
    },
    head,
    finalizedHead,

    async blockTimeSeconds() {
      await connection.connected();
      const duration = api.consts['aura']?.['slotDuration'];
      if (!duration) {
        const { endpoint } = connection;
        throw crusadesError('chain_unsupported', { endpoint, item: 'constant Aura.SlotDuration' });
      }
      return plainNumber(duration.toJSON()) / 1000;
    },

    async specVersion() {
      await connection.connected();
      return api.runtimeVersion.specVersion.toNumber();
    },

    async beacon() {
      const config = (await readOne(connection, await head(), ['Drand', 'BeaconConfig'])) as BeaconConfig;
      return {
        publicKey: config.publicKey.replace(/^0x/, ''),
        genesisSeconds: plainNumber(config.genesisTime),
        periodSeconds: plainNumber(config.period),
      };
    },

    commitments: (netuid) => readCommitments(connection, netuid),
    commitmentsOf: async (netuid, hotkey) =>
      readCommitmentsOf(connection, await finalizedHead(), netuid, hotkey),
    commitBlockOf: (netuid, hotkey, revealBlock) => readCommitBlock(connection, netuid, hotkey, revealBlock),
    sealedBytes: async (netuid, hotkey, commitBlock) =>
      readSealedBytes(connection, await finalizedHead(), netuid, hotkey, commitBlock),

    async uidOf(netuid, hotkey, at) {
      const key: StorageKey = ['SubtensorModule', 'Uids', netuid, hotkey];
      return optionalNumber(await readOne(connection, at ?? (await head()), key));
    },

    async hotkeysOf(netuid, uids, at) {
      const keys = uids.map((uid): StorageKey => ['SubtensorModule', 'Keys', netuid, uid]);
      const held = await readMany(connection, at ?? (await head()), keys);
      return held.map((hotkey) => (hotkey === NOBODY ? null : String(hotkey)));
    },

    async neurons(netuid) {
      const at = await head();
      const keys = await readAll(connection, at, ['SubtensorModule', 'Keys', netuid]);
      const hotkeys = keys.map(({ value }) => String(value));
      const owners = await readMany(
        connection,
        at,
        hotkeys.map((hotkey): StorageKey => ['SubtensorModule', 'Owner', hotkey]),
      );
      return keys
        .map(({ key }, index) => ({
          uid: u16Of(key),
          hotkey: hotkeys[index] ?? '',
          coldkey: String(owners[index]),
        }))
        .sort((a, b) => a.uid - b.uid);
    },

    weightRules: async (netuid, hotkey) => readWeightRules(connection, await head(), netuid, hotkey),

    async weightsOf(netuid, uid, at) {
      const key: StorageKey = ['SubtensorModule', 'Weights', netuid, uid];
      const value = await readOne(connection, at ?? (await head()), key);
      return (plainList(value) as readonly (readonly [unknown, unknown])[]).map(([target, weight]) => ({
        uid: plainNumber(target),
        value: plainNumber(weight),
      }));
    },

    async lastUpdateOf(netuid, uid, at) {
      const key: StorageKey = ['SubtensorModule', 'LastUpdate', netuid];
      return plainNumber(plainList(await readOne(connection, at ?? (await head()), key))[uid] ?? 0);
    },

    async pendingWeightCommits(netuid, hotkey, at) {
      const key: StorageKey = ['SubtensorModule', 'TimelockedWeightCommits', netuid];
      const epochs = await readAll(connection, at ?? (await head()), key);
      const account = u8aToHex(decodeAddress(hotkey));
      return epochs
        .flatMap(
          ({ value }) => plainList(value) as readonly (readonly [unknown, unknown, unknown, unknown])[],
        )
        .filter(([who]) => u8aToHex(decodeAddress(String(who))) === account)
        .map(([, block, commit, revealRound]) => ({
          block: plainNumber(block),
          revealRound: plainNumber(revealRound),
          digest: blake2AsHex(hexToU8a(String(commit)), 256).slice(2),
        }));
    },

    async pulse(round) {
      const stored = await readOne(connection, await head(), ['Drand', 'Pulses', round]);
      if (stored === null) return null;
      const { signature } = stored as { readonly signature: string };
      return { round, signature: hexToU8a(signature) };
    },

    async balanceOf(address) {
      const account = await readOne(connection, await head(), ['System', 'Account', address]);
      return plainBigInt((account as { readonly data: { readonly free: unknown } }).data.free);
    },

    close: () => connection.close(),
  };
};

interface BeaconConfig {
  readonly publicKey: string;
  readonly genesisTime: unknown;
  readonly period: unknown;
}

/** Holds whatever nobody holds: `Keys` answers with it for a uid that there is not. */
const NOBODY = '5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM';

const optionalNumber = (value: unknown): number | null =>
  value === null || value === undefined ? null : plainNumber(value);
