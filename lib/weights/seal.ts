import type { BeaconFacts, WeightEntry, WeightRules } from '../chain/types.js';
import { crusadesError } from '../errors/index.js';
import {
  encodeWeightsPayload,
  encryptToRound,
  moduloCommitRound,
  QUICKNET,
  weightCommitRound,
} from '../timelock/index.js';

/** The official formula names a round up to 3 s before its moment: on a chain of fast blocks it may be out already. */
const TOLERATED_ROUNDS = 2;

export interface WeightSealing {
  /** Public key of the validator's hotkey, 32 bytes. */
  readonly hotkey: Uint8Array;
  readonly netuid: number;
  readonly beacon: BeaconFacts;
  readonly blockSeconds: number;
  /** Unix seconds, fractions count. */
  readonly now: number;
}

/**
 * Seals weights as commit-reveal v4 does: hotkey, uids, values and the chain's version key, for the round that is
 * published when the subnet's reveal epoch has begun. The epoch schedule is the runtime's own, stateful or modulo.
 *
 * @throws `weights_clock_behind` when the round has been published already: the chain would refuse the commit;
 *   `chain_unsupported` for a beacon that counts rounds otherwise than quicknet
 */
export function sealWeights(
  entries: readonly WeightEntry[],
  rules: WeightRules,
  { hotkey, netuid, beacon, blockSeconds, now }: WeightSealing,
): { readonly ciphertext: Uint8Array; readonly round: number } {
  if (beacon.genesisSeconds !== QUICKNET.genesis || beacon.periodSeconds !== QUICKNET.period) {
    throw crusadesError('chain_unsupported', {
      endpoint: 'this chain',
      item: `beacon of quicknet's genesis and period (${QUICKNET.genesis} s, ${QUICKNET.period} s)`,
    });
  }
  const wanted = roundFor(rules, netuid, blockSeconds, now);
  if (wanted + TOLERATED_ROUNDS < rules.latestRound) {
    throw crusadesError('weights_clock_behind', { round: wanted, stored: rules.latestRound });
  }
  const round = Math.max(wanted, rules.latestRound + 1);
  const payload = encodeWeightsPayload({
    hotkey,
    uids: entries.map(({ uid }) => uid),
    values: entries.map(({ value }) => value),
    versionKey: BigInt(rules.versionKey),
  });
  return { ciphertext: encryptToRound(payload, round, Buffer.from(beacon.publicKey, 'hex')), round };
}

function roundFor({ clock }: WeightRules, netuid: number, blockSeconds: number, now: number): number {
  const { block: currentBlock, tempo, revealPeriodEpochs, stateful } = clock;
  return stateful
    ? weightCommitRound({ currentBlock, tempo, ...stateful }, revealPeriodEpochs, blockSeconds, now)
    : moduloCommitRound({ currentBlock, netuid, tempo }, revealPeriodEpochs, blockSeconds, now);
}
