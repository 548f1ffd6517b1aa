import type { Notes } from '../notes.js';

/** Answers that are worked out once for each key. A question may lead to others, and to itself in the end. */
export interface Table<Key, Item> {
  readonly get: (key: Key) => readonly Item[];
  /** What is known without working it out. */
  readonly peek: (key: Key) => readonly Item[] | undefined;
  /** An answer that came out with another one. */
  put(key: Key, answer: readonly Item[]): void;
}

export interface Tables {
  /**
   * @param compute may ask any table; with better answers it must not give less
   * @param newNotes where what is known is kept by key; a map if nothing else is given
   */
  table<Key, Item>(
    compute: (key: Key) => readonly Item[],
    newNotes?: <Note>() => Notes<Key, Note>,
  ): Table<Key, Item>;
}

/** What is known under one key: kept together, for one look-up finds all of it. */
interface Entry<Item> {
  /** For good. */
  settled: readonly Item[] | undefined;
  /** In this round, on assumptions. */
  current: readonly Item[] | undefined;
  /** What the last round came to. */
  assumed: readonly Item[] | undefined;
  /** Whether it is being worked out. */
  open: boolean;
}

/** A table between two rounds. */
interface Turns {
  /** Answers of this round become what the next one assumes. */
  assume(): void;
  settle(): void;
}

/** Two or three rounds do for what people write. */
const MAX_ROUNDS = 24;

/**
 * Tables whose questions may lead to each other in circles. A question that is being worked out is answered by
 * what the last round knew; the outermost question is asked anew until no assumption was too small. So what comes
 * out does not depend on which question was asked first.
 *
 * @param onBound called if the rounds come to no end
 */
export const createTables = (onBound: () => void): Tables => {
  /** Those with answers that rest on assumptions. */
  const unsettled = new Set<Turns>();
  let depth = 0;
  /** Whether the question that is being worked out rests on an assumption. */
  let assuming = false;
  /** Whether what was assumed in this round was enough. */
  let holds: (() => boolean)[] = [];

  const inRounds = (ask: () => void): void => {
    assuming = false;
    for (let round = 1; ; round += 1) {
      ask();
      if (!assuming || holds.every((hold) => hold())) break;
      if (round === MAX_ROUNDS) {
        onBound();
        break;
      }
      holds = [];
      assuming = false;
      for (const table of unsettled) table.assume();
    }
    for (const table of unsettled) table.settle();
    unsettled.clear();
    holds = [];
  };

  const table = <Key, Item>(
    compute: (key: Key) => readonly Item[],
    newNotes: <Note>() => Notes<Key, Note> = () => new Map(),
  ): Table<Key, Item> => {
    const entries = newNotes<Entry<Item>>();
    /** Those with an answer of this round, and of the last one. */
    let current: Entry<Item>[] = [];
    let assumed: Entry<Item>[] = [];
    const turns: Turns = {
      assume() {
        for (const entry of assumed) entry.assumed = undefined;
        for (const entry of current) {
          entry.assumed = entry.current;
          entry.current = undefined;
        }
        assumed = current;
        current = [];
      },
      settle() {
        for (const entry of current) {
          entry.settled = entry.current;
          entry.current = undefined;
        }
        for (const entry of assumed) entry.assumed = undefined;
        assumed = [];
        current = [];
      },
    };

    const entryOf = (key: Key): Entry<Item> => {
      let entry = entries.get(key);
      if (!entry)
        entries.set(
          key,
          (entry = { settled: undefined, current: undefined, assumed: undefined, open: false }),
        );
      return entry;
    };
    const known = (entry: Entry<Item>): readonly Item[] | undefined => {
      if (entry.settled) return entry.settled;
      if (entry.current) assuming = true;
      return entry.current;
    };
    const keep = (entry: Entry<Item>, answer: readonly Item[]): void => {
      if (!assuming) {
        entry.settled = answer;
        return;
      }
      unsettled.add(turns);
      if (!entry.current) current.push(entry);
      const before = entry.assumed;
      entry.current = before && before.length > answer.length ? union(before, answer) : answer;
    };
    const work = (key: Key, entry: Entry<Item>): void => {
      const outer = assuming;
      assuming = false;
      entry.open = true;
      depth += 1;
      try {
        keep(entry, compute(key));
      } finally {
        depth -= 1;
        entry.open = false;
        assuming ||= outer;
      }
    };
    const get = (key: Key): readonly Item[] => {
      const entry = entryOf(key);
      const answer = known(entry);
      if (answer) return answer;
      if (entry.open) {
        const last = entry.assumed ?? [];
        assuming = true;
        holds.push(() => ((entry.settled ?? entry.current)?.length ?? 0) <= last.length);
        return last;
      }
      if (depth > 0) work(key, entry);
      else inRounds(() => work(key, entry));
      return entry.settled ?? entry.current ?? [];
    };
    return {
      get,
      peek: (key) => {
        const entry = entries.get(key);
        return entry && known(entry);
      },
      put: (key, answer) => keep(entryOf(key), answer),
    };
  };
  return { table };
};

const union = <Item>(a: readonly Item[], b: readonly Item[]): readonly Item[] => [...new Set([...a, ...b])];
