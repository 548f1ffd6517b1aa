import { walk, type SourceFile } from '../source-file.js';
import {
  defaultOf,
  isFunction,
  nodeAt,
  nodesAt,
  positionalOf,
  textAt,
  textsAt,
  type PyNode,
} from '../tree.js';
import { ENTRY, type Found, type Rule } from './rule.js';

const CONTRACT = 'def inner_steps(model, data_iterator, optimizer, num_steps, device):';

const missing: Rule = {
  id: 'entry_missing',
  severity: 'reject',
  section: 'Structure',
  description: 'The file defines `inner_steps` with a plain `def` at module level.',
  remedy: `Define \`${CONTRACT}\` at module level, not inside a class, a function or an \`if\`.`,
  rejected: [
    'x = 1\n',
    'class A:\n    def inner_steps(self):\n        return None\n',
    'inner_steps = print\n',
  ],
  accepted: [ENTRY, `import math\n\n\n${ENTRY}`],
  visit: ({ entry, tree }, found) => ({
    end: () => {
      if (!entry) found(tree, 'The file has no function inner_steps at module level.');
    },
  }),
};

const kind: Rule = {
  id: 'entry_kind',
  severity: 'reject',
  section: 'Structure',
  description: '`inner_steps` is an ordinary function: not async, not a generator.',
  remedy: 'Use a plain `def` that returns its result.',
  rejected: [
    `async ${ENTRY}`,
    'def inner_steps(model, data_iterator, optimizer, num_steps, device):\n    yield None\n',
  ],
  accepted: [
    ENTRY,
    `def pairs(x):\n    yield x\n\n\n${ENTRY}`,
    'def inner_steps(model, data_iterator, optimizer, num_steps, device):\n    def inner():\n        yield 1\n\n    return inner\n',
  ],
  visit: (file, found) => ({
    end: () => {
      if (!file.entry) return;
      if (file.entry.type === 'AsyncFunctionDef') found(file.entry, 'inner_steps is an async function.');
      const yields = yieldOf(file.entry, file);
      if (yields) found(yields, 'inner_steps yields, which makes it a generator.');
    },
  }),
};

const yieldOf = (entry: PyNode, { scopes }: SourceFile): PyNode | undefined => {
  for (const node of walk(entry)) {
    if ((node.type === 'Yield' || node.type === 'YieldFrom') && scopes.of(node).node === entry) return node;
  }
  return undefined;
};

const signature: Rule = {
  id: 'entry_signature',
  severity: 'reject',
  section: 'Structure',
  description:
    '`inner_steps` takes `(model, data_iterator, optimizer, num_steps, device)` by position, each with a name, so that the scan can follow it; anything more has a default or is `num_gpus`.',
  remedy: `Write \`${CONTRACT}\`; give further parameters a default.`,
  rejected: [
    'def inner_steps(model, data_iterator, optimizer, num_steps):\n    return None\n',
    'def inner_steps(model, data_iterator, optimizer, num_steps, device, extra):\n    return None\n',
    'def inner_steps(model, data_iterator, optimizer, num_steps, *, device):\n    return None\n',
    'def inner_steps(*args):\n    return None\n',
  ],
  accepted: [
    ENTRY,
    'def inner_steps(model, data_iterator, optimizer, num_steps, device, num_gpus):\n    return None\n',
    'def inner_steps(model, data_iterator, optimizer, num_steps, device, *, chunk=4, num_gpus):\n    return None\n',
    'def inner_steps(model, data_iterator, optimizer, num_steps, device, *rest):\n    return None\n',
  ],
  visit: ({ entry }, found) => ({
    end: () => {
      const args = entry && nodeAt(entry, 'args');
      if (!entry || !args) return;
      const positional = positionalOf(entry);
      if (positional.length < 5) {
        const rest = nodeAt(args, 'vararg') ? 'named' : 'positional';
        found(entry, `inner_steps takes ${positional.length} ${rest} parameters, five are passed.`);
      }
      for (const parameter of [...positional.slice(5), ...nodesAt(args, 'kwonlyargs')]) {
        const name = textAt(parameter, 'arg') ?? '';
        if (name !== 'num_gpus' && !defaultOf(parameter)) {
          found(parameter, `Nobody passes ${name} to inner_steps, and it has no default.`);
        }
      }
    },
  }),
};

