import type { Connection } from './connection.js';
import { plainBigInt, plainList, plainNumber } from './plain.js';
import { readMany, type StorageKey } from './storage.js';
import type { ChainHead, EpochClock, WeightRules } from './types.js';

/** Everything the chain checks about the next weights of a hotkey, read at one block in one round trip. */
export const readWeightRules = async (
  connection: Connection,
  head: ChainHead,
  netuid: number,
  hotkey: string,
): Promise<WeightRules> => {
  const stateful = hasEpochState(connection);
  const items: readonly StorageKey[] = [
    ['SubtensorModule', 'Uids', netuid, hotkey],
    ...PLAIN_ITEMS.map((item): StorageKey => ['SubtensorModule', item]),
    ...SUBNET_ITEMS.map((item): StorageKey => ['SubtensorModule', item, netuid]),
    ...(stateful ? EPOCH_ITEMS.map((item): StorageKey => ['SubtensorModule', item, netuid]) : []),
  ];
  const values = await readMany(connection, head, items);
  const of = (item: string): unknown => values[items.findIndex(([, name]) => name === item)];
  const number = (item: string): number => plainNumber(of(item));

  const uid = of('Uids') === null ? null : number('Uids');
  const ofUid = (item: string): unknown => (uid === null ? undefined : plainList(of(item))[uid]);
  const clock: EpochClock = {
    block: head.number,
    tempo: number('Tempo'),
    revealPeriodEpochs: number('RevealPeriodEpochs'),
    stateful: stateful
      ? {
          lastEpochBlock: number('LastEpochBlock'),
          pendingEpochAt: number('PendingEpochAt'),
          subnetEpochIndex: number('SubnetEpochIndex'),
          blocksSinceLastStep: number('BlocksSinceLastStep'),
        }
      : null,
  };
  return {
    ...{ uid, clock },
    commitRevealEnabled: of('CommitRevealWeightsEnabled') === true,
    commitRevealVersion: number('CommitRevealWeightsVersion'),
    rateLimitBlocks: number('WeightsSetRateLimit'),
    lastUpdateBlock: plainNumber(ofUid('LastUpdate') ?? 0),
    minAllowedWeights: number('MinAllowedWeights'),
    maxWeightsLimit: number('MaxWeightsLimit'),
    neuronCount: number('SubnetworkN'),
    versionKey: plainBigInt(of('WeightsVersionKey')).toString(),
    permit: ofUid('ValidatorPermit') === true,
  };
};

const PLAIN_ITEMS = ['CommitRevealWeightsVersion'] as const;

/** By netuid, which is also the storage index of mechanism 0. */
const SUBNET_ITEMS = [
  'CommitRevealWeightsEnabled',
  'WeightsSetRateLimit',
  'LastUpdate',
  'MinAllowedWeights',
  'MaxWeightsLimit',
  'SubnetworkN',
  'WeightsVersionKey',
  'ValidatorPermit',
  'Tempo',
  'RevealPeriodEpochs',
] as const;

/** From spec 423 on epochs keep state instead of following a modulo rule. */
const EPOCH_ITEMS = ['LastEpochBlock', 'PendingEpochAt', 'SubnetEpochIndex', 'BlocksSinceLastStep'] as const;

const hasEpochState = ({ api }: Connection): boolean =>
  api.query['subtensorModule']?.['subnetEpochIndex'] !== undefined;
