import { attributeRules } from './attributes.js';
import { dynamicCodeRules } from './dynamic-code.js';
import { modelRules } from './model.js';
import { moduleRules } from './modules.js';
import { optimizerRules } from './optimizer.js';
import { patchingRules } from './patching.js';
import { reflectionRules } from './reflection.js';
import type { Rule } from './rule.js';
import { structureRules } from './structure.js';
import { tangledRules } from './tangled.js';
import { torchRules } from './torch.js';

/** Every rule on the syntax tree. What is judged before there is a tree: see `scan-source.ts`. */
export const RULES: readonly Rule[] = [
  ...[
    structureRules,
    moduleRules,
    dynamicCodeRules,
    reflectionRules,
    attributeRules,
    torchRules,
    patchingRules,
    optimizerRules,
    modelRules,
    // Last: it reports what the others ran into.
    tangledRules,
  ].flat(),
];

export { ENTRY, type Rule } from './rule.js';
