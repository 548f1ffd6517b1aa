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
   * @param idOf what makes two items the same, where `compute` makes new ones each time; an item itself if nothing
   *   else is given
   */
  table<Key, Item>(
    compute: (key: Key) => readonly Item[],
    newNotes?: <Note>() => Notes<Key, Note>,
    idOf?: (item: Item) => unknown,
  ): Table<Key, Item>;
}

/** What is known under a key that is not settled yet. */
interface Entry<Key, Item> {
  readonly key: Key;
  /** In this round, on assumptions. */
  current: readonly Item[] | undefined;
  /** What the last round came to. */
  assumed: readonly Item[] | undefined;
  /** Whether it is being worked out. */
  open: boolean;
}

/** An answer for good, or what is known until then. Most are settled at once, so nothing else is kept of them. */
type Held<Key, Item> = readonly Item[] | Entry<Key, Item> | typeof OPEN;

/** Of a key that is worked out for the first time. */
const OPEN = Symbol('open');

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
    idOf: (item: Item) => unknown = (item) => item,
  ): Table<Key, Item> => {
    const notes = newNotes<Held<Key, Item>>();
    /** Those with an answer of this round, and of the last one. */
    let current: Entry<Key, Item>[] = [];
    let assumed: Entry<Key, Item>[] = [];
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
        for (const entry of current)
          if (notes.get(entry.key) === entry) notes.set(entry.key, entry.current ?? NOTHING);
        for (const entry of assumed) if (notes.get(entry.key) === entry) entry.assumed = undefined;
        assumed = [];
        current = [];
      },
    };

    const entryOf = (key: Key, held: Held<Key, Item> | undefined): Entry<Key, Item> => {
      if (isEntry(held)) return held;
      const entry = { key, current: undefined, assumed: undefined, open: held === OPEN };
      notes.set(key, entry);
      return entry;
    };
    const known = (held: Held<Key, Item> | undefined): readonly Item[] | undefined => {
      if (held === undefined || held === OPEN) return undefined;
      if (!isEntry(held)) return held;
      if (held.current) assuming = true;
      return held.current;
    };
    const keep = (key: Key, answer: readonly Item[]): void => {
      if (!assuming) {
        notes.set(key, answer);
        return;
      }
      const held = notes.get(key);
      // Settled on the way to it.
      if (held !== undefined && held !== OPEN && !isEntry(held)) return;
      const entry = entryOf(key, held);
      unsettled.add(turns);
      if (!entry.current) current.push(entry);
      // What was said once stays said: rounds come to an end, and a longer answer is a different one.
      entry.current = entry.assumed ? union(entry.assumed, answer, idOf) : answer;
    };
    const work = (key: Key): void => {
      const outer = assuming;
      const held = notes.get(key);
      assuming = false;
      if (isEntry(held)) held.open = true;
      else notes.set(key, OPEN);
      depth += 1;
      try {
        keep(key, compute(key));
      } finally {
        depth -= 1;
        const after = notes.get(key);
        if (isEntry(after)) after.open = false;
        assuming ||= outer;
      }
    };
    const get = (key: Key): readonly Item[] => {
      const held = notes.get(key);
      const answer = known(held);
      if (answer) return answer;
      const entry = isEntry(held) ? held : undefined;
      if (held === OPEN || entry?.open) {
        const last = entry?.assumed ?? NOTHING;
        assuming = true;
        holds.push(() => (known(notes.get(key))?.length ?? 0) <= last.length);
        return last;
      }
      if (depth > 0) work(key);
      else inRounds(() => work(key));
      return known(notes.get(key)) ?? NOTHING;
    };
    return { get, peek: (key) => known(notes.get(key)), put: keep };
  };
  return { table };
};

const NOTHING: readonly never[] = [];

const isEntry = <Key, Item>(held: Held<Key, Item> | undefined): held is Entry<Key, Item> =>
  held !== undefined && held !== OPEN && !Array.isArray(held);

const union = <Item>(
  a: readonly Item[],
  b: readonly Item[],
  idOf: (item: Item) => unknown,
): readonly Item[] => {
  if (isWithin(a, b)) return b;
  const found = new Map(a.map((item) => [idOf(item), item]));
  for (const item of b) {
    const id = idOf(item);
    if (!found.has(id)) found.set(id, item);
  }
  return [...found.values()];
};

/** Whether one list is the other with some items left out: most answers only grow. */
const isWithin = <Item>(some: readonly Item[], all: readonly Item[]): boolean => {
  let seen = 0;
  for (const item of all) if (seen < some.length && some[seen] === item) seen += 1;
  return seen === some.length;
};
