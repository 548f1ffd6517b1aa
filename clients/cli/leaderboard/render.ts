import type { Leaderboard } from '../../../lib/store/index.js';
import type { BlockNow } from '../../queries/chain-block.js';
import { fractionText, mfuText, timeText } from '../output/format.js';
import type { Style } from '../output/style.js';
import { renderFacts, renderTable } from '../output/table.js';

/** Who leads, what must be beaten, and the best score of each hotkey. */
export const renderLeaderboard = (board: Leaderboard, now: BlockNow, style: Style): string => {
  const { competition, standing, entries } = board;
  const { leader, threshold, mfuToBeat } = standing;
  const { network, netuid, competitionVersion } = competition;
  const facts = renderFacts(
    [
      ['competition', `${network}, netuid ${netuid}, version ${competitionVersion}`],
      ['leader', leader ? `${leader.hotkey} with ${mfuText(leader.mfu)}` : 'none yet'],
      ['threshold', leader ? `${fractionText(threshold)} at ${blockText(now)}` : null],
      ['MFU to beat', leader ? mfuText(mfuToBeat) : 'any score leads'],
    ],
    style,
  );
  return entries.length === 0 ? facts : `${facts}\n\n${renderEntries(entries, style)}`;
};

const blockText = ({ block, source }: BlockNow): string =>
  source === 'chain' ? `block ${block}` : `about block ${block} (estimated: the chain does not answer)`;

const renderEntries = (entries: Leaderboard['entries'], style: Style): string =>
  renderTable(
    [
      { title: '#', align: 'right', text: ({ rank }) => String(rank) },
      {
        title: 'MFU',
        align: 'right',
        text: ({ mfu }) => mfuText(mfu),
        colour: ({ leads }, paint) => (leads ? paint.green : String),
      },
      { title: 'uid', align: 'right', text: ({ uid }) => (uid === null ? '' : String(uid)) },
      { title: 'hotkey', text: ({ hotkey }) => hotkey },
      { title: 'submission', text: ({ submissionId }) => submissionId },
      { title: 'scored (UTC)', text: ({ at }) => timeText(at) },
      { title: '', text: ({ leads }) => (leads ? 'leads' : '') },
    ],
    entries,
    style,
  );
