/**
 * A sketch of a file's normalised tokens: a few hundred bytes from which one can tell how much two files have in
 * common, without the files. It is the bottom of a MinHash: of the hashes of all runs of `RUN` tokens, the `SIZE`
 * smallest ones. Nothing is rejected by it, so the hash need not withstand an attacker, only be quick and the same
 * everywhere.
 */

/** Tokens that are hashed together. About one statement: a moved statement stays itself, shared words don't count. */
const RUN = 12;
/** With 128 hashes a similarity of 0.8 is estimated to 0.035 (standard deviation, √(0.8 · 0.2 / 128)). */
const SIZE = 128;
/** Raised with whatever changes the hashes: sketches of different versions say nothing about each other. */
const VERSION = '1';

/**
 * From here on two files are called near-duplicates. Measured on the pairs of `test/honest`: see
 * docs/reference/ledger.md#code_sketches.
 */
export const NEAR_DUPLICATE = 0.8;

export interface Sketcher {
  /** @param token its `hashOfToken` */
  add(token: number): void;
  /** `1:` and the hashes in base64, smallest first; only `1:` when there were no tokens. */
  finish(): string;
}

export const createSketcher = (): Sketcher => {
  /** Hashes of the last tokens, the oldest overwritten; twice, so that the last run always lies in one piece. */
  const recent = new Int32Array(2 * RUN);
  let count = 0;
  const smallest: number[] = [];

  return {
    add(token) {
      const place = count % RUN;
      recent[place] = token;
      recent[place + RUN] = token;
      count += 1;
      if (count >= RUN) keepSmallest(smallest, mixed(recent, place + 1, RUN));
    },
    finish() {
      // A file that is shorter than one run is one run.
      if (smallest.length === 0 && count > 0) smallest.push(mixed(recent, 0, count));
      const bytes = Buffer.alloc(smallest.length * 4);
      smallest.forEach((hash, index) => bytes.writeUInt32BE(hash, index * 4));
      return `${VERSION}:${bytes.toString('base64')}`;
    },
  };
};

/** Inserts into a sorted list without repetition; what no longer fits falls out at its end. */
const keepSmallest = (smallest: number[], hash: number): void => {
  const last = smallest.at(-1);
  if (smallest.length >= SIZE && last !== undefined && hash >= last) return;
  let [from, to] = [0, smallest.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (smallest[middle]! < hash) from = middle + 1;
    else to = middle;
  }
  if (smallest[from] === hash) return;
  smallest.splice(from, 0, hash);
  if (smallest.length > SIZE) smallest.pop();
};

/**
 * A token as a sketch knows it: FNV-1a, 32 bits, over UTF-16 units. Offset basis and prime are as published by its
 * authors.
 */
export const hashOfToken = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
};

/** One hash of several in their order, spread evenly: the constants are those of MurmurHash3’s last step. */
const mixed = (hashes: Int32Array, from: number, length: number): number => {
  let hash = 0;
  for (let index = from; index < from + length; index += 1)
    hash = Math.imul(hash ^ hashes[index]!, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
};

/**
 * How much two files have in common, from 0 (nothing) to 1 (all): an estimate of the share of their runs of tokens
 * that stand in both.
 *
 * @returns null when the sketches cannot be compared: one is empty, or made by another version
 */
export const similarityOf = (one: string, other: string): number | null => {
  const [a, b] = [hashesOf(one), hashesOf(other)];
  if (a.length === 0 || b.length === 0) return null;
  let [inA, inB, together, both] = [0, 0, 0, 0];
  // The smallest hashes of the union are among the smallest of the two.
  for (; together < SIZE && (inA < a.length || inB < b.length); together += 1) {
    const [fromA, fromB] = [a[inA] ?? Infinity, b[inB] ?? Infinity];
    if (fromA === fromB) both += 1;
    if (fromA <= fromB) inA += 1;
    if (fromB <= fromA) inB += 1;
  }
  return both / together;
};

const hashesOf = (sketch: string): readonly number[] => {
  const [version, text = ''] = sketch.split(':');
  if (version !== VERSION) return [];
  const bytes = Buffer.from(text, 'base64');
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => bytes.readUInt32BE(index * 4));
};

/**
 * The candidate that has most in common with a sketch; of equal ones the first.
 *
 * @returns null when none can be compared with it
 */
export const nearestOf = <Candidate extends { readonly sketch: string }>(
  sketch: string,
  candidates: readonly Candidate[],
): { readonly candidate: Candidate; readonly similarity: number } | null =>
  candidates.reduce<{ candidate: Candidate; similarity: number } | null>((nearest, candidate) => {
    const similarity = similarityOf(sketch, candidate.sketch);
    return similarity !== null && similarity > (nearest?.similarity ?? -1)
      ? { candidate, similarity }
      : nearest;
  }, null);
