/** Adds to the list that a map has under a key. */
export const pushTo = <Key, Item>(map: Map<Key, Item[]>, key: Key, item: Item): void => {
  const known = map.get(key);
  if (known) known.push(item);
  else map.set(key, [item]);
};

/** Keeps what was made of a list, or of a function, as long as that itself is kept. */
export const derived = <From extends object, Made>(make: (from: From) => Made): ((from: From) => Made) => {
  const made = new WeakMap<From, Made>();
  return (from) => {
    const known = made.get(from) ?? make(from);
    made.set(from, known);
    return known;
  };
};
