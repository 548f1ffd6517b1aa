import { POLICY } from '../policy.js';
import type { SourceFile } from '../source-file.js';
import { nodeAt, nodesAt, textAt, type PyNode } from '../tree.js';
import { objectOfClass, textsOf } from './callees.js';
import { isGiven } from './given.js';
import type { Rule } from './rule.js';
import { isBackendSetting } from './torch.js';

const patching: Rule = {
  id: 'patching',
  severity: 'reject',
  section: 'Torch',
  description:
    'No attribute or element of torch, or of anything imported, is bound or deleted; nor is the class of a given object, nor an operator of torch.',
  remedy:
    'Subclass or wrap instead of patching. Options under torch._dynamo.config and torch._inductor.config may be set.',
  rejected: [
    'import torch\n\ntorch.nn.Linear.forward = print\n',
    'import torch.nn.functional as F\n\nF.cross_entropy, x = print, 1\n',
    'import torch\n\nfor torch.x in range(3):\n    pass\n',
    'import torch\n\ndel torch.nn.Linear\n',
    'from torch.nn import Linear\n\nLinear.weight = None\n',
    'import time\n\ntime.perf_counter = print\n',
    'import torch\n\ntorch.cuda.synchronize = print\n',
    'import torch\n\nnn = torch.nn\nnn.Linear += 1\n',
    'import copy\n\ncopy._deepcopy_dispatch[int] = print\n',
    'def f(model):\n    type(model).forward = print\n',
    'import torch\n\ntorch.library.Library("aten", "IMPL")\n',
    'import torch\n\n\nclass L(torch.library.Library):\n    pass\n',
    'from transformers.activations import ACT2FN\n\nACT2FN.update(silu=print)\n',
  ],
  accepted: [
    'import torch._dynamo\n\ntorch._dynamo.config.cache_size_limit = 64\n',
    'import torch._inductor.config as config\n\nconfig.max_autotune = True\n',
    'import torch\n\n\nclass A(torch.nn.Module):\n    pass\n\n\nA.scale = 2\nlayer = torch.nn.Linear(1, 1)\nlayer.scale = 2\n',
    'class A:\n    def __init__(self):\n        type(self).count = 1\n',
    'from collections import Counter\n\nc = Counter()\nc.update([1])\nCounter.update(c, [2])\n',
    'import torch\n\nlib = torch.library.Library("mine", "DEF")\nx = torch.zeros(3)\nx[0] = 1\n',
  ],
  visit: (file, found) => ({
    on: {
      Call: (node) => {
        const callee = nodeAt(node, 'func');
        const isLibrary = callee && file.pathsOf(callee).some((path) => path.startsWith('torch.library.'));
        const given = isLibrary
          ? [...file.values.positionalsOf(node), ...file.values.keywordsOf(node).map(({ value }) => value)]
          : [];
        const names = given.flatMap((argument) => textsOf(argument, file));
        const operator = names.find((name) => POLICY.operatorNamespaces.has(name.split('::')[0] ?? ''));
        if (operator !== undefined)
          found(node, `${operator} belongs to torch, so its kernels are left alone.`);
      },
      ClassDef: (node) => {
        for (const base of nodesAt(node, 'bases'))
          if (file.pathsOf(base).includes('torch.library.Library'))
            found(base, 'A library of operators is not inherited from: its operators would not be seen.');
      },
      Subscript: (node) => {
        const base = nodeAt(node, 'value');
        if (node.fields['ctx'] === 'Load' || !base) return;
        const path = file.pathsOf(base).find((held) => !mayBeSet(`${held}.`));
        if (path !== undefined) found(node, `${path} is not the file’s own, so its elements are left alone.`);
      },
      Attribute: (node) => {
        const base = nodeAt(node, 'value');
        if (!base) return;
        const attr = textAt(node, 'attr') ?? '';
        if (node.fields['ctx'] === 'Load') {
          const changed = CHANGING.has(attr) ? file.pathsOf(base).find(isForeign) : undefined;
          if (changed !== undefined)
            found(node, `${changed} is not the file’s own, so its elements are left alone.`);
          return;
        }
        if (file.values.mayBe(base, isForeignClass))
          found(node, `The class of a given object is changed in its ${attr}.`);
        const path = file.pathsOf(base).find((held) => !mayBeSet(`${held}.${attr}`));
        if (path !== undefined) found(node, `${path} is not the file’s own, so its ${attr} is left alone.`);
      },
    },
  }),
};

/** `type(x)` and `x.__class__`, unless x is `self` or made by the file, and nothing that was given. */
const isForeignClass = (node: PyNode, file: SourceFile): boolean => {
  const object = objectOfClass(node, file);
  return object !== undefined && (!file.values.isOwn(object) || file.values.mayBe(object, isGiven));
};

/** Methods by which containers change; functions of modules have none of these names. */
const CHANGING = new Set('update setdefault popitem clear extend __setitem__ __delitem__'.split(' '));
/** Types are called with what they change, as in `Counter.update(mine, …)`. */
const isForeign = (path: string): boolean =>
  !mayBeSet(`${path}.`) && !/^[A-Z]\w*[a-z]/.test(path.slice(path.lastIndexOf('.') + 1));

/** Configuration, and what the rule on backend settings speaks about. */
const mayBeSet = (path: string): boolean =>
  isBackendSetting(path) || POLICY.configurable.some((prefix) => path.startsWith(`${prefix}.`));

const clock: Rule = {
  id: 'clock_rebinding',
  severity: 'reject',
  section: 'Clock',
  description: 'Nothing binds the names by which time is taken or the device is waited for.',
  remedy: 'Read clocks as you like; leave their names alone, and call attributes of your own something else.',
  rejected: [
    'def f(event):\n    event.elapsed_time = print\n',
    'def f(stream):\n    stream.synchronize, x = print, 1\n',
    'from time import perf_counter\n\nperf_counter = print\n',
  ],
  accepted: [
    'import time\n\nstart = time.perf_counter()\nprint(time.perf_counter() - start)\n',
    'class A:\n    def __init__(self):\n        self.record = []\n',
    'def f(event, other):\n    event.record()\n    return event.elapsed_time(other)\n',
  ],
  visit: (file, found) => ({
    on: {
      Attribute: (node) => {
        const attr = textAt(node, 'attr') ?? '';
        const base = nodeAt(node, 'value');
        if (node.fields['ctx'] === 'Load' || !POLICY.clockNames.has(attr) || !base) return;
        const own = base.type === 'Name' && textAt(base, 'id') === 'self';
        if (!own && file.pathsOf(base).length === 0)
          found(node, `The clock or synchronisation name ${attr} is bound.`);
      },
    },
    end: () => {
      for (const bindings of file.scopes.all.flatMap((scope) => [...scope.bindings.values()])) {
        const path = bindings.map((binding) => binding.path ?? '').find(isClock);
        if (path === undefined) continue;
        for (const { node, kind } of bindings)
          if (kind !== 'import') found(node, `${path} is bound to something else.`);
      }
    },
  }),
};

const isClock = (path: string): boolean =>
  path.startsWith('time.') ||
  (path.startsWith('torch.') && POLICY.clockNames.has(path.split('.').at(-1) ?? ''));

export const patchingRules = [patching, clock] satisfies Rule[];
