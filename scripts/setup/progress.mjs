import { performance } from 'node:perf_hooks';

/** Where the progress of one set-up goes; nothing appears before the first step that has something to do. */
export function createProgress(stream = process.stderr) {
  let worked = false;
  return {
    /** Whether any step had something to do. */
    get worked() {
      return worked;
    },
    /** Runs `work` under a line `title … 1.2 s`; a text that it returns is a warning at the line's end. */
    async step(title, work) {
      worked = true;
      const line = openLine(stream, title);
      try {
        const warning = await work();
        line.close(warning ? ` (${warning})` : '');
      } catch (error) {
        line.close(' (failed)');
        throw error;
      }
    },
    openLine: (title) => {
      worked = true;
      return openLine(stream, title);
    },
    say(text) {
      stream.write(`${text}\n`);
    },
  };
}

function openLine(stream, title) {
  const started = performance.now();
  let note = '';
  const text = () => `  ${title}${note && ` (${note})`} … ${seconds(started)} s`;
  // On a terminal the seconds count, and the note says what is being done.
  const redraw = () => stream.write(`\r${text()}\u001b[K`);
  const timer = stream.isTTY ? setInterval(redraw, 1_000) : undefined;
  if (stream.isTTY) redraw();
  return {
    note(words) {
      note = words;
      if (stream.isTTY) redraw();
    },
    close(ending) {
      clearInterval(timer);
      note = '';
      stream.write(stream.isTTY ? `\r${text()}${ending}\u001b[K\n` : `${text()}${ending}\n`);
    },
  };
}

const seconds = (started) => ((performance.now() - started) / 1000).toFixed(1);
