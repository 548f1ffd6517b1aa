import { cancellationSignal, heartbeat, sleep } from '@temporalio/activity';
import {
  admitCommitment,
  awaitReveal,
  freshCommitments,
  type Entry,
  type FreshCommitment,
  type FreshCommitments,
  type RevealedCommitment,
} from '../lib/admission/index.js';
import type { ChainReader } from '../lib/chain/types.js';
import type { PaymentChain } from '../lib/payment/index.js';
import type { Subnet } from '../lib/progress/index.js';
import type { Hparams } from '../lib/settings/index.js';
import type { Ledger } from '../lib/store/index.js';
import type { PulseSource } from '../lib/timelock/index.js';
import { beating } from './beating.js';
import { withFailures } from './failures.js';

export type { Entry } from '../lib/admission/index.js';

export interface ChainDependencies {
  readonly chain: ChainReader & PaymentChain;
  readonly ledger: Ledger;
  /** Where pulses come from that the chain lacks; none by default. */
  readonly pulses?: readonly PulseSource[];
}

/** A watch ends after so long even if nothing came, so that the workflow's history shows it alive. */
const WATCH_SECONDS = 60;
/** Never more often than a block, nor than this. */
const SHORTEST_POLL_SECONDS = 0.25;
const REVEAL_PATIENCE_SECONDS = 30;

/** Activities that read the chain. */
export const createChainActivities = ({ chain, ledger, pulses = [] }: ChainDependencies) =>
  withFailures({
    /**
     * Waits for commitments that the ledger does not know, reading at each new block or every `pollSeconds`,
     * whichever is rarer. Returns with nothing after a minute.
     */
    async watchCommitments({
      subnet,
      since,
      pollSeconds,
    }: {
      readonly subnet: Subnet;
      readonly since: number;
      readonly pollSeconds: number;
    }): Promise<FreshCommitments> {
      const until = Date.now() + WATCH_SECONDS * 1000;
      const pause = Math.max(pollSeconds, SHORTEST_POLL_SECONDS) * 1000;
      let lastBlock = -1;
      for (;;) {
        heartbeat({ block: lastBlock, since });
        const { number } = await chain.finalizedHead();
        if (number !== lastBlock) {
          lastBlock = number;
          const found = await freshCommitments(chain, ledger, subnet);
          if (found.fresh.length > 0) return found;
        }
        if (Date.now() >= until) return { block: lastBlock, fresh: [] };
        await sleep(pause);
      }
    },

    /** Reads whether the chain has opened a commitment; `reveal_pending` is tried again. */
    async checkReveal(commitment: FreshCommitment): Promise<RevealedCommitment> {
      cancellationSignal().throwIfAborted();
      return beating(() =>
        awaitReveal(chain, commitment, {
          sleep,
          patienceSeconds: REVEAL_PATIENCE_SECONDS,
          opening: { sources: pulses, now: () => Date.now() / 1000 },
        }),
      );
    },

    /** Registered, not rate limited, well-formed, paid where that is asked for: then it competes. */
    async admit({
      commitment,
      revealed,
      hparams,
    }: {
      readonly commitment: FreshCommitment;
      readonly revealed: RevealedCommitment;
      readonly hparams: Hparams;
    }): Promise<Entry> {
      return beating(() => admitCommitment(chain, ledger, commitment, revealed, hparams));
    },
  });

export type ChainActivities = ReturnType<typeof createChainActivities>;
