import type { KeyringPair } from '@polkadot/keyring/types';
import { blake2AsHex } from '@polkadot/util-crypto';
import { sharesToWeights } from '../chain/weights.js';
import type { ChainHead, ChainReader, ChainWriter, Inclusion, WeightRules } from '../chain/types.js';
import { crusadesError } from '../errors/index.js';
import type { Subnet } from '../progress/index.js';
import { targetWeights } from '../scoring/index.js';
import type { Hparams } from '../settings/index.js';
import type { Ledger } from '../store/index.js';
import { planFrom, sameWeights, type Recipient, type ShownWeights, type WeightPlan } from './plan.js';
import { requireAcceptable, allowedFromBlock, routeOf, weightsRefusal } from './requirements.js';
import { sealWeights } from './seal.js';

export interface ValidatorDependencies {
  readonly chain: ChainReader & ChainWriter;
  readonly ledger: Ledger;
  /** The validator's hotkey: the only secret of the product, held by the control worker alone. */
  readonly signer: KeyringPair;
}

/** What is known of weights that were handed to the chain. */
export interface SentWeights {
  readonly block: number;
  readonly txHash: string | null;
  /** The chain showed them already: an earlier try, of which no answer came, had succeeded. */
  readonly found: boolean;
  /** BLAKE2b-256 hex of a sealed commit; null for weights set openly, and for a commit that was found. */
  readonly digest?: string | null;
}

/** The validator's dealings with the chain's weights: decide, send once, look whether they are there. */
export interface Validator {
  /** @throws what `requireAcceptable` throws, and `chain_…` */
  plan(subnet: Subnet, hparams: Hparams): Promise<WeightPlan>;
  /**
   * Reads the chain first: a try that was thought lost may have succeeded.
   *
   * @throws besides `weights_too_soon`, `weights_plan_outdated` and `weights_clock_behind`: nothing was sent
   */
  submit(subnet: Subnet, plan: WeightPlan): Promise<SentWeights>;
  /**
   * Reads the weights back at the finalised head.
   *
   * @param sent what `submit` returned; without it any update after the plan counts
   * @returns the block at which the chain shows the weights; throws `weights_not_confirmed`
   */
  confirm(subnet: Subnet, plan: WeightPlan, sent?: SentWeights): Promise<number>;
}

