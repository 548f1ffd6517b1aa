import type { PhaseEvent } from '../../../lib/evaluate/messages.js';
import { mfuText } from '../output/format.js';
import { note } from '../output/print.js';
import { styleFor } from '../output/style.js';

export interface PhaseTeller {
  readonly phase: (event: Pick<PhaseEvent, 'phase' | 'elapsed_s'>) => void;
  readonly done: (result: { readonly outcome: string; readonly mfu: number | null }) => void;
  /** Takes an unfinished line off the terminal. */
  readonly end: () => void;
}

const WORDS: Readonly<Record<PhaseEvent['phase'], string>> = {
  starting: 'starting',
  warming_up: 'warming up',
  timed: 'timed window',
  judging: 'judging',
};

/** Live phases of one attempt on standard error: one line that changes on a terminal, one a phase in a log. */
export const phaseTeller = (number: number, runs: number): PhaseTeller => {
  const terminal = process.stderr.isTTY;
  const style = styleFor(process.stderr);
  const title = `attempt ${number} of ${runs}`;
  let last = '';
  const clear = (): void => void (terminal && process.stderr.write('\r\u001b[K'));
  return {
    phase({ phase, elapsed_s }) {
      if (terminal) {
        process.stderr.write(
          `\r\u001b[K${style.dim(`${title}: ${WORDS[phase]}, ${elapsed_s.toFixed(0)} s`)}`,
        );
      } else if (phase !== last) note(`${title}: ${WORDS[phase]}`);
      last = phase;
    },
    done({ outcome, mfu }) {
      clear();
      note(`${title}: ${outcome} ${mfuText(mfu)}`.trimEnd());
    },
    end: clear,
  };
};
