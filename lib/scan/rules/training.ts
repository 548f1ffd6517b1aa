import { POLICY } from '../policy.js';
import { entryParameter, type SourceFile } from '../source-file.js';
import { nodeAt, nodesAt, stringOf, textAt, type PyNode } from '../tree.js';
import type { Rule } from './rule.js';

const STEP = 'def inner_steps(model, data_iterator, optimizer, num_steps, device):\n';

const optimizerUse: Rule = {
  id: 'optimizer_internals',
  severity: 'reject',
  section: 'Training',
  description:
    'The optimizer is used through `step`, `zero_grad` and by reading `param_groups`; of a group only the choice of implementation (`foreach`, `fused`, `capturable`) may be written.',
  remedy: 'Call optimizer.step() and optimizer.zero_grad(); leave state, wrappers and hyperparameters alone.',
  rejected: [
    `${STEP}    optimizer.state.clear()\n`,
    `${STEP}    optimizer.step = print\n`,
    `${STEP}    optimizer.optimizer.step()\n`,
    'def f(x):\n    return x._opt_impl\n',
    `${STEP}    optimizer.param_groups[0]["lr"] = 1.0\n`,
    `${STEP}    for group in optimizer.param_groups:\n        group["lr"] *= 2\n`,
    `${STEP}    optimizer.param_groups = []\n`,
  ],
  accepted: [
    `${STEP}    optimizer.zero_grad(set_to_none=True)\n    optimizer.step()\n`,
    `${STEP}    for group in optimizer.param_groups:\n        group["foreach"] = True\n`,
    `${STEP}    lr = optimizer.param_groups[0]["lr"]\n    return lr\n`,
    'class Loop:\n    def __init__(self, optimizer):\n        self.optimizer = optimizer\n',
  ],
  visit: (file, found) => ({
    on: {
      Attribute: (node) => {
        const attr = textAt(node, 'attr') ?? '';
        const base = nodeAt(node, 'value');
        const stored = node.fields['ctx'] !== 'Load';
        if (!base) return;
        if (isOptimizer(base, file) && (stored || !POLICY.optimizerUses.has(attr))) {
          found(node, `${attr} of the optimizer is ${stored ? 'changed' : 'used'}.`);
        } else if (attr === '_opt_impl' || (attr === 'optimizer' && !stored && isOptimizer(base, file))) {
          found(node, `${attr} reaches behind the optimizer that is given.`);
        }
      },
      Subscript: (node) => {
        const strategy = POLICY.optimizerStrategies.has(stringOf(nodeAt(node, 'slice')) ?? '');
        if (node.fields['ctx'] !== 'Load' && !strategy && leadsToGroups(node, file)) {
          found(node, 'A parameter group of the optimizer is changed.');
        }
      },
    },
  }),
};

const isOptimizer = (node: PyNode, file: SourceFile): boolean => {
  if (node.type !== 'Name') return false;
  const id = textAt(node, 'id');
  return (
    id === 'optimizer' || (id !== undefined && id === entryParameter(file, 2) && isEntryName(node, file))
  );
};

const isEntryName = (name: PyNode, file: SourceFile): boolean =>
  file.scopes.owner(textAt(name, 'id') ?? '', file.scopes.of(name))?.node === file.entry;

/** `….param_groups[0]['lr']`, or `group['lr']` in a loop over param_groups. */
const leadsToGroups = (subscript: PyNode, file: SourceFile): boolean => {
  let base = nodeAt(subscript, 'value');
  while (base?.type === 'Subscript') base = nodeAt(base, 'value');
  if (base?.type === 'Attribute') return textAt(base, 'attr') === 'param_groups';
  if (base?.type !== 'Name') return false;
  return loopsOver(base, file).some((iterated) => mentions(iterated, 'param_groups'));
};

/** What the loops iterate over that bind this name. */
const loopsOver = (name: PyNode, file: SourceFile): readonly PyNode[] =>
  file.bindingsOf(name).flatMap(({ node }) => {
    let target: PyNode = node;
    while (target.parent?.type === 'Tuple') target = target.parent;
    const iterated = target.role === 'target' && target.parent ? nodeAt(target.parent, 'iter') : undefined;
    return iterated ? [iterated] : [];
  });

