import type { LedgerReader } from '../../../lib/store/index.js';
import { blockOfChain, estimatedBlock, type BlockNow } from '../../queries/chain-block.js';
import { choosePlace, reach, withChain, withLedger, type Place } from '../connection.js';
import type { LeaderboardOptions } from '../leaderboard.js';
import { printJson } from '../output/json.js';
import { print } from '../output/print.js';
import { withProgress } from '../output/progress.js';
import { styleFor } from '../output/style.js';
import { renderLeaderboard } from './render.js';

/** The leaderboard is worth little waiting for the chain: the block can be estimated. */
const CHAIN_SECONDS = 8;

export async function leaderboard(options: LeaderboardOptions, signal: AbortSignal): Promise<void> {
  const place = choosePlace(options);
  const { subnet, settings } = place;
  const { board, now } = await withProgress('reading the ledger and the chain', () =>
    withLedger(place, async (ledger) => {
      const competition = (await ledger.latestCompetition(subnet)) ?? {
        ...subnet,
        competitionVersion: settings.hparams.competition_version,
      };
      const now = await blockNow(place, ledger);
      return { board: await ledger.leaderboard(competition, now.block, options.limit), now };
    }),
  );
  signal.throwIfAborted();
  if (options.json) printJson({ ...board, block: now.block, blockSource: now.source });
  else print(renderLeaderboard(board, now, styleFor(process.stdout)));
}

const blockNow = async (place: Place, ledger: LedgerReader): Promise<BlockNow> => {
  const answer = await reach(() => withChain(place, blockOfChain, CHAIN_SECONDS));
  if (answer.ok) return answer.value;
  const [last] = await ledger.recentSubmissions({ ...place.subnet, limit: 1 });
  return estimatedBlock(last, place.settings.hparams.block_time, Date.now());
};
