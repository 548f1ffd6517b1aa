import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import path from 'node:path';
import type { Logger } from 'pino';
import { crusadesError } from '../errors/index.js';
import { corporaDirectory } from '../provision/index.js';
import { evaluatorFault } from './faults.js';
import { sessionEventSchema, type DeviceFacts, type PhaseEvent, type SessionEvent } from './messages.js';
import { attemptResultSchema, type AttemptResult } from './result.js';
import type { AttemptSpec } from './spec.js';

export interface SessionOptions {
  /** Interpreter of the evaluator's environment. */
  readonly python: string;
  /** Folder that holds the package `crusades_evaluator`. */
  readonly sourceDir: string;
  /** `cpu` or `cuda:N`. */
  readonly device: string;
  readonly threads: number;
  /** Where spec and result files are exchanged; a folder of this session is made in it and removed on close. */
  readonly exchangeDir: string;
  /** The referee imports torch and transformers first: seconds on a warm machine, a minute on a cold disk. */
  readonly readyTimeoutSeconds: number;
  /** Gives the start up; a session that has started ends with `close`. */
  readonly signal?: AbortSignal;
  readonly logger: Logger;
}

/** A warm referee: a process of the trusted Python package that runs one attempt after the other. */
export interface EvaluatorSession {
  readonly facts: DeviceFacts;
  alive(): boolean;
  /**
   * Runs one attempt and returns its record, whatever the verdict.
   *
   * @param onPhase called for each phase event, at least once a second while the referee lives
   * @param signal aborts the attempt: the contestant is killed, and the call throws the signal's reason
   * @throws the code of a fault that the referee reports; `evaluator_failed` when it dies, exceeds its deadlines or leaves no readable result
   */
  run(spec: AttemptSpec, onPhase: (event: PhaseEvent) => void, signal: AbortSignal): Promise<AttemptResult>;
  /** Ends the referee and everything under it. */
  close(): Promise<void>;
}

/** Time that the referee gets beyond the attempt's own total deadline before it counts as hung. */
const DEADLINE_SLACK_SECONDS = 30;
const CLOSE_GRACE_MS = 5_000;

/**
 * Starts a referee and waits until it has said that it is ready.
 *
 * @throws the code of a fault that the referee reports; `evaluator_failed` when it says nothing, or was given up
 */
export async function startEvaluatorSession(options: SessionOptions): Promise<EvaluatorSession> {
  const exchange = await mkdtemp(path.join(options.exchangeDir, 'session-'));
  const child = spawnReferee(options);
  // Nothing is lost with a referee that has not begun.
  const giveUp = (): void => void (child.pid !== undefined && killGroup(-child.pid));
  const events = eventsOf(child, options.logger);
  const exited = exitOf(child);
  let alive = true;
  void exited.then(() => {
    alive = false;
    events.end();
  });

  const close = async (): Promise<void> => {
    await terminate(child, exited);
    await rm(exchange, { recursive: true, force: true });
  };

  try {
    if (options.signal?.aborted) giveUp();
    options.signal?.addEventListener('abort', giveUp, { once: true });
    const facts = await events.next(options.readyTimeoutSeconds, (event) => {
      if (event.event === 'fault') throw evaluatorFault(event.code, event.message);
      return event.event === 'ready' ? event : undefined;
    });
    return { facts, alive: () => alive, run: (...args) => runAttempt(...args), close };
  } catch (error) {
    await close();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', giveUp);
  }

  async function runAttempt(
    spec: AttemptSpec,
    onPhase: (event: PhaseEvent) => void,
    signal: AbortSignal,
  ): Promise<AttemptResult> {
    signal.throwIfAborted();
    const files = exchangeFiles(exchange, spec);
    await writeFile(files.spec, JSON.stringify(spec), { mode: 0o600 });
    const cancel = (): void => tell(child, { cancel: true });
    signal.addEventListener('abort', cancel, { once: true });
    try {
      tell(child, files);
      const deadline = spec.deadlines_s.total + DEADLINE_SLACK_SECONDS;
      await events.next(deadline, (event) => {
        if (event.event === 'phase') onPhase(event);
        if (event.event === 'fault') throw evaluatorFault(event.code, event.message);
        return event.event === 'done' && event.result === files.result ? event : undefined;
      });
      signal.throwIfAborted();
      return await readResult(files.result, spec);
    } catch (error) {
      // A referee that missed a deadline or lost its thread is not asked again.
      if (!signal.aborted) await terminate(child, exited);
      throw error;
    } finally {
      signal.removeEventListener('abort', cancel);
      await Promise.all([rm(files.spec, { force: true }), rm(files.result, { force: true })]);
    }
  }
}

