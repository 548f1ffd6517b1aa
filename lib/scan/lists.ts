/** Adds to the list that a map has under a key. */
export const pushTo = <Key, Item>(map: Map<Key, Item[]>, key: Key, item: Item): void => {
  const known = map.get(key);
  if (known) known.push(item);
  else map.set(key, [item]);
};

/**
 * Keeps what was made of a list, or of a function. To be called for each file anew: what outlives a file and leads to
 * its tree, be it weakly, makes V8 copy the trees of all files before this one until its next full collection.
 */
export const derived = <From extends object, Made>(make: (from: From) => Made): ((from: From) => Made) => {
  const made = new Map<From, Made>();
  return (from) => {
    let known = made.get(from);
    if (known === undefined) made.set(from, (known = make(from)));
    return known;
  };
};

/** Numbers things in the order of being asked about; for one file, as `derived` is. */
export const numbers = <Thing extends object>(): ((thing: Thing) => number) => {
  let count = 0;
  return derived((_thing: Thing) => count++);
};