/** An attribute of that name within `a.b(c.d)…`, a few calls deep. */
const mentions = (node: PyNode | undefined, attr: string, depth = 0): boolean => {
  if (!node || depth > 6) return false;
  if (node.type === 'Attribute') {
    return textAt(node, 'attr') === attr || mentions(nodeAt(node, 'value'), attr, depth + 1);
  }
  if (node.type !== 'Call') return false;
  return [nodeAt(node, 'func'), ...nodesAt(node, 'args')].some((part) => mentions(part, attr, depth + 1));
};

const newOptimizer: Rule = {
  id: 'new_optimizer',
  severity: 'reject',
  section: 'Training',
  description: 'No optimizer or learning-rate schedule besides the given one.',
  remedy: 'Use the optimizer that inner_steps receives; torch.optim is fine for annotations and isinstance.',
  rejected: [
    'import torch\n\n\ndef f(p):\n    return torch.optim.SGD(p, lr=1)\n',
    'from torch.optim import AdamW\n\n\ndef f(p):\n    return AdamW(p)\n',
    'import torch\n\n\ndef f(o):\n    return torch.optim.lr_scheduler.StepLR(o, 1)\n',
  ],
  accepted: [
    'import torch\n\n\ndef f(optimizer: torch.optim.Optimizer) -> None:\n    optimizer.step()\n',
    'import torch\n\n\ndef f(optimizer):\n    return isinstance(optimizer, torch.optim.AdamW)\n',
  ],
  visit: (file, found) => ({
    on: {
      Call: (node) => {
        const callee = nodeAt(node, 'func');
        const path = callee && file.pathsOf(callee).find((held) => held.startsWith('torch.optim.'));
        if (path !== undefined)
          found(node, `${path} is called; the evaluator measures the optimizer that it gives.`);
      },
    },
  }),
};

/** The given model, what hangs below it, and its parameters and modules in loops. */
const isOfModel = (node: PyNode | undefined, file: SourceFile): boolean => {
  let root = node;
  while (root && (root.type === 'Attribute' || root.type === 'Subscript')) root = nodeAt(root, 'value');
  if (root?.type !== 'Name') return false;
  const id = textAt(root, 'id');
  if (id === 'model' || (id === entryParameter(file, 0) && isEntryName(root, file))) return true;
  return loopsOver(root, file).some((iterated) => MODEL_PARTS.some((part) => mentions(iterated, part)));
};

const MODEL_PARTS = [
  'parameters',
  'named_parameters',
  'modules',
  'named_modules',
  'children',
  'named_children',
];

const GRAD_REMEDY = 'Train every parameter: remove it.';

const requiresGrad: Rule = {
  id: 'requires_grad',
  severity: 'reject',
  section: 'Training',
  description: '`requires_grad` of the model and its parameters stays as it is.',
  remedy: GRAD_REMEDY,
  rejected: [
    'def f(model):\n    for p in model.parameters():\n        p.requires_grad = False\n',
    'def f(model):\n    model.requires_grad_(False)\n',
    'def f(net):\n    for name, p in net.named_parameters():\n        p.requires_grad_(False)\n',
  ],
  accepted: [
    'def f(hidden):\n    hidden = hidden.detach()\n    return hidden.requires_grad\n',
    'def f(model):\n    return [p for p in model.parameters() if p.requires_grad]\n',
  ],
  visit: (file, found) => gradVisitors(file, found, true),
};

const requiresGradElsewhere: Rule = {
  id: 'requires_grad_elsewhere',
  severity: 'warn',
  section: 'Training',
  description:
    'Changing `requires_grad` of other tensors, such as recomputed activations, is fine if they are yours.',
  remedy: 'Make sure that it is no parameter of the model.',
  rejected: [
    'def f(hidden):\n    hidden.requires_grad = True\n',
    'def f(x):\n    return x.requires_grad_()\n',
  ],
  accepted: [
    'def f(x):\n    return x.requires_grad\n',
    'import torch\n\nx = torch.ones(1, requires_grad=True)\n',
  ],
  visit: (file, found) => gradVisitors(file, found, false),
};

