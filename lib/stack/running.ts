import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stateDirectory } from '../provision/index.js';
import { processStart } from '../provision/process-lock.mjs';

/** A validator that runs on this machine, as `crusades up` or `crusades demo` announced it. */
export interface RunningStack {
  readonly network: string;
  /** The command that runs it. */
  readonly command: string;
  readonly pid: number;
  readonly state: string;
  readonly hparams: string;
  /** With its password: the file is its owner's alone. */
  readonly databaseUrl: string;
  readonly temporal: { readonly address: string; readonly namespace: string; readonly ui: string | null };
  readonly endpoint: string;
}

/**
 * Lets other commands of this machine find what this process runs.
 *
 * @returns how to take the announcement back; without it, it counts for nothing once this process has ended
 */
export const announceStack = (stack: Omit<RunningStack, 'pid'>): (() => void) => {
  const folder = announcements();
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${process.pid}.json`);
  const content = { ...stack, pid: process.pid, started: processStart(process.pid) };
  writeFileSync(file, JSON.stringify(content), { mode: 0o600 });
  return () => rmSync(file, { force: true });
};

/** What runs on this machine now, the newest first. */
export const runningStacks = (): RunningStack[] =>
  readFiles()
    .filter(({ pid, started }) => processStart(pid) === started)
    .sort((a, b) => Number(b.started) - Number(a.started))
    .map(({ started: _, ...stack }) => stack);

type Announcement = RunningStack & { readonly started: string };

const announcements = (): string => join(dirname(stateDirectory('any')), 'running');

const readFiles = (): Announcement[] => {
  try {
    const folder = announcements();
    return readdirSync(folder).map(
      (name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Announcement,
    );
  } catch {
    // None was ever announced, or by another user.
    return [];
  }
};
