// Plain JavaScript without dependencies: scripts/setup.mjs needs it before anything is installed or built.
import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 100;

/** A take-over is a few system calls; whoever needs longer was killed in the middle of it. */
const TAKE_OVER_MS = 5_000;

export function tryLock(file, what) {
  mkdirSync(dirname(file), { recursive: true });
  if (createLock(file, what)) return held(file);
  const holder = readHolder(file);
  if (holder !== null && isAlive(holder)) return { holder };
  return takeOver(file, what) ? held(file) : { holder: holder ?? nobody };
}

export async function waitForLock(file, what, { onWait, signal } = {}) {
  let told = false;
  for (;;) {
    signal?.throwIfAborted();
    const lock = tryLock(file, what);
    if ('release' in lock) return lock;
    if (!told) onWait?.(lock.holder);
    told = true;
    await sleep(POLL_MS, undefined, { signal });
  }
}

export function processStart(pid) {
  try {
    if (process.platform === 'linux') {
      // The name in brackets may hold blanks and brackets itself; starttime is field 22, 20th after it.
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' ? null : fields[19];
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null;
  } catch {
    return null;
  }
}

const nobody = { pid: 0, started: '', what: '' };

const isAlive = (holder) => processStart(holder.pid) === holder.started;

function held(file) {
  return {
    release() {
      const holder = readHolder(file);
      if (holder?.pid === process.pid) rmSync(file, { force: true });
    },
  };
}

/** Linking a finished file makes the lock appear with its content: nobody ever reads half of one. */
function createLock(file, what) {
  const draft = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  writeFileSync(draft, JSON.stringify({ pid: process.pid, started: processStart(process.pid), what }));
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    unlinkSync(draft);
  }
}

/** Two that find the same stale lock must not both remove it: the second would remove the first one's new lock. */
function takeOver(file, what) {
  const turn = `${file}.turn`;
  try {
    writeFileSync(turn, '', { flag: 'wx' });
  } catch {
    if (ageMs(turn) > TAKE_OVER_MS) rmSync(turn, { force: true });
    return false;
  }
  try {
    const holder = readHolder(file);
    if (holder !== null && isAlive(holder)) return false;
    rmSync(file, { force: true });
    return createLock(file, what);
  } finally {
    rmSync(turn, { force: true });
  }
}

function readHolder(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

function ageMs(file) {
  try {
    return Date.now() - statSync(file).mtimeMs;
  } catch {
    return 0;
  }
}
