import type { Worker } from 'node:worker_threads';

import { crusadesError } from '../errors/index.js';
import { startThread } from '../thread/start.js';
import type { ScanReport } from './report.js';
import type { WorkerAnswer } from './worker.js';

export interface Scanner {
  /**
   * Judges one file. Files wait for each other: there is one worker.
   *
   * @throws `scan_resource_limit` when the file breaks its limits, `scanner_failed` when the scanner itself does
   */
  scan(text: string): Promise<ScanReport>;
  /** Ends the worker, and whatever is being scanned. */
  close(): Promise<void>;
}

/** Wall time per file; an ordinary file takes some milliseconds. */
const SCAN_SECONDS = 5;
/** Loading CPython takes 0.6 s on an idle core, without its snapshot some seconds; several processes may share it. */
const START_SECONDS = 60;
/** CPython holds about 110 MB. Files come in bursts; whoever comes after a pause waits for it to load once more. */
const IDLE_SECONDS = 30;
/**
 * What 500 KB of honest code come to takes 130 MB of the thread's heap; CPython's own memory is bounded in `worker.ts`.
 * The stack lets the parser reach its own limits first.
 */
const LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32, stackSizeMb: 64 };

export interface ScannerOptions {
  /** Wall time per file in seconds; default 5. */
  readonly scanSeconds?: number;
  /** Loads CPython now instead of with the first file: for services, whose first file should not wait. */
  readonly warm?: boolean;
  /** Seconds without a file, counted from the last one, after which the worker ends; default 30. */
  readonly idleSeconds?: number;
}

/**
 * A scanner whose worker serves many files, is replaced when one of them breaks it, and ends when no more come;
 * the next file starts another one.
 */
export const createScanner = ({
  scanSeconds = SCAN_SECONDS,
  warm = false,
  idleSeconds = IDLE_SECONDS,
}: ScannerOptions = {}): Scanner => {
  let current = warm ? startWorker() : undefined;
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let idle: NodeJS.Timeout | undefined;
  let closed = false;

  const discard = async (): Promise<void> => {
    const worker = current?.worker;
    current = undefined;
    await worker?.terminate();
  };

  const scanNext = async (text: string): Promise<ScanReport> => {
    if (closed) throw crusadesError('scanner_failed', { reason: 'it was closed' });
    current ??= startWorker();
    const { worker, ready } = current;
    const started = await ready;
    if (started.kind !== 'ready') {
      await discard();
      throw crusadesError('scanner_failed', { reason: reasonOf(started) });
    }
    worker.postMessage(text);
    const answer = await nextAnswer(worker, scanSeconds);
    if (answer.kind === 'report') {
      if (answer.spent) await discard();
      return answer.report;
    }
    await discard();
    if (closed) throw crusadesError('scanner_failed', { reason: 'it was closed' });
    throw crusadesError('scan_resource_limit', { reason: reasonOf(answer) });
  };

  const endWhenIdle = (): void => {
    waiting -= 1;
    if (waiting === 0) idle = setTimeout(() => void discard(), idleSeconds * 1000).unref();
  };

  return {
    scan(text) {
      clearTimeout(idle);
      waiting += 1;
      const scanned = last.then(() => scanNext(text)).finally(endWhenIdle);
      last = scanned.catch(() => undefined);
      return scanned;
    },
    async close() {
      closed = true;
      clearTimeout(idle);
      await discard();
    },
  };
};

const reasonOf = (answer: WorkerAnswer): string =>
  answer.kind === 'broken' ? answer.reason : 'it answered out of turn';

/** A worker and its first word: `ready`, or why it did not start. */
interface StartedWorker {
  readonly worker: Worker;
  readonly ready: Promise<WorkerAnswer>;
}

const startWorker = (): StartedWorker => {
  const worker = startThread(import.meta.url, 'worker', {
    resourceLimits: LIMITS,
    // A dying WebAssembly module writes pages to the console.
    stdout: true,
    stderr: true,
    env: {},
  });
  worker.unref();
  // An error that comes after its file was given up must not end the process.
  worker.on('error', () => undefined);
  return { worker, ready: nextAnswer(worker, START_SECONDS) };
};

/** What the worker says next; silence, an error or its end count as broken. */
const nextAnswer = (worker: Worker, seconds: number): Promise<WorkerAnswer> =>
  new Promise((settle) => {
    const broken = (reason: string) => finish({ kind: 'broken', reason });
    const onError = (error: unknown) => broken(error instanceof Error ? error.message : String(error));
    const onExit = () => broken('the worker ended');
    const timer = setTimeout(() => broken(`it took longer than ${seconds} s`), seconds * 1000);
    const finish = (answer: WorkerAnswer) => {
      clearTimeout(timer);
      worker.off('message', finish).off('error', onError).off('exit', onExit);
      settle(answer);
    };
    worker.once('message', finish).once('error', onError).once('exit', onExit);
  });
