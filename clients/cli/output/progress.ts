import { styleFor } from './style.js';

/** Whoever waits longer than this is told for what. */
const PATIENCE_MS = 2_000;
const FRAME_MS = 1_000;

/**
 * Runs `work`; when it takes longer than two seconds, standard error says so: a line that counts the seconds on
 * a terminal, one line in a log.
 *
 * @param text what is being done, `reading the chain` for example; a function is asked each second
 * @param work is given what takes the line off a terminal, for work that prints meanwhile
 */
export const withProgress = async <T>(
  text: string | (() => string),
  work: (clear: () => void) => Promise<T>,
): Promise<T> => {
  const started = Date.now();
  const terminal = process.stderr.isTTY;
  const style = styleFor(process.stderr);
  let shown = false;
  const show = (): void => {
    if (!terminal && shown) return;
    shown = true;
    const current = typeof text === 'string' ? text : text();
    const seconds = Math.floor((Date.now() - started) / 1000);
    process.stderr.write(terminal ? `\r\u001b[K${style.dim(`${current} … ${seconds} s`)}` : `${current} …\n`);
  };
  const clear = (): void => void (shown && terminal && process.stderr.write('\r\u001b[K'));
  let frames: NodeJS.Timeout | undefined;
  const patience = setTimeout(() => {
    show();
    frames = setInterval(show, FRAME_MS);
  }, PATIENCE_MS);
  try {
    return await work(clear);
  } finally {
    clearTimeout(patience);
    clearInterval(frames);
    clear();
  }
};
