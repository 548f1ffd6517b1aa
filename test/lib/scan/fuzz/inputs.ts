import { readdir, readFile } from 'node:fs/promises';

import fc from 'fast-check';

import { completed, readFragments } from '../../../support/scan-fragments.js';
import { bombs } from './bombs.js';
import { programs } from './grammar.js';
import { mangledBytes, mangledFiles, noise } from './mangled.js';

export interface FuzzInput {
  /** What kind of text it is. */
  readonly kind: string;
  readonly text: string;
}

/** Inputs that are drawn together. */
const BATCH = 100;

/** What the tests know as honest, as refused and as evasions: what mutations of bytes and tokens begin with. */
export const readCorpus = async (): Promise<readonly string[]> => {
  const folders = ['honest', 'refused', 'adversaries'].map(
    (name) => new URL(`../../../${name}/`, import.meta.url),
  );
  const files = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(folder)).filter((name) => name.endsWith('.py')).map((name) => new URL(name, folder)),
    ),
  );
  const programs = await Promise.all(files.flat().map((file) => readFile(file, 'utf8')));
  const fragments = await Promise.all(['evasions', 'honest-fragments'].map(readFragments));
  return [...programs, ...fragments.flat().map(completed)];
};

/** Texts without end; the same for the same seed and corpus. */
export function* inputsOf(corpus: readonly string[], seed: number): Generator<FuzzInput, never> {
  const of = (kind: string, texts: fc.Arbitrary<string>) => texts.map((text): FuzzInput => ({ kind, text }));
  const inputs = fc.oneof(
    { arbitrary: of('a random program', programs()), weight: 40 },
    { arbitrary: of('a mangled file', mangledFiles(corpus)), weight: 30 },
    { arbitrary: of('mangled bytes', mangledBytes(corpus)), weight: 12 },
    { arbitrary: of('noise', noise()), weight: 12 },
    { arbitrary: of('a bomb', bombs()), weight: 6 },
  );
  for (let batch = 0; ; batch += 1)
    yield* fc.sample(inputs, { seed: (seed + batch * 7919) | 0, numRuns: BATCH });
}
