import { crusadesError } from '../../../lib/errors/index.js';
import type { Subnet } from '../../../lib/progress/index.js';
import type { LedgerReader } from '../../../lib/store/index.js';
import type { ReplayOutcome } from '../../../workflows/messages.js';
import { EXIT, exitCodeOf } from '../action.js';
import { choosePlace, withLedger, withTemporal } from '../connection.js';
import { printJson } from '../output/json.js';
import { note, print } from '../output/print.js';
import { withProgress } from '../output/progress.js';
import { styleFor } from '../output/style.js';
import { renderFacts } from '../output/table.js';
import type { ReplayOptions } from '../replay.js';
import { renderError } from '../status/render.js';
import { thisUser } from '../this-user.js';
import { chooseAttempt } from './choose.js';
import { followReplay } from './follow.js';
import { renderComparison } from './render.js';
import { startReplay, type ReplayOrder } from './start.js';

/** @returns 0 when it is the same within noise (or was only started), 1 when it differs, else by the error's fault */
export async function replay(name: string, options: ReplayOptions, signal: AbortSignal): Promise<number> {
  const place = choosePlace(options);
  const { temporal } = place.settings;
  const { order, subnet } = await withProgress('reading the ledger', () =>
    withLedger(place, (ledger) => orderOf(ledger, name, options)),
  );
  signal.throwIfAborted();
  return withTemporal(place, async (client) => {
    const started = await withProgress('starting the replay', () =>
      startReplay(client, order, subnet, temporal),
    );
    if (!options.wait) {
      tellStarted(started, options);
      return EXIT.good;
    }
    note(`${nameOf(started.replay)} is on its way as ${started.workflowId}.`);
    const outcome = await followReplay(client, started.workflowId, temporal, signal);
    if (outcome === null) {
      note(`It goes on; ${whereToLook(started.replay)} has it when it has ended.`);
      return EXIT.good;
    }
    tellOutcome(started, outcome, options);
    return exitCodeFor(outcome);
  });
}

interface Started {
  readonly workflowId: string;
  readonly replay: ReplayOrder;
}

/** @throws `submission_unknown`, `attempt_unknown`, `attempt_without_seed` */
const orderOf = async (
  ledger: Pick<LedgerReader, 'submissionStatus' | 'replaysOf'>,
  name: string,
  options: ReplayOptions,
): Promise<{ readonly order: ReplayOrder; readonly subnet: Subnet }> => {
  const submission = await ledger.submissionStatus(name);
  if (submission === null) throw crusadesError('submission_unknown', { name });
  const attempt = chooseAttempt(submission, options);
  const replays = await ledger.replaysOf(submission.submissionId);
  const made = replays.filter(({ number }) => number === attempt.number).map(({ n }) => n);
  return {
    order: {
      ...attempt,
      n: Math.max(0, ...made) + 1,
      requestedBy: options.actor ?? thisUser(),
      reason: options.reason ?? null,
      requestedAt: new Date().toISOString(),
    },
    subnet: { network: submission.network, netuid: submission.netuid },
  };
};

const exitCodeFor = ({ comparison, error }: ReplayOutcome): number =>
  error ? exitCodeOf(error) : comparison?.same ? EXIT.good : EXIT.no;

const tellStarted = ({ workflowId, replay: order }: Started, { json }: ReplayOptions): void => {
  if (json) return printJson({ workflowId, ...order });
  const facts = [
    ['started', nameOf(order)],
    ['workflow', workflowId],
    ['result', whereToLook(order)],
  ] as const;
  print(renderFacts(facts, styleFor(process.stdout)));
};

const tellOutcome = (
  { workflowId, replay: order }: Started,
  { comparison, error }: ReplayOutcome,
  { json }: ReplayOptions,
): void => {
  if (json) return printJson({ workflowId, ...order, comparison, error });
  if (comparison) print(renderComparison(comparison, styleFor(process.stdout)));
  if (error) note(renderError(error, styleFor(process.stderr)));
};

const nameOf = ({ submissionId, evaluation, number, n }: ReplayOrder): string =>
  `replay ${n} of attempt ${number}${evaluation > 1 ? ` of evaluation ${evaluation}` : ''} of ${submissionId}`;

const whereToLook = ({ submissionId, number }: ReplayOrder): string =>
  `\`crusades show ${submissionId} --attempt ${number}\``;
