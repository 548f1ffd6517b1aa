import { POLICY } from '../policy.js';
import { entryParameter, type SourceFile } from '../source-file.js';
import { nodeAt, stringOf, textAt, type PyNode } from '../tree.js';
import { comesFrom } from '../value-flow.js';
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
    `${STEP}    group = optimizer.param_groups[0]\n    group["lr"] = 1.0\n`,
    `${STEP}    optimizer.param_groups[0].update(lr=1.0)\n`,
    `${STEP}    o = optimizer\n    o.state.clear()\n`,
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
        if (CHANGING_METHODS.has(attr) && leadsToGroups(base, file)) {
          found(node, `${attr} changes the parameter groups of the optimizer.`);
        } else if (isOptimizer(base, file) && (stored || !POLICY.optimizerUses.has(attr))) {
          found(node, `${attr} of the optimizer is ${stored ? 'changed' : 'used'}.`);
        } else if (attr === '_opt_impl' || (attr === 'optimizer' && !stored && isOptimizer(base, file))) {
          found(node, `${attr} reaches behind the optimizer that is given.`);
        }
      },
      Subscript: (node) => {
        const strategy = POLICY.optimizerStrategies.has(stringOf(nodeAt(node, 'slice')) ?? '');
        if (node.fields['ctx'] !== 'Load' && !strategy && leadsToGroups(nodeAt(node, 'value'), file)) {
          found(node, 'A parameter group of the optimizer is changed.');
        }
      },
    },
  }),
};

/** Methods by which lists and dicts change. */
const CHANGING_METHODS = new Set(
  'update setdefault pop popitem clear append extend insert remove reverse sort'.split(' '),
);

const isOptimizer = (expression: PyNode, file: SourceFile): boolean =>
  expression.type === 'Name' && comesFrom(expression, file, (node) => isNamed(node, 'optimizer', 2, file));

const leadsToGroups = (expression: PyNode | undefined, file: SourceFile): boolean =>
  comesFrom(
    expression,
    file,
    ({ type, fields }) => type === 'Attribute' && fields['attr'] === 'param_groups',
  );

/** A name that everybody uses for it, or the one that the entry function gives to its parameter. */
const isNamed = (node: PyNode, name: string, position: number, file: SourceFile): boolean => {
  const id = node.type === 'Name' ? textAt(node, 'id') : undefined;
  if (id === undefined || id === name) return id === name;
  const owner = file.scopes.owner(id, file.scopes.of(node));
  return id === entryParameter(file, position) && owner?.node === file.entry;
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
const isOfModel = (expression: PyNode | undefined, file: SourceFile): boolean =>
  comesFrom(expression, file, (node) => {
    if (isNamed(node, 'model', 0, file)) return true;
    if (node.type === 'Attribute') return textAt(node, 'attr') === 'model';
    return node.type === 'Call' && MODEL_PARTS.has(textAt(nodeAt(node, 'func') ?? node, 'attr') ?? '');
  });

const MODEL_PARTS = new Set([
  'parameters',
  'named_parameters',
  'modules',
  'named_modules',
  'children',
  'named_children',
]);

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
    'def f(model):\n    ps = list(model.parameters())[1:]\n    for p in ps:\n        p.requires_grad = False\n',
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
    'def f(model):\n    config = model.config\n    config.num_hidden_layers = 1\n',
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
        if (node.fields['ctx'] === 'Load' || attr === 'use_cache') return;
        if (isModelConfig(base, file)) found(node, `The model’s configuration ${attr} is changed.`);
      },
    },
  }),
};

const isModelConfig = (expression: PyNode | undefined, file: SourceFile): boolean =>
  comesFrom(
    expression,
    file,
    (node) => node.type === 'Attribute' && textAt(node, 'attr') === 'config' && isOfModel(node, file),
  );

const layers: Rule = {
  id: 'layer_list',
  severity: 'reject',
  section: 'Training',
  description: 'The model keeps all its layers: the list is not replaced, sliced or shortened.',
  remedy: 'Run every layer, one after the other.',
  rejected: [
    'def f(model):\n    model.model.layers = model.model.layers[:1]\n',
    'def f(model):\n    del model.model.layers[0]\n',
    'def f(model):\n    layers = model.model.layers\n    return layers[1:]\n',
    'def f(model, x):\n    for layer in model.model.layers[::2]:\n        x = layer(x)\n    return x\n',
  ],
  accepted: [
    'def f(model, x):\n    for layer in model.model.layers:\n        x = layer(x)\n    return x\n',
    'def f(x):\n    return x.layers[:2]\n',
    'def f(model):\n    return model.model.layers[0].mlp.weight[:10]\n',
  ],
  visit: (file, found) => {
    const isLayerAttribute = (node: PyNode): boolean =>
      node.type === 'Attribute' && POLICY.layerLists.has(textAt(node, 'attr') ?? '') && isOfModel(node, file);
    const isLayerList = (node: PyNode | undefined): boolean => {
      if (node?.type !== 'Name') return node !== undefined && isLayerAttribute(node);
      return file.bindingsOf(node).some(({ values }) => values.some(isLayerAttribute));
    };
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
