/** Answers that are worked out once for each key. A question may lead to others, and to itself in the end. */
export interface Table<Key, Item> {
  readonly get: (key: Key) => readonly Item[];
  /** What is known without working it out. */
  readonly peek: (key: Key) => readonly Item[] | undefined;
  /** An answer that came out with another one. */
  put(key: Key, answer: readonly Item[]): void;
}

export interface Tables {
  /** @param compute may ask any table; with better answers it must not give less */
  table<Key, Item>(compute: (key: Key) => readonly Item[]): Table<Key, Item>;
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

  const table = <Key, Item>(compute: (key: Key) => readonly Item[]): Table<Key, Item> => {
    const settled = new Map<Key, readonly Item[]>();
    let current = new Map<Key, readonly Item[]>();
    let assumed = new Map<Key, readonly Item[]>();
    const open = new Set<Key>();
    const turns: Turns = {
      assume() {
        assumed = current;
        current = new Map();
      },
      settle() {
        for (const [key, answer] of current) settled.set(key, answer);
        current = new Map();
        assumed = current;
      },
    };

    const peek = (key: Key): readonly Item[] | undefined => {
      const known = settled.get(key);
      if (known || current.size === 0) return known;
      const answer = current.get(key);
      if (answer) assuming = true;
      return answer;
    };
    const put = (key: Key, answer: readonly Item[]): void => {
      if (!assuming) {
        settled.set(key, answer);
        return;
      }
      unsettled.add(turns);
      const before = assumed.get(key);
      current.set(key, before && before.length > answer.length ? union(before, answer) : answer);
    };
    const work = (key: Key): readonly Item[] => {
      const outer = assuming;
      assuming = false;
      open.add(key);
      depth += 1;
      try {
        put(key, compute(key));
      } finally {
        depth -= 1;
        open.delete(key);
        assuming ||= outer;
      }
      return settled.get(key) ?? current.get(key) ?? [];
    };
    const get = (key: Key): readonly Item[] => {
      const known = peek(key);
      if (known) return known;
      if (open.has(key)) {
        const answer = assumed.get(key) ?? [];
        assuming = true;
        holds.push(() => ((settled.get(key) ?? current.get(key))?.length ?? 0) <= answer.length);
        return answer;
      }
      if (depth > 0) return work(key);
      inRounds(() => work(key));
      return settled.get(key) ?? [];
    };
    return { get, peek, put };
  };
  return { table };
};

const union = <Item>(a: readonly Item[], b: readonly Item[]): readonly Item[] => [...new Set([...a, ...b])];
