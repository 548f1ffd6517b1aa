import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { note, print } from '../output/print.js';
import { styleFor } from '../output/style.js';
import type { Checks } from './checks.js';
import { renderRun, renderSummary, renderVerdict } from './render.js';
import { findTargets, type Target } from './targets.js';
import { exitCodeOfVerdicts, type FileVerdict } from './verdict.js';

/**
 * Files are looked at rather than listened to: that sees editors that replace a file, folders that appear and
 * network disks alike, and a thousand files take milliseconds.
 */
const LOOK_MS = 250;

/**
 * Checks whatever has changed, until the signal comes. A change counts once nothing has moved for one look, so
 * that a file that is being written is not judged by its half.
 *
 * @returns the exit code of the last state
 */
export const watchTargets = async (
  paths: readonly string[],
  checks: Checks,
  signal: AbortSignal,
): Promise<number> => {
  const screen = process.stdout.isTTY ? terminalScreen() : logScreen();
  let known = new Map<string, Seen>();
  let before = '';
  let shown = '';
  for (; !signal.aborted; await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined)) {
    const targets = await findTargets(paths, signal);
    const marks = new Map<string, string>();
    for (const target of targets) marks.set(target.name, await markOf(target));
    const state = JSON.stringify([...marks]);
    const quiet = shown === '' || state === before;
    before = state;
    if (!quiet || state === shown) continue;
    shown = state;
    const changed = targets.filter(({ name }) => known.get(name)?.mark !== marks.get(name));
    const started = performance.now();
    screen.begin(changed.map(({ name }) => name));
    const fresh = await checks.check(changed, screen);
    const news = new Map(fresh.map((verdict) => [verdict.file, verdict]));
    known = new Map(
      targets.flatMap(({ name }) => {
        const verdict = news.get(name) ?? known.get(name)?.verdict;
        return verdict ? [[name, { mark: marks.get(name) ?? '', verdict }]] : [];
      }),
    );
    const all = [...known.values()].map(({ verdict }) => verdict);
    screen.end(all, new Set(news.keys()), (performance.now() - started) / 1000);
  }
  return exitCodeOfVerdicts([...known.values()].map(({ verdict }) => verdict));
};

interface Seen {
  readonly mark: string;
  readonly verdict: FileVerdict;
}

/** Changes with the file: with its contents, its place on the disk, its coming and going. */
const markOf = async ({ name, error }: Target): Promise<string> => {
  try {
    const { mtimeMs, ctimeMs, size, ino, mode } = await stat(name);
    return [mtimeMs, ctimeMs, size, ino, mode, error?.message ?? ''].join();
  } catch (failure) {
    return failure instanceof Error ? failure.message : String(failure);
  }
};

interface Screen {
  begin(changed: readonly string[]): void;
  scanned(verdict: FileVerdict): void;
  ran(verdict: FileVerdict): void;
  end(all: readonly FileVerdict[], changed: ReadonlySet<string>, seconds: number): void;
}

const closing = (all: readonly FileVerdict[], seconds: number): string => {
  const time = new Date().toISOString().slice(11, 19);
  return `${renderSummary(all, seconds, styleFor(process.stdout))} at ${time} UTC, watching; Ctrl-C ends it`;
};

/** The whole of the last state on a cleared screen: what changed last, so that it is what one sees. */
const terminalScreen = (): Screen => {
  const style = styleFor(process.stdout);
  return {
    begin: () => undefined,
    scanned: () => undefined,
    ran: () => undefined,
    end(all, changed, seconds) {
      const inOrder = [
        ...all.filter(({ file }) => !changed.has(file)),
        ...all.filter(({ file }) => changed.has(file)),
      ];
      process.stdout.write('\u001b[2J\u001b[3J\u001b[H');
      for (const verdict of inOrder) {
        print(renderVerdict(verdict, style));
        if (verdict.run) print(renderRun(verdict.file, verdict.run, style));
      }
      print(closing(all, seconds));
    },
  };
};

/** What is new, one after the other. */
const logScreen = (): Screen => {
  const style = styleFor(process.stdout);
  return {
    begin: (changed) => void (changed.length > 0 && note(`${changed.length} file(s) changed`)),
    scanned: (verdict) => print(renderVerdict(verdict, style)),
    ran: ({ file, run }) => void (run && print(renderRun(file, run, style))),
    end: (all, _changed, seconds) => print(closing(all, seconds)),
  };
};
