import { moduleRules } from './modules.js';
import { reflectionRules } from './reflection.js';
import type { Rule } from './rule.js';
import { structureRules } from './structure.js';
import { torchRules } from './torch.js';
import { trainingRules } from './training.js';

/** Every rule on the syntax tree. What is judged before there is a tree: see `scan-source.ts`. */
export const RULES: readonly Rule[] = [
  ...[structureRules, moduleRules, reflectionRules, torchRules, trainingRules].flat(),
];

export { ENTRY, type Rule } from './rule.js';
