import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ManagedProcess } from '../../lib/stack/index.js';

/** A process that a test kills and starts again, on the same ports and state. */
export interface Restartable {
  start(): Promise<void>;
  process(): ManagedProcess;
  isRunning(): boolean;
  /** As `kill -9`, to the process alone; returns when it has gone. */
  killHard(): Promise<void>;
  stop(): Promise<void>;
}

export function restartable(start: () => Promise<ManagedProcess>): Restartable {
  let current: ManagedProcess | undefined;
  let running = false;
  const process = (): ManagedProcess => {
    if (current === undefined) throw new Error('it was never started');
    return current;
  };
  return {
    process,
    isRunning: () => running,
    async start() {
      const started = await start();
      current = started;
      running = true;
      void started.exited.then(() => {
        if (current === started) running = false;
      });
    },
    async killHard() {
      process().kill('SIGKILL');
      await process().exited;
      running = false;
    },
    async stop() {
      await current?.stop();
    },
  };
}

/**
 * Asks again and again until there is an answer. Errors count as none: what a test has just killed does not
 * answer at first.
 *
 * @throws with the last error when none comes in time
 */
export async function until<T>(
  what: string,
  seconds: number,
  ask: () => Promise<T | undefined | null | false>,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const { answer, error } = await answerOf(ask);
    if (answer !== undefined && answer !== null && answer !== false) return answer;
    if (Date.now() > deadline) {
      const reason = error instanceof Error ? error.message : 'not yet';
      throw new Error(`${what}: not within ${seconds} s (${reason})`, { cause: error });
    }
    await sleep(150);
  }
}

async function answerOf<T>(ask: () => Promise<T>): Promise<{ answer?: T; error?: unknown }> {
  try {
    return { answer: await ask() };
  } catch (error) {
    return { error };
  }
}

/** Everything that a process has started, directly or not, which still runs. */
export function descendantsOf(pid: number): number[] {
  const children = childrenByParent();
  const beneath = (parent: number): number[] =>
    (children.get(parent) ?? []).flatMap((child) => [child, ...beneath(child)]);
  return beneath(pid);
}

function childrenByParent(): ReadonlyMap<number, number[]> {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const parent = parentOf(name);
    if (parent !== null) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  return children;
}

/** Behind the name, which may hold anything: state, then the parent. */
function parentOf(pid: string): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return null;
  }
}
