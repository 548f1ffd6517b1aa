import { setTimeout as sleep } from 'node:timers/promises';
import { crusadesError, type CrusadesError } from '../../../lib/errors/index.js';
import type { SubmissionSummary } from '../../../lib/store/index.js';
import { findSubmission } from '../../queries/submission.js';
import { EXIT } from '../action.js';
import { choosePlace, withLedger, withSources, type Place } from '../connection.js';
import { printJson, printJsonLine } from '../output/json.js';
import { note, print } from '../output/print.js';
import { withProgress } from '../output/progress.js';
import { styleFor } from '../output/style.js';
import type { StatusOptions } from '../status.js';
import { exitCodeOf } from './exit-code.js';
import { renderRecent, renderStatus } from './render.js';
import { watchSubmission } from './watch.js';

/** @returns 0 when it is scored or on its way, 1 when it ended without a score */
export async function status(
  name: string | undefined,
  options: StatusOptions,
  signal: AbortSignal,
): Promise<number> {
  const place = choosePlace(options);
  if (name === undefined) return recent(place, options, signal);
  const read = () => one(place, name, options, signal);
  return options.watch ? read() : withProgress('reading the ledger and Temporal', read);
}

const one = (place: Place, name: string, options: StatusOptions, signal: AbortSignal): Promise<number> =>
  withSources(place, async (sources, silent) => {
    const json = options.json === true;
    if (options.watch) {
      const whenUnknown = (): never => {
        throw crusadesError('submission_unknown', { name });
      };
      const settled = await watchSubmission(name, sources, { json, signal, whenUnknown });
      return settled === null ? EXIT.good : exitCodeOf(settled);
    }
    const view = await findSubmission(name, sources);
    if (view === null) throw silent ?? crusadesError('submission_unknown', { name });
    if (json) printJson(view);
    else {
      print(renderStatus(view, Date.now(), styleFor(process.stdout)));
      if (silent && !view.settled) tellSilence(silent);
    }
    return exitCodeOf(view);
  });

/** What is read is good, but there may be more to say. */
const tellSilence = (silent: CrusadesError): void => note(`\nNot asked: ${silent.message}\n${silent.remedy}`);

const WATCH_INTERVAL_MS = 2_000;

const recent = (place: Place, options: StatusOptions, signal: AbortSignal): Promise<number> =>
  withLedger(place, async (ledger) => {
    const { network, netuid } = place.subnet;
    const read = (): Promise<SubmissionSummary[]> =>
      ledger.recentSubmissions({ network, netuid, limit: options.limit });
    tellRecent(await withProgress('reading the ledger', read), options);
    if (options.watch) await watchRecent(read, options, signal);
    return EXIT.good;
  });

const tellRecent = (submissions: readonly SubmissionSummary[], { json, watch }: StatusOptions): void => {
  if (json) (watch ? printJsonLine : printJson)({ submissions });
  else if (submissions.length === 0) print('No submissions yet.');
  else print(renderRecent(submissions, Date.now(), styleFor(process.stdout)));
};

/** Goes on until Ctrl-C; told anew whenever something has changed. */
const watchRecent = async (
  read: () => Promise<SubmissionSummary[]>,
  options: StatusOptions,
  signal: AbortSignal,
): Promise<void> => {
  let last = '';
  for (;;) {
    await sleep(WATCH_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const submissions = await read();
    const state = JSON.stringify(submissions);
    if (state === last) continue;
    last = state;
    if (!options.json) print('');
    tellRecent(submissions, options);
  }
};
