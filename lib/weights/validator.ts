import type { KeyringPair } from '@polkadot/keyring/types';
import { sharesToWeights } from '../chain/weights.js';
import type { ChainReader, ChainWriter, Inclusion, WeightRules } from '../chain/types.js';
import { crusadesError } from '../errors/index.js';
import type { Subnet } from '../progress/index.js';
import { targetWeights } from '../scoring/index.js';
import type { Hparams } from '../settings/index.js';
import type { Ledger } from '../store/index.js';
import { encodeWeightsPayload, encryptToRound, weightCommitRound } from '../timelock/index.js';
import { planFrom, sameWeights, type WeightPlan } from './plan.js';

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
}

/** The validator's dealings with the chain's weights: decide, send once, look whether they are there. */
export interface Validator {
  plan(subnet: Subnet, hparams: Hparams): Promise<WeightPlan>;
  /** Reads the chain first: a try that was thought lost may have succeeded. */
  submit(subnet: Subnet, plan: WeightPlan): Promise<SentWeights>;
  /** @returns the block at which the chain shows the weights; throws `weights_not_confirmed` */
  confirm(subnet: Subnet, plan: WeightPlan): Promise<number>;
}

export function createValidator({ chain, ledger, signer }: ValidatorDependencies): Validator {
  const hotkey = signer.address;

  return {
    async plan(subnet, hparams) {
      const rules = await chain.weightRules(subnet.netuid, hotkey);
      const competition = { ...subnet, competitionVersion: hparams.competition_version };
      const { leader } = await ledger.standing(competition, rules.clock.block);
      // The uid of a hotkey may have changed since it was admitted, or be gone.
      const leaderUid = leader && (await chain.uidOf(subnet.netuid, leader.hotkey));
      const target = targetWeights({
        leaderUid,
        burnRate: hparams.burn_rate,
        burnUid: hparams.burn_uid,
        burn: false,
      });
      const history = await ledger.weightHistory(subnet, 20);
      return planFrom({
        hotkey,
        netuid: subnet.netuid,
        rules,
        target,
        entries: sharesToWeights(target, rules.maxWeightsLimit),
        lastConfirmed: history.find(({ outcome }) => outcome === 'confirmed') ?? null,
        blockSeconds: await chain.blockTimeSeconds(),
        settings: hparams,
      });
    },

    async submit({ netuid }, plan) {
      const rules = await chain.weightRules(netuid, hotkey);
      if (rules.lastUpdateBlock > plan.decidedBlock) {
        return { block: rules.lastUpdateBlock, txHash: null, found: true };
      }
      const sent = await send(netuid, plan, rules);
      return { block: sent.block, txHash: sent.extrinsicHash, found: false };
    },

    async confirm({ netuid }, plan) {
      const { number: block } = await chain.head();
      const shown = await chain.weightsOf(netuid, plan.uid);
      if (sameWeights(shown, plan.entries)) return block;
      if (plan.route === 'commit_timelocked') {
        const commits = await chain.pendingWeightCommits(netuid, hotkey);
        const ours = commits.find((commit) => commit.block > plan.decidedBlock);
        if (ours) return ours.block;
      }
      throw crusadesError('weights_not_confirmed', { block });
    },
  };

  async function send(netuid: number, plan: WeightPlan, rules: WeightRules): Promise<Inclusion> {
    if (plan.route === 'set_weights') return chain.setWeights(signer, netuid, plan.entries, rules.versionKey);

    const payload = encodeWeightsPayload({
      hotkey: signer.publicKey,
      uids: plan.entries.map(({ uid }) => uid),
      values: plan.entries.map(({ value }) => value),
      versionKey: BigInt(rules.versionKey),
    });
    const { publicKey } = await chain.beacon();
    const round = weightCommitRound(
      epochStateOf(rules),
      rules.clock.revealPeriodEpochs,
      await chain.blockTimeSeconds(),
      Date.now() / 1000,
    );
    const sealed = encryptToRound(payload, round, Buffer.from(publicKey, 'hex'));
    return chain.commitTimelockedWeights(signer, netuid, sealed, round, rules.commitRevealVersion);
  }
}

function epochStateOf({ clock }: WeightRules): Parameters<typeof weightCommitRound>[0] {
  if (clock.stateful === null) {
    throw crusadesError('chain_unsupported', {
      endpoint: 'this chain',
      item: 'SubtensorModule.SubnetEpochIndex (spec 423 or later)',
    });
  }
  return { currentBlock: clock.block, tempo: clock.tempo, ...clock.stateful };
}
