import type { ChainReader } from '../../../lib/chain/index.js';
import type { WeightSubmission } from '../../../lib/store/index.js';
import { choosePlace, reach, withChain, withLedger, type Place } from '../connection.js';
import type { WeightsOptions } from '../operate.js';
import { printable } from '../output/escape.js';
import { fractionText, shortened, timeText } from '../output/format.js';
import { printJson } from '../output/json.js';
import { note, print } from '../output/print.js';
import { withProgress } from '../output/progress.js';
import { styleFor, type Style } from '../output/style.js';
import { renderFacts, renderTable } from '../output/table.js';

/** What the chain holds for the validator whose tries the ledger keeps. */
export interface ChainWeights {
  readonly block: number;
  readonly hotkey: string;
  readonly uid: number | null;
  readonly lastUpdateBlock: number;
  readonly weights: readonly { readonly uid: number; readonly share: number }[];
  /** Committed and not revealed yet. */
  readonly pendingCommits: readonly { readonly block: number; readonly revealRound: number }[];
}

/** History from the ledger, and the chain beside it. The chain may be away: the history is told all the same. */
export async function showWeights(options: WeightsOptions, signal: AbortSignal): Promise<void> {
  const place = choosePlace(options);
  const { history, chain } = await withProgress('reading the ledger and the chain', async () => {
    const history = await withLedger(place, (ledger) => ledger.weightHistory(place.subnet, options.limit));
    const hotkey = history[0]?.hotkey;
    const chain = hotkey === undefined ? null : await reach(() => readChain(place, hotkey));
    return { history, chain };
  });
  signal.throwIfAborted();
  if (options.json) {
    printJson({
      ...place.subnet,
      history,
      chain: chain?.ok ? chain.value : null,
      chainError: chain?.ok === false ? chain.error.report() : null,
    });
    return;
  }
  const style = styleFor(process.stdout);
  print(history.length === 0 ? 'No weights have been set yet.' : renderHistory(history, style));
  if (chain?.ok) print(`\n${renderChain(chain.value, style)}`);
  if (chain?.ok === false) note(`\nThe chain was not read: ${printable(chain.error.message)}`);
}

const readChain = (place: Place, hotkey: string): Promise<ChainWeights> =>
  withChain(place, (chain) => chainWeights(chain, place.subnet.netuid, hotkey));

const chainWeights = async (
  chain: Pick<ChainReader, 'weightRules' | 'weightsOf' | 'pendingWeightCommits'>,
  netuid: number,
  hotkey: string,
): Promise<ChainWeights> => {
  const { uid, lastUpdateBlock, clock } = await chain.weightRules(netuid, hotkey);
  const [entries, commits] = await Promise.all([
    uid === null ? [] : chain.weightsOf(netuid, uid),
    chain.pendingWeightCommits(netuid, hotkey),
  ]);
  const total = entries.reduce((sum, { value }) => sum + value, 0);
  return {
    block: clock.block,
    hotkey,
    uid,
    lastUpdateBlock,
    weights: entries.map((entry) => ({ uid: entry.uid, share: total === 0 ? 0 : entry.value / total })),
    pendingCommits: commits.map(({ block, revealRound }) => ({ block, revealRound })),
  };
};

/** Every try, newest first. */
export const renderHistory = (history: readonly WeightSubmission[], style: Style): string =>
  renderTable(
    [
      { title: 'decided at', align: 'right', text: ({ decidedBlock }) => `block ${decidedBlock}` },
      { title: 'time (UTC)', text: ({ at }) => timeText(at) },
      { title: 'try', align: 'right', text: ({ attempt }) => String(attempt) },
      { title: 'target', text: ({ target }) => sharesText(target) },
      { title: 'route', text: ({ route }) => route ?? '' },
      { title: 'why', text: ({ reason }) => reason },
      {
        title: 'outcome',
        text: ({ outcome, confirmedBlock, error }) =>
          [outcome, confirmedBlock === null ? null : `at block ${confirmedBlock}`, error?.code]
            .filter((part) => part !== null && part !== undefined)
            .join(' '),
        colour: ({ outcome }, paint) => OUTCOME_COLOURS[outcome]?.(paint) ?? String,
      },
    ],
    history,
    style,
  );

const OUTCOME_COLOURS: Readonly<Record<string, (style: Style) => (text: string) => string>> = {
  confirmed: ({ green }) => green,
  failed: ({ red }) => red,
  refused: ({ red }) => red,
  unknown: ({ yellow }) => yellow,
};

export const renderChain = (chain: ChainWeights, style: Style): string =>
  renderFacts(
    [
      ['on chain', `at block ${chain.block}`],
      [
        'validator',
        `${shortened(chain.hotkey)}${chain.uid === null ? ', not registered' : ` (uid ${chain.uid})`}`,
      ],
      ['weights', chain.weights.length === 0 ? 'none' : sharesText(chain.weights)],
      ['last update', chain.lastUpdateBlock === 0 ? 'never' : `block ${chain.lastUpdateBlock}`],
      [
        'waiting',
        chain.pendingCommits.length === 0
          ? null
          : chain.pendingCommits
              .map(({ block, revealRound }) => `commit of block ${block}, opens with round ${revealRound}`)
              .join('; '),
      ],
    ],
    style,
  );

const sharesText = (shares: readonly { readonly uid: number; readonly share: number }[]): string =>
  shares.map(({ uid, share }) => `uid ${uid} ${fractionText(share)}`).join(', ');
