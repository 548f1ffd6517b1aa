import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { CrusadesError } from '../../../lib/errors/index.js';
import { findSubmission, type Sources } from '../../queries/submission.js';
import type { SubmissionView } from '../../queries/submission-view.js';
import { printJsonLine } from '../output/json.js';
import { note, print } from '../output/print.js';
import { styleFor } from '../output/style.js';
import { changeText, renderStatus } from './render.js';

const INTERVAL_MS = 1_000;

/**
 * Shows a submission until it has settled: redrawn on a terminal, one line for each change elsewhere, one JSON
 * document a line with `json`.
 *
 * @param whenUnknown the submission is not known yet: goes on looking, or throws
 * @returns what it has settled as; null when the signal came first
 */
export const watchSubmission = async (
  name: string,
  sources: Sources,
  {
    json,
    signal,
    whenUnknown,
  }: { readonly json: boolean; readonly signal: AbortSignal; readonly whenUnknown: () => void },
): Promise<SubmissionView | null> => {
  const screen = json ? jsonScreen() : process.stdout.isTTY ? terminalScreen() : logScreen();
  let silent = false;
  for (;;) {
    try {
      const view = await findSubmission(name, sources);
      silent = false;
      if (signal.aborted) return null;
      if (view === null) whenUnknown();
      else {
        screen(view);
        if (view.settled) return view;
      }
    } catch (error) {
      // Postgres or Temporal may be started again while somebody watches.
      if (!(error instanceof CrusadesError) || !error.definition.retryable) throw error;
      if (!silent) note(`${error.message} Still watching.`);
      silent = true;
    }
    await sleep(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return null;
  }
};

type Screen = (view: SubmissionView) => void;

/** Draws over what it has drawn before. Lines that a narrow terminal breaks count as several. */
const terminalScreen = (): Screen => {
  let drawn = 0;
  return (view) => {
    const text = renderStatus(view, Date.now(), styleFor(process.stdout));
    process.stdout.write(`${drawn > 0 ? `\u001b[${drawn}A\u001b[J` : ''}${text}\n`);
    drawn = heightOf(text, process.stdout.columns || 80);
  };
};

const heightOf = (text: string, columns: number): number =>
  stripVTControlCharacters(text)
    .split('\n')
    .reduce((height, line) => height + Math.max(1, Math.ceil(line.length / columns)), 0);

const logScreen = (): Screen => onChange((view) => print(`${new Date().toISOString()} ${changeText(view)}`));

const jsonScreen = (): Screen => onChange(printJsonLine);

const onChange = (tell: Screen): Screen => {
  let last = '';
  return (view) => {
    const { running: _, sources: __, ...lasting } = view;
    const state = JSON.stringify(lasting);
    if (state !== last) tell(view);
    last = state;
  };
};
