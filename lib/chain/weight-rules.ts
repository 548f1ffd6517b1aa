import { epochIsDue } from '../timelock/index.js';
import type { Connection } from './connection.js';
import { plainBigInt, plainList, plainNumber } from './plain.js';
import { readMany, readOne, type StorageKey } from './storage.js';
import type { ChainHead, EpochClock, WeightRules } from './types.js';

/** Everything the chain checks about the next weights of a hotkey, read at one block in one to three round trips. */
export const readWeightRules = async (
  connection: Connection,
  head: ChainHead,
  netuid: number,
  hotkey: string,
): Promise<WeightRules> => {
  const stateful = holds(connection, 'subnetEpochIndex');
  const items: readonly StorageKey[] = [
    ['SubtensorModule', 'Uids', netuid, hotkey],
    ['Drand', 'LastStoredRound'],
    ...PLAIN_ITEMS.map((item): StorageKey => ['SubtensorModule', item]),
    ...SUBNET_ITEMS.map((item): StorageKey => ['SubtensorModule', item, netuid]),
    ...(stateful ? EPOCH_ITEMS.map((item): StorageKey => ['SubtensorModule', item, netuid]) : []),
    ...(holds(connection, 'subnetEpochConsensus')
      ? [['SubtensorModule', 'SubnetEpochConsensus', netuid] satisfies StorageKey]
      : []),
  ];
  const values = await readMany(connection, head, items);
  const of = (item: string): unknown => values[items.findIndex(([, name]) => name === item)];
  const number = (item: string): number => plainNumber(of(item));
  const digits = (item: string): string => plainBigInt(of(item)).toString();

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
  const commitRevealEnabled = of('CommitRevealWeightsEnabled') === true;
  const stakeThreshold = digits('StakeThreshold');
  return {
    ...{ uid, clock, commitRevealEnabled, stakeThreshold },
    subnetExists: of('NetworksAdded') === true,
    ownsSubnet: of('SubnetOwnerHotkey') === hotkey,
    stake: uid === null || stakeThreshold === '0' ? null : await stakeOf(connection, netuid, uid),
    consensus: of('SubnetEpochConsensus') === 'Null' ? 'Null' : 'Yuma',
    latestRound: number('LastStoredRound'),
    commitsInEpoch: commitRevealEnabled ? await commitsInEpoch(connection, head, netuid, hotkey, clock) : 0,
    commitRevealVersion: number('CommitRevealWeightsVersion'),
    rateLimitBlocks: number('WeightsSetRateLimit'),
    lastUpdateBlock: plainNumber(ofUid('LastUpdate') ?? 0),
    minAllowedWeights: number('MinAllowedWeights'),
    maxWeightsLimit: number('MaxWeightsLimit'),
    neuronCount: number('SubnetworkN'),
    versionKey: digits('WeightsVersionKey'),
    permit: ofUid('ValidatorPermit') === true,
  };
};

const PLAIN_ITEMS = ['CommitRevealWeightsVersion', 'StakeThreshold'] as const;

/** By netuid, which is also the storage index of mechanism 0. */
const SUBNET_ITEMS = [
  'NetworksAdded',
  'SubnetOwnerHotkey',
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

const holds = ({ api }: Connection, item: string): boolean =>
  api.query['subtensorModule']?.[item] !== undefined;

/** Index of the selective metagraph for `TotalStake`: what `set_weights` compares with the threshold. */
const TOTAL_STAKE = 69;

/**
 * What counts of a neuron's stake: its alpha with what parents lend it, and its root stake at the chain's own weight.
 * Null where the runtime API that adds it up is not known; the chain then judges alone.
 */
const stakeOf = async (connection: Connection, netuid: number, uid: number): Promise<string | null> => {
  const ask = connection.api.call['subnetInfoRuntimeApi']?.['getSelectiveMetagraph'];
  if (!ask) return null;
  const answer = await connection.read('the stake of a neuron', () => ask(netuid, [TOTAL_STAKE]));
  const stakes = (answer.toJSON() as { readonly totalStake?: unknown } | null)?.totalStake;
  const stake = plainList(stakes)[uid];
  return stake === undefined ? null : plainBigInt(stake).toString();
};

const commitsInEpoch = async (
  connection: Connection,
  head: ChainHead,
  netuid: number,
  hotkey: string,
  clock: EpochClock,
): Promise<number> => {
  const epoch = epochOfNextBlock(netuid, clock);
  const commits = await readOne(connection, head, [
    ...(['SubtensorModule', 'TimelockedWeightCommits'] as const),
    ...[netuid, epoch],
  ]);
  return plainList(commits).filter((commit) => plainList(commit)[0] === hotkey).length;
};

const epochOfNextBlock = (netuid: number, { block, tempo, stateful }: EpochClock): number =>
  stateful
    ? stateful.subnetEpochIndex + (epochIsDue({ ...stateful, tempo }, block + 1) ? 1 : 0)
    : Math.floor((block + 1 + netuid + 1) / (tempo + 1));
