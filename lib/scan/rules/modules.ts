import { POLICY } from '../policy.js';
import { textAt, textsAt, type PyNode } from '../tree.js';
import type { Rule } from './rule.js';
import { acceptsManyGpus } from './structure.js';

/** Whether a path is, or passes through, a forbidden module; the part that is, or undefined. */
export const forbiddenPart = (path: string): string | undefined => {
  const segments = path.split('.');
  let prefix = '';
  for (const [position, segment] of segments.entries()) {
    prefix = position === 0 ? segment : `${prefix}.${segment}`;
    if (POLICY.forbiddenPaths.has(prefix)) return prefix;
    if (position === 0 && POLICY.forbiddenRoots.has(segment)) return prefix;
    if (position > 0 && POLICY.forbiddenParts.has(segment) && !POLICY.namesakes.has(prefix)) return prefix;
    if (isForbiddenName(segment) && !POLICY.namesakes.has(prefix)) return prefix;
  }
  return undefined;
};

/** `random._os` is `os`: modules hide what they import behind an underscore. */
const isForbiddenName = (name: string): boolean =>
  POLICY.forbiddenModules.has(name) || POLICY.forbiddenModules.has(name.replace(/^_+/, ''));

const forbidden: Rule = {
  id: 'forbidden_module',
  severity: 'reject',
  section: 'Modules',
  description:
    'Modules that reach the file system, the network, processes, the interpreter or foreign memory are not imported, nor reached as an attribute of another module.',
  remedy: 'Training code needs none of it: remove it, or move it under `if __name__ == "__main__":`.',
  rejected: [
    'import os\n',
    'import os.path as p\n',
    'from concurrent.futures import ThreadPoolExecutor\n',
    'import torch\n\nx = torch.os\n',
    'import random\n\nx = random._os.getpid()\n',
    'from torch.utils.data import os as x\n',
    'import torch.utils.cpp_extension\n',
    'import torch\n\nx = torch._C._cuda_getDevice\n',
    'import torch\n\nx = getattr(torch, "os")\n',
    'import torch.utils.data as d\n\ny = d\nz = y.os\n',
    'from enum import bltns\n',
    'from torch.jit._monkeytype_config import Path\n',
    'import torch\n\nmatch torch.nn:\n    case object(os=m):\n        pass\n',
  ],
  accepted: [
    'import torch\nimport torch.nn.functional as F\nfrom torch.utils.checkpoint import checkpoint\n',
    '"""Uses no os, sys or subprocess."""\nos = "linux"\nprint("import os")\n',
    'class A:\n    def __init__(self, io):\n        self.os = io.sys\n',
    'if __name__ == "__main__":\n    import os, sys\n',
    'import torch\n\nx = torch.types.Device\ny = torch.select(torch.ones(2, 2), 0, 1)\n',
  ],
  visit: (_file, found) => {
    /** A file names the same few paths thousands of times. */
    const parts = new Map<string, string | undefined>();
    const partOf = (path: string): string | undefined => {
      if (!parts.has(path)) parts.set(path, forbiddenPart(path));
      return parts.get(path);
    };
    return {
      path: (path, node) => {
        const part = partOf(path);
        // Only where it is reached: what hangs below was reported there.
        if (part === undefined || (node.type !== 'alias' && part !== path)) return;
        if (node.type === 'Name' || isReportedByModule(node)) return;
        found(node, `${part} is a forbidden module.`);
      },
      on: {
        ImportFrom: (node) => {
          const part = forbiddenPart(textAt(node, 'module') ?? '');
          if (part !== undefined && textAt(node, 'level') === '0')
            found(node, `${part} is a forbidden module.`);
        },
        MatchClass: (node) => {
          const name = textsAt(node, 'kwd_attrs').find(isForbiddenName);
          if (name !== undefined)
            found(node, `The pattern reads the attribute ${name}, the name of a forbidden module.`);
        },
      },
    };
  },
};