const rebound: Rule = {
  id: 'entry_rebound',
  severity: 'reject',
  section: 'Structure',
  description: '`inner_steps` is bound once.',
  remedy: 'Keep a single definition of inner_steps and give other functions other names.',
  rejected: [
    `${ENTRY}\n\ninner_steps = print\n`,
    `${ENTRY}\n\n${ENTRY}`,
    `${ENTRY}\n\ndef f():\n    global inner_steps\n    inner_steps = print\n`,
  ],
  accepted: [
    `${ENTRY}\n\nsteps = inner_steps\n`,
    `${ENTRY}\n\ndef f(inner_steps):\n    return inner_steps\n`,
  ],
  visit: ({ entry, scopes }, found) => ({
    end: () => {
      for (const { node } of scopes.module.bindings.get('inner_steps') ?? []) {
        if (entry && node !== entry) found(node, 'inner_steps is bound a second time.');
      }
    },
  }),
};

const decorated: Rule = {
  id: 'entry_decorated',
  severity: 'warn',
  section: 'Structure',
  description: 'A decorator on `inner_steps` may hide its signature; the scan cannot see through it.',
  remedy:
    'Make sure that the decorated function still takes the five arguments, or decorate an inner function.',
  rejected: [
    `import torch\n\n\n@torch.compile\n${ENTRY}`,
    `import functools\n\n\n@functools.cache\n${ENTRY}`,
  ],
  accepted: [ENTRY, `import torch\n\n\n@torch.compile\ndef f(x):\n    return x\n\n\n${ENTRY}`],
  visit: ({ entry }, found) => ({
    end: () => {
      for (const decorator of entry ? nodesAt(entry, 'decorator_list') : []) {
        found(decorator, 'What this decorator makes of inner_steps is not visible to the scan.');
      }
    },
  }),
};

const mainName: Rule = {
  id: 'name_binding',
  severity: 'reject',
  section: 'Structure',
  description: 'Nothing binds `__name__`: the exemption of the main guard rests on it.',
  remedy: 'Leave __name__ alone; use another name.',
  rejected: [
    "__name__ = '__main__'\n",
    'def f(__name__):\n    return __name__\n',
    'import math as __name__\n',
    'if (__name__ := 1):\n    pass\n',
    'try:\n    pass\nexcept Exception as __name__:\n    pass\n',
    'match 1:\n    case __name__:\n        pass\n',
    'def f():\n    global __name__\n',
    'del __name__\n',
  ],
  accepted: ['print(__name__)\n', "if __name__ == '__main__':\n    import os\n", 'name = __name__\n'],
  visit: (_file, found) => {
    const check = (field: string) => (node: PyNode) => {
      if (textAt(node, field) === '__name__') found(node, '__name__ is bound here.');
    };
    const shared = (node: PyNode) => {
      if (textsAt(node, 'names').includes('__name__')) found(node, '__name__ is declared here.');
    };
    return { on: { ...bindersOf(check), Global: shared, Nonlocal: shared, Name: storedName(found) } };
  },
};

/** Everything but names that binds one. @param check what to do with the node's name in a field */
export const bindersOf = (check: (field: string) => (node: PyNode) => void) => ({
  ...{
    arg: check('arg'),
    FunctionDef: check('name'),
    AsyncFunctionDef: check('name'),
    ClassDef: check('name'),
  },
  ...{ ExceptHandler: check('name'), MatchAs: check('name'), MatchStar: check('name') },
  ...{ MatchMapping: check('rest'), TypeVar: check('name'), ParamSpec: check('name') },
  TypeVarTuple: check('name'),
  alias: (node: PyNode) => check(textAt(node, 'asname') === undefined ? 'name' : 'asname')(node),
});

const storedName = (found: Found) => (node: PyNode) => {
  if (textAt(node, 'id') === '__name__' && node.fields['ctx'] !== 'Load')
    found(node, '__name__ is bound here.');
};

export const structureRules = [missing, kind, signature, rebound, decorated, mainName] satisfies Rule[];

/** Whether the entry function takes `num_gpus`, which opens torch.distributed. */
export const acceptsManyGpus = ({ entry }: SourceFile): boolean => {
  const args = entry && isFunction(entry) && nodeAt(entry, 'args');
  if (!args) return false;
  const named = [...positionalOf(args.parent ?? args), ...nodesAt(args, 'kwonlyargs')];
  return nodeAt(args, 'kwarg') !== undefined || named.some((arg) => textAt(arg, 'arg') === 'num_gpus');
};