function spawnReferee({ python, sourceDir, device, threads, logger }: SessionOptions): ChildProcess {
  const args = ['-m', 'crusades_evaluator', 'session', '--device', device];
  const child = spawn(python, [...args, '--threads', String(threads), '--progress-fd', '3'], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    // A group of its own, so that one signal reaches referee, zygote and contestant alike.
    detached: true,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      LANG: 'C.UTF-8',
      PYTHONPATH: sourceDir,
      PYTHONUNBUFFERED: '1',
      PYTHONDONTWRITEBYTECODE: '1',
      CRUSADES_CORPORA: corporaDirectory(),
      ...cudaSettings(),
    },
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', (line) => logger.debug({ line }, 'referee'));
  }
  child.stdin?.on('error', (error) => logger.debug({ error: error.message }, 'referee no longer listens'));
  return child;
}

/** Which cards this worker may see, and where the driver's libraries lie: `cuda:0` has to mean the same in the referee. */
const cudaSettings = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    ['CUDA_VISIBLE_DEVICES', 'CUDA_DEVICE_ORDER', 'LD_LIBRARY_PATH']
      .map((name) => [name, process.env[name]] as const)
      .filter(([, value]) => value !== undefined),
  );

interface EventStream {
  /** Gives events to `pick` until it returns something. Throws `evaluator_failed` at the deadline or the end. */
  next<T>(seconds: number, pick: (event: SessionEvent) => T | undefined): Promise<T>;
  end(): void;
}

function eventsOf(child: ChildProcess, logger: Logger): EventStream {
  const waiting: SessionEvent[] = [];
  let ended = false;
  let wake: () => void = () => undefined;
  const lines = createInterface({ input: child.stdio[3] as Readable });
  lines.on('line', (line) => {
    const parsed = sessionEventSchema.safeParse(parseJson(line));
    if (!parsed.success) return logger.warn({ line: line.slice(0, 200) }, 'referee event not understood');
    waiting.push(parsed.data);
    wake();
  });
  const end = (): void => {
    ended = true;
    wake();
  };

  return {
    end,
    async next(seconds, pick) {
      const until = Date.now() + seconds * 1000;
      for (;;) {
        for (let event = waiting.shift(); event; event = waiting.shift()) {
          const picked = pick(event);
          if (picked !== undefined) return picked;
        }
        if (ended) throw crusadesError('evaluator_failed', { reason: 'the referee ended without an answer' });
        const left = until - Date.now();
        if (left <= 0) throw crusadesError('evaluator_failed', { reason: `no answer within ${seconds} s` });
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, left);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    },
  };
}

async function readResult(file: string, spec: AttemptSpec): Promise<AttemptResult> {
  const parsed = attemptResultSchema.safeParse(parseJson(await readFile(file, 'utf8')));
  if (!parsed.success) {
    throw crusadesError('evaluator_failed', {
      reason: `its result does not fit the interface (${parsed.error.issues[0]?.path.join('.') ?? 'no JSON'})`,
    });
  }
  const { submission, attempt } = parsed.data;
  if (submission !== spec.submission || attempt !== spec.attempt) {
    throw crusadesError('evaluator_failed', {
      reason: `its result is of attempt ${attempt} of ${submission}, not the one asked for`,
    });
  }
  return parsed.data;
}

const exchangeFiles = (
  dir: string,
  { submission, attempt }: AttemptSpec,
): { spec: string; result: string } => ({
  spec: path.join(dir, `${submission}-${attempt}.spec.json`),
  result: path.join(dir, `${submission}-${attempt}.result.json`),
});

const tell = (child: ChildProcess, message: object): void => {
  if (child.stdin?.writable) child.stdin.write(`${JSON.stringify(message)}\n`);
};

const exitOf = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });

/** Closing its standard input asks the referee to end; the group is killed if it does not. */
async function terminate(child: ChildProcess, exited: Promise<void>): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const group = -child.pid;
  child.stdin?.end();
  const timer = setTimeout(() => killGroup(group), CLOSE_GRACE_MS);
  await exited;
  clearTimeout(timer);
  killGroup(group);
}

const killGroup = (group: number): void => {
  try {
    process.kill(group, 'SIGKILL');
  } catch {
    // Nobody is left in the group.
  }
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};