const gradVisitors = (file: SourceFile, found: (node: PyNode, reason: string) => void, ofModel: boolean) => ({
  on: {
    Attribute: (node: PyNode) => {
      const attr = textAt(node, 'attr');
      const stores = attr === 'requires_grad' && node.fields['ctx'] !== 'Load';
      if (!stores && attr !== 'requires_grad_') return;
      if (isOfModel(nodeAt(node, 'value'), file) !== ofModel) return;
      found(
        node,
        ofModel ? 'A part of the model is taken out of training.' : 'requires_grad of a tensor is changed.',
      );
    },
  },
});

const parameterData: Rule = {
  id: 'parameter_data',
  severity: 'reject',
  section: 'Training',
  description: 'Parameters change through the optimizer only, not by binding `.data`.',
  remedy: 'Let optimizer.step() change parameters.',
  rejected: [
    'def f(model):\n    for p in model.parameters():\n        p.data = p.data * 2\n',
    'def f(model, w):\n    model.lm_head.weight.data = w\n',
  ],
  accepted: [
    'def f(batch, x):\n    batch.data = x\n',
    'def f(model):\n    return model.lm_head.weight.data.shape\n',
  ],
  visit: (file, found) => ({
    on: {
      Attribute: (node) => {
        if (textAt(node, 'attr') !== 'data' || node.fields['ctx'] === 'Load') return;
        if (isOfModel(nodeAt(node, 'value'), file))
          found(node, 'A parameter gets other data behind the optimizer.');
      },
    },
  }),
};

const modelConfig: Rule = {
  id: 'model_config',
  severity: 'reject',
  section: 'Training',
  description: '`model.config` stays as it is, except `use_cache`.',
  remedy: 'Remove it; everybody trains the same model.',
  rejected: [
    'def f(model):\n    model.config.num_hidden_layers = 1\n',
    'def f(model):\n    model.model.config.hidden_size = 1\n',
  ],
  accepted: [
    'def f(model):\n    model.config.use_cache = False\n',
    'def f(model):\n    return model.config.vocab_size\n',
  ],
  visit: (file, found) => ({
    on: {
      Attribute: (node) => {
        const base = nodeAt(node, 'value');
        const attr = textAt(node, 'attr') ?? '';
        if (node.fields['ctx'] === 'Load' || attr === 'use_cache' || base?.fields['attr'] !== 'config')
          return;
        if (isOfModel(base, file)) found(node, `The model’s configuration ${attr} is changed.`);
      },
    },
  }),
};

const layers: Rule = {
  id: 'layer_list',
  severity: 'reject',
  section: 'Training',
  description: 'The model keeps all its layers: the list is not replaced, sliced or shortened.',
  remedy: 'Run every layer, one after the other.',
  rejected: [
    'def f(model):\n    model.model.layers = model.model.layers[:1]\n',
    'def f(model):\n    del model.model.layers[0]\n',
    'def f(model, x):\n    for layer in model.model.layers[::2]:\n        x = layer(x)\n    return x\n',
  ],
  accepted: [
    'def f(model, x):\n    for layer in model.model.layers:\n        x = layer(x)\n    return x\n',
    'def f(x):\n    return x.layers[:2]\n',
    'def f(model):\n    return model.model.layers[0]\n',
  ],
  visit: (file, found) => {
    const isLayerList = (node: PyNode | undefined): boolean =>
      node?.type === 'Attribute' &&
      POLICY.layerLists.has(textAt(node, 'attr') ?? '') &&
      isOfModel(node, file);
    return {
      on: {
        Attribute: (node) => {
          if (node.fields['ctx'] !== 'Load' && isLayerList(node))
            found(node, 'The list of layers is replaced.');
        },
        Subscript: (node) => {
          if (!isLayerList(nodeAt(node, 'value'))) return;
          if (node.fields['ctx'] !== 'Load') found(node, 'A layer is replaced or removed.');
          else if (nodeAt(node, 'slice')?.type === 'Slice') found(node, 'Only a part of the layers is used.');
        },
      },
    };
  },
};

export const trainingRules = [
  ...[optimizerUse, newOptimizer, requiresGrad, requiresGradElsewhere, parameterData, modelConfig, layers],
] satisfies Rule[];
