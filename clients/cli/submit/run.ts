import { createInterface } from 'node:readline/promises';
import type { Chain } from '../../../lib/chain/index.js';
import { crusadesError, type CrusadesError } from '../../../lib/errors/index.js';
import { loadHotkey } from '../../../lib/wallet/index.js';
import { EXIT } from '../action.js';
import { choosePlace, reach, withChain, withSources, type Place } from '../connection.js';
import { bytesText, distanceText, durationText, timeText } from '../output/format.js';
import { printJson, printJsonLine } from '../output/json.js';
import { note, print } from '../output/print.js';
import { withProgress } from '../output/progress.js';
import { styleFor } from '../output/style.js';
import { renderFacts } from '../output/table.js';
import { exitCodeOf } from '../status/exit-code.js';
import { watchSubmission } from '../status/watch.js';
import type { SubmitOptions } from '../submit.js';
import { renderVerdict } from '../verify/render.js';
import { commit, type Committed } from './commit.js';
import { prepare, type Prepared } from './prepare.js';

/** @returns 0 when it is committed (and, with --wait, scored), 1 when it may not be or gets no score */
export async function submit(url: string, options: SubmitOptions, signal: AbortSignal): Promise<number> {
  const place = choosePlace(options);
  const { hparams, environment } = place.settings;
  const signer = await loadHotkey({
    path: options['wallet.path'] ?? environment.wallet.path,
    name: options['wallet.name'] ?? environment.wallet.name,
    hotkey: options['wallet.hotkey'] ?? environment.wallet.hotkey,
  });
  const prepared = await withProgress('fetching and scanning', () => prepare(url, hparams, signal));
  refuseFindings(prepared, options);

  const revealBlocks = options.revealBlocks ?? hparams.reveal_blocks;
  const committed = await withChain(place, async (chain) => {
    const { netuid } = place.subnet;
    await withProgress('reading the chain', () => requireRegistered(chain, netuid, signer.address));
    signal.throwIfAborted();
    const blockSeconds = await chain.blockTimeSeconds();
    const pending = await pendingCommit(chain, netuid, signer.address);
    const preview = { prepared, hotkey: signer.address, revealBlocks, blockSeconds, pending };
    if (!(await isWanted(place, preview, options, signal))) return null;
    return withProgress('waiting for a block', () =>
      commit(chain, { text: prepared.text, signer, subnet: place.subnet, revealBlocks }),
    );
  });
  if (committed === null) {
    note('Nothing was committed.');
    return EXIT.no;
  }
  tell(committed, prepared, options);
  return options.wait ? follow(place, committed, options, signal) : EXIT.good;
}

/** @throws `scan_rejected` after every finding has been told */
const refuseFindings = ({ url, source, report }: Prepared, { json }: SubmitOptions): void => {
  if (report.ok) return;
  const rejecting = report.findings.filter(({ severity }) => severity === 'reject');
  const [first] = rejecting;
  if (!json) note(renderVerdict({ file: url, text: source, report, error: null }, styleFor(process.stderr)));
  throw crusadesError('scan_rejected', {
    count: rejecting.length,
    line: first?.line ?? 0,
    rule: first?.rule ?? 'unknown',
    policy: report.policy,
    findings: report.findings,
  });
};

/** @throws `hotkey_not_registered` */
const requireRegistered = async (chain: Chain, netuid: number, hotkey: string): Promise<void> => {
  if ((await chain.uidOf(netuid, hotkey)) === null) {
    throw crusadesError('hotkey_not_registered', { hotkey, netuid });
  }
};

/** Block of a commitment that waits for its reveal and would be replaced. */
const pendingCommit = async (chain: Chain, netuid: number, hotkey: string): Promise<number | null> => {
  const { commitments } = await chain.commitmentsOf(netuid, hotkey);
  return commitments.find(({ content }) => content.kind === 'sealed')?.commitBlock ?? null;
};

interface Preview {
  readonly prepared: Prepared;
  readonly hotkey: string;
  readonly revealBlocks: number;
  readonly blockSeconds: number;
  readonly pending: number | null;
}

/** Shows what would be committed, and asks where somebody is there to answer. */
const isWanted = async (
  { subnet }: Place,
  { prepared, hotkey, revealBlocks, blockSeconds, pending }: Preview,
  { yes, json }: SubmitOptions,
  signal: AbortSignal,
): Promise<boolean> => {
  if (json) return true;
  const style = styleFor(process.stderr);
  note(
    renderFacts(
      [
        ['commits', prepared.text],
        ['file', `${bytesText(prepared.bytes)}, sha256 ${prepared.sha256}`],
        ['scan', `passes, policy ${prepared.report.policy}, ${prepared.report.findings.length} warning(s)`],
        ['hotkey', hotkey],
        ['subnet', `${subnet.network}, netuid ${subnet.netuid}`],
        ['reveal', `${revealBlocks} blocks from now, in about ${durationText(revealBlocks * blockSeconds)}`],
        [
          'replaces',
          pending === null ? null : `the commitment of block ${pending}, which is not revealed yet`,
        ],
      ],
      style,
    ),
  );
  if (yes || !process.stdin.isTTY || !process.stderr.isTTY) return true;
  const questions = createInterface({ input: process.stdin, output: process.stderr });
  // Readline takes Ctrl-C for itself while it asks.
  questions.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    const answer = await questions.question('Commit this? [y/N] ', { signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    questions.close();
  }
};

const tell = (committed: Committed, { url, sha256, text }: Prepared, options: SubmitOptions): void => {
  if (options.json) {
    (options.wait ? printJsonLine : printJson)({ ...committed, url, sha256, commitment: text });
    return;
  }
  const { submissionId, workflowId, commitBlock, revealRound, revealAt } = committed;
  print(
    renderFacts(
      [
        ['submission', submissionId],
        ['workflow', workflowId],
        ['committed', `block ${commitBlock}`],
        ['reveal', `round ${revealRound}, ${timeText(revealAt)} UTC (${distanceText(revealAt, Date.now())})`],
        ['follow it', options.wait ? null : `crusades status ${submissionId} --watch`],
      ],
      styleFor(process.stdout),
    ),
  );
};

/** Until it has settled. What cannot be followed is committed all the same. */
const follow = async (
  place: Place,
  { workflowId, submissionId }: Committed,
  { json = false }: SubmitOptions,
  signal: AbortSignal,
): Promise<number> => {
  // The validator has to see the commitment first.
  const whenUnknown = (): void => undefined;
  const followed = await reach(() =>
    withSources(place, (sources) => watchSubmission(workflowId, sources, { json, signal, whenUnknown })),
  );
  if (followed.ok) return followed.value === null ? EXIT.good : exitCodeOf(followed.value);
  noteUnfollowed(followed.error, submissionId);
  return EXIT.infrastructure;
};

const noteUnfollowed = (error: CrusadesError, submissionId: string): void =>
  note(
    `The commitment stands, but it cannot be followed from here: ${error.message}\n` +
      `Where the validator’s ledger or Temporal can be reached: crusades status ${submissionId} --watch`,
  );
