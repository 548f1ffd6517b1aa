import { blake2AsHex, decodeAddress } from '@polkadot/util-crypto';
import { hexToU8a, u8aToHex } from '@polkadot/util';

import { CrusadesError, crusadesError } from '../errors/index.js';
import { commitmentsOfHotkey, registrationOf } from './commitments.js';
import type { Connection } from './connection.js';
import { plainBigInt, plainList, plainNumber } from './plain.js';
import { accountOf, readAll, readHead, readMany, readOne, u16Of, type StorageKey } from './storage.js';
import type { ChainReader } from './types.js';
import { readWeightRules } from './weight-rules.js';

/** The reads of {@link ChainReader} over one connection. */
export const createReader = (connection: Connection): ChainReader => {
  const { endpoint, api } = connection;
  const head = () => readHead(connection);

  return {
    endpoint,
    head,
    finalizedHead: async () => readHead(connection, await connection.rpc('chain_getFinalizedHead')),

    async blockTimeSeconds() {
      await connection.connected();
      const duration = api.consts['aura']?.['slotDuration'];
      if (!duration)
        throw crusadesError('chain_unsupported', { endpoint, item: 'constant Aura.SlotDuration' });
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

    async commitments(netuid) {
      const at = await head();
      const [pending, revealed, last] = await Promise.all(
        COMMITMENT_ITEMS.map(async (item) =>
          byAccount(await readAll(connection, at, ['Commitments', item, netuid])),
        ),
      );
      const hotkeys = new Set([pending, revealed].flatMap((entries) => [...(entries?.keys() ?? [])]));
      const commitments = [...hotkeys].flatMap((hotkey) =>
        commitmentsOfHotkey({
          hotkey,
          pending: pending?.get(hotkey),
          revealed: revealed?.get(hotkey),
          lastCommitment: optionalNumber(last?.get(hotkey)),
        }),
      );
      return { head: at, commitments };
    },

    async commitmentsOf(netuid, hotkey) {
      const at = await head();
      const keys = COMMITMENT_ITEMS.map((item): StorageKey => ['Commitments', item, netuid, hotkey]);
      const [pending, revealed, last] = await readMany(connection, at, keys);
      const lastCommitment = optionalNumber(last);
      return { head: at, commitments: commitmentsOfHotkey({ hotkey, pending, revealed, lastCommitment }) };
    },

    async commitBlockOf(netuid, hotkey, revealBlock) {
      const number = revealBlock - 1;
      const hash = await connection.rpc('chain_getBlockHash', [number]);
      if (typeof hash !== 'string') return null;
      try {
        const key: StorageKey = ['Commitments', 'CommitmentOf', netuid, hotkey];
        return registrationOf(await readOne(connection, { number, hash }, key))?.block ?? null;
      } catch (error) {
        if (error instanceof CrusadesError && error.code === 'chain_state_discarded') return null;
        throw error;
      }
    },

    async uidOf(netuid, hotkey) {
      return optionalNumber(
        await readOne(connection, await head(), ['SubtensorModule', 'Uids', netuid, hotkey]),
      );
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

    async weightsOf(netuid, uid) {
      const value = await readOne(connection, await head(), ['SubtensorModule', 'Weights', netuid, uid]);
      return (plainList(value) as readonly (readonly [unknown, unknown])[]).map(([target, weight]) => ({
        uid: plainNumber(target),
        value: plainNumber(weight),
      }));
    },

    async pendingWeightCommits(netuid, hotkey) {
      const at = await head();
      const epochs = await readAll(connection, at, ['SubtensorModule', 'TimelockedWeightCommits', netuid]);
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

const COMMITMENT_ITEMS = ['CommitmentOf', 'RevealedCommitments', 'LastCommitment'] as const;

const byAccount = (
  entries: readonly { readonly key: string; readonly value: unknown }[],
): ReadonlyMap<string, unknown> => new Map(entries.map(({ key, value }) => [accountOf(key), value]));

const optionalNumber = (value: unknown): number | null =>
  value === null || value === undefined ? null : plainNumber(value);
