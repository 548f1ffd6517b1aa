import { createHash } from 'node:crypto';

import { completed, type ScanFragment } from '../../../support/scan-fragments.js';
import type { Mutation, Program } from './program.js';

/** A fragment in other words. */
export interface Variant {
  readonly fragment: ScanFragment;
  /** The names of the mutations, in the order in which they were made. */
  readonly mutations: readonly string[];
  readonly text: string;
  /** Decides whether it is among a sample: always the same for the same variant. */
  readonly rank: number;
}

/** @param perMutation the variants of each mutation that are taken; all without it */
export const variantsOf = (
  fragments: readonly ScanFragment[],
  mutations: readonly Mutation[],
  open: (text: string) => Program,
  perMutation = Infinity,
): readonly Variant[] => {
  const programs = fragments.map((fragment) => open(completed(fragment)));
  return mutations.flatMap((mutation) => {
    const found = fragments.flatMap((fragment, index) =>
      mutatedBy(mutation, programs[index]!).map((text, position): Variant => ({
        ...{ fragment, text, mutations: [mutation.name] },
        rank: rankOf(fragment.rule, fragment.title, mutation.name, position),
      })),
    );
    return lowest(found, perMutation);
  });
};

/** Variants of variants: one of each, by a mutation that its rank chooses among those that have something to change. */
export const combined = (
  variants: readonly Variant[],
  mutations: readonly Mutation[],
  open: (text: string) => Program,
  count: number,
): readonly Variant[] =>
  lowest(variants, count).flatMap((first): readonly Variant[] => {
    const program = open(first.text.replaceAll(HELPERS, '$11'));
    const ranked = mutations
      .map((mutation) => ({ mutation, rank: rankOf(String(first.rank), mutation.name) }))
      .sort((a, b) => a.rank - b.rank);
    for (const { mutation, rank } of ranked) {
      const texts = mutatedBy(mutation, program);
      const text = texts[rank % Math.max(texts.length, 1)];
      if (text !== undefined)
        return [{ ...first, text, mutations: [...first.mutations, mutation.name], rank }];
    }
    return [];
  });

/** Names that mutations bring along end in 0; before another mutation they make room. */
const HELPERS = /\b(kept|give|rest|first|more|Keeper|keeper|Heir|spare|run|Runner|fill|held|inner)0\b/g;

const mutatedBy = (mutation: Mutation, program: Program): readonly string[] =>
  [...mutation.variants(program)].filter((text) => text !== program.text);

const rankOf = (...parts: readonly (string | number)[]): number =>
  createHash('sha1').update(parts.join('\n')).digest().readUInt32BE();

const lowest = (variants: readonly Variant[], count: number): readonly Variant[] =>
  variants.length <= count ? variants : [...variants].sort((a, b) => a.rank - b.rank).slice(0, count);
