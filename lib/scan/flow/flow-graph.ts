import { createNotes, type Numbered } from '../notes.js';
import type { Table, Tables } from './tables.js';
import type { Selector, Source } from './targets.js';
import type { PyNode } from '../tree.js';

/** A value, or a part of one. */
export interface State extends Source, Numbered {
  /** Attributes, too, are ways back: to the object that they are taken from. */
  readonly taken: boolean;
}

export interface FlowGraph {
  state(node: PyNode, parts: readonly Selector[], taken: boolean): State;
  /** An expression's value, and whatever it holds at any depth. */
  within(node: PyNode): State;
  /** The states that a value may come from, itself first. */
  reached(start: State): Iterable<State>;
  /** The nearest of those that is found to be something; none where it is far. For reports, not for judging. */
  nearest(start: State, isWanted: (node: PyNode) => boolean): PyNode | undefined;
  /**
   * A question about values: what all those say by themselves that they may come from. Each state is looked at
   * once for each question, however many expressions it is asked about.
   *
   * @param own what an expression says by itself
   */
  question<Fact>(own: (node: PyNode) => readonly Fact[]): (start: State) => readonly Fact[];
  /** The same where also counts of what, and as which part of it, a value comes. @param own what a state says by itself */
  questionOfStates<Fact>(own: (state: State) => readonly Fact[]): (start: State) => readonly Fact[];
  /** Counts what is done besides; whether that was too much for one file: from then on nothing is known any more. */
  readonly spend: (node: PyNode, more: number) => boolean;
}

/** Elements of elements that are told apart; what lies deeper is any element of any depth. */
export const MAX_PARTS = 6;
/** Ways to take one value apart that are told apart; further ones count as any element of any depth. */
const MAX_WAYS = 256;
/** At the end of parts only: the value itself, or elements of elements of any depth. No key of Python's holds NUL. */
export const ANY_DEPTH = '\0';

/** Values that are looked at for one report. */
const NEAR = 500;

export interface FlowBounds {
  /** States of one file. 500 KB of honest code make some 60,000. */
  readonly maxStates: number;
  /** Things that one value may be. */
  readonly maxFacts: number;
  /** Steps back and things found there, of all questions together. 500 KB of honest code take some 600,000. */
  readonly maxWork: number;
}

/**
 * Where the values of a file come from, as a graph that is explored as it is asked about, each state once: questions
 * share what they have in common.
 *
 * @param step one step back from a value, or from a part of it
 * @param onBound called where a bound ends the search: what lies beyond stays unknown
 */