export function createValidator({ chain, ledger, signer }: ValidatorDependencies): Validator {
  const hotkey = signer.address;

  return {
    async plan(subnet, hparams) {
      const { netuid } = subnet;
      const rules = await chain.weightRules(netuid, hotkey);
      const competition = { ...subnet, competitionVersion: hparams.competition_version };
      const { leader } = await ledger.standing(competition, rules.clock.block);
      // The uid of a hotkey may have changed since it was admitted, or be gone.
      const leaderUid = leader && (await chain.uidOf(netuid, leader.hotkey));
      const target = targetWeights({
        leaderUid,
        burnRate: hparams.burn_rate,
        burnUid: hparams.burn_uid,
        burn: false,
      });
      const entries = sharesToWeights(target, rules.maxWeightsLimit);
      requireAcceptable(rules, { hotkey, netuid, entries });
      const history = await ledger.weightHistory(subnet, 20);
      return planFrom({
        ...{ hotkey, netuid, rules, target, entries },
        recipients: await recipientsOf(netuid, entries),
        shown: await shownBy(netuid, rules),
        lastConfirmed: history.find(({ outcome }) => outcome === 'confirmed') ?? null,
        blockSeconds: await chain.blockTimeSeconds(),
        settings: hparams,
      });
    },

    async submit({ netuid }, plan) {
      const rules = await chain.weightRules(netuid, hotkey);
      if (rules.uid === plan.uid && rules.lastUpdateBlock > plan.decidedBlock) {
        return { block: rules.lastUpdateBlock, txHash: null, found: true, digest: null };
      }
      const weighting = { hotkey, netuid, entries: plan.entries };
      requireAcceptable(rules, weighting);
      const allowedFrom = allowedFromBlock(rules);
      if (rules.clock.block < allowedFrom) throw crusadesError('weights_too_soon', { block: allowedFrom });
      await requireUnchanged(netuid, plan, rules);
      try {
        const { digest, block, extrinsicHash } = await send(netuid, plan, rules);
        return { block, txHash: extrinsicHash, found: false, digest };
      } catch (error) {
        throw weightsRefusal(error, rules, weighting);
      }
    },

    async confirm({ netuid }, plan, sent) {
      const at = await chain.finalizedHead();
      const confirmedBlock =
        at.number > plan.decidedBlock && at.number >= (sent?.block ?? 0)
          ? await blockOfUpdate(netuid, plan, at, sent?.digest ?? null)
          : null;
      if (confirmedBlock === null) throw crusadesError('weights_not_confirmed', { block: at.number });
      return confirmedBlock;
    },
  };

  async function recipientsOf(netuid: number, entries: WeightPlan['entries']): Promise<Recipient[]> {
    const uids = entries.map(({ uid }) => uid);
    const hotkeys = await chain.hotkeysOf(netuid, uids);
    return uids.map((uid, index) => ({ uid, hotkey: hotkeys[index] ?? '' }));
  }

  async function shownBy(netuid: number, { uid, commitRevealEnabled }: WeightRules): Promise<ShownWeights> {
    if (uid === null) return { entries: [], waiting: 0 };
    const entries = await chain.weightsOf(netuid, uid);
    const waiting = commitRevealEnabled ? await chain.pendingWeightCommits(netuid, hotkey) : [];
    return { entries, waiting: waiting.length };
  }

  /** A neuron may be replaced, and the subnet's owner may change its settings, between decision and sending. */
  async function requireUnchanged(netuid: number, plan: WeightPlan, rules: WeightRules): Promise<void> {
    const outdated = (reason: string) =>
      crusadesError('weights_plan_outdated', { block: plan.decidedBlock, reason });
    if (rules.uid !== plan.uid) throw outdated(`the validator's uid is ${rules.uid}, no longer ${plan.uid}`);
    if (routeOf(rules) !== plan.route) {
      throw outdated(`commit-reveal has been switched ${rules.commitRevealEnabled ? 'on' : 'off'}`);
    }
    const expected = plan.recipients ?? [];
    const held = await chain.hotkeysOf(
      netuid,
      expected.map(({ uid }) => uid),
    );
    const changed = expected.find((recipient, index) => recipient.hotkey !== held[index]);
    if (changed) throw outdated(`uid ${changed.uid} no longer belongs to ${changed.hotkey}`);
  }

  async function send(
    netuid: number,
    plan: WeightPlan,
    rules: WeightRules,
  ): Promise<Inclusion & { readonly digest: string | null }> {
    if (plan.route === 'set_weights') {
      const sent = await chain.setWeights(signer, netuid, plan.entries, rules.versionKey);
      return { ...sent, digest: null };
    }
    const { ciphertext, round } = sealWeights(plan.entries, rules, {
      hotkey: signer.publicKey,
      netuid,
      beacon: await chain.beacon(),
      blockSeconds: await chain.blockTimeSeconds(),
      now: Date.now() / 1000,
    });
    const version = rules.commitRevealVersion;
    const sent = await chain.commitTimelockedWeights(signer, netuid, ciphertext, round, version);
    return { ...sent, digest: blake2AsHex(ciphertext, 256).slice(2) };
  }

  /** Block of the update that carries the plan's weights, as the chain shows it at `at`; null where it does not. */
  async function blockOfUpdate(
    netuid: number,
    plan: WeightPlan,
    at: ChainHead,
    digest: string | null,
  ): Promise<number | null> {
    if ((await chain.uidOf(netuid, hotkey, at)) !== plan.uid) return null;
    const updated = await chain.lastUpdateOf(netuid, plan.uid, at);
    if (updated <= plan.decidedBlock) return null;
    if (plan.route === 'commit_timelocked') {
      const commits = await chain.pendingWeightCommits(netuid, hotkey, at);
      const ours = commits.find((commit) =>
        digest === null ? commit.block > plan.decidedBlock : commit.digest === digest,
      );
      if (ours) return ours.block;
    }
    // Set openly, or revealed by now.
    return sameWeights(await chain.weightsOf(netuid, plan.uid, at), plan.entries) ? updated : null;
  }
}
