import type { Rule } from './rule.js';

/** `nn` with seventeen attributes. */
const CHAIN = `nn${'.a'.repeat(17)}`;
const EITHER = 'P = "a" if print else "b"\n';

const tooTangled: Rule = {
  id: 'too_tangled',
  severity: 'reject',
  section: 'Structure',
  description:
    'What a value may be can be followed: through at most sixteen attributes of an imported thing, to at most a thousand things and 256 texts, to the attributes of at most a hundred classes that one inherits from, and through a file of at most 600,000 values and parts of values, whose names are read two million times at most, each time counted as often as the name is bound; modules that are handed around as values, in a file of at most 25,000 nodes of Python’s tree. No honest code comes near.',
  remedy: 'Say it plainly: name what you use where you use it, instead of choosing among very many things.',
  rejected: [
    `import torch.nn as nn\n\nx = ${CHAIN}\n`,
    `${EITHER}x = (P + P + P + P + P + P + P + P + P).format(1)\n`,
  ],
  accepted: [
    `import torch.nn as nn\n\nx = ${CHAIN.slice(0, -2)}\n`,
    `${EITHER}x = (P + P + P + P).format(1)\n`,
    `def f(x):\n    return x${'.a'.repeat(40)}\n`,
  ],
  visit: (file, found) => ({
    end: () => {
      for (const node of file.tangled)
        found(
          node,
          node.parent
            ? 'What this may be can’t be followed any further, so it can’t be judged.'
            : 'What the functions and objects of this file hand to each other can’t be followed to an end, so it can’t be judged.',
        );
    },
  }),
};

export const tangledRules = [tooTangled] satisfies Rule[];