export const createFlowGraph = (
  step: (node: PyNode, parts: readonly Selector[], taken: boolean) => readonly Source[],
  tables: Tables,
  onBound: (node: PyNode) => void,
  { maxStates, maxFacts, maxWork }: FlowBounds,
): FlowGraph => {
  const whole = [createNotes<PyNode, State>(), createNotes<PyNode, State>()] as const;
  const partial = [
    createNotes<PyNode, Map<string, State>>(),
    createNotes<PyNode, Map<string, State>>(),
  ] as const;
  let count = 0;

  /** Most values are asked for as a whole. */
  const state = (node: PyNode, given: readonly Selector[], taken: boolean): State => {
    if (given.length > 0) return partOf(node, given, taken);
    const wholes = whole[taken ? 1 : 0];
    let held = wholes.get(node);
    if (!held) {
      wholes.set(node, (held = { id: count, node, parts: given, taken }));
      count += 1;
    }
    return held;
  };

  const partOf = (node: PyNode, given: readonly Selector[], taken: boolean): State => {
    const ofNode = partial[taken ? 1 : 0];
    let ways = ofNode.get(node);
    if (!ways) ofNode.set(node, (ways = new Map<string, State>()));
    const parts = bounded(given, ways.size);
    const key = JSON.stringify(parts);
    let held = ways.get(key);
    if (!held) {
      ways.set(key, (held = { id: count, node, parts, taken }));
      count += 1;
    }
    return held;
  };

  let work = 0;
  let isSpent = false;
  const spend = (node: PyNode, more: number): boolean => {
    work += more;
    if (work > maxWork && !isSpent) {
      isSpent = true;
      onBound(node);
    }
    return isSpent;
  };

  const next = tables.table(({ node, parts, taken }: State): readonly State[] => {
    if (isSpent) return NOTHING;
    if (count > maxStates) {
      onBound(node);
      return NOTHING;
    }
    const sources =
      parts.at(-1) === ANY_DEPTH
        ? spelledOut(parts).flatMap((held) => step(node, held, taken))
        : step(node, parts, taken);
    if (sources.length === 0) return NOTHING;
    const states = sources.map((source) => state(source.node, source.parts, taken));
    return states.length === 1 ? states : [...new Set(states)];
  }, createNotes);

  const followed = (held: State): readonly State[] => {
    const earlier = next.get(held);
    return spend(held.node, earlier.length) ? NOTHING : earlier;
  };

  const reached = (start: State): Iterable<State> => {
    const seen = new Set([start]);
    for (const held of seen) for (const earlier of followed(held)) seen.add(earlier);
    return seen;
  };

  const nearest = (start: State, isWanted: (node: PyNode) => boolean): PyNode | undefined => {
    const seen = new Set([start]);
    for (const held of seen) {
      if (isFound(held) && isWanted(held.node)) return held.node;
      if (seen.size < NEAR) for (const earlier of next.get(held)) seen.add(earlier);
    }
    return undefined;
  };

  const question = <Fact>(own: (node: PyNode) => readonly Fact[]) =>
    questionOfStates((held) => (isFound(held) ? own(held.node) : NOTHING));

  const questionOfStates = <Fact>(
    own: (state: State) => readonly Fact[],
  ): ((start: State) => readonly Fact[]) => {
    /** Most values are made on the spot, or are one other value of which all is known. */
    const simply = (start: State): readonly Fact[] | undefined => {
      const earlier = next.get(start);
      if (earlier.length > 1) return undefined;
      const known = earlier.length === 1 ? answers.peek(earlier[0]!) : NOTHING;
      if (!known) return undefined;
      const facts = own(start);
      if (facts.length === 0 || facts === known) return known;
      if (known.length === 0) return facts;
      return facts.length + known.length <= maxFacts ? [...new Set([...facts, ...known])] : undefined;
    };

    const answers: Table<State, Fact> = tables.table((start: State) => {
      const simple = simply(start);
      if (simple) return simple;
      const fresh = new Map<State, Gathered<Fact>>([[start, { facts: undefined, behind: [] }]]);
      const grown: State[] = [];
      for (const [held, gathered] of fresh) {
        gain(held, gathered, own(held));
        for (const earlier of followed(held)) {
          const other = fresh.get(earlier);
          if (other) {
            other.behind.push(held);
            continue;
          }
          const settled = answers.peek(earlier);
          if (settled) gain(held, gathered, settled);
          else fresh.set(earlier, { facts: undefined, behind: [held] });
        }
        if (gathered.facts) grown.push(held);
      }
      for (let held = grown.pop(); held; held = grown.pop()) {
        const { facts, behind } = fresh.get(held)!;
        for (const other of behind) if (gain(other, fresh.get(other)!, facts ?? [])) grown.push(other);
      }
      for (const [held, { facts }] of fresh) answers.put(held, facts ? [...facts] : NOTHING);
      return answers.peek(start) ?? NOTHING;
    }, createNotes);
    return answers.get;
  };

  /** Whether there was anything new. */
  const gain = <Fact>(held: State, gathered: Gathered<Fact>, facts: readonly Fact[] | Set<Fact>): boolean => {
    let isNew = false;
    for (const fact of facts) {
      if (spend(held.node, 1)) break;
      if (gathered.facts?.has(fact)) continue;
      if ((gathered.facts?.size ?? 0) >= maxFacts) {
        onBound(held.node);
        break;
      }
      (gathered.facts ??= new Set()).add(fact);
      isNew = true;
    }
    return isNew;
  };

  const within = (node: PyNode): State => state(node, [ANY_DEPTH], false);
  return { state, within, reached, nearest, question, questionOfStates, spend };
};

interface Gathered<Fact> {
  facts: Set<Fact> | undefined;
  /** Whose value may come from here. */
  readonly behind: State[];
}

const NOTHING: readonly never[] = [];

/** A value that is asked for as a whole; one that something is taken from counts with any part. */
export const isFound = ({ parts, taken }: State): boolean =>
  taken || parts.length === 0 || parts[0] === ANY_DEPTH;

const bounded = (parts: readonly Selector[], ways: number): readonly Selector[] => {
  if (parts.length === 0) return parts;
  if (ways >= MAX_WAYS) return [ANY_DEPTH];
  return parts.length > MAX_PARTS ? [...parts.slice(0, MAX_PARTS), ANY_DEPTH] : parts;
};

/** What any depth means to one step back, which looks at two parts at most. */
const spelledOut = (parts: readonly Selector[]): readonly (readonly Selector[])[] => {
  if (parts.length > 2) return [parts];
  const before = parts.slice(0, -1);
  return before.length === 0 ? [[], [null], [null, null, ANY_DEPTH]] : [before, [...before, null, ANY_DEPTH]];
};
