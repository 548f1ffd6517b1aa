/** The devnet's time, in Unix milliseconds. */
export interface Clock {
  now(): number;
  /** Sets it forward. */
  skip(milliseconds: number): void;
  /** A block begins. */
  tick(): void;
}

/** The machine's time, from which tests may run ahead. */
export const wallClock = (): Clock => {
  let skipped = 0;
  return {
    now: () => Date.now() + skipped,
    skip: (milliseconds) => {
      skipped += milliseconds;
    },
    tick: () => undefined,
  };
};

/** Time that only blocks and skips make pass, so that the same history happens at the same times again. */
export const blockClock = (startMs: number, blockTimeMs: number): Clock => {
  let now = startMs;
  return {
    now: () => now,
    skip: (milliseconds) => {
      now += milliseconds;
    },
    tick: () => {
      now += blockTimeMs;
    },
  };
};
