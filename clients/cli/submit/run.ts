import { createInterface } from 'node:readline/promises';
import type { KeyringPair } from '@polkadot/keyring/types';
import type { Chain, PaymentReference } from '../../../lib/chain/index.js';
import { crusadesError, type CrusadesError } from '../../../lib/errors/index.js';
import { paymentName } from '../../../lib/payment/index.js';
import { loadHotkey, type LoadOptions } from '../../../lib/wallet/index.js';
import { EXIT } from '../action.js';
import { choosePlace, reach, withChain, withSources, type Place } from '../connection.js';
import { bytesText, distanceText, durationText, timeText } from '../output/format.js';
import { printJson, printJsonLine } from '../output/json.js';
import { note, print } from '../output/print.js';
import { withProgress } from '../output/progress.js';
import { styleFor } from '../output/style.js';
import { renderFacts } from '../output/table.js';
import { passwordPrompt } from '../password-prompt.js';
import { exitCodeOf } from '../status/exit-code.js';
import { watchSubmission } from '../status/watch.js';
import type { SubmitOptions } from '../submit.js';
import { renderVerdict } from '../verify/render.js';
import { chosenWallet } from '../wallet-options.js';
import { commit, type Committed } from './commit.js';
import { arrangePayment, noteUnused, paymentFacts, settle, type Arrangement } from './payment.js';
import { commitmentTextOf, prepare, type Prepared } from './prepare.js';

/** @returns 0 when it is committed (and, with --wait, scored), 1 when it may not be or gets no score */
export async function submit(url: string, options: SubmitOptions, signal: AbortSignal): Promise<number> {
  const place = choosePlace(options);
  const { hparams, environment } = place.settings;
  const wallet = chosenWallet(options, environment);
  const ask = passwordPrompt(signal);
  const opening: LoadOptions = { network: place.subnet.network, ...(ask && { ask }) };
  const signer = await loadHotkey(wallet, opening);
  const prepared = await withProgress('fetching and scanning', () => prepare(url, hparams, signal));
  refuseFindings(prepared, options);

  const submitted = await withChain(place, async (chain) => {
    const { netuid } = place.subnet;
    const payer = { netuid, hotkey: signer.address, wallet };
    await withProgress('reading the chain', () => requireRegistered(chain, netuid, signer.address));
    const arrangement = await arrangePayment(chain, payer, hparams, options);
    signal.throwIfAborted();
    const order = { place, prepared, signer, arrangement, options };
    if (!(await isWanted(chain, order, signal))) return null;
    const payment = await settle(chain, arrangement, wallet, opening, signal);
    return commitPaid(chain, order, payment);
  });
  if (submitted === null) {
    note('Nothing was committed.');
    return EXIT.no;
  }
  tell(submitted, prepared, options);
  return options.wait ? follow(place, submitted.committed, options, signal) : EXIT.good;
}

/** What is submitted, by whom and how. */
interface Order {
  readonly place: Place;
  readonly prepared: Prepared;
  readonly signer: KeyringPair;
  readonly arrangement: Arrangement;
  readonly options: SubmitOptions;
}

interface Submitted {
  readonly committed: Committed;
  readonly text: string;
  readonly payment: PaymentReference | null;
}

/** Whatever happens after the payment, it is said how to use it. */
const commitPaid = async (
  chain: Chain,
  { place, prepared, signer, options }: Order,
  payment: PaymentReference | null,
): Promise<Submitted> => {
  try {
    const text = commitmentTextOf(prepared, payment);
    const terms = { text, signer, subnet: place.subnet, revealBlocks: revealBlocksOf(place, options) };
    const committed = await withProgress('waiting for a block', () => commit(chain, terms));
    return { committed, text, payment };
  } catch (error) {
    if (payment) noteUnused(payment);
    throw error;
  }
};

const revealBlocksOf = ({ settings }: Place, { revealBlocks }: SubmitOptions): number =>
  revealBlocks ?? settings.hparams.reveal_blocks;

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

/** Shows what would be committed and paid, and asks where somebody is there to answer. */
const isWanted = async (chain: Chain, order: Order, signal: AbortSignal): Promise<boolean> => {
  const { yes, json } = order.options;
  if (json) return true;
  note(renderFacts(await previewFacts(chain, order), styleFor(process.stderr)));
  if (yes || !process.stdin.isTTY || !process.stderr.isTTY) return true;
  const question = order.arrangement.kind === 'to_pay' ? 'Pay and commit this?' : 'Commit this?';
  const questions = createInterface({ input: process.stdin, output: process.stderr });
  // Readline takes Ctrl-C for itself while it asks.
  questions.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    const answer = await questions.question(`${question} [y/N] `, { signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    questions.close();
  }
};

const previewFacts = async (
  chain: Chain,
  { place, prepared, signer, arrangement, options }: Order,
): Promise<readonly (readonly [name: string, value: string | null])[]> => {
  const { subnet } = place;
  const pending = await pendingCommit(chain, subnet.netuid, signer.address);
  const revealBlocks = revealBlocksOf(place, options);
  const seconds = revealBlocks * (await chain.blockTimeSeconds());
  return [
    ['commits', commitsText(prepared, arrangement)],
    ['file', `${bytesText(prepared.bytes)}, sha256 ${prepared.sha256}`],
    ['scan', `passes, policy ${prepared.report.policy}, ${prepared.report.findings.length} warning(s)`],
    ['hotkey', signer.address],
    ['subnet', `${subnet.network}, netuid ${subnet.netuid}`],
    ...paymentFacts(arrangement),
    ['reveal', `${revealBlocks} blocks from now, in about ${durationText(seconds)}`],
    ['replaces', pending === null ? null : `the commitment of block ${pending}, which is not revealed yet`],
  ];
};

/** Where the payment will stand is known once it is made. */
const commitsText = (prepared: Prepared, arrangement: Arrangement): string =>
  arrangement.kind === 'to_pay'
    ? `${prepared.sha256.slice(0, 32)}:<block>:<index of the payment>:${prepared.url}`
    : commitmentTextOf(prepared, arrangement.kind === 'paid' ? arrangement.reference : null);

const tell = (
  { committed, text, payment }: Submitted,
  { url, sha256 }: Prepared,
  options: SubmitOptions,
): void => {
  if (options.json) {
    const facts = { ...committed, url, sha256, commitment: text, ...(payment && { payment }) };
    (options.wait ? printJsonLine : printJson)(facts);
    return;
  }
  const { submissionId, workflowId, commitBlock, revealRound, revealAt } = committed;
  print(
    renderFacts(
      [
        ['submission', submissionId],
        ['workflow', workflowId],
        ['committed', `block ${commitBlock}`],
        ['payment', payment && paymentName(payment)],
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
