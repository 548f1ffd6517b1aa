/** Who holds a lock, as its file says. */
export interface LockHolder {
  readonly pid: number;
  /** As the operating system states it; tells a process from a later one with the same id. */
  readonly started: string;
  /** What the holder does, for people. */
  readonly what: string;
}

export interface HeldLock {
  /** Repeatable. */
  release(): void;
}

/** Takes the lock, or says who has it. A lock whose holder has ended counts as free. */
export function tryLock(file: string, what: string): HeldLock | { readonly holder: LockHolder };

/** Waits until the lock is free. Rejects with the signal's reason when that comes first. */
export function waitForLock(
  file: string,
  what: string,
  options?: { readonly onWait?: (holder: LockHolder) => void; readonly signal?: AbortSignal },
): Promise<HeldLock>;

/** When the process started, in the operating system's own words; null when there is no such process. */
export function processStart(pid: number): string | null;
