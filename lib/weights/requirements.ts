import type { WeightEntry, WeightRules } from '../chain/types.js';
import { CrusadesError, crusadesError } from '../errors/index.js';
import type { WeightRoute } from '../store/index.js';

/** Version of the weight commits that this program makes: commit-reveal v4, `encodeWeightsPayload`. */
export const COMMIT_REVEAL_VERSION = 4;

/** Weight commits that the chain takes of one hotkey for one epoch (`MAX_UNREVEALED_COMMITS` of the runtime). */
const MOST_COMMITS_AN_EPOCH = 10;

export interface Weighting {
  readonly hotkey: string;
  readonly netuid: number;
  readonly entries: readonly WeightEntry[];
}

export const routeOf = (rules: WeightRules): WeightRoute =>
  rules.commitRevealEnabled ? 'commit_timelocked' : 'set_weights';

/**
 * Whether the chain would take these weights of this hotkey, by its own rules in their order, its rate limit aside.
 * A commit's permit and uids are judged at its reveal only, in silence: here they are judged before.
 *
 * @returns the validator's uid
 * @throws `weights_not_permitted`, `weights_version_unsupported`, `weights_recipient_missing`, `weights_too_few`,
 *   `weights_commits_full`
 */
export function requireAcceptable(rules: WeightRules, { hotkey, netuid, entries }: Weighting): number {
  const notPermitted = (reason: string) => crusadesError('weights_not_permitted', { hotkey, netuid, reason });
  const { uid } = rules;
  if (!rules.subnetExists) throw notPermitted('there is no such subnet');
  if (netuid === 0) throw notPermitted('the root network takes no weights');
  if (uid === null) throw notPermitted('it is not registered');
  const version = rules.commitRevealVersion;
  if (rules.commitRevealEnabled && version !== COMMIT_REVEAL_VERSION) {
    throw crusadesError('weights_version_unsupported', { version, ours: COMMIT_REVEAL_VERSION });
  }
  const isYuma = rules.consensus === 'Yuma';
  const isOwner = isYuma && rules.ownsSubnet;
  if (!isOwner && rules.stake !== null && BigInt(rules.stake) < BigInt(rules.stakeThreshold)) {
    throw notPermitted(
      `its stake of ${rules.stake} rao is below the threshold of ${rules.stakeThreshold} rao`,
    );
  }
  const isSelfWeight = isYuma && entries.length === 1 && entries[0]?.uid === uid;
  if (!rules.permit && !isOwner && !isSelfWeight) throw notPermitted('it has no validator permit');
  requireRecipients(rules, netuid, entries);
  const least = Math.min(rules.minAllowedWeights, rules.neuronCount);
  if (!isSelfWeight && entries.length < least) {
    throw crusadesError('weights_too_few', { netuid, least, given: entries.length });
  }
  if (rules.commitsInEpoch >= MOST_COMMITS_AN_EPOCH) {
    throw crusadesError('weights_commits_full', { count: rules.commitsInEpoch });
  }
  return uid;
}

/** Uids are handed out without gaps, from 0. */
function requireRecipients(
  { neuronCount }: WeightRules,
  netuid: number,
  entries: readonly WeightEntry[],
): void {
  const missing = entries.find(({ uid }) => uid >= neuronCount);
  if (missing) {
    throw crusadesError('weights_recipient_missing', { netuid, uid: missing.uid, last: neuronCount - 1 });
  }
}

/**
 * First block in which the chain takes weights from the hotkey again. A hotkey that never set any may at once;
 * registering counts as setting.
 */
export const allowedFromBlock = ({ lastUpdateBlock, rateLimitBlocks }: WeightRules): number =>
  lastUpdateBlock === 0 ? 0 : lastUpdateBlock + rateLimitBlocks;

/**
 * What it means that the chain refused weights, in our own codes: between reading its rules and the block that
 * judged, they or the subnet may have changed.
 */
export function weightsRefusal(error: unknown, rules: WeightRules, weighting: Weighting): unknown {
  if (!(error instanceof CrusadesError) || error.code !== 'chain_call_refused') return error;
  const reason = String(error.details['reason']);
  const { hotkey, netuid, entries } = weighting;
  const cause = { cause: error };
  if (/TooFast|RateLimitExceeded/.test(reason)) {
    return crusadesError('weights_too_soon', { block: allowedFromBlock(rules) }, cause);
  }
  if (/NotEnoughStake|NeuronNoValidatorPermit|HotKeyNotRegistered/.test(reason)) {
    return crusadesError('weights_not_permitted', { hotkey, netuid, reason }, cause);
  }
  if (/WeightVecLengthIsLow/.test(reason)) {
    const least = rules.minAllowedWeights;
    return crusadesError('weights_too_few', { netuid, least, given: entries.length }, cause);
  }
  if (/TooManyUnrevealedCommits/.test(reason)) {
    return crusadesError('weights_commits_full', { count: rules.commitsInEpoch }, cause);
  }
  return OUTDATED.test(reason)
    ? crusadesError('weights_plan_outdated', { block: rules.clock.block, reason }, cause)
    : error;
}

/** A setting of the subnet or a neuron was another one when the chain judged. */
const OUTDATED =
  /CommitReveal(?:Enabled|Disabled)|IncorrectCommitRevealVersion|IncorrectWeightVersionKey|UidVecContainInvalidOne|UidsLengthExceedUidsInSubNet|InvalidRevealRound/;
