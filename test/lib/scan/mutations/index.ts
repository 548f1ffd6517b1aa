import { bindings } from './bindings.js';
import { expressions } from './expressions.js';
import { formatting } from './formatting.js';
import { letters, names } from './names.js';
import type { Mutation } from './program.js';
import { moved, statements } from './statements.js';
import { values, variables } from './values.js';

export { openProgram, type Mutation, type Program } from './program.js';

/** What somebody might try who looks for a way past the scan. */
export const MUTATIONS: readonly Mutation[] = [
  ...[formatting, names, letters, expressions, values, bindings, statements, moved].flat(),
];

/** What an honest file may look like as well. */
export const HONEST_MUTATIONS: readonly Mutation[] = [
  ...[formatting, names, letters, moved].flat(),
  variables,
];