/** `from os import path`: one finding for the statement is enough. */
const isReportedByModule = ({ parent }: PyNode): boolean =>
  parent?.type === 'ImportFrom' && forbiddenPart(textAt(parent, 'module') ?? '') !== undefined;

const star: Rule = {
  id: 'star_import',
  severity: 'reject',
  section: 'Modules',
  description: 'No star imports: they hide what the file uses.',
  remedy: 'Import the names that you use.',
  rejected: ['from torch import *\n', 'from math import *\n'],
  accepted: ['from math import sqrt\n', 'import math\n'],
  visit: (_file, found) => ({
    on: {
      alias: (node) => {
        if (textAt(node, 'name') === '*') found(node, 'A star import binds names that the scan cannot see.');
      },
    },
  }),
};

const relative: Rule = {
  id: 'relative_import',
  severity: 'reject',
  section: 'Modules',
  description: 'No relative imports: a submission is one file.',
  remedy: 'Put the code into train.py itself.',
  rejected: ['from . import helper\n', 'from ..kernels import fused\n'],
  accepted: ['from math import pi\n', 'from torch import nn\n'],
  visit: (_file, found) => ({
    on: {
      ImportFrom: (node) => {
        if (Number(textAt(node, 'level') ?? 0) > 0) found(node, 'There is no package around a submission.');
      },
    },
  }),
};

const unknown: Rule = {
  id: 'unknown_module',
  severity: 'warn',
  section: 'Modules',
  description: 'A module that the policy does not name may be missing in the evaluator’s image.',
  remedy: 'Make sure that the evaluator’s environment has it, or do without.',
  rejected: ['import scipy\n', 'from flash_attn import flash_attn_func\n'],
  accepted: ['import torch\nimport triton\nimport einops\n', 'from dataclasses import dataclass\n'],
  visit: (_file, found) => {
    const check = (node: PyNode, name: string) => {
      const root = name.split('.')[0] ?? name;
      if (POLICY.allowedModules.has(root) || forbiddenPart(name) !== undefined) return;
      found(node, `${root} is not among the modules that the evaluator promises.`);
    };
    return {
      on: {
        Import: (node) => namesOf(node).forEach(([alias, name]) => check(alias, name)),
        ImportFrom: (node) => {
          const module = textAt(node, 'module');
          if (module !== undefined && textAt(node, 'level') === '0') check(node, module);
        },
      },
    };
  },
};

const namesOf = (node: PyNode): readonly (readonly [PyNode, string])[] => {
  const aliases = node.fields['names'];
  if (!Array.isArray(aliases)) return [];
  return (aliases as readonly (PyNode | string | null)[]).flatMap((alias) =>
    alias !== null && typeof alias !== 'string' ? [[alias, textAt(alias, 'name') ?? ''] as const] : [],
  );
};

const distributed: Rule = {
  id: 'distributed_alone',
  severity: 'warn',
  section: 'Modules',
  description: '`torch.distributed` makes sense only where `inner_steps` accepts `num_gpus`.',
  remedy: 'Add a parameter num_gpus to inner_steps, or drop torch.distributed.',
  rejected: ['import torch.distributed as dist\n', 'from torch.distributed import all_reduce\n'],
  accepted: [
    'import torch.distributed as dist\n\n\ndef inner_steps(model, data_iterator, optimizer, num_steps, device, num_gpus=1):\n    return dist\n',
    'import torch.nn as nn\n',
  ],
  visit: (file, found) => ({
    on: acceptsManyGpus(file)
      ? {}
      : {
          Import: (node) => {
            for (const [alias, name] of namesOf(node)) {
              if (isDistributed(name))
                found(alias, 'inner_steps does not accept num_gpus, so it runs alone.');
            }
          },
          ImportFrom: (node) => {
            if (isDistributed(textAt(node, 'module') ?? '')) {
              found(node, 'inner_steps does not accept num_gpus, so it runs alone.');
            }
          },
        },
  }),
};

const isDistributed = (name: string): boolean =>
  name === 'torch.distributed' || name.startsWith('torch.distributed.');

export const moduleRules = [forbidden, star, relative, unknown, distributed] satisfies Rule[];
